// What the content of an App is now, asked without the rest of a decision: which version it keeps to, what it takes from where, and what
// it remembers from one look to the next.
import { describe, expect, test } from '@jest/globals';
import type { App } from '../../src/model/app.ts';
import type { Notes, Snapshot } from '../../src/model/observed.ts';
import { settle } from '../../src/plan/choose/capture.ts';
import { startTimer } from '../../src/plan/read/timer.ts';
import { DEFAULTS } from '../../src/model/settings.ts';
import type { Given } from '../given.ts';
import { contentIn, cold, fingerprintIn, given, id, nick, NOW, siteOf, up, WEB } from '../given.ts';

type Moment = readonly [facts: Given | Snapshot, secondsAgo: number];
const seenIn = (facts: Given | Snapshot): Snapshot => ('key' in facts ? facts : given(facts));

/** One look after the other, each with what the one before noted. */
function look(now: Given | Snapshot, ...before: readonly Moment[]) {
  let notes: Notes = {};
  const at = (facts: Given | Snapshot, secondsAgo: number) => {
    const seen = seenIn(facts);
    const timer = startTimer(notes, NOW - secondsAgo * 1000);
    const capture = settle(seen, seen.app as App, timer, DEFAULTS);
    notes = timer.notes();
    return capture;
  };
  for (const [facts, secondsAgo] of before) at(facts, secondsAgo);
  const { content, actions, unasked, hold, refusal, missing } = at(now, 0);
  const reasons = [hold, refusal, missing].flatMap((each) => each?.reason ?? []);
  return { content, actions, unasked, reasons, says: [hold, refusal, missing].flatMap((each) => each?.message ?? []).join(), missing };
}
/** Whose content it is, or nobody's yet; and why that is all. */
function shown(now: Given | Snapshot, ...before: readonly Moment[]): string {
  const { content, actions, reasons } = look(now, ...before);
  const [fingerprint] = content.fingerprints;
  const known = ['sitea', 'siteb', 'sitec', 'open', 'pair', 'newsiteb'].find((name) => fingerprintIn(name) === fingerprint);
  return [known ?? (fingerprint === undefined ? 'nothing' : 'something'), ...reasons, ...actions.map(({ do: what }) => what)].join(' ');
}

const site = (says: string, read: NonNullable<Given['sources']>[string]['read'] = {}) => ({ sources: { site: { says, read } } });
const unread = (says: string) => ({ sources: { site: { says } } });
const serving: Given = { latest: 'sitea', versions: { sitea: up(3) }, switches: ['sitea'] };

test('an App that refers to nothing passes through untouched', () => {
  const seen = given({ latest: 'one' });
  expect(settle(seen, seen.app as App, startTimer({}, NOW), DEFAULTS)).toEqual({ content: contentIn(seen), actions: [], unasked: false });
});

test('what policy forbids is named, all of it and nothing else', () => {
  const volumes = [
    ...['site', 'extra'].map((name) => ({ name, configMap: { name } })),
    ...['key', 'token'].map((name) => ({ name, secret: { secretName: name } })),
  ];
  const refers = (references: object, more: object = {}): Given => ({
    spec: { references, ...siteOf('httpd:2.4', undefined, { volumes, ...more }) },
  });
  expect(look(refers({ configMaps: 'Forbid', secrets: 'Forbid' })).says).toContain(
    'refers to ConfigMap/extra, ConfigMap/site, Secret/key, Secret/token, which',
  );
  // What a Secret says never belongs into spec.
  const advice = [{ configMaps: 'Forbid', secrets: 'Forbid' }, { configMaps: 'Forbid' }, { secrets: 'Forbid' }].map((references) =>
    look(refers(references)).says.replace(/^.*?: /, ''),
  );
  expect(advice.map((says) => says.includes('move what ConfigMap/extra, ConfigMap/site says into spec.config'))).toEqual([
    true,
    true,
    false,
  ]);
  expect(advice.map((says) => says.includes('take Secret/key, Secret/token out of the template'))).toEqual([true, false, true]);
  const images = [`pinned@sha256:${'0'.repeat(64)}`, 'httpd:2.4', 'nginx:1.27'];
  const containers = images.map((image, i) => ({ name: `c${i}`, image }));
  expect(look(refers({ configMaps: 'Live', images: 'Digest' }, { containers })).says).toContain('name httpd:2.4, nginx:1.27 by its digest');
  // The platform asks for it.
  const says = (settings: typeof DEFAULTS, of = refers({ configMaps: 'Live', secrets: 'Live' }, { containers })) => {
    const seen = given(of);
    return settle(seen, seen.app as App, startTimer({}, NOW), settings).refusal?.message;
  };
  expect(says(DEFAULTS)).toBeUndefined();
  expect(says({ ...DEFAULTS, requireDigests: true })).toBe(
    'the platform asks (--require images=Digest) for digests: name httpd:2.4, nginx:1.27 by its digest, as image@sha256:…',
  );
  const pinned = refers({ configMaps: 'Live', secrets: 'Live' }, { containers: [containers[0]] });
  expect(says({ ...DEFAULTS, requireDigests: true }, pinned)).toBeUndefined();
});

describe('until it has settled Latest is', () => {
  const three = { sitea: up(3), siteb: up(3), sitec: up(3) };
  const told = (status: Given['status'], more: Partial<Given> = {}): Given => ({
    latest: 'sitea',
    versions: three,
    ...unread('d'),
    ...(status === undefined ? {} : { status }),
    ...more,
  });
  const preview = { ...WEB, name: 'look', role: 'Preview' };
  test.each<[string, string, Given, readonly Moment[]]>([
    ['what settled last, whatever was reported', 'sitea', told({ latestVersion: id('siteb') }), [[told({}, site('a')), 60]]],
    ['what was reported', 'sitea', told({ latestVersion: id('sitea') }), []],
    ['what serves, with both lost', 'sitea', told({}, { services: { web: { on: 'sitea' } } }), []],
    [
      'not what is only shown',
      'sitea',
      told({}, { spec: { services: [WEB, preview] }, services: { web: { on: 'sitea' }, look: { on: 'sitec' } } }),
      [],
    ],
    ['nor what another Service selects', 'sitea', told({}, { services: { web: { on: 'sitea' }, other: { on: 'sitec' } } }), []],
    ['what was made last, when nothing was ever reported', 'sitec', told('lost'), []],
    ['nothing, when a report knew of none of these', 'nothing', told({}), []],
  ])('%s', (_what, expected, now, before) => {
    expect(shown(now, ...before).split(' ')[0]).toBe(expected);
  });
  test('of which nobody asked for what comes next, if there is one', () => {
    expect([look(told('lost')).unasked, look(told({})).unasked]).toEqual([true, false]);
    expect(look(told('lost')).content).toEqual({ text: undefined, fingerprints: [fingerprintIn('sitec')], sources: [] });
    expect(look(told({})).content).toEqual({ text: undefined, fingerprints: [], sources: [] });
  });
});

describe('what settled', () => {
  test('and is on record is that version, without a word of its text', () => {
    const { content, actions, unasked, reasons } = look({ ...serving, ...unread('a') });
    expect([content.fingerprints, content.text, actions, unasked, reasons]).toEqual([[fingerprintIn('sitea')], undefined, [], false, []]);
    expect(content.sources).toEqual([{ name: 'site', uid: 'uid-ConfigMap-site', resourceVersion: '4712', digest: '' }]);
  });
  test('and says what an older version said was asked for by nobody, but is no new one', () => {
    const both: Given = { latest: 'sitea', versions: { sitea: up(3), siteb: up(3) }, switches: ['sitea', 'siteb'] };
    const back = look({ ...both, ...site('a') }, [{ ...both, ...site('b') }, 60], [{ ...both, ...site('a') }, 5]);
    expect([back.content.fingerprints[0], back.unasked, back.reasons]).toEqual([fingerprintIn('sitea'), false, []]);
    const on = look({ ...both, ...site('c') }, [{ ...both, ...site('b') }, 60], [{ ...both, ...site('c') }, 5]);
    expect([on.content.fingerprints[0], on.unasked, on.reasons]).toEqual([fingerprintIn('sitec'), true, []]);
  });
});

describe('memory', () => {
  const two: Given = {
    latest: 'sitea',
    versions: { sitea: up(3), siteb: cold },
    switches: ['sitea'],
    status: { latestVersion: id('sitea') },
  };
  test('of having looked: what changes after that has to settle, though a newer version says it already', () => {
    expect(shown({ ...two, ...site('b') })).toBe('siteb');
    expect(shown({ ...two, ...site('b') }, [{ ...two, ...site('a') }, 60])).toBe('sitea Settling');
  });
  test('of none: a version that is no newer than what was reported has to settle', () => {
    const twins = { sitea: { ...up(3), revision: 5 }, siteb: { ...cold, revision: 5 } };
    expect(shown({ ...two, versions: twins, ...site('b') })).toBe('sitea Settling');
    expect(shown({ ...two, status: {}, versions: { sitea: cold }, switches: [], ...site('a') })).toBe('sitea');
  });
  test('of spec: who waited half a minute for a text to be read has waited', () => {
    const edited: Given = { ...serving, latest: 'newsiteb' };
    expect(shown({ ...edited, ...site('b') }, [{ ...edited, ...unread('b') }, 30])).toBe('newsiteb');
    expect(shown({ ...edited, ...site('b') }, [{ ...edited, ...unread('b') }, 29])).toBe('nothing Settling');
  });
  test('of spec: where only a source changed nobody is impatient', () => {
    expect(shown({ ...serving, ...site('b') }, [{ ...serving, ...site('a') }, 60])).toBe('sitea Settling');
  });
  test('of content: what a lost record said has settled long ago', () => {
    expect(shown({ latest: 'sitea', ...site('a') }, [{ ...serving, ...site('a') }, 60])).toBe('sitea');
  });
  test('of content: a source that moves and says the same does not start anew', () => {
    const moved = site('b', { stale: true });
    expect(shown({ ...serving, ...site('b') }, [{ ...serving, ...site('b') }, 5], [{ ...serving, ...moved }, 1])).toBe('siteb');
  });
  test('of a text that was forgotten: it is read again', () => {
    expect(shown({ ...serving, ...site('b', { forgotten: true }) })).toBe('sitea Settling ask');
  });
});

describe('a version is what the sources say', () => {
  const pair: Given = { latest: 'pair', versions: { pair: up(3) }, switches: ['pair'] };
  const labels = { 'immutableapp.io/capture': 'false' };
  test('if it captured no more than there is to capture', () => {
    const sources = { site: { says: 'a' }, extra: { says: 'e' } };
    expect(shown({ ...pair, sources })).toBe('pair');
    expect(shown({ ...pair, sources: { ...sources, extra: { says: 'e', labels } } })).toBe('pair Settling ask');
  });
  test('if it captured the same and nothing else', () => {
    const volumes = ['site', 'extra'].map((name) => ({ name, configMap: { name } }));
    const content = siteOf('httpd:2.4', { site: 'a' }, { volumes });
    const sources = { site: { says: 'a', labels }, extra: { says: 'e', read: {} } };
    expect(shown({ ...pair, versions: { other: { ...up(3), content } }, switches: [], sources })).toBe('something Settling');
  });
  const open: Given = { latest: 'open', versions: { open: up(3) }, switches: ['open'] };
  test('if what it went without is still not there', () => {
    expect(shown(open)).toBe('open');
    expect(shown({ ...open, ...unread('a') })).toBe('open Settling ask');
  });
  const had = { ...siteOf('httpd:2.4', { site: 'a' }, { volumes: [{ name: 'site', configMap: { name: 'site', optional: true } }] }) };
  test('if what it captured is still there', () => {
    const seen = given({ ...open, versions: { open: { ...up(3), content: had } }, ...site('a') });
    expect(look({ ...seen, sources: [] }).reasons).toEqual(['Settling']);
  });
  test('of what is not there nothing is taken, though it was read once', () => {
    const seen = { ...given({ latest: 'open', ...site('a') }), sources: [] };
    const { content } = look(seen, [seen, 60]);
    expect([content.fingerprints[0], content.sources]).toEqual([
      fingerprintIn('open'),
      [{ name: 'site', uid: '', resourceVersion: '', digest: '' }],
    ]);
  });
  test('and only what is there is read', () => {
    const volumes = [...[{ name: 'site', configMap: { name: 'site' } }], { name: 'extra', configMap: { name: 'extra', optional: true } }];
    const { actions } = look({ spec: { ...siteOf('httpd:2.4', undefined, { volumes }) }, ...unread('a') });
    expect(actions).toEqual([{ do: 'ask', question: { ask: 'source', source: 'site' } }]);
  });
});

test('that a ConfigMap is missing was said before a restart, among other things', () => {
  const conditions = [
    { type: 'Available' as const, status: 'True' as const, reason: 'Serving' },
    { type: 'Stalled' as const, status: 'True' as const, reason: 'ConfigMissing', observedGeneration: 7 },
  ];
  expect(look({ latest: 'sitea', status: { conditions } }).missing?.overdue).toBe(true);
  expect(look({ latest: 'sitea', status: { conditions: [] } }).missing?.overdue).toBe(false);
  expect(nick(look({ latest: 'sitea' }).says)).toContain('ConfigMap/site, which is not there');
});

test('a version that somebody points at waits for no verdict on another', () => {
  const pointed: Given = {
    latest: 'sitea',
    versions: { sitea: up(3), siteb: cold },
    switches: ['sitea'],
    status: { latestVersion: id('sitea') },
    spec: { activeVersion: id('siteb') },
  };
  expect(shown({ ...pointed, ...site('c') }, [{ ...pointed, ...site('a') }, 60], [{ ...pointed, ...site('c') }, 5])).toBe('sitec');
});

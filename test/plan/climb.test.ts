// Parts of a ladder, one at a time: what the next step waits for, what is moved back, and who is kept for having had a share.
import { describe, expect, test } from '@jest/globals';
import type { Snapshot } from '../../src/model/observed.ts';
import type { InstanceName } from '../../src/model/version.ts';
import { climb, moveRungs, owesTraffic } from '../../src/plan/steps/ladder.ts';
import { bringUp } from '../../src/plan/steps/promotion.ts';
import type { Candidacy, Stage } from '../../src/plan/read/scene.ts';
import type { Given, ServiceGiven } from '../given.ts';
import { given, id, nick, NOW, up } from '../given.ts';
import { stageOf } from './stage.ts';

const PORTS = [{ name: 'http', port: 80, targetPort: 'http' }];
const LADDER = [{ percent: 5, seconds: 60 }, { percent: 25, seconds: 600 }, { percent: 100 }];
const WEB = { name: 'web', ports: PORTS, ladder: LADDER };
const lends = (percent: number, secondsAgo: number): ServiceGiven => ({
  on: 'two',
  stamp: { switchNumber: 2, instance: 'two', previous: 'one', share: { percent, secondsAgo } },
});
/** Two comes up beside one, and has a share. */
const sharing = (services: NonNullable<Given['services']>, spec: object = {}, more: Partial<Given> = {}): Given => ({
  latest: 'two',
  spec: { services: [WEB], ...spec },
  versions: { one: up(3), two: up(3) },
  switches: ['one'],
  services: { web: {}, 'web-r1': {}, 'web-r2': {}, 'web-r3': {}, ...services },
  ...more,
});
const FIRST = { 'web-r1': lends(5, 90) };
const BOTH = { 'web-r1': lends(5, 800), 'web-r2': lends(25, 700) };
const two = id('two') as string as InstanceName;
const three = id('three') as string as InstanceName;

/** The candidacy of what comes up: judged, and without a word of its gates before. */
function rising(stage: Stage): Candidacy {
  const candidacy = bringUp(stage)!;
  return { ...candidacy, judgement: { verdict: { is: 'pass' }, gates: [] }, proof: undefined };
}
const climbing = (facts: Given | Snapshot, more: Partial<Candidacy> = {}, seconds = 0) => {
  const before = stageOf(facts, {}, NOW - seconds * 1000);
  climb(before, rising(before));
  const stage = stageOf(facts, before.timer.notes());
  const found = climb(stage, { ...rising(stage), ...more });
  return (
    found && { steps: found.steps.map(({ wish }) => wish.name), isDone: found.isDone, waits: found.waits && nick(found.waits.message) }
  );
};

describe('the next step', () => {
  test('is made once the seconds of the rung below are over', () => {
    expect(climbing(sharing(FIRST))).toEqual({ steps: ['web-r2'], isDone: false, waits: undefined });
  });
  test('is not made while the answers of those that have the share may have been missed', () => {
    const interrupted = (secondsAgo: number) => climbing({ ...given(sharing(FIRST)), interruptedAt: NOW - secondsAgo * 1000 })?.steps;
    expect([interrupted(31), interrupted(30)]).toEqual([[], ['web-r2']]);
  });
  test('is the switch once all rungs but the last lend', () => {
    expect(climbing(sharing(BOTH))).toEqual({ steps: [], isDone: true, waits: undefined });
  });
  test('is not made for what nobody has judged', () => {
    expect(climbing(sharing(FIRST), { judgement: undefined })).toEqual({ steps: [], isDone: false, waits: undefined });
  });
  test.each([
    ['the next rung', FIRST],
    ['the switch', BOTH],
  ])('is not made while the line is held, and that is what %s waits for', (_what, services) => {
    const facts = sharing(services, {}, { fleet: { line: 'ann says so' } });
    expect(climbing(facts)).toEqual({ steps: [], isDone: false, waits: 'no promotion begins in any App, since ann says so' });
  });
  test('is not made once a gate has failed that is asked meanwhile', () => {
    const gate = { name: 'hours', window: { timeZone: 'UTC', from: '13:00', to: '14:00' }, timeoutSeconds: 60 };
    expect(climbing(sharing(FIRST, { promotion: { during: [gate] } }), {}, 59)?.steps).toEqual(['web-r2']);
    expect(climbing(sharing(FIRST, { promotion: { during: [gate] } }), {}, 61)?.steps).toEqual([]);
  });
  test('waits for a rung whose name somebody has, and says what to do', () => {
    const taken = { foreign: true, selector: { app: 'other' } };
    expect(climbing(sharing({ ...FIRST, 'web-r2': taken }))).toEqual({
      steps: [],
      isDone: false,
      waits:
        'Service prod/web-r2 exists and is not ours, and the ladder of web needs that name: delete it, or name the Service in spec.services otherwise',
    });
  });
  test('waits for a rung that does not exist yet', () => {
    const { 'web-r2': _, ...services } = sharing(FIRST).services!;
    expect(climbing({ ...sharing({}), services })).toEqual({ steps: [], isDone: false, waits: 'Service web-r2 does not exist yet' });
  });
  test('does not wait for the last rung, which is made with the switch', () => {
    const { 'web-r3': _, ...services } = sharing(BOTH).services!;
    expect(climbing({ ...sharing({}), services })).toEqual({ steps: [], isDone: true, waits: undefined });
  });
  test.each<[string, Given, Partial<Candidacy>]>([
    ['without a ladder', sharing({}, { services: [{ name: 'web', ports: PORTS }] }), {}],
    ['without an instance', sharing(FIRST), { instance: undefined }],
    ['before anything serves', { ...sharing({}), switches: [], services: {} }, {}],
    ['while what serves has no Deployment', sharing(FIRST, {}, { versions: { one: {}, two: up(3) } }), {}],
  ])('is none %s', (_what, facts, more) => {
    expect(climbing(facts, more)).toBeUndefined();
  });
});

describe('a rung that goes back', () => {
  const OTHER = { name: 'web', ports: [{ name: 'http', port: 8080, targetPort: 'http' }] };
  const moved = (facts: Given, target?: Partial<Candidacy>) => {
    const stage = stageOf(facts);
    return moveRungs(stage, target && { ...rising(stage), ...target }).map((move) => {
      if (move.do !== 'switch') return move;
      const { service, role, repair, stamp, shape } = move;
      const to = `${service} → ${stamp.instance} (switch ${String(stamp.switchNumber)}, from ${stamp.previous || 'nothing'})`;
      return { to: nick(to), percent: stamp.share?.percent, role, repair, isShaped: shape !== undefined };
    });
  };
  const LOST = { to: 'web-r1 → one (switch 1, from two)', percent: 0, role: 'Rung', repair: true };
  const PUT_BACK = { ...LOST, to: 'web-r1 → one (switch 1, from nothing)', percent: undefined };
  test.each<[string, ServiceGiven, object]>([
    ['gets the shape of spec with it', { ...lends(5, 90), shapedBy: OTHER }, { ...LOST, isShaped: true }],
    ['keeps its shape if its selector is back already', { ...lends(5, 90), on: 'one', shapedBy: OTHER }, { ...LOST, isShaped: false }],
    [
      'keeps its shape if it was not lent',
      { on: 'two', stamp: { switchNumber: 1, instance: 'one' }, shapedBy: OTHER },
      { ...PUT_BACK, isShaped: false },
    ],
    ['has taken nothing from anybody if it has no stamp', { on: 'two', stamp: 'none' }, { ...PUT_BACK, isShaped: false }],
    [
      'has taken nothing from anybody if another App lent it',
      { on: 'two', stamp: { switchNumber: 2, instance: 'two', uid: 'uid-other', share: { percent: 5, secondsAgo: 90 } } },
      { ...PUT_BACK, isShaped: false },
    ],
    [
      'was lent though another switch has its number by now',
      { on: 'two', stamp: { switchNumber: 1, instance: 'two', share: { percent: 5, secondsAgo: 90 } } },
      { ...LOST, isShaped: false },
    ],
  ])('%s', (_what, rung, action) => {
    expect(moved(sharing({ 'web-r1': rung }, {}, { latest: 'one' }))).toEqual([action]);
  });
  test('was left by a switch before the last one: it is moved as the Service was', () => {
    const behind: ServiceGiven = { on: 'two', stamp: { switchNumber: 1, instance: 'two' } };
    expect(moved(sharing({ 'web-r1': behind }, {}, { latest: 'one', switches: ['two', 'one'] }))).toEqual([
      { to: 'web-r1 → one (switch 2, from two)', percent: undefined, role: 'Rung', repair: true, isShaped: false },
    ]);
  });
  test('lends again without a new shape if somebody else took it', () => {
    expect(moved(sharing({ ...BOTH, 'web-r1': { ...lends(5, 800), on: 'one', shapedBy: OTHER } }), {})).toEqual([
      { to: 'web-r1 → two (switch 2, from one)', percent: 5, role: 'Rung', repair: true, isShaped: false },
    ]);
  });
  test('stays where it is while what serves has no Deployment', () => {
    const stage = stageOf(sharing(FIRST, {}, { latest: 'one', versions: { two: up(3), one: {} } }));
    expect(moveRungs(stage, undefined)).toEqual([]);
  });
});

describe('an instance is kept for the share that it had', () => {
  const gaveBack = (previous: string, more: object = {}): ServiceGiven => ({
    on: 'one',
    stamp: { switchNumber: 1, instance: 'one', previous, share: { percent: 0, secondsAgo: 20 }, ...more },
  });
  const facts = (rung: ServiceGiven | undefined): Given => {
    const { 'web-r1': _, ...services } = sharing({}).services!;
    return { ...sharing({}), services: { ...services, ...(rung && { 'web-r1': rung }) } };
  };
  test.each<[string, ServiceGiven | undefined, boolean]>([
    ['if a rung says so', gaveBack('two'), true],
    ['not if it was another one', gaveBack('three'), false],
    ['not if another App says so', gaveBack('two', { uid: 'uid-other' }), false],
    ['not if the rung was never lent', gaveBack('two', { share: undefined }), false],
    ['not if the rung lends again, to another', gaveBack('two', { share: { percent: 5, secondsAgo: 20 } }), false],
    ['not if the rung has no stamp', { on: 'one', stamp: 'none' }, false],
    ['not if there is no such rung', undefined, false],
  ])('%s', (_what, rung, owes) => {
    expect(owesTraffic(stageOf(facts(rung)), two)).toBe(owes);
  });
  test('for drainSeconds, each by itself', () => {
    const all = sharing({ 'web-r1': gaveBack('two'), 'web-r2': gaveBack('three') });
    const before = stageOf(all, {}, NOW - 60_000);
    expect(owesTraffic(before, two)).toBe(true);
    const now = stageOf(all, before.timer.notes());
    expect([owesTraffic(now, two), owesTraffic(now, three)]).toEqual([false, true]);
  });
});

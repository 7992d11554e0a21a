// Whether the content of spec serves, and how versions are called where people read lists.
import { describe, expect, test } from '@jest/globals';
import type { Status } from '../../src/model/app.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Given } from '../given.ts';
import { cold, given, id, nick, NOW, up, WEB } from '../given.ts';

const reportOf = (facts: Given): Status => plan(given(facts), NOW).status;
const upToDate = (facts: Given): string => {
  const { status, reason, message } = reportOf(facts).conditions!.find(({ type }) => type === 'UpToDate')!;
  return `${status!} ${reason!}: ${nick(message!)}`;
};
const TWO: Given = { latest: 'two', versions: { one: { ...up(3), name: '1.0' }, two: { ...up(3), name: '2.0' } } };
const pin = (what: string): NonNullable<Given['metadata']> => ({
  annotations: { 'immutableapp.io/pin': `${what} until 2026-03-02T00:00:00Z` },
});

describe('the content of spec', () => {
  test.each<[string, Given, string]>([
    ['serves', { ...TWO, switches: ['one', 'two'] }, 'True Serving: two (2.0) is the content of spec, and serves'],
    [
      'serves and answers nobody',
      { ...TWO, versions: { two: up(3, { available: 0 }) }, switches: ['two'] },
      'False NoAvailablePod: two is the content of spec, but not everybody is answered: two is selected and has no available pod',
    ],
    [
      'serves by one Service, and another one could not be moved',
      {
        ...TWO,
        switches: ['one', 'two'],
        spec: { services: [WEB, { ...WEB, name: 'other' }] },
        services: { web: {}, other: { on: 'one', stamp: { switchNumber: 1, instance: 'one' } } },
        refused: { 'put back Service/other → two (switch 2)': 'frozen by a policy' },
      },
      'False Denied: two (2.0) is the content of spec and serves, but not everywhere: Service other still sends its traffic to one (1.0): frozen',
    ],
    ['serves with pods missing', { ...TWO, versions: { two: up(3, { available: 1 }) }, switches: ['two'] }, 'True Serving: two is'],
    ['is not recorded yet', { latest: 'two', versions: { one: up(3) }, switches: ['one'], trial: 'none' }, 'False Minting: '],
    ['is refused', { latest: 'two', versions: { one: up(3) }, switches: ['one'], trial: 'refused' }, 'False InvalidTemplate: '],
    [
      'serves on though it was rejected, for nothing served before it',
      { latest: 'two', versions: { two: { ...up(3), rejected: 'two' } }, switches: ['two'] },
      'False VersionRejected: two is the content of spec and was rejected; two serves',
    ],
    [
      'cannot be recorded',
      {
        latest: 'two',
        versions: { one: up(3) },
        switches: ['one'],
        trial: 'accepted',
        refused: { 'publish ControllerRevision/two': 'exceeded quota' },
      },
      'False Denied: exceeded quota',
    ],
    [
      'comes up',
      { ...TWO, versions: { one: up(3), two: up(3, { available: 0 }) }, switches: ['one'] },
      'False BringingUp: two is the content of spec and is on its way; one serves',
    ],
    [
      'comes up as the first',
      { latest: 'one', versions: { one: up(3, { available: 0 }) } },
      'False BringingUp: one is the content of spec and is on its way; nothing serves',
    ],
    [
      'failed',
      { ...TWO, versions: { one: up(3), two: { failed: { reason: 'CrashLoop' } } }, switches: ['one'] },
      'False VersionFailed: two is the content of spec and failed (CrashLoop); one serves',
    ],
    [
      'was rejected',
      { ...TWO, versions: { one: up(3), two: { rejected: 'two' } }, switches: ['one'] },
      'False VersionRejected: two is the content of spec and was rejected; one serves',
    ],
    [
      'is held, since somebody went back last night',
      { ...TWO, versions: { one: up(3), two: { held: '1.0' } }, switches: ['two', 'one'] },
      'False Held: two is the content of spec and is on hold; one serves',
    ],
    [
      'waits behind a pin',
      { ...TWO, switches: ['one'], metadata: pin(id('one')) },
      'False Pinned: one (1.0) serves, by a pin; two (2.0) is the content of spec and waits',
    ],
    [
      'waits to be named',
      { ...TWO, switches: ['one'], spec: { promotion: { mode: 'Manual' } } },
      'False AwaitingActivation: two (2.0) is the content of spec and waits for spec.activeVersion to name it; one (1.0) serves',
    ],
    [
      'waits until nobody pauses',
      { ...TWO, versions: { one: up(3), two: cold }, switches: ['one'], spec: { paused: true } },
      'False Paused: spec.paused is set, so two, the content of spec, is not brought up; one serves',
    ],
    ['cannot be read', { ...TWO, switches: ['one'], spec: { template: {} } }, 'False SpecInvalid: '],
  ])('%s', (_what, facts, said) => {
    expect(upToDate(facts)).toContain(said);
  });
});

describe('the content of spec, in so many words', () => {
  const NEXT = { ...WEB, name: 'next', role: 'Preview' };
  const ADMIN = { ...WEB, name: 'admin' };
  const OTHER = { ...WEB, name: 'other' };
  const behind = { on: 'one', stamp: { switchNumber: 1, instance: 'one' } };
  const frozen = (name: string) => ({ [`put back Service/${name} → two (switch 2)`]: 'frozen by a policy' });
  const closed = { promotion: { before: [{ name: 'hours', window: { timeZone: 'UTC', from: '13:00', to: '14:00' } }] } };
  test.each<[string, Given, string]>([
    [
      'serves, whatever a Preview Service shows',
      {
        ...TWO,
        switches: ['one', 'two'],
        spec: { services: [WEB, NEXT] },
        services: { web: {}, next: { on: 'one', stamp: { switchNumber: 0, instance: 'one' } } },
      },
      'True Serving: two (2.0) is the content of spec, and serves',
    ],
    [
      'serves by one Service, and two others could not be moved',
      {
        ...TWO,
        switches: ['one', 'two'],
        spec: { services: [WEB, OTHER, ADMIN] },
        services: { web: {}, other: behind, admin: behind },
        refused: { ...frozen('other'), ...frozen('admin') },
      },
      'False Denied: two (2.0) is the content of spec and serves, but not everywhere: Service other still sends its traffic to one (1.0), Service admin still sends its traffic to one (1.0): frozen by a policy',
    ],
    [
      'serves, but its record is gone and nobody may make another',
      { versions: { one: { ...up(3), record: 'lost' } }, switches: ['one'], spec: { paused: true } },
      'False Paused: the content of spec is no version yet',
    ],
    [
      'is not recorded, for nobody may create anything',
      { latest: 'two', versions: { one: up(3) }, switches: ['one'], spec: { paused: true } },
      'False Paused: the content of spec is no version yet',
    ],
    [
      'waits until what serves has a fresh instance',
      {
        ...TWO,
        versions: {
          one: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2, available: 0 }], renewed: { nonce: 'a', instances: ['one'] } },
          two: up(3),
        },
        switches: ['one'],
        spec: closed,
      },
      'False BringingUp: two is the content of spec and waits until what serves has a fresh instance; one serves',
    ],
    [
      'is up and has not the port that a Service sends traffic to',
      {
        ...{ latest: 'mute', versions: { one: up(3), mute: up(3) }, switches: ['one'] },
        services: { web: { on: 'one', spec: { ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }] } } },
      },
      'False PortMissing: no container of mute has a TCP port named "http", which Service web of spec.services sends traffic to: name it in spec.template',
    ],
    [
      'is up and waits for an hour',
      { ...TWO, switches: ['one'], spec: closed },
      'False WindowClosed: two (2.0) is up and waits: gate before/hours: traffic moves daily from 13:00 to 14:00 UTC: it opens at Sun 2026-03-01 13:00 UTC; it is the content of spec, and one (1.0) serves',
    ],
  ])('%s', (_what, facts, said) => {
    expect(upToDate(facts)).toBe(said);
  });
});

describe('a list', () => {
  const short = (name: string): string => id(name).replace(/^[a-z]+-/, '');
  test('has names first, and the id without the name of the App', () => {
    const { serves, latest, pods } = reportOf({ ...TWO, versions: { ...TWO.versions, two: up(3) }, switches: ['one'] });
    expect([serves, latest, pods]).toEqual([`1.0 (${short('one')})`, short('two'), '3/3']);
  });
  test('says how many pods are there of those that are asked for', () => {
    expect(reportOf({ ...TWO, switches: ['one'], spec: { replicas: 5 } }).pods).toBe('3/5');
    expect(reportOf({ ...TWO, versions: {} }).pods).toBe('0/3');
  });
  test('calls what a ConfigMap changed by the name of what it changed', () => {
    const captured: Given = {
      latest: 'siteb',
      versions: { sitea: { ...up(3), name: '1.0' }, siteb: up(3) },
      sources: { site: { says: 'b' } },
      switches: ['sitea', 'siteb'],
    };
    const { serves, versions } = reportOf(captured);
    expect(serves).toBe(`1.0+site (${short('siteb')})`);
    expect(versions?.map(({ called }) => called)).toEqual([`1.0+site (${short('siteb')})`, `1.0 (${short('sitea')})`]);
  });
  test('calls what came before a name by its id alone', () => {
    const before: Given = {
      latest: 'siteb',
      versions: { sitea: up(3), siteb: { ...up(3), name: '1.0' } },
      sources: { site: { says: 'b' } },
      switches: ['sitea', 'siteb'],
    };
    expect(reportOf(before).versions?.map(({ called }) => called)).toEqual([`1.0 (${short('siteb')})`, short('sitea')]);
  });
  test('shows that nobody can tell yet what the content of spec is', () => {
    const unknown: Given = { latest: 'siteb', versions: { one: up(3) }, switches: ['one'], sources: { site: { says: 'b' } } };
    expect(reportOf(unknown).latest).toBe('…');
  });
});

// The report of one decision, whole where the tables quote only a part of it; and whether a change of it is worth a write.
import { describe, expect, test } from '@jest/globals';
import { parse } from '../../src/model/app.ts';
import type { Status } from '../../src/model/app.ts';
import type { Snapshot } from '../../src/model/observed.ts';
import { REASON } from '../../src/model/vocabulary.ts';
import { plan } from '../../src/plan/plan.ts';
import { quarantined, worth } from '../../src/plan/report/status.ts';
import type { Given, VersionGiven } from '../given.ts';
import { given, id, NOW, rawApp, siteOf, up } from '../given.ts';

const statusOf = (facts: Given): Status => plan(given(facts), NOW).status;
const HOUR_AGO = '2026-03-01T11:00:00.000Z';

describe('a version in status', () => {
  test('is told whole', () => {
    const { versions, mutableReferences } = statusOf({ versions: { one: { ...up(3), name: '1.0', alias: 'stable' } }, switches: ['one'] });
    const { fingerprint } = given({ versions: { one: up(3) } }).records[0]!;
    expect(versions).toEqual([
      {
        id: id('one'),
        called: `1.0 (${id('one').replace('shop-', '')})`,
        fingerprint,
        names: ['1.0', 'stable'],
        state: 'Active',
        createdAt: HOUR_AGO,
        servedFrom: HOUR_AGO,
        images: [{ container: 'main', image: 'httpd:2.4' }],
        instances: [{ name: id('one'), uid: `uid-${id('one')}`, role: 'Active', replicas: 3, ready: 3, desired: 3, generation: 1 }],
      },
    ]);
    expect(mutableReferences).toBeUndefined();
  });
  test('without a record, a name or an instance goes without what they would tell', () => {
    const { versions } = statusOf({ latest: 'two', versions: { one: { ...up(3), record: 'lost' }, two: {} }, switches: ['one'] });
    expect(versions?.map((version) => Object.keys(version).toSorted())).toEqual([
      ['called', 'createdAt', 'fingerprint', 'id', 'images', 'state'],
      ['called', 'fingerprint', 'id', 'images', 'instances', 'servedFrom', 'state'],
    ]);
    expect(versions?.[1]).toMatchObject({ images: [], state: 'Active' });
  });
  test('shows the gates of its own candidate only', () => {
    const { versions } = statusOf({ latest: 'two', versions: { one: up(3), two: up(3, { available: 1 }) }, switches: ['one'] });
    expect(versions?.map(({ gates }) => gates?.map(({ name, verdict }) => [name, verdict]))).toEqual([
      [
        ['integrity', 'pass'],
        ['ports', 'pass'],
        ['selector', 'pass'],
        ['readiness', 'wait'],
      ],
      undefined,
    ]);
  });
  test('tells measurements of a gate that waits again only when one says something else', () => {
    const board = { before: [{ name: 'board', webhook: { source: 'board' } }] };
    const told = (status: Status, last: readonly (readonly [secondsAgo: number, message: string])[]): Status => {
      const facts: Given = {
        ...{ latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one'], spec: { promotion: board }, status },
        fleet: { gateSources: [{ name: 'board', namespaces: undefined }] },
        measured: {
          'before/board': { since: 60, tally: { last: last.map(([ago, message]) => ({ at: NOW - ago * 1000, is: 'none', message })) } },
        },
      };
      const first = given(facts);
      return plan({ ...first, notes: plan(first, NOW - 60_000).notes }, NOW).status;
    };
    const of = ({ versions }: Status) => versions?.[0]?.gates?.find(({ name }) => name === 'board')?.measurements;
    const first = told({ observedGeneration: 6 }, [[45, 'after tea']]);
    expect(of(first)).toEqual([{ at: '2026-03-01T11:59:15.000Z', result: 'none', message: 'after tea' }]);
    const again = told(first, [
      [30, 'after tea'],
      [45, 'after tea'],
    ]);
    expect(worth(first, again)).toBe('no');
    const other = told(first, [
      [15, 'at five'],
      [30, 'after tea'],
      [45, 'after tea'],
    ]);
    expect(of(other)?.map(({ message }) => message)).toEqual(['at five', 'after tea', 'after tea']);
  });
  test('says who decided against it, and how to lift that', () => {
    const rejected = statusOf({ latest: 'two', versions: { one: up(3), two: { rejected: 'typed' } }, switches: ['one'] });
    expect(rejected.versions?.[0]?.message).toMatch(/^rejected by "typed": lift it with kubectl annotate /);
    const annotations = { 'immutableapp.io/reject': id('two') };
    const asked = statusOf({ latest: 'two', versions: { one: up(3), two: {} }, switches: ['one'], metadata: { annotations } });
    expect(asked.versions?.[0]?.message).toContain(`rejected by "${id('two')}"`);
    const held = statusOf({ latest: 'two', versions: { one: up(3), two: { held: 'typed' } }, switches: ['one'] });
    expect(held.versions?.[0]?.message).toBe(
      'held, since spec.activeVersion was set to "typed" at 2026-03-01T11:00:00Z: name it in spec.activeVersion to release it, or push other content',
    );
  });
  test('promises no pod for its logs where no two instances may run', () => {
    const failed = { ...up(1), failed: { reason: REASON.CrashLoop, ageSeconds: 60 } };
    const says = (overlap: string) =>
      statusOf({
        latest: 'two',
        versions: { one: up(3), two: failed },
        switches: ['one'],
        spec: { promotion: { overlap } },
      }).conditions?.find(({ type }) => type === 'Stalled')?.message;
    expect(says('Always')).toContain('its last pod stays until');
    expect(says('Never')).toContain('retry it with kubectl annotate');
    expect(says('Never')).not.toContain('its last pod stays');
  });
  test('says who wrote the rejection, where that is known', () => {
    const fieldsV1 = { 'f:metadata': { 'f:annotations': { 'f:immutableapp.io/reject': {} } } };
    const managedFields = [{ manager: 'oncall-bob', operation: 'Update', time: HOUR_AGO, fieldsV1 }];
    const typed: Given['metadata'] = { managedFields, annotations: { 'immutableapp.io/reject': id('two') } };
    const says = (metadata: Given['metadata'], two: VersionGiven) =>
      statusOf({ latest: 'two', versions: { one: up(3), two }, switches: ['one'], metadata: metadata! }).versions?.[0]?.message;
    expect(says(typed, {})).toMatch(new RegExp(`^rejected by "${id('two')}", which oncall-bob wrote: lift it with kubectl annotate `));
    // Who wrote the annotation that there is now need not have written the one that was recorded.
    expect(says(typed, { rejected: 'typed' })).toMatch(/^rejected by "typed": lift it with kubectl annotate /);
  });
  test('has not failed if a fresh instance of it did, though it served before', () => {
    const one = { failed: { replacement: true as const, instance: 'one-2' } };
    const { versions } = statusOf({ latest: 'two', versions: { one, two: up(3) }, switches: ['one', 'two'] });
    expect(versions?.[1]).toMatchObject({ id: id('one'), state: 'Cold', failure: { instance: id('one-2') } });
    expect(versions?.[1]).not.toHaveProperty('reason');
    const { versions: failed } = statusOf({
      latest: 'two',
      versions: { one: { failed: { cause: 'cluster', instance: 'one-2' } }, two: up(3) },
      switches: ['one', 'two'],
    });
    expect(failed?.[1]).toMatchObject({ id: id('one'), state: 'Failed', reason: REASON.CrashLoop });
  });
  test('tells of the last five of its compromised instances, the newest first, in whatever order they are seen', () => {
    const names = ['one-2', 'one-3', 'one-4', 'one-5', 'one-6', 'one-7'];
    const one: VersionGiven = { ...up(3), discarded: 'one', alsoDiscarded: names };
    const seen = given({ versions: { one }, switches: ['one'], status: { observedGeneration: 6 } });
    const told = (factsSeen: Snapshot['factsSeen']) => plan({ ...seen, factsSeen }, NOW).status.versions?.[0]?.discarded;
    const expected = seen.factsSeen
      .filter(({ createdAt }) => createdAt === NOW - 600_000)
      .map(({ name, fact }) => ({ name, instance: fact?.is === 'discarded' ? fact.instance : '' }))
      .toSorted((a, b) => (a.name < b.name ? 1 : -1))
      .slice(0, 5)
      .map(({ instance }) => ({ instance, message: 'somebody changed it', at: '2026-03-01T11:50:00.000Z' }));
    expect(told(seen.factsSeen)).toEqual(expected);
    expect(told(seen.factsSeen.toReversed())).toEqual(expected);
    const two = given({ versions: { one: { ...up(3), discarded: 'one', alsoDiscarded: ['one-2'] } }, switches: ['one'] });
    for (const factsSeen of [two.factsSeen, two.factsSeen.toReversed()])
      expect(plan({ ...two, factsSeen }, NOW).status.versions?.[0]?.discarded?.map(({ instance }) => instance)).toEqual([
        id('one-2'),
        id('one'),
      ]);
  });
  test('is unproven by the instance that serves, and by no other', () => {
    const unproven = (facts: Given) => statusOf(facts).versions?.map(({ instances }) => instances?.map((each) => each.unproven));
    const stamp = { switchNumber: 2, instance: 'two', previous: 'one' };
    const zero: Given = {
      ...{ latest: 'two', versions: { one: up(0), two: up(0) }, switches: ['one'], spec: { replicas: 0 } },
      services: { web: { on: 'two', stamp } },
    };
    expect(unproven(zero)).toEqual([[true], [undefined]]);
  });
  test('keeps the generation last judged clean while it is not', () => {
    const generations = (facts: Given) => statusOf(facts).versions?.[0]?.instances?.map(({ generation }) => generation);
    const edited: Given = { versions: { one: up(3, { edited: true, generation: 5 }) }, switches: ['one'] };
    const known = { id: id('one'), instances: [{ name: id('one'), uid: `uid-${id('one')}`, generation: 4 }] };
    expect(generations(edited)).toEqual([undefined]);
    expect(generations({ ...edited, status: { versions: [known] } })).toEqual([4]);
    expect(generations({ versions: { one: up(3, { generation: 5 }) }, switches: ['one'], status: { versions: [known] } })).toEqual([5]);
  });
});

describe('status', () => {
  test('names what serves, for people, while something does', () => {
    const serving = statusOf({ versions: { one: { ...up(3), name: '1.0' } }, switches: ['one'] });
    expect(serving).toMatchObject({ activeVersion: id('one'), activeInstance: id('one'), activeName: '1.0' });
    expect(statusOf({ versions: { one: up(3) }, switches: ['one'] })).not.toHaveProperty('activeName');
    const nothing = statusOf({ versions: { one: up(3) } });
    for (const field of ['activeVersion', 'activeInstance', 'activeName']) expect(nothing).not.toHaveProperty(field);
  });
  test('tells of references that can change under what serves', () => {
    const content = siteOf('httpd:2.4', undefined, { volumes: [{ name: 'key', secret: { secretName: 'key' } }] });
    const { mutableReferences } = statusOf({ latest: 'secret', versions: { secret: { ...up(3), content } }, switches: ['secret'] });
    expect(mutableReferences).toContain('Secret/key');
  });
  test('calls Active Services converged, and no other', () => {
    const spec = {
      services: [
        { name: 'web', ports: [{ port: 80 }] },
        { name: 'next', role: 'Preview', ports: [{ port: 80 }] },
      ],
    };
    const { services } = statusOf({ versions: { one: up(3) }, switches: ['one'], spec });
    expect(services?.map(({ name, converged }) => [name, converged])).toEqual([
      ['web', true],
      ['next', false],
    ]);
  });
  test('tells of no references while nothing serves', () => {
    expect(statusOf({ versions: { one: up(3) } })).not.toHaveProperty('mutableReferences');
    const lost = statusOf({ latest: 'two', versions: { one: { ...up(3), record: 'lost' }, two: {} }, switches: ['one'] });
    expect(lost.activeVersion).toBe(id('one'));
    expect(lost).not.toHaveProperty('mutableReferences');
  });
  test('warns of a name that is taken once there is a version that would have it', () => {
    const facts: Given = { latest: 'two', versions: { one: { ...up(3), name: '1.0' } }, switches: ['one'], spec: { version: '1.0' } };
    expect(statusOf(facts).warnings).toEqual([]);
    expect(statusOf({ ...facts, versions: { ...facts.versions, two: {} } }).warnings).toHaveLength(1);
  });
  test('warns in words that say what to do', () => {
    const annotations = { 'immutableapp.io/pin': '1.0 until 2026-03-01T11:00:00Z' };
    const expired = statusOf({ versions: { one: { ...up(3), name: '1.0' } }, switches: ['one'], metadata: { annotations } });
    expect(expired.warnings).toEqual([
      { reason: REASON.PinExpired, message: 'the pin to 1.0 has expired and does nothing: take annotation immutableapp.io/pin away' },
    ]);
    const taken: Given = { latest: 'two', versions: { one: { ...up(3), name: '1.0' }, two: up(3) }, switches: ['one'] };
    expect(statusOf({ ...taken, spec: { version: '1.0' } }).warnings).toEqual([
      { reason: REASON.NameTaken, message: `spec.version "1.0" names ${id('one')}, so ${id('two')} has no name` },
    ]);
  });
  test('of an App that the operator stumbled over says that', () => {
    const app = parse(rawApp({ status: {} }));
    const { conditions } = quarantined(app, 'it broke', NOW);
    expect(conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({ status: 'True', reason: REASON.Bug, message: 'it broke' });
  });
  test('of such an App keeps what was known of its users and of the policies', () => {
    const was = { observedGeneration: 1, lastTransitionTime: HOUR_AGO, reason: 'Serving', message: 'it serves' };
    const known = [
      { type: 'Available', status: 'True' as const, ...was },
      { type: 'Ready', status: 'True' as const, ...was },
    ];
    const { conditions } = quarantined(parse(rawApp({ status: { observedGeneration: 1, conditions: known } })), 'it broke', NOW);
    const brief = conditions?.map(({ type, status, reason, lastTransitionTime }) => [type, status, reason, lastTransitionTime]);
    const at = new Date(NOW).toISOString();
    expect(brief).toEqual([
      ['Available', 'True', 'Serving', HOUR_AGO],
      ['Ready', 'False', REASON.Bug, at],
      ['UpToDate', 'Unknown', REASON.Bug, at],
      ['Enforced', 'Unknown', REASON.Bug, at],
      ['Stalled', 'True', REASON.Bug, at],
    ]);
  });
  test('of an App that cannot be read says every problem', () => {
    const { conditions } = statusOf({ spec: { template: {}, config: [{ name: 'a', big: 2 ** 60 }] } });
    expect(conditions?.find(({ type }) => type === 'Stalled')?.message).toMatch(/^spec.template is required; spec: .*beyond 2\^53/);
  });
});

test.each<[string, Partial<Given>, string]>([
  ['what a human let go on is a switch', { spec: { promotion: { mode: 'Manual' } } }, REASON.Switched],
  ['what the mode chose is automatic', {}, 'Automatic'],
  ['what a pointer names is activated', { spec: { activeVersion: id('two') } }, 'Activated'],
  ['what leaves a failed version is reverted', { versions: { one: { ...up(3), failed: {} }, two: up(3) } }, REASON.Reverted],
])('a switch that is seen for the first time: %s', (_what, more, reason) => {
  const services: Given['services'] = { web: { on: 'two', stamp: { switchNumber: 2, instance: 'two', previous: 'one' } } };
  const { history } = statusOf({ latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one'], services, ...more });
  expect(history?.[0]).toMatchObject({ switchNumber: 2, at: new Date(NOW).toISOString(), from: id('one'), to: id('two'), reason });
  expect(history).toHaveLength(2);
});

test.each<[string, Given['versions'], string]>([
  [
    'renewed',
    { one: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }], renewed: { nonce: 'x', instances: ['one'] } } },
    'Renewed',
  ],
  ['discarded', { one: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }], discarded: 'one' } }, 'Replaced'],
  [
    'discarded elsewhere',
    { one: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }], discarded: 'one-7', renewed: { nonce: 'x', instances: ['one'] } } },
    'Renewed',
  ],
  ['neither', { one: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }] } }, 'Automatic'],
])('a switch from one instance of a version to another: %s', (_what, versions, reason) => {
  const services: Given['services'] = { web: { on: 'one-2', stamp: { switchNumber: 2, instance: 'one-2', previous: 'one' } } };
  expect(statusOf({ versions: versions!, switches: ['one'], services }).history?.[0]?.reason).toBe(reason);
});

test('a switch that gates of no people let through names nobody who approved it', () => {
  const services: Given['services'] = { web: { on: 'two', stamp: { switchNumber: 2, instance: 'two', previous: 'one' } } };
  const board = { before: [{ name: 'board', webhook: { source: 'board' } }] };
  const two = { ...up(3), proofs: [{ phase: 'before' }] } as const;
  const facts: Given = { latest: 'two', versions: { one: up(3), two }, switches: ['one'], services, spec: { promotion: board } };
  expect(statusOf(facts).history?.[0]).toEqual({
    switchNumber: 2,
    at: new Date(NOW).toISOString(),
    from: id('one'),
    to: id('two'),
    reason: 'Automatic',
  });
});

test('a switch that a pin made names nobody who approved it, whoever let the version in before', () => {
  const services: Given['services'] = { web: { on: 'two', stamp: { switchNumber: 2, instance: 'two', previous: 'one' } } };
  const gates = [{ ...{ name: 'signed', digest: 'd', verdict: 'pass' as const, message: '', since: NOW, at: NOW }, by: ['ann'] }];
  const two = { ...up(3), proofs: [{ phase: 'before' as const, gates }] };
  const facts: Given = { latest: 'two', versions: { one: up(3), two }, switches: ['one'], services };
  expect(statusOf(facts).history?.[0]).toMatchObject({ reason: 'Automatic', approvedBy: ['ann'] });
  const annotations = { 'immutableapp.io/pin': `${id('two')} until 2026-03-02T00:00:00Z` };
  const [pinned] = statusOf({ ...facts, metadata: { annotations } }).history ?? [];
  expect(pinned).toMatchObject({ reason: 'Pinned', to: id('two') });
  expect(pinned).not.toHaveProperty('approvedBy');
});

describe('whether a version has served, where no status can tell', () => {
  const untilOf = (facts: Given) => statusOf(facts).versions?.map(({ servedUntil }) => servedUntil);
  const noon = new Date(NOW).toISOString();
  test.each<[string, Given, (string | undefined)[]]>([
    ['is plain of the first one', { versions: { one: up(3) }, status: 'lost' }, [undefined]],
    [
      'is plain of the only one with a record, whatever else runs',
      { latest: 'two', versions: { one: { ...up(3), record: 'lost' }, two: up(3) }, status: 'lost' },
      [undefined, undefined],
    ],
    [
      'is unknown of several, and may have been until now',
      { latest: 'two', versions: { one: up(3), two: {} }, status: 'lost' },
      [noon, noon],
    ],
    [
      'is unknown of the only one with a record, if another one serves',
      {
        ...{ latest: 'two', versions: { one: { ...up(3), record: 'lost' }, two: {} }, status: 'lost' },
        services: { web: { on: 'one', stamp: { switchNumber: 1, instance: 'one', previous: '' } } },
      },
      [noon, undefined],
    ],
    [
      'is unknown of the only one, if an operator that did not write that down said that it served',
      { versions: { one: up(3) }, status: { observedGeneration: 6, activeVersion: id('one'), versions: [{ id: id('one') }] } },
      [noon],
    ],
  ])('%s', (_what, facts, until) => {
    expect(untilOf(facts)).toEqual(until);
  });
});

test('the first switch of all comes from nowhere', () => {
  const services: Given['services'] = { web: { on: 'one', stamp: { switchNumber: 1, instance: 'one', previous: '' } } };
  expect(statusOf({ versions: { one: up(3) }, status: 'lost', services }).history).toEqual([
    { switchNumber: 1, at: new Date(NOW).toISOString(), from: '', to: id('one'), reason: 'Automatic' },
  ]);
});

describe('a new status', () => {
  const FULL: Status = {
    observedGeneration: 3,
    activeVersion: 'a',
    replicas: 3,
    readyReplicas: 3,
    conditions: [{ type: 'Ready', status: 'True', reason: 'Serving', message: 'm', lastTransitionTime: 't', observedGeneration: 3 }],
    versions: [
      {
        id: 'a',
        state: 'Active',
        message: 'm',
        gates: [{ name: 'g', verdict: 'pass' }],
        instances: [{ name: 'a', role: 'Active', replicas: 3, ready: 3 }],
      },
    ],
    services: [{ name: 'web', role: 'Active', instance: 'a', converged: true }],
  };
  const [condition, version, service] = [FULL.conditions![0]!, FULL.versions![0]!, FULL.services![0]!];
  const instance = version.instances![0]!;
  const work = (reason: string) => [
    ...FULL.conditions!.filter(({ type }) => type !== 'Ready'),
    { type: 'Ready', status: 'False' as const, reason },
    { type: 'Reconciling', status: 'True' as const, reason },
  ];
  const lost = { type: 'Available', status: 'False' as const, reason: 'NoEndpoints' };
  const BEGUN: Status = {
    ...FULL,
    observedGeneration: (FULL.observedGeneration ?? 0) + 1,
    latestVersion: 'b',
    conditions: work('BringingUp'),
    versions: [{ id: 'b', state: 'Target', instances: [{ name: 'b', role: 'Target' }] }, ...FULL.versions!],
  };
  const SWITCHED: Status = {
    ...BEGUN,
    activeInstance: 'b',
    conditions: [
      { type: 'Available', status: 'True', reason: 'Serving' },
      { type: 'Ready', status: 'True', reason: 'Serving' },
      { type: 'Reconciling', status: 'True', reason: 'Draining' },
    ],
    services: [{ ...service, converged: false }],
  };
  const available = { type: 'Available', status: 'True' as const, reason: 'Serving' };
  const [ahead, behind] = [service, { ...service, name: 'admin', converged: false }];
  const shown = { ...service, name: 'next', role: 'Preview', converged: false };
  const preview = { id: 'b', state: 'Preview', instances: [{ name: 'b', role: 'Preview' }] };
  const warm = { id: 'c', state: 'Warm' };
  test.each<[string, Status, Status, ReturnType<typeof worth>]>([
    ['that is the same is no write', FULL, structuredClone(FULL), 'no'],
    ['in another order of members is no write', { replicas: 1, readyReplicas: 2 }, { readyReplicas: 2, replicas: 1 }, 'no'],
    ['with what is undefined is no write', FULL, { ...FULL, activeName: undefined } as unknown as Status, 'no'],
    ['of nothing is no write', {}, {}, 'no'],
    ['with another count can wait', FULL, { ...FULL, replicas: 4 }, 'counts'],
    ['with another count of ready pods can wait', FULL, { ...FULL, readyReplicas: 2 }, 'counts'],
    ['with other words can wait', FULL, { ...FULL, conditions: [{ ...condition, message: 'n' }] }, 'counts'],
    ['with other words about a version can wait', FULL, { ...FULL, versions: [{ ...version, message: 'n' }] }, 'counts'],
    ['with other gates can wait', FULL, { ...FULL, versions: [{ ...version, gates: [] }] }, 'counts'],
    ['with other pods can wait', FULL, { ...FULL, versions: [{ ...version, instances: [{ ...instance, ready: 0 }] }] }, 'counts'],
    ['with endpoints that followed can wait', FULL, { ...FULL, services: [{ ...service, converged: false }] }, 'counts'],
    ['of another generation cannot', FULL, { ...FULL, observedGeneration: 4 }, 'now'],
    ['with another condition cannot', FULL, { ...FULL, conditions: [{ ...condition, type: 'Stalled' }] }, 'now'],
    ['with another truth cannot', FULL, { ...FULL, conditions: [{ ...condition, status: 'False' }] }, 'now'],
    ['with another reason cannot', FULL, { ...FULL, conditions: [{ ...condition, reason: 'Paused' }] }, 'now'],
    ['with one condition less cannot', FULL, { ...FULL, conditions: [] }, 'now'],
    ['with another state cannot', FULL, { ...FULL, versions: [{ ...version, state: 'Warm' }] }, 'now'],
    ['with another version cannot', FULL, { ...FULL, versions: [version, { ...version, id: 'b' }] }, 'now'],
    ['with another role cannot', FULL, { ...FULL, versions: [{ ...version, instances: [{ ...instance, role: 'Warm' }] }] }, 'now'],
    ['with another instance cannot', FULL, { ...FULL, versions: [{ ...version, instances: [{ ...instance, name: 'b' }] }] }, 'now'],
    ['with another route cannot', FULL, { ...FULL, services: [{ ...service, instance: 'b' }] }, 'now'],
    ['with another Service cannot', FULL, { ...FULL, services: [{ ...service, name: 'b' }] }, 'now'],
    ['with another role of a Service cannot', FULL, { ...FULL, services: [{ ...service, role: 'Preview' }] }, 'now'],
    ['that says that work has begun can wait a moment', FULL, BEGUN, 'begun'],
    ['that says more about work that goes on can wait a moment', BEGUN, { ...BEGUN, conditions: work('Draining') }, 'begun'],
    ['that says that work has ended cannot', BEGUN, FULL, 'now'],
    [
      'that says that work has begun cannot, if it is the first',
      { ...FULL, observedGeneration: undefined } as unknown as Status,
      BEGUN,
      'now',
    ],
    ['that says that traffic was switched can wait for the endpoints', BEGUN, SWITCHED, 'switched'],
    ['that says so once they have followed cannot', BEGUN, { ...SWITCHED, services: FULL.services! }, 'now'],
    ['that says so while nothing is available cannot', BEGUN, { ...SWITCHED, conditions: [...work('Draining'), lost] }, 'now'],
    ['with another truth besides that work has begun cannot', FULL, { ...BEGUN, activeName: 'b' }, 'now'],
    ['that what serves is replaced cannot', FULL, { ...BEGUN, services: [{ ...service, instance: 'b' }] }, 'now'],
    ['that work has begun and what serves is not available cannot', FULL, { ...BEGUN, conditions: [...work('BringingUp'), lost] }, 'now'],
    ['that says so of traffic that was switched before cannot', SWITCHED, { ...SWITCHED, activeName: 'b' }, 'now'],
    ['that says so while it is not ready cannot', BEGUN, { ...SWITCHED, conditions: [available, ...work('Draining')] }, 'now'],
    ['that says so while one of two Services has followed can wait', BEGUN, { ...SWITCHED, services: [ahead, behind] }, 'switched'],
    ['that says so while only a Preview Service is behind cannot', BEGUN, { ...SWITCHED, services: [ahead, shown] }, 'now'],
    ['that says so of no Service cannot', BEGUN, { ...SWITCHED, services: undefined } as unknown as Status, 'now'],
    ['that says that a preview has begun can wait a moment', FULL, { ...BEGUN, versions: [preview, version] }, 'begun'],
    ['that says that work has begun and what it left behind cannot', FULL, { ...BEGUN, versions: [...BEGUN.versions!, warm] }, 'now'],
    ['that says that work has begun where nothing was said yet cannot', { observedGeneration: 3 }, BEGUN, 'now'],
    ['that is the first cannot', {}, FULL, 'now'],
    ['that is lost cannot', FULL, {}, 'now'],
    ['without instances cannot', FULL, { ...FULL, versions: [{ id: 'a', state: 'Active' }] }, 'now'],
    ['with a list for a map cannot', { history: [] }, { history: {} } as unknown as Status, 'now'],
    ['with a map for nothing cannot', { history: null } as unknown as Status, { history: {} } as unknown as Status, 'now'],
    ['with nothing for a map cannot', { history: {} } as unknown as Status, { history: null } as unknown as Status, 'now'],
    ['with a map for a word cannot', { selector: '' }, { selector: {} } as unknown as Status, 'now'],
    ['with a word for a map cannot', { selector: {} } as unknown as Status, { selector: '' }, 'now'],
  ])('%s', (_what, before, after, worthy) => {
    expect(worth(before, after)).toBe(worthy);
  });
});

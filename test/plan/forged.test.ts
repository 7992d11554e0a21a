// Whatever a ControllerRevision says that somebody forged, or a restore brought back, is read as a fact or as none: no decision throws
// for it, and the report can be written.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { InstanceName, Json } from '../../src/model/version.ts';
import { canonical, fingerprintOf, idOf } from '../../src/model/version.ts';
import type { Snapshot } from '../../src/model/observed.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { plan } from '../../src/plan/plan.ts';
import { factIn } from '../../src/workloads/fact.ts';
import { contentOf, projectRevision } from '../../src/workloads/record.ts';
import { readContent } from '../../src/model/app.ts';
import { renderDeployment } from '../../src/workloads/deployment.ts';
import { marshal } from '../../src/shell/api/wire.ts';
import { lint } from '../statuslint.ts';
import type { Given } from '../given.ts';
import { APP, APP_UID, coming, freeze, given, id, NOW, stored, up } from '../given.ts';
import { cases } from '../tools/cases.ts';

const KINDS = [
  'held',
  'rejected',
  'failed',
  'alias',
  'specHash',
  'renewed',
  'discarded',
  'route',
  'ports',
  'restored',
  'later',
  '__proto__',
  '',
];
const FIELDS = [
  'by',
  'who',
  'instance',
  'attempt',
  'cause',
  'reason',
  'message',
  'container',
  'exitCode',
  'replacement',
  'name',
  'specHash',
];
const MORE = ['nonce', 'instances', 'reject', 'configs', 'switchNumber', 'previous', 'serial', 'services', 'from'];

const RUNS = { numRuns: cases(300) };
const odd = fc.oneof(
  fc.constantFrom<Json>(null, true, 0, -1, 1.5, 1e300, 2n ** 64n, '', 'x', 'x'.repeat(40_000), [], {}),
  fc.constantFrom<Json>(id('one'), `${id('one')}-2`, 'version', 'cluster', 'CrashLoop', 'no reason'),
  fc.constantFrom<Json>([null], [id('one'), 7, null], { web: null }, { web: [null, { port: 'x' }, { port: 80 }] }, { web: 'x' }),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
);
const factSeen: fc.Arbitrary<Json> = fc.oneof(
  odd,
  fc
    .tuple(fc.constantFrom(...KINDS), fc.dictionary(fc.constantFrom(...FIELDS, ...MORE), odd, { noNullPrototype: true }))
    .map(([is, fields]) => ({ ...fields, is })),
);

/** What somebody may write into data, beside a fact; some of it hashes to what it says of itself. */
const record: fc.Arbitrary<Record<string, Json>> = fc
  .record({
    content: fc.oneof(
      odd,
      fc.record(
        {
          template: fc.oneof(odd, fc.record({ spec: pods() })),
          config: odd,
          captured: fc.oneof(odd, fc.constant([{ name: 7 }, { absent: true }])),
        },
        { requiredKeys: [] },
      ) as fc.Arbitrary<Json>,
    ),
    honest: fc.boolean(),
    more: fc.dictionary(fc.constantFrom('name', 'by', 'specHash', 'credit', 'inline', 'sources', 'gzip', 'fingerprint'), odd, {
      noNullPrototype: true,
    }),
  })
  .map(({ content, honest, more }) => ({ ...more, content, ...(honest ? { fingerprint: fingerprintFor(content) } : {}) }));

function pods(): fc.Arbitrary<Json> {
  const parts = fc.oneof(
    odd,
    fc.array(
      fc.oneof(
        odd,
        fc.dictionary(fc.constantFrom('env', 'envFrom', 'image', 'ports', 'configMap', 'projected'), odd, {
          noNullPrototype: true,
        }) as fc.Arbitrary<Json>,
      ),
      { maxLength: 2 },
    ),
  );
  return fc.record({ containers: parts, initContainers: parts, volumes: parts }, { requiredKeys: [] });
}

/** Some numbers have no canonical form. */
function fingerprintFor(content: Json): string {
  try {
    return fingerprintOf(canonical(content));
  } catch {
    return 'v1:none';
  }
}

const SCENES: readonly Given[] = [
  { versions: { one: up(3) }, switches: ['one'] },
  { latest: 'two', versions: { one: up(3), two: coming(3, 1) }, switches: ['one'] },
  { latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one', 'two'], spec: { activeVersion: id('one') } },
  { left: { one: up(3) }, versions: {}, life: 'orphaned' },
  { versions: { one: up(3) }, spec: { services: [] } },
];
const scene = fc.constantFrom(...SCENES).map((facts) => given(facts));

function revision(name: string, data: Json, owner: { readonly kind: string; readonly uid: string }, of = id('one')): unknown {
  const labels = { 'immutableapp.io/app': APP, 'immutableapp.io/version': of };
  const ownerReferences = [{ apiVersion: 'v1', name: 'x', controller: true, ...owner }];
  return stored({ apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { name, labels, ownerReferences }, revision: 3, data }, {});
}

function withForged(seen: Snapshot, raw: unknown): Snapshot {
  const forged = projectRevision(raw);
  return freeze(
    forged.is === 'fact' ? { ...seen, factsSeen: [forged, ...seen.factsSeen] } : { ...seen, records: [forged, ...seen.records] },
  );
}

function expectSound(seen: Snapshot): Plan {
  const made = plan(seen, NOW);
  expect(() => marshal(made.actions)).not.toThrow();
  if (seen.app.is === 'app') expect(lint({ before: seen.app.status, after: made.status, generation: 7, now: NOW })).toEqual([]);
  return made;
}

test('an exit code that no program has is none', () => {
  const seen = given({ versions: { one: up(3) }, switches: ['one'] });
  const { name, uid } = seen.records[0]!;
  for (const exitCode of [-1, 1.5, 2 ** 31, '3']) {
    const said = { is: 'failed', instance: name, exitCode };
    const { status } = expectSound(withForged(seen, revision(`${name}.zz`, { fact: said }, { kind: 'ControllerRevision', uid })));
    expect(status.versions?.[0]?.failure).not.toHaveProperty('exitCode');
  }
});

test('a fact that says anything at all: no decision throws, and its report can be written', () => {
  fc.assert(
    fc.property(scene, factSeen, (seen, said) => {
      const { name, uid } = seen.records[0] ?? { name: 'x', uid: 'x' };
      expectSound(withForged(seen, revision(`${name}.zz`, { fact: said }, { kind: 'ControllerRevision', uid })));
    }),
    RUNS,
  );
});

test('a record that says anything at all, be it what its fingerprint says or not', () => {
  fc.assert(
    fc.property(scene, record, fc.boolean(), (seen, data, ours) => {
      const of = typeof data.fingerprint === 'string' ? idOf(APP, data.fingerprint as ReturnType<typeof fingerprintOf>) : id('one');
      const raw = revision('forged', data, { kind: 'ImmutableApp', uid: ours ? APP_UID : 'uid-gone' }, of);
      expectSound(withForged(seen, raw));
      const content = contentOf(raw);
      if (content === undefined || seen.app.is !== 'app') return;
      // Somebody asks for it, and it was read back: it is rendered.
      const asked = { ...seen, app: { ...seen.app, activeVersion: of }, recalled: new Map([[of, content]]) };
      expectSound(withForged(asked, raw));
      expect(() => renderDeployment(asked.app, of, of as string as InstanceName, readContent(content), 1)).not.toThrow();
    }),
    RUNS,
  );
});

test.each<[string, Json]>([
  ['null', null],
  ['a text', 'failed'],
  ['a list', [{ is: 'failed' }]],
  ['no kind', {}],
  ['a kind that every object has', { is: 'constructor' }],
  ['a route to nowhere', { is: 'route' }],
  ['a route after which no switch could be counted', { is: 'route', switchNumber: Number.MAX_SAFE_INTEGER, instance: 'a' }],
  ['a route by half a switch', { is: 'route', switchNumber: 1.5, instance: 'a' }],
  ['ports without a serial', { is: 'ports', services: {} }],
  ['a failure of nothing', { is: 'failed', cause: 'version' }],
  ['an instance that is no name', { is: 'discarded', instance: ['a'] }],
])('%s is no fact', (_, said) => {
  expect(factIn(said)).toBeUndefined();
});

test.each<[string, Json, unknown]>([
  ['a hold by nobody', { is: 'held', by: null, who: 7 }, { is: 'held', by: '' }],
  [
    'a failure for a reason of a newer operator',
    { is: 'failed', instance: 'a', reason: 'WordOfTomorrow', message: 'm'.repeat(9999), attempt: 'x' },
    { is: 'failed', by: '', instance: 'a', attempt: 0, cause: 'version', reason: 'VersionFailed', message: 'm'.repeat(4096) },
  ],
  [
    'a renewal of odd instances',
    { is: 'renewed', nonce: '1', instances: [7, 'a'] },
    { is: 'renewed', nonce: '1', instances: ['a'], reject: '' },
  ],
  [
    'ports that no Service can have',
    { is: 'ports', serial: 1, services: { web: [{ port: 'x' }, { port: 80 }], odd: 7 } },
    { is: 'ports', serial: 1, services: { web: [{ port: 80 }], odd: [] } },
  ],
])('%s is read for what can be believed of it', (_, said, expected) => {
  expect(factIn(said)).toEqual(expected);
});

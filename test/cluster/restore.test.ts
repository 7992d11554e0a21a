// An App that comes back: applied again after --cascade=orphan, or restored from a backup under new uids. Never a dead end, never
// without an endpoint, never a second running copy that nobody knows of.
import { describe, expect, test } from '@jest/globals';
import { ANNOTATION, LABEL } from '../../src/model/vocabulary.ts';
import { must } from './admin.ts';
import { condition, GC_MS, is, owned, readyIn, selectedBy, Stage, SYSTEM, template } from './harness.ts';
import type { Place } from './harness.ts';
import type { App, Kind, Stored } from './objects.ts';
import { openOwnStage, TEST_MS } from './opening.ts';

let operator: Awaited<ReturnType<Stage['operator']>>;
const stage = openOwnStage({ because: 'it says who else breaks the glass' }, async (stage) => {
  operator = await stage.operator();
  // What restores a backup has to be one of those who break the glass.
  const data = { 'break-glass': 'system:masters' };
  await stage.kubectl(...['patch', 'configmap', 'immutableapp-identities', '-n', SYSTEM, '--type=merge'], '-p', JSON.stringify({ data }));
});

const config = [{ name: 'httpd', mountPath: '/etc/httpd', data: { 'httpd.conf': 'Listen 80' } }];
const one = { replicas: 2, config, version: '1.0' };
const two = { ...one, version: '2.0', template: template({ image: 'example/web:2' }) };

/** Two versions, the second serves. */
async function settled(place: Place, more: object = {}) {
  const old = await place.rollOut({ ...one, ...more });
  const next = await place.rollOut({ ...two, ...more });
  return { old, next };
}

async function orphan(place: Place): Promise<void> {
  await place.remove('ImmutableApp', 'shop', 'Orphan');
  await place.until('the App is gone', () => place.find('ImmutableApp', 'shop') === undefined, GC_MS);
}

/** From the first ready endpoint on there was never none, whoever the App was. */
async function expectEndpointsThroughout(place: Place): Promise<void> {
  await place.settle();
  const slices = new Map<string, number>();
  const sums = place
    .history('EndpointSlice')
    .filter(({ object }) => object.metadata.labels?.['kubernetes.io/service-name'] === 'web')
    .map(({ name, object, gone }) => {
      slices.set(name, gone ? 0 : readyIn(object).length);
      return [...slices.values()].reduce((sum, count) => sum + count, 0);
    });
  const first = sums.findIndex((sum) => sum > 0);
  expect(first).toBeGreaterThanOrEqual(0);
  expect(sums.slice(first)).not.toContain(0);
}

const warnings = (app: App | undefined): string[] =>
  (app?.status?.warnings ?? []).filter(({ reason }) => reason === 'Orphaned').map(({ message }) => message ?? '');

describe('deleted with --cascade=orphan and applied again', () => {
  test(
    'traffic goes on and moves to an instance of the same version; people are told what runs on, and removing it harms nobody',
    async () => {
      const place = await stage.place();
      const { old, next } = await settled(place);
      const uid = place.find('Service', 'web')!.metadata.uid;
      await orphan(place);
      const app = await place.steady(await place.update(two));
      expect(app.status).toMatchObject({ activeVersion: next, activeInstance: `${next}-2` });
      const service = place.find('Service', 'web')!;
      expect(service.metadata).toMatchObject({ uid, ownerReferences: [{ uid: app.metadata.uid }] });
      expect(selectedBy(service)).toBe(`${next}-2`);
      // Both run on: what served last is told of as soon as its endpoints are gone.
      const told = await place.reported(
        app,
        (now) =>
          warnings(now).some((message) => message.includes(`${old} `) && message.endsWith(next)) ||
          warnings(now).some((message) => message.includes(`${next} `) && message.endsWith(old)),
        'tells of both orphans',
      );
      const [warning = ''] = warnings(told);
      expect(warning).toContain('take no traffic');
      const [, command = ''] = /: kubectl (.*)$/.exec(warning) ?? [];
      await stage.kubectl(...command.split(' '));
      await place.until('nobody is told any more', () => warnings(place.find('ImmutableApp', 'shop')).length === 0);
      // The older version came along too, under both its names.
      const back = await place.steady(await place.point('1.0'));
      expect(back.status?.activeVersion).toBe(old);
      await expectEndpointsThroughout(place);
      await place.expectSafe();
    },
    TEST_MS,
  );

  test(
    'Manual: what serves goes on serving, although newer content exists and no status says so',
    async () => {
      const place = await stage.place();
      const manual = { promotion: { mode: 'Manual' } };
      const old = await place.rollOut({ ...one, ...manual });
      await place.reported(
        await place.update({ ...two, ...manual }),
        (now) => condition(now, 'Ready')?.reason === 'AwaitingActivation',
        'waits',
      );
      await orphan(place);
      const app = await place.steady(await place.update({ ...two, ...manual }));
      expect(condition(app, 'Ready')).toMatchObject({ reason: 'AwaitingActivation' });
      expect(app.status).toMatchObject({ activeVersion: old, activeInstance: `${old}-2` });
      await expectEndpointsThroughout(place);
      await place.expectSafe();
    },
    TEST_MS,
  );

  test(
    'what was rejected stays rejected, and a name that is taken stays taken',
    async () => {
      const place = await stage.place();
      const { old, next } = await settled(place);
      await place.merge('ImmutableApp', 'shop', { metadata: { annotations: { [ANNOTATION.reject]: next } } });
      await place.until('the one before serves', () => place.find('ImmutableApp', 'shop')?.status?.activeVersion === old);
      await orphan(place);
      const app = await place.stalled(await place.update(two), 'VersionRejected');
      expect(app.status?.versions?.find(({ id }) => id === next)).toMatchObject({ state: 'Rejected' });
      await place.until('the one before serves again', () => selectedBy(place.find('Service', 'web')) === `${old}-2`);
      const other = await place.update({ ...two, version: '1.0', template: template({ image: 'example/web:3' }) });
      expect(condition(await place.stalled(other, 'NameTaken'), 'Stalled')?.message).toContain(old);
      await expectEndpointsThroughout(place);
    },
    TEST_MS,
  );

  test(
    'a worker: the copy that nobody asked for is told of',
    async () => {
      const place = await stage.place();
      const worker = { ...one, services: [] };
      const id = await place.rollOut(worker);
      await orphan(place);
      const app = await place.steady(await place.update(worker));
      expect(app.status?.activeInstance).toBe(`${id}-2`);
      expect(warnings(app)).toEqual([expect.stringContaining(`kubectl delete deployment -n ${place.namespace} ${id}`)]);
    },
    TEST_MS,
  );
});

const SAVED = ['ConfigMap', 'ControllerRevision', 'Deployment', 'Service', 'ImmutableApp'] as const satisfies readonly Kind[];

/** Everything of the App as a backup holds it; then all of it is deleted. */
async function backedUp(place: Place): Promise<(readonly [Kind, Stored])[]> {
  await place.settle();
  const ours = ({ metadata }: Stored) => metadata.labels?.[LABEL.app] === 'shop' || metadata.name === 'shop';
  const saved = SAVED.flatMap((kind) =>
    place
      .list(kind)
      .filter(ours)
      .map((object) => [kind, object] as const),
  );
  await place.remove('ImmutableApp', 'shop');
  const left = () => SAVED.flatMap((kind) => place.list(kind).filter(ours));
  await place.until('all of it is gone', () => left().length === 0 && place.list('Pod').length === 0, GC_MS);
  return saved;
}

/** In the order in which backups are restored; every object gets a new uid. */
async function putBack(
  place: Place,
  saved: readonly (readonly [Kind, Stored])[],
  { owners, status }: { owners: boolean; status: boolean },
) {
  let since = 0;
  for (const [kind, object] of saved) {
    const { metadata, ...rest } = object as Stored & { spec?: Record<string, unknown>; status?: object };
    const { name, labels, annotations, ownerReferences } = metadata;
    const { clusterIP: _, clusterIPs: _ips, ...spec } = rest.spec ?? {};
    const kept = { labels, annotations, ...(owners ? { ownerReferences } : {}) };
    const body = { ...rest, metadata: kept, ...(rest.spec === undefined ? {} : { spec }), status: undefined };
    const created = await place.create(kind, name, body);
    if (kind !== 'ImmutableApp') continue;
    const last = status ? await place.merge(kind, name, { status: rest.status }, '/status') : created;
    since = Number(last.metadata.resourceVersion);
  }
  // What is reported later than that is the operator's: it may have said all it has to say by the time the rest is back.
  return { restored: must(await stage.admin.get<App>(place.path('ImmutableApp', 'shop'))), since };
}

/** What an App is like, what of its spec makes it so, and whether its status comes back with it. */
const MODES: readonly (readonly [mode: string, more: object, status: boolean])[] = [
  ['Automatic, without status', {}, false],
  ['Automatic, with status', {}, true],
  ['Manual, without status', { promotion: { mode: 'Manual' } }, false],
  ['Manual, with status', { promotion: { mode: 'Manual' } }, true],
  ['a worker', { services: [] }, false],
];

describe.each([
  ['without owners', false],
  ['with owners that are gone', true],
])('restored from a backup %s', (_, owners) => {
  test.each(MODES)(
    '%s',
    async (_mode, more, status) => {
      const place = await stage.place();
      // Manual: the second version waits to be named, and what serves is the first.
      const { old, next } = await settled(place, more);
      const saved = await backedUp(place);
      const { restored, since } = await putBack(place, saved, { owners, status });
      // With owners that are gone the garbage collector may have been faster: then the content of spec is there, and no history.
      const report = (now: App) => is(now, 'Ready') || (owners && condition(now, 'Stalled')?.reason === 'RouteUnknown');
      const app = await place.until(
        'it serves, or says what it needs',
        () => {
          const now = place.find('ImmutableApp', 'shop');
          const judged =
            now !== undefined && Number(now.metadata.resourceVersion) > since && now.status?.observedGeneration === now.metadata.generation;
          return judged && report(now) && !is(now, 'Reconciling') && now.metadata.uid === restored.metadata.uid && now;
        },
        GC_MS,
      );
      if (!is(app, 'Ready')) return;
      if (!owners) expect(app.status?.activeVersion).toBe(next);
      const running = place.find('Deployment', app.status!.activeInstance!)!;
      expect(running.metadata.ownerReferences?.[0]?.uid).toBe(app.metadata.uid);
      if (owners) return;
      await place.reported(app, (now) => warnings(now).length > 0, 'tells what runs on');
      const back = await place.steady(await place.point(old));
      expect(back.status?.activeVersion).toBe(old);
      if (!('services' in more)) await expectEndpointsThroughoutSince(place, since);
    },
    TEST_MS,
  );
});

describe('restored from nothing but the YAML of Apps', () => {
  test.each(MODES)(
    '%s: the content of spec serves under its id and name; lost are older versions, and nothing else',
    async (_mode, more, status) => {
      const place = await stage.place();
      await settled(place, more);
      const { latestVersion: latest, ...report } = place.find('ImmutableApp', 'shop')!.status!;
      // As docs/operate.md says: what the API server gave out, less what it gives again.
      const yaml = await stage.kubectl('get', 'iapp', '-n', place.namespace, '-o', 'yaml');
      const input = yaml.replaceAll(/^ {4}(uid|resourceVersion): .*\n/gm, '');
      await backedUp(place);
      expect((await stage.cluster.kubectl(['apply', '-f', '-'], { input })).code).toBe(0);
      if (status) await place.merge('ImmutableApp', 'shop', { status: { latestVersion: latest, ...report } }, '/status');
      const restored = must(await stage.admin.get<App>(place.path('ImmutableApp', 'shop')));
      const app = await place.until('it serves', () => {
        const now = place.find('ImmutableApp', 'shop');
        // What was restored may say so too, of two versions.
        const fresh = now !== undefined && now.metadata.uid === restored.metadata.uid && now.status?.versions?.length === 1;
        return fresh && now.status.activeVersion === latest && is(now, 'Ready') && !is(now, 'Reconciling') && now;
      });
      expect(app.status).toMatchObject({ activeVersion: latest, activeInstance: latest, latestVersion: latest });
      expect(app.status!.versions).toMatchObject([{ id: latest, names: ['2.0'], state: 'Active' }]);
      expect(place.versions()).toEqual([latest]);
      if (!('services' in more)) expect(selectedBy(place.find('Service', 'web'))).toBe(latest);
      await place.stalled(await place.point('1.0'), 'VersionNotFound');
      expect((await place.steady(await place.point(''))).status?.activeVersion).toBe(latest);
    },
    TEST_MS,
  );
});

/** The same, from the restore on: before it everything was deleted. */
async function expectEndpointsThroughoutSince(place: Place, since: number): Promise<void> {
  await place.settle();
  const ready = place
    .history('EndpointSlice')
    .filter(({ version, gone }) => version > since && !gone)
    .map(({ object }) => readyIn(object).length);
  expect(ready.slice(ready.findIndex((count) => count > 0))).not.toContain(0);
}

describe('an App that goes while no operator runs', () => {
  const CONSENT = { [ANNOTATION.adopt]: 'shop' };
  const legacy = {
    metadata: { annotations: CONSENT },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  };
  test.each([
    ['an adopted Service loses our key once one is back', 'Background'],
    ['with --cascade=orphan it stays as it is', 'Orphan'],
  ] as const)(
    '%s',
    async (_, policy) => {
      const place = await stage.place();
      await place.create('Service', 'legacy', legacy);
      const id = await place.rollOut({ services: [{ name: 'legacy' }] });
      await operator.stop();
      await place.remove('ImmutableApp', 'shop', policy);
      await place.until('the App is gone', () => place.find('ImmutableApp', 'shop') === undefined, GC_MS);
      operator = await stage.operator();
      if (policy === 'Background') {
        await place.until('our key is off', () => selectedBy(place.find('Service', 'legacy')) === undefined);
        expect(place.find('Service', 'legacy')?.metadata.annotations).toEqual(CONSENT);
        return;
      }
      // It serves another App: so it has looked at everything that was there.
      await place.steady(await place.update({ services: [owned('another')] }, 'another'));
      expect(selectedBy(place.find('Service', 'legacy'))).toBe(id);
    },
    TEST_MS,
  );
});

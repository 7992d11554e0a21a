// ConfigMaps of others become part of versions: what settles together, what stays bounded, what is never touched, on a real API server.
import { describe, expect, test } from '@jest/globals';
import { LABEL, REASON } from '../../src/model/vocabulary.ts';
import { must } from './admin.ts';
import { condition, is, owned, template } from './harness.ts';
import type { Place } from './harness.ts';
import type { App, ConfigMap } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';
import type { OperatorProcess } from './process.ts';

const CANDIDATES = 2;

let operator: OperatorProcess;
const stage = openStage(async (stage) => {
  operator = await stage.operator(['--max-candidates', String(CANDIDATES)]);
});

/** Mounts the ConfigMap `site`; `more` goes into the reference. */
const mounting = (image = 'example/web:1', more: object = {}) =>
  template({ image, pod: { volumes: [{ name: 'site', configMap: { name: 'site', ...more } }] } });

const site = async (place: Place, says: string, labels: Readonly<Record<string, string>> = {}): Promise<ConfigMap> =>
  must(
    await stage.admin.apply<ConfigMap>(place.path('ConfigMap', 'site'), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'site', namespace: place.namespace, labels },
      data: { 'site.conf': says },
    }),
  );

/** What each version says, by its frozen copy. */
const saying = (place: Place, version: string): string | undefined => {
  const copy = place.find('ConfigMap', `${version}.site`);
  if (copy !== undefined) expect(copy.immutable).toBe(true);
  return copy?.data?.['site.conf'];
};
const runs = (place: Place, version: string) => {
  const { containers, volumes } = place.find('Deployment', version)!.spec.template.spec;
  return { image: containers[0]!.image, mounts: volumes?.[0]?.configMap?.name };
};
/** Waits for a version that says so to serve, and for quiet. */
const servesSaying = (place: Place, app: App, says: string): Promise<App> =>
  place.reported(
    app,
    (now) => is(now, 'Ready') && !is(now, 'Reconciling') && saying(place, now.status!.activeVersion!) === says,
    `serves what says ${says}`,
  );
const created = (place: Place) => place.events().filter(({ reason }) => reason === REASON.Minted).length;

describe('what a version captures', () => {
  test.concurrent(
    'image and ConfigMap applied one after the other, in either order, are one version and never a mixed one',
    async () => {
      const place = await stage.place();
      await site(place, 'a');
      const first = await place.rollOut({ template: mounting('example/web:1') });
      expect(saying(place, first)).toBe('a');
      expect(runs(place, first)).toEqual({ image: 'example/web:1', mounts: `${first}.site` });

      const app = await place.update({ template: mounting('example/web:2') });
      await site(place, 'b');
      const second = (await servesSaying(place, app, 'b')).status!.activeVersion!;
      expect(runs(place, second)).toEqual({ image: 'example/web:2', mounts: `${second}.site` });

      await site(place, 'c');
      const third = await place.rollOut({ template: mounting('example/web:3') });
      expect(saying(place, third)).toBe('c');
      expect(runs(place, third)).toEqual({ image: 'example/web:3', mounts: `${third}.site` });

      await place.until('three events', () => created(place) === 3);
      expect(place.versions()).toEqual([first, second, third].toSorted());
      await place.expectSafe();
    },
    TEST_MS,
  );

  test.concurrent(
    'thirty quick edits are one version, of what was said last; the name stays with the first',
    async () => {
      const place = await stage.place();
      await site(place, 'a');
      const first = await place.rollOut({ template: mounting(), version: '1.0' });
      const app = place.find('ImmutableApp', 'shop')!;
      for (let n = 1; n <= 30; n++) await site(place, `edit ${n}`);
      const { status } = await servesSaying(place, app, 'edit 30');
      expect(place.versions()).toEqual([first, status!.activeVersion!].toSorted());
      expect(status!.warnings?.map(({ reason }) => reason)).toEqual([REASON.NameKept]);
      expect(status!.versions?.map(({ names = [] }) => names)).toEqual([[], ['1.0']]);
      expect(status!.history?.[0]?.by).toMatch(/^ConfigMap\/site \(.+\) by .+/);
      await place.expectSafe();
    },
    TEST_MS,
  );

  test.concurrent(
    'a rollback brings the old config back with the old version',
    async () => {
      const place = await stage.place();
      await site(place, 'a');
      const first = await place.rollOut({ template: mounting() });
      await site(place, 'b');
      await servesSaying(place, place.find('ImmutableApp', 'shop')!, 'b');
      const back = await place.steady(await place.point(first));
      expect(back.status!.activeVersion).toBe(first);
      expect(runs(place, first).mounts).toBe(`${first}.site`);
      expect(saying(place, first)).toBe('a');
      await place.expectSafe();
    },
    TEST_MS,
  );

  test.concurrent(
    'a ConfigMap that is missing is waited for, an optional one is not until it turns up',
    async () => {
      const place = await stage.place();
      const app = await place.apply(place.app({ template: mounting() }, 'strict'));
      await place.reported(app, (now) => condition(now, 'Reconciling')?.reason === REASON.ConfigMissing, 'misses its ConfigMap');
      const free = await place.steady(
        await place.apply(place.app({ template: mounting('example/web:1', { optional: true }), services: [owned('free')] }, 'free')),
      );
      expect(place.versions()).toEqual([free.status!.activeVersion]);
      await site(place, 'a');
      await servesSaying(place, app, 'a');
      const later = await servesSaying(place, free, 'a');
      expect(later.status!.activeVersion).not.toBe(free.status!.activeVersion);
      await place.expectSafe();
    },
    TEST_MS,
  );

  test.concurrent(
    'a ConfigMap that is deleted later harms nothing: new pods come up from the copy, and a warning says so',
    async () => {
      const place = await stage.place();
      await site(place, 'a');
      const first = await place.rollOut({ template: mounting() });
      await place.remove('ConfigMap', 'site');
      const app = await place.update({ template: mounting(), replicas: 3 });
      const { status } = await place.reported(
        app,
        (now) => is(now, 'Ready') && now.status?.warnings?.some(({ reason }) => reason === REASON.ConfigMissing) === true,
        'serves and warns',
      );
      expect(status!.activeVersion).toBe(first);
      await place.deployment(first, 'has three pods', ({ status }) => status.availableReplicas === 3);
      expect(place.versions()).toEqual([first]);
      await place.expectSafe();
    },
    TEST_MS,
  );
});

test.concurrent(
  'a ConfigMap of the longest name there can be is captured, mounted and read from, by its volume and its variables',
  async () => {
    const place = await stage.place();
    const name = `${'long.'.repeat(50)}end`;
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: place.namespace }, data: { KEY: 'a' } };
    must(await stage.admin.post(place.path('ConfigMap'), body));
    const envFrom = [{ configMapRef: { name } }];
    const pod = { volumes: [{ name: 'site', configMap: { name } }], initContainers: [{ name: 'i', image: 'example/init:1', envFrom }] };
    const first = await place.rollOut({ template: template({ pod }) });
    const { mounts } = runs(place, first);
    expect(mounts).toMatch(new RegExp(`^${first}\\.long\\.`));
    expect(place.find('ConfigMap', mounts!)).toMatchObject({ immutable: true, data: { KEY: 'a' } });
    const second = await place.rollOut({ template: template({ pod, image: 'example/web:2' }) });
    expect(runs(place, second).mounts).not.toBe(mounts);
    await place.remove('ConfigMap', name);
    await place.expectSafe();
  },
  TEST_MS,
);

describe('what is not captured', () => {
  test.concurrent(
    'a ConfigMap that its owner exempts, and Secrets: they stay live, are reported, and make no version',
    async () => {
      const place = await stage.place();
      const exempt = { [LABEL.capture]: 'false' };
      await site(place, 'a', exempt);
      const volumes = [
        { name: 'site', configMap: { name: 'site' } },
        { name: 'key', secret: { secretName: 'key', optional: true } },
      ];
      const first = await place.rollOut({ template: template({ pod: { volumes } }) });
      await site(place, 'b', exempt);
      // What comes after it proves that it was seen.
      const { status } = await place.steady(await place.update({ template: template({ pod: { volumes } }), replicas: 2 }));
      expect(status!.mutableReferences).toEqual(['ConfigMap/site', 'Secret/key']);
      expect(runs(place, first).mounts).toBe('site');
      expect(place.versions()).toEqual([first]);
      await place.expectSafe();
    },
    TEST_MS,
  );

  test.concurrent(
    'what policy forbids stalls and says what to do; what serves serves on',
    async () => {
      const place = await stage.place();
      const first = await place.rollOut({ references: { configMaps: 'Forbid', secrets: 'Forbid' } });
      const secret = { pod: { volumes: [{ name: 'key', secret: { secretName: 'key' } }] } };
      const stuck = (references: object, pod: object, reason: string) =>
        place.update({ references, template: template(pod) }).then((app) => place.stalled(app, reason));
      await stuck({ secrets: 'Forbid' }, secret, REASON.ReferenceForbidden);
      await stuck(
        { configMaps: 'Forbid' },
        { pod: { volumes: [{ name: 'site', configMap: { name: 'site' } }] } },
        REASON.ReferenceForbidden,
      );
      const { status } = await stuck({ images: 'Digest' }, { image: 'example/web:2' }, REASON.ImageNotPinned);
      expect(status!.activeVersion).toBe(first);
      expect(place.versions()).toEqual([first]);
      await place.expectSafe();
    },
    TEST_MS,
  );
});

describe('what stays bounded', () => {
  test.concurrent(
    `a ConfigMap that six Apps share rolls ${CANDIDATES} of them at a time`,
    async () => {
      const place = await stage.place();
      const names = ['one', 'two', 'three', 'four', 'five', 'six'];
      await site(place, 'a');
      const apps = await Promise.all(names.map((name) => place.apply(place.app({ template: mounting(), services: [owned(name)] }, name))));
      const before = await Promise.all(apps.map((app) => place.steady(app)));
      const first = new Set(before.map(({ status }) => status!.activeVersion!));
      await site(place, 'b');
      await Promise.all(apps.map((app) => servesSaying(place, app, 'b')));
      await place.settle();
      const begun = place.history('Deployment').filter(({ object }) => !first.has(object.metadata.name));
      const births = [...new Map(begun.toReversed().map(({ name, version }) => [name, version])).values()].map((version) => ({
        version,
        by: 1,
      }));
      const moves = names.flatMap((name) =>
        place.selections(name).filter(({ instance }) => instance !== undefined && !first.has(instance)),
      );
      const steps = [...births, ...moves.map(({ version }) => ({ version, by: -1 }))].toSorted((a, b) => a.version - b.version);
      expect([births.length, moves.length]).toEqual([6, 6]);
      let up = 0;
      const crowd = Math.max(...steps.map(({ by }) => (up += by)));
      expect(crowd).toBeLessThanOrEqual(CANDIDATES);
      await place.expectSafe();
    },
    TEST_MS,
  );

  test(
    'another process creates nothing and reads nothing of what was captured',
    async () => {
      const place = await stage.place();
      await site(place, 'a');
      const first = await place.rollOut({ template: mounting() });
      await operator.stop();
      const asked = (await stage.audit(place.namespace)).length;
      operator = await stage.operator(['--max-candidates', String(CANDIDATES)]);
      await site(place, 'b');
      const { status } = await servesSaying(place, place.find('ImmutableApp', 'shop')!, 'b');
      const calls = (await stage.audit(place.namespace))
        .slice(asked)
        .filter(({ verb, resource }) => verb !== 'list' && verb !== 'watch' && resource !== 'immutableapps/status');
      const told = calls.map(({ verb, resource, name }) => `${verb} ${resource} ${name}`);
      // Reports aside, the first thing that it does here is to read what moved.
      expect(told[0]).toBe('get configmaps site');
      expect(told.filter((call) => call === 'get configmaps site')).toHaveLength(1);
      expect(place.versions()).toEqual([first, status!.activeVersion!].toSorted());
      await place.expectSafe();
    },
    TEST_MS,
  );
});

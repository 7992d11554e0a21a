// The kit for Flux beside the real source-controller and kustomize-controller: Apps in a Git repository, applied by the Kustomization of deploy/flux,
// built with the files of deploy/kustomize, under every policy; what Flux reports, and what it leaves to people.
import { afterAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { APPLIER, installFlux, NAMESPACE, provideFlux } from '../flux/controllers.ts';
import type { Changes } from '../tools/git.ts';
import { must } from './admin.ts';
import { Delivery, FLUX_MS, isAt, said, type Kustomization } from './delivering.ts';
import { HELD, selectedBy, template, type Place } from './harness.ts';
import { openOwnStage } from './opening.ts';

const TEST_MS = 180_000;
const SHIPPED = 'deploy/flux/kustomization.yaml';
const KUSTOMIZE = ['immutableapp.yaml', 'immutableapp.openapi.yaml'];
/** As docs/gitops.md says, of Secrets that kustomize generates. */
const UNPRUNED = { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' };
const shipped = parse(readFileSync(SHIPPED, 'utf8')) as Kustomization;

const programs = await provideFlux();
const why = typeof programs === 'string' ? programs : undefined;

(why === undefined ? describe : describe.skip)(`Flux${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let flux: Delivery;
  afterAll(() => (flux as Delivery | undefined)?.close());
  const stage = openOwnStage({ because: 'it installs Flux' }, async (stage) => {
    if (typeof programs === 'string') return;
    await Promise.all([stage.operator(), installFlux(stage.cluster, programs)]);
    flux = new Delivery(stage, programs);
    await Promise.all([flux.start('source-controller'), flux.start('kustomize-controller')]);
  });
  const from = (name: string) => ({ kind: 'GitRepository', name });
  const behind = (place: Place): string | undefined => selectedBy(place.find('Service', 'web'));
  const appOf = (place: Place) => place.find('ImmutableApp', 'shop')!;
  /** What stands in Git of an App, and how it is built: with both files of deploy/kustomize. */
  const folder = (path: string, app: object, more: object = {}): Changes => ({
    [`${path}/app.yaml`]: JSON.stringify(app),
    [`${path}/kustomization.yaml`]: JSON.stringify({
      resources: ['app.yaml'],
      configurations: ['immutableapp.yaml'],
      openapi: { path: 'immutableapp.openapi.yaml' },
      ...more,
    }),
    ...Object.fromEntries(KUSTOMIZE.map((file) => [`${path}/${file}`, readFileSync(`deploy/kustomize/${file}`, 'utf8')])),
  });
  /** Somebody changes the App beside Git, as the plugin and the recipes write. */
  const byHand = (place: Place, verb: string, ...words: string[]): Promise<string> =>
    stage.kubectl(verb, '-n', place.namespace, 'iapp/shop', '--field-manager=oncall-ada', ...words);

  /** Flux reports that a commit is there, and everything of it has been seen. */
  const delivered = async (place: Place, name: string, commit: string): Promise<void> => {
    await flux.ready(name, commit);
    await place.settle();
  };
  const note = (place: Place, says: string): Changes => ({
    'after/note.yaml': JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'note', namespace: place.namespace },
      data: { says },
    }),
  });
  const noted = (place: Place): string | undefined => place.find('ConfigMap', 'note')?.data?.says;
  const crashes = { template: template({ annotations: { 'test.immutableapp.io/ready': 'crash' } }), progressDeadlineSeconds: 2 };
  const nothingLeft = (place: Place): Promise<unknown> =>
    place.until(
      'nothing of it is left',
      () =>
        place.list('Deployment').length === 0 &&
        place.find('Service', 'web') === undefined &&
        place.find('ImmutableApp', 'shop') === undefined,
      FLUX_MS,
    );

  test(
    'as shipped: an App installs and is updated, people move traffic unless Git says where it goes, a version that fails leaves it ready, and pruning takes all of it away',
    async () => {
      const place = await stage.place();
      const push = await flux.source('shop');
      const container = {
        env: [
          { name: 'A', value: 'a' },
          { name: 'B', value: 'b' },
        ],
        envFrom: [{ configMapRef: { name: 'site' } }, { secretRef: { name: 'token' } }],
      };
      const spec = { replicas: 1, template: template({ container }) };
      const generated = (ref: string, name: string) => ({ [ref]: { name: expect.stringMatching(`^${name}-\\w{10}$`) as unknown } });
      const patch = { containers: [{ name: 'web', env: [{ name: 'B', value: 'other' }] }] };
      const { spec: _, ...identity } = place.app() as { readonly spec: object };
      /** Built by kustomize: the image, the size, a variable and the name of the ConfigMap come from beside the App. */
      const built = (version: string, color: string, more: object = {}): Changes =>
        folder('apps/shop', place.app({ ...spec, version, ...more }), {
          namespace: place.namespace,
          images: [{ name: 'example/web', newTag: version }],
          replicas: [{ name: 'shop', count: 2 }],
          configMapGenerator: [{ name: 'site', literals: [`color=${color}`] }],
          secretGenerator: [{ name: 'token', literals: [`t=${color}`], options: { annotations: UNPRUNED } }],
          patches: [{ patch: JSON.stringify({ ...identity, spec: { template: { spec: patch } } }) }],
        });

      const first = await push(built('1.0', 'red'));
      await stage.kubectl('apply', '-f', SHIPPED);
      await delivered(place, 'shop', first);
      const one = behind(place);
      expect(one).toBe(appOf(place).status?.activeInstance);
      expect(appOf(place).spec).toMatchObject({
        replicas: 2,
        template: {
          spec: {
            containers: [
              {
                image: 'example/web:1.0',
                env: [
                  { name: 'B', value: 'other' },
                  { name: 'A', value: 'a' },
                ],
                envFrom: [generated('configMapRef', 'site'), generated('secretRef', 'token')],
              },
            ],
          },
        },
      });

      const second = await push(built('2.0', 'green'));
      await delivered(place, 'shop', second);
      const two = behind(place);
      expect(two).not.toBe(one);
      expect(two).toBe(appOf(place).status?.activeInstance);
      // What was generated for the first version is pruned. It has a copy of its ConfigMap; its Secret it has not, so that is told to stay.
      expect(place.list('ConfigMap').filter(({ metadata }) => metadata.name.startsWith('site-'))).toHaveLength(1);
      const { items } = must(await stage.admin.get<{ items: readonly object[] }>(`/api/v1/namespaces/${place.namespace}/secrets`));
      expect(items).toHaveLength(2);

      // People decide, and Flux, which reconciles as often as it likes, finds nothing to correct.
      await byHand(place, 'patch', '--type=merge', '-p', '{"spec":{"activeVersion":"1.0"}}');
      await place.until('traffic is back', () => behind(place) === one);
      await byHand(place, 'annotate', `immutableapp.io/pin=${one!} until 2099-01-01T00:00:00Z`);
      await place.told(({ status }) => (status?.pinned ?? '') !== '', 'the pin counts');
      await place.told(({ status }) => status?.services?.every(({ converged }) => converged) === true, 'traffic has arrived');
      const decided = appOf(place);
      const before = (await stage.audit(place.namespace, APPLIER)).length;
      for (let i = 0; i < 3; i += 1) await flux.reconciled('shop');
      await place.settle();
      expect(appOf(place)).toEqual(decided);
      const since = (await stage.audit(place.namespace, APPLIER))
        .slice(before)
        .filter(({ verb }) => !['get', 'list', 'watch'].includes(verb));
      expect(since.filter(({ resource }) => resource === 'immutableapps')).toHaveLength(3);
      expect(since.filter(({ path }) => !path.includes('dryRun=All'))).toEqual([]);
      await byHand(place, 'annotate', 'immutableapp.io/pin-');
      await byHand(place, 'patch', '--type=merge', '-p', '{"spec":{"activeVersion":null}}');

      // What Git says is put back, and of who calls himself kubectl all that Git does not say goes.
      const asKubectl = '{"spec":{"replicas":1,"activeVersion":"1.0"}}';
      await stage.kubectl('patch', '-n', place.namespace, 'iapp/shop', '--type=merge', '-p', asKubectl);
      await flux.reconcile('shop');
      await place.told(({ spec: { replicas, activeVersion } }) => replicas === 2 && activeVersion === undefined, 'Flux corrected it');

      const back = await push(built('2.0', 'green', { activeVersion: '1.0' }));
      await delivered(place, 'shop', back);
      expect(behind(place)).toBe(one);
      await byHand(place, 'patch', '--type=merge', '-p', '{"spec":{"activeVersion":"2.0"}}');
      await place.until('somebody moved traffic', () => behind(place) === two);
      await flux.reconcile('shop');
      await place.until('Flux moved it back', () => behind(place) === one);

      const { template: bad, progressDeadlineSeconds } = crashes;
      const third = await push(built('3.0', 'green', { template: bad, promotion: { drainSeconds: 0, progressDeadlineSeconds } }));
      await delivered(place, 'shop', third);
      await place.stalled(appOf(place), 'VersionFailed');
      expect(behind(place)).toBe(one);
      expect(said(await flux.kustomization('shop'), 'Healthy')?.status).toBe('True');
      await place.expectSafe();

      const none = await push({ 'apps/shop/kustomization.yaml': '{}', 'README.md': 'The shop has moved.' });
      await delivered(place, 'shop', none);
      await nothingLeft(place);
    },
    TEST_MS,
  );

  test(
    'without health check expressions a version or a gate that fails is HealthCheckFailed, what depends on it waits, and the next commit mends both',
    async () => {
      const place = await stage.place();
      const push = await flux.source('pay');
      const { healthCheckExprs: _, ...strict } = shipped.spec;
      const given = (name: string, spec: object): Promise<void> => flux.kustomize(name, { ...strict, sourceRef: from('pay'), ...spec });
      const version = (n: number, spec: { readonly template?: object; readonly promotion?: object } = {}): Changes => ({
        ...folder('apps/pay', place.app({ replicas: 1, template: template({ image: `web:${String(n)}` }), ...spec })),
        ...note(place, String(n)),
      });
      const waits = () => flux.until('after', 'waits for the App', (seen) => said(seen)?.reason === 'DependencyNotReady');

      const first = await push(version(1, { template: template({ annotations: HELD }) }));
      await given('pay', { path: './apps/pay' });
      await given('after', { path: './after', dependsOn: [{ name: 'pay' }] });
      const one = await place.heldUp(1);
      await flux.until('pay', 'checks the health', (seen) => said(seen, 'Healthy')?.status === 'Unknown');
      await waits();
      expect(noted(place)).toBeUndefined();
      // While it waits, it takes no other commit: the first version serves before the second, though it is released only now.
      const second = await push(version(2));
      expect(isAt(await flux.kustomization('pay'), first)).toBe(true);
      await place.release(one);
      await delivered(place, 'pay', second);
      await delivered(place, 'after', second);
      expect(noted(place)).toBe('2');
      const two = behind(place);
      expect(await place.route()).toEqual([one, two]);

      const job = { spec: { backoffLimit: 0, template: { metadata: { annotations: { 'test.immutableapp.io/exit-code': '3' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'migrate:1' }] } } } }; // prettier-ignore
      const gate = await push(version(3, { promotion: { before: [{ name: 'migrate', job }] } }));
      await flux.failed('pay', gate);
      await place.stalled(appOf(place), 'VersionFailed');
      await waits();
      const { template: bad, progressDeadlineSeconds } = crashes;
      await flux.failed('pay', await push(version(4, { template: bad, promotion: { progressDeadlineSeconds } })));
      await place.stalled(appOf(place), 'VersionFailed');
      await waits();
      await place.settle();
      expect([behind(place), noted(place)]).toEqual([two, '2']);

      const mended = await push(version(5));
      await delivered(place, 'pay', mended);
      await delivered(place, 'after', mended);
      expect(noted(place)).toBe('5');
      expect(await place.route()).toEqual([one, two, appOf(place).status?.activeInstance]);
      await place.expectSafe();

      await stage.kubectl('delete', '-n', NAMESPACE, 'kustomization.kustomize.toolkit.fluxcd.io/pay');
      await nothingLeft(place);
    },
    TEST_MS,
  );

  test(
    'a first version that fails serves nobody, so it has failed with the expressions, too; told to, Flux gives up waiting for what a new commit replaces',
    async () => {
      const place = await stage.place();
      await flux.start('kustomize-controller', '--feature-gates=CancelHealthCheckOnNewRevision=true');
      const push = await flux.source('new');
      const { template: bad, progressDeadlineSeconds } = crashes;
      const app = (spec: object): Changes => folder('apps/shop', place.app({ replicas: 1, ...spec }));
      const first = await push(app({ template: bad, promotion: { progressDeadlineSeconds } }));
      await flux.kustomize('new', { ...shipped.spec, sourceRef: from('new') });
      await flux.failed('new', first);
      await place.stalled(appOf(place), 'VersionFailed');

      const second = await push(app({ template: template({ annotations: HELD }) }));
      await place.heldUp(1, ...place.list('Deployment').map(({ metadata }) => metadata.name));
      await flux.until('new', 'waits for the second', (seen) => isAt(seen, second));
      await delivered(place, 'new', await push(app({})));
      expect(behind(place)).toBe(appOf(place).status?.activeInstance);
      await place.expectSafe();
    },
    TEST_MS,
  );

  test(
    'what the API server refuses is not applied and harms nothing; with force Flux deletes the App for it, which is why nobody should say that',
    async () => {
      const place = await stage.place();
      const push = await flux.source('odd');
      const app = (spec: object): Changes => folder('apps/shop', place.app({ replicas: 1, ...spec }));
      const first = await push(app({}));
      const spec = { ...shipped.spec, sourceRef: from('odd') };
      await flux.kustomize('odd', spec);
      await delivered(place, 'odd', first);
      const one = behind(place);

      const odd = await push(app({ promotion: { mode: 'Sometimes' } }));
      await flux.until('odd', 'is refused', (seen) => said(seen)?.reason === 'ReconciliationFailed' && isAt(seen, odd));
      expect(said(await flux.kustomization('odd'))?.message).toContain('supported values: "Automatic", "Manual"');
      await place.settle();
      expect(behind(place)).toBe(one);

      await flux.kustomize('odd', { ...spec, force: true });
      await nothingLeft(place);
    },
    TEST_MS,
  );
});

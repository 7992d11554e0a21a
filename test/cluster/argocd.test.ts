// Argo CD itself keeps Apps as they are in Git: its controller, its repo server and its API server, built from their modules, on a real API server with the
// policies in force.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ANNOTATION } from '../../src/model/vocabulary.ts';
import { Application, filesOf, isSynced, type Argo, type Mode, type Seen } from '../argocd/applications.ts';
import { findArgo, installArgo, NAMESPACE, whyNoArgo } from '../argocd/install.ts';
import { Servers } from '../argocd/servers.ts';
import { Session } from '../argocd/session.ts';
import { openRepository } from '../tools/git.ts';
import type { Built } from '../tools/go-program.ts';
import { condition, HELD, is, polled, selectedBy, template, type Place } from './harness.ts';
import type { ConfigMap } from './objects.ts';
import { openOwnStage, TEST_MS } from './opening.ts';

const BUILD_MS = 20 * 60_000;
const why = await whyNoArgo();

/** As Argo CD's documentation has it, so that a wave of an App of Apps waits for the Applications in it. */
const HEALTH_OF_APPLICATIONS = `
hs = {status = "Progressing", message = ""}
if obj.status ~= nil and obj.status.health ~= nil then
  hs.status = obj.status.health.status
  hs.message = obj.status.health.message or ""
end
return hs`;
/** On call: may go back in Argo CD, and nothing else. */
const POLICY = `
p, role:oncall, applications, get, */*, allow
p, role:oncall, applications, action/immutableapp.io/ImmutableApp/go-back, */*, allow
g, oncall, role:oncall`;
const SETTINGS = {
  'argocd-cm': { 'accounts.oncall': 'apiKey', 'resource.customizations.health.argoproj.io_Application': HEALTH_OF_APPLICATIONS },
  'argocd-rbac-cm': { 'policy.csv': POLICY },
};

const CRASHES = template({ annotations: { 'test.immutableapp.io/ready': 'crash' } });
const image = (tag: string) => template({ image: `example/web:${tag}` });
const settings = (tag: string, annotations: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', annotations },
  data: { tag },
});
/** A gate that a Job fails. */
const REFUSED = {
  name: 'smoke',
  job: {
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { annotations: { 'test.immutableapp.io/exit-code': '3' }, labels: { app: 'smoke' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example/smoke:1' }] },
      },
    },
  },
};

const serving = (place: Place): string | undefined => selectedBy(place.find('Service', 'web'));
const shop = (place: Place) => place.find('ImmutableApp', 'shop');

(why === undefined ? describe : describe.skip)(`Argo CD${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let built: Built;
  let argo: Argo;
  let admin: Session;

  beforeAll(async () => {
    built = await findArgo((line) => process.stderr.write(`${line}\n`));
  }, BUILD_MS);
  afterAll(async () => {
    await (argo as Argo | undefined)?.servers.stop();
    await (argo as Argo | undefined)?.repository.close();
  });
  const stage = openOwnStage({ because: 'it installs Argo CD' }, async (stage) => {
    const directory = join(stage.cluster.directory, 'argocd');
    mkdirSync(directory);
    await stage.operator();
    await installArgo(stage.cluster, built, SETTINGS);
    const servers = await Servers.start(stage.cluster, built.executable, directory);
    argo = { stage, servers, repository: await openRepository(join(directory, 'repository.git')) };
    const password = await stage.kubectl('get', '-n', NAMESPACE, 'secret/argocd-initial-admin-secret', '-o', 'jsonpath={.data.password}');
    admin = await Session.login(servers, 'admin', Buffer.from(password, 'base64').toString());
  });

  /** Somebody changes the App beside Git. */
  const byHand = ({ namespace }: Place, verb: string, ...words: string[]): Promise<string> =>
    stage.kubectl(verb, '-n', namespace, 'iapp/shop', '--field-manager=oncall-ada', ...words);
  const point = (place: Place, version: string): Promise<string> =>
    byHand(place, 'patch', '--type=merge', '-p', JSON.stringify({ spec: { activeVersion: version } }));

  /** The instance that serves once what Git says does. */
  async function served(application: Application, place: Place): Promise<string> {
    await application.is('Healthy');
    await place.settle();
    return serving(place)!;
  }

  /** Traffic is there, and the App says so. */
  async function serves(place: Place, instance: string): Promise<void> {
    await place.until(`${instance} gets the traffic`, () => serving(place) === instance);
    await place.told(
      (app) => app.status?.activeInstance === instance && is(app, 'Ready') && !is(app, 'Reconciling'),
      `${instance} serves and all is quiet`,
    );
  }

  /** Argo CD has compared, and has done nothing since `before`. */
  async function untouched(application: Application, before: Seen): Promise<void> {
    await application.compared();
    const seen = await application.is('Healthy');
    expect(seen.status).toMatchObject({
      sync: { status: 'Synced' },
      operationState: { startedAt: before.status?.operationState?.startedAt },
    });
  }

  test('what Argo CD was installed with is still there', async () => {
    const { metadata, data } = JSON.parse(await stage.kubectl('get', '-n', NAMESPACE, 'configmap/argocd-cm', '-o', 'json')) as ConfigMap;
    expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/part-of': 'argocd' });
    expect(Object.keys(data ?? {})).toEqual(
      expect.arrayContaining(['resource.exclusions', 'resource.customizations.health.immutableapp.io_ImmutableApp']),
    );
  });

  test.each<Mode>(['client-side', 'server-side'])(
    '%s: installs, updates, leaves alone what people decide, heals what Git says, and prunes',
    async (mode) => {
      const place = await stage.place();
      const application = new Application(argo, mode);
      const app = (spec: object) => place.app({ replicas: 1, ...spec });
      await application.install({ app: app({ template: image('1'), version: '1.0' }), settings: settings('1') }, place.namespace, mode);
      const one = await served(application, place);

      const second = { template: image('2'), version: '2.0' };
      const updated = await application.push({ app: app(second) });
      const two = await served(application, place);
      expect(two).not.toBe(one);

      // By hand, while Argo CD heals: it has nothing to put back.
      await point(place, '1.0');
      await serves(place, one);
      await byHand(place, 'annotate', `${ANNOTATION.pin}=${one} until 2099-01-01T00:00:00Z`);
      await untouched(application, updated);
      // What Git says is healed, and nothing else.
      await stage.kubectl('scale', '-n', place.namespace, 'iapp/shop', '--replicas=2');
      await place.until('it is scaled back', () => {
        const sizes = place.history('ImmutableApp', 'shop').map(({ object }) => object.spec.replicas);
        return sizes.includes(2) && sizes.at(-1) === 1;
      });
      await serves(place, one);
      expect(shop(place)?.spec.activeVersion).toBe('1.0');
      expect(await place.route()).toEqual([one, two, one]);

      // Git says which version serves: it moves traffic, undoes what people write, and its actions say so.
      await byHand(place, 'annotate', `${ANNOTATION.pin}-`);
      await application.push({ app: app({ ...second, activeVersion: '2.0' }) });
      await serves(place, two);
      const offered = await admin.offered({ application: mode, namespace: place.namespace, name: 'shop' });
      expect(offered.find(({ name }) => name === 'go-back')).toMatchObject({
        disabled: true,
        displayName: expect.stringContaining('Git says it, through argocd-controller'),
      });
      await point(place, '1.0');
      await place.until('Git undid it', () => {
        const pointers = place.history('ImmutableApp', 'shop').map(({ object }) => object.spec.activeVersion);
        return pointers.lastIndexOf('1.0') > pointers.indexOf('2.0') && pointers.at(-1) === '2.0';
      });

      // A version that fails, and one that a gate refuses: what served serves on, and Argo CD says which and why.
      const promotion = { progressDeadlineSeconds: 2 };
      for (const [version, spec, reason] of [
        ['3.0', { template: CRASHES, promotion }, /^VersionFailed: .*3\.0/],
        ['4.0', { template: image('4'), promotion: { before: [REFUSED] } }, /^VersionFailed: .*4\.0.*gate before\/smoke/],
      ] as const) {
        await application.push({ app: app({ ...spec, version }) });
        await application.is('Degraded');
        expect(isSynced(await application.compared())).toBe(true);
        await polled('the page says why', async () => {
          const health = await admin.health({ application: mode, namespace: place.namespace, name: 'shop' });
          return reason.test(health?.message ?? '') || JSON.stringify(health);
        });
        expect(await place.route()).not.toContain(shop(place)?.status?.latestVersion);
      }
      await application.push({ app: app({ template: image('5'), version: '5.0' }) });
      await application.is('Healthy');

      // The App goes with its file, and what it made with it.
      await application.push({ app: null });
      await place.until('nothing of it is left', () => place.list('Deployment').length === 0 && place.find('Service', 'web') === undefined, 60_000); // prettier-ignore
      expect(place.find('ConfigMap', 'settings')).toBeDefined();
      await place.expectSafe();
    },
    TEST_MS,
  );

  test(
    'what comes after an App waits until what was asked for serves, and does not wait for people',
    async () => {
      const place = await stage.place();
      const application = new Application(argo, 'waves');
      const app = (spec: object) => place.app({ replicas: 1, ...spec });
      const later = (tag: string) => settings(tag, { 'argocd.argoproj.io/sync-wave': '1' });
      const hook = { ...settings('hook', { 'argocd.argoproj.io/hook': 'PostSync' }) };
      const after = { ...hook, metadata: { ...hook.metadata, name: 'after' } };
      const installing = application.install(
        { app: app({ template: template({ annotations: HELD }) }), later: later('1'), after },
        place.namespace,
      );
      const instance = await place.heldUp(1);
      await application.until('waits', ({ status }) => /waiting for healthy state of .*shop/.test(status?.operationState?.message ?? ''));
      expect(place.find('ConfigMap', 'settings')).toBeUndefined();
      await place.release(instance);
      await installing;
      expect(await served(application, place)).toBe(instance);
      const { uid } = (await place.until('the hook ran', () => place.find('ConfigMap', 'after'))).metadata;

      await application.push({
        app: app({ template: image('2'), promotion: { before: [{ name: 'signed', approval: { count: 1 } }] } }),
        later: later('2'),
      });
      await application.is('Healthy');
      await place.until('the later wave came', () => place.find('ConfigMap', 'settings')?.data?.tag === '2');
      await place.until('the hook ran again', () => ![undefined, uid].includes(place.find('ConfigMap', 'after')?.metadata.uid));
      await place.told((now) => condition(now, 'Ready')?.reason === 'ApprovalMissing', 'it waits for people');
      expect(serving(place)).toBe(instance);

      // Argo CD itself approves, once it may.
      const subject = { application: 'waves', namespace: place.namespace, name: 'shop' };
      await expect(admin.act(subject, 'approve')).rejects.toThrow('may not approve versions of shop');
      await stage.kubectl('apply', '-f', 'deploy/base/people.yaml');
      const account = `--serviceaccount=${NAMESPACE}:argocd-server`;
      await stage.kubectl('create', 'rolebinding', '-n', place.namespace, 'approve', '--clusterrole=immutableapp-approve', account);
      await polled('it may', () => admin.act(subject, 'approve').then(() => true, String));
      await place.until('it serves', () => ![undefined, instance].includes(serving(place)));
      await place.expectSafe();
    },
    TEST_MS,
  );

  test(
    'people act in the menu of the App, each as their role allows, and nothing is put back',
    async () => {
      const place = await stage.place();
      const application = new Application(argo, 'menu');
      const app = (tag: string) => place.app({ replicas: 1, template: image(tag), version: `${tag}.0` });
      await application.install({ app: app('1') }, place.namespace);
      const one = await served(application, place);
      await application.push({ app: app('2') });
      const two = await served(application, place);
      const updated = await application.push({ app: app('3') });
      await served(application, place);

      const subject = { application: 'menu', namespace: place.namespace, name: 'shop' };
      const oncall = await admin.as('oncall');
      await expect(oncall.act(subject, 'reject')).rejects.toThrow('permission denied');
      await admin.act(subject, 'reject');
      await place.until('the version before serves', () => serving(place) === two);
      const rejected = await place.told(({ status }) => status?.history?.[0]?.reason === 'Reverted', 'the history says why');
      expect(rejected.status?.history?.[0]).toMatchObject({ to: two, by: 'argocd-server' });
      await application.is('Degraded');
      await oncall.act(subject, 'go-back');
      await serves(place, one);
      await admin.act(subject, 'pin-1h');
      await place.told(({ metadata }) => metadata.annotations?.[ANNOTATION.pin]?.startsWith(`${one} until `) === true, 'it is pinned');
      await admin.act(subject, 'unpin');
      await admin.act(subject, 'go', { version: '2.0' });
      await serves(place, two);
      await untouched(application, updated);
      await place.expectSafe();
    },
    TEST_MS,
  );

  test(
    'an App of Apps: each wave waits for the Apps in it, and one that goes takes its Apps along',
    async () => {
      const [stock, web] = [await stage.place(), await stage.place()];
      const root = new Application(argo, 'root');
      const [first, second] = [new Application(argo, 'stock'), new Application(argo, 'web')];
      const wave = (n: number) => ({ 'argocd.argoproj.io/sync-wave': String(n) });
      await argo.repository.commit({
        ...filesOf('stock', { app: stock.app({ replicas: 1, template: template({ annotations: HELD }) }) }),
        ...filesOf('web', { app: web.app({ replicas: 1 }) }),
      });
      const installing = root.install(
        { stock: first.manifest(stock.namespace, 'client-side', wave(0)), web: second.manifest(web.namespace, 'server-side', wave(1)) },
        NAMESPACE,
      );
      const instance = await stock.heldUp(1);
      await root.until('waits', ({ status }) => /waiting for healthy state of .*stock/.test(status?.operationState?.message ?? ''));
      expect(shop(web)).toBeUndefined();
      await stock.release(instance);
      await installing;
      for (const application of [root, first]) await application.is('Healthy');
      expect(await served(second, web)).toBeDefined();

      await root.push({ web: null });
      await web.until(
        'nothing of it is left',
        () => web.list('Deployment').length === 0 && web.find('Service', 'web') === undefined,
        60_000,
      );
      expect(serving(stock)).toBe(instance);
      for (const place of [stock, web]) await place.expectSafe();
    },
    TEST_MS,
  );
});

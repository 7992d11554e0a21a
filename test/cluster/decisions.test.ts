// What people decide, on a real API server: pins, rejections, renewals, names and pointers, and the GitOps agents that live beside them.
import { expect, test } from '@jest/globals';
import { must } from './admin.ts';
import { condition, is, NEVER, template } from './harness.ts';
import type { Place } from './harness.ts';
import type { App } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';
import type { OperatorProcess } from './process.ts';

const PIN = 'immutableapp.io/pin';
const REJECT = 'immutableapp.io/reject';
const RENEW = 'immutableapp.io/renew';

let operator: OperatorProcess;
const stage = openStage(async (stage) => {
  operator = await stage.operator();
});

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
/** As a person would, with the field manager that every recipe shows. */
const annotate = (place: Place, ...said: readonly string[]): Promise<string> =>
  stage.kubectl('annotate', '-n', place.namespace, 'iapp/shop', '--overwrite', '--field-manager=oncall-me', ...said);
const annotationsOf = async (place: Place): Promise<Readonly<Record<string, string>>> =>
  must(await stage.admin.get<App>(place.path('ImmutableApp', 'shop'))).metadata.annotations ?? {};
/** Two versions, both up, the second serves. */
async function two(place: Place): Promise<[string, string]> {
  return [await place.rollOut({ version: '1' }), await place.rollOut({ version: '2', template: template({ image: 'web:2' }) })];
}
const serves = (place: Place, version: string): Promise<App> =>
  place.told((app) => app.status?.activeVersion === version && !is(app, 'Reconciling'), `${version} serves`);
const stateOf = (app: App, version: string): string | undefined => app.status?.versions?.find(({ id }) => id === version)?.state;

test(
  'a pin moves traffic; when it ends, the version it passed over does not come back',
  async () => {
    const place = await stage.place();
    const [one, two_] = await two(place);
    await annotate(place, `${PIN}=1 until ${inSeconds(5)}`);
    await serves(place, one);
    const done = await place.told(({ status }) => status?.pinned === '', 'the pin is over');
    expect(done.status).toMatchObject({ activeVersion: one, warnings: [{ reason: 'PinExpired' }] });
    expect(condition(done, 'Ready')).toMatchObject({ status: 'True', reason: 'AwaitingActivation' });
    expect(done.status?.history?.[0]).toMatchObject({ from: two_, to: one, reason: 'Pinned' });
    expect(await place.route()).toEqual([one, two_, one]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'content that came while a pin held is promoted when it ends',
  async () => {
    const place = await stage.place();
    const [one, two_] = await two(place);
    await annotate(place, `${PIN}=1 until ${inSeconds(6)}`);
    await serves(place, one);
    await place.update({ version: '3', template: template({ image: 'web:3' }) });
    const waiting = await place.told(
      ({ status }) => status?.latestVersion !== one && status?.latestVersion !== two_,
      'there is something newer',
    );
    expect(waiting.status?.activeVersion).toBe(one);
    const three = waiting.status!.latestVersion!;
    await serves(place, three);
    expect(await place.route()).toEqual([one, two_, one, three]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a pin survives the self-heal of Argo CD, whether it applies on the client or on the server',
  async () => {
    const place = await stage.place();
    const [one] = await two(place);
    await annotate(place, `${PIN}=1 until ${inSeconds(600)}`);
    await serves(place, one);
    const manifest = JSON.stringify(place.app({ version: '2', template: template({ image: 'web:2' }) }));
    const apply = async (...flags: readonly string[]): Promise<void> => {
      const { code, stderr } = await stage.cluster.kubectl(['apply', ...flags, '-f', '-'], { input: manifest });
      expect([code, stderr.replaceAll(/Warning: resource.*\n/g, '')]).toEqual([0, '']);
    };
    await apply('--field-manager=argocd-controller');
    await apply('--field-manager=argocd-controller');
    await apply('--server-side', '--force-conflicts', '--field-manager=argocd-controller');
    await apply('--server-side', '--force-conflicts', '--field-manager=argocd-controller');
    expect(await annotationsOf(place)).toHaveProperty([PIN]);
    await place.settle();
    expect((await place.route()).at(-1)).toBe(one);
  },
  TEST_MS,
);

/**
 * What Flux does before each apply: fields written by a `kubectl*` manager become its own, so that its next apply takes them away
 * unless the manifest in Git says them.
 */
async function fluxSync(place: Place): Promise<void> {
  const path = place.path('ImmutableApp', 'shop');
  const live = must(
    await stage.admin.get<App & { metadata: { managedFields: { manager: string; operation: string; subresource?: string }[] } }>(path),
  );
  const taken = live.metadata.managedFields.map((entry) =>
    entry.manager.startsWith('kubectl') && entry.subresource === undefined
      ? { ...entry, manager: 'kustomize-controller', operation: 'Apply' }
      : entry,
  );
  const merged = taken.filter(
    ({ manager, operation }, i) =>
      taken.findIndex((other) => other.manager === manager && other.operation === operation) === i || manager !== 'kustomize-controller',
  );
  // Of several entries of one manager only one may stay: their fields are put together.
  const fields = taken
    .filter(({ manager }) => manager === 'kustomize-controller')
    .reduce<Tree>((all, entry) => deepMerge(all, (entry as unknown as { fieldsV1: Tree }).fieldsV1), {});
  const managedFields = merged.map((entry) => (entry.manager === 'kustomize-controller' ? { ...entry, fieldsV1: fields } : entry));
  must(await stage.admin.merge(path, { metadata: { managedFields, resourceVersion: live.metadata.resourceVersion } }));
  const manifest = JSON.stringify(place.app({ version: '2', template: template({ image: 'web:2' }) }));
  const { code, stderr } = await stage.cluster.kubectl(
    ['apply', '--server-side', '--force-conflicts', '--field-manager=kustomize-controller', '-f', '-'],
    { input: manifest },
  );
  expect([code, stderr]).toEqual([0, '']);
}
type Tree = Readonly<Record<string, unknown>>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;
const deepMerge = (a: Tree, b: Tree): Tree =>
  Object.entries(b).reduce<Tree>((all, [key, value]) => {
    const there = all[key];
    return { ...all, [key]: isTree(there) && isTree(value) ? deepMerge(there, value) : value };
  }, a);

test(
  'as the recipes write it a pin survives Flux too; with that of kubectl it is stripped, and a rejection stays all the same',
  async () => {
    const place = await stage.place();
    const [one, two_] = await two(place);
    await annotate(place, `${PIN}=1 until ${inSeconds(600)}`);
    await serves(place, one);
    await fluxSync(place);
    expect(await annotationsOf(place)).toHaveProperty([PIN]);
    await stage.kubectl('annotate', '-n', place.namespace, 'iapp/shop', `${REJECT}=${two_}`);
    await place.told((app) => stateOf(app, two_) === 'Rejected', 'it is rejected');
    await fluxSync(place);
    const left = await annotationsOf(place);
    expect(left).toHaveProperty([PIN]);
    expect(left).not.toHaveProperty([REJECT]);
    await annotate(place, `${PIN}-`);
    const app = await place.told(({ status }) => status?.pinned === '', 'the pin is gone');
    expect([app.status?.activeVersion, stateOf(app, two_)]).toEqual([one, 'Rejected']);
  },
  TEST_MS,
);

test(
  'what serves is rejected: the predecessor serves; neither a vanished annotation nor lost status nor a restart brings it back, renew does',
  async () => {
    const place = await stage.place();
    const [one, two_] = await two(place);
    await annotate(place, `${REJECT}=${two_}`);
    const rejected = await serves(place, one);
    expect(condition(rejected, 'Stalled')).toMatchObject({ reason: 'VersionRejected' });
    expect(rejected.status?.history?.[0]).toMatchObject({ from: two_, to: one, reason: 'Reverted', by: 'oncall-me' });
    await annotate(place, `${REJECT}-`);
    await place.merge('ImmutableApp', 'shop', { status: null }, '/status');
    await place.told((app) => stateOf(app, two_) === 'Rejected', 'it is rejected without status');
    await operator.stop();
    operator = await stage.operator();
    await place.merge('ImmutableApp', 'shop', { metadata: { labels: { touched: 'yes' } } });
    await place.settle();
    expect(await place.route()).toEqual([one, two_, one]);
    await annotate(place, `${RENEW}=${two_}@1`);
    const renewed = await place.told((app) => app.status?.activeVersion === two_ && is(app, 'Ready'), 'it serves again');
    expect(renewed.status?.activeInstance).toMatch(new RegExp(`^${two_}(-2)?$`));
    expect(is(renewed, 'Stalled')).toBe(false);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'renew restarts what serves in parallel, once for each nonce, with no gap',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({ version: '1', replicas: 2 });
    await annotate(place, `${RENEW}=1@first`);
    const renewed = await place.told(
      (app) => app.status?.activeInstance === `${one}-2` && !is(app, 'Reconciling'),
      'a fresh instance serves',
    );
    expect(renewed.status).toMatchObject({
      activeVersion: one,
      history: [{ from: one, to: `${one}-2`, reason: 'Renewed', by: 'oncall-me' }, {}],
    });
    expect(place.list('Deployment').map(({ metadata }) => metadata.name)).toEqual([`${one}-2`]);
    await annotate(place, `${RENEW}=1@first`, 'note=again');
    await operator.stop();
    operator = await stage.operator();
    await place.settle();
    expect(await place.route()).toEqual([one, `${one}-2`]);
    await annotate(place, `${RENEW}=1@second`);
    await place.told((app) => app.status?.activeInstance === one && !is(app, 'Reconciling'), 'another fresh instance serves');
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'names: other inline content may not have one that is taken, the same content may have several, each of them points',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({ version: '1.0' });
    await expect(place.update({ version: '1.0', template: template({ image: 'web:2' }) })).rejects.toThrow(
      `spec.version "1.0" is the name of ${one}, which has served, and stays its name: call the new content "1.0-2", or leave spec.version out`,
    );
    // Nor does it become free because it went away in between, though then only the operator can tell.
    await place.steady(await place.update({ template: template({ image: 'web:2' }) }));
    const again = await place.update({ version: '1.0', template: template({ image: 'web:3' }) });
    await place.stalled(again, 'NameTaken');
    const two_ = await place.rollOut({ version: '2.0', template: template({ image: 'web:2' }) });
    await place.steady(await place.update({ version: '2.0.1', template: template({ image: 'web:2' }) }));
    await place.told(({ status }) => status?.versions?.[0]?.names?.join() === '2.0,2.0.1', 'both names are there');
    await place.merge('ImmutableApp', 'shop', { status: null }, '/status');
    await place.update({ version: '3.0', template: template({ image: 'web:3' }), activeVersion: '2.0.1' });
    await place.told((app) => is(app, 'Ready') && app.status?.activeVersion === two_, 'the alias points');
    await place.update({ version: '3.0', template: template({ image: 'web:3' }), activeVersion: '1.0' });
    await serves(place, one);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'one apply that changes the template and points at the version it makes',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({ version: '1' });
    const app = await place.update({ version: '2', activeVersion: '2', template: template({ image: 'web:2' }) });
    const done = await place.steady(app);
    expect(done.status?.activeVersion).toBe(done.status?.latestVersion);
    expect(done.status?.history?.[0]).toMatchObject({ from: one, reason: 'Activated' });
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a pointer to what cannot serve moves nothing and says why: unready, unknown, rejected, failed, of another App',
  async () => {
    const place = await stage.place();
    const [one, two_] = await two(place);
    const other = await place.steady(await place.update({ template: template({ image: 'other:1' }), services: [] }, 'other'));
    await annotate(place, `${REJECT}=${one}`);
    await place.told((app) => stateOf(app, one) === 'Rejected', 'the first is rejected');
    const rejected = await place.point(one);
    expect(condition(await place.stalled(rejected, 'PointedVersionRejected'), 'Stalled')?.message).toContain(`${RENEW}="${one}@`);
    await place.stalled(await place.point('9.9'), 'VersionNotFound');
    await place.stalled(await place.point(other.status!.activeVersion!), 'VersionNotFound');
    const never = await place.update({
      version: '3',
      activeVersion: '3',
      promotion: { progressDeadlineSeconds: 2 },
      template: template({ annotations: NEVER }),
    });
    const rising = await place.reported(never, (app) => condition(app, 'Reconciling')?.reason === 'BringingUp', 'it comes up');
    expect(rising.status?.activeVersion).toBe(two_);
    const failed = await place.stalled(never, 'PointedVersionFailed');
    expect(is(failed, 'Available')).toBe(true);
    expect(failed.status?.activeVersion).toBe(two_);
    expect(await place.route()).toEqual([one, two_]);
    await place.expectSafe();
  },
  TEST_MS,
);

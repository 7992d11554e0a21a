// Versions that do not come up or come down again, on a real API server with real controllers: what is said about them, what is tried
// again, and that what serves serves on.
import { expect, test } from '@jest/globals';
import { CRASH_MESSAGE } from '../../deploy/local/stages.ts';
import { available, condition, is, NEVER, template } from './harness.ts';
import type { Place, TemplateOptions } from './harness.ts';
import type { App } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';

/** One that waits for the first retry after a failure, a minute later. */
const RETRY_MS = 150_000;

/** Told first and judged last: its first retry comes a minute later, and the other tests need not wait for it. */
let tight: { readonly place: Place; readonly one: string; readonly app: App; readonly failed: App };
const stage = openStage(async (stage) => {
  await stage.operator();
  tight = await tooSmall();
});

const fate = (ready: 'never' | 'crash' | 'no-image', more: TemplateOptions = {}) =>
  template({ annotations: { 'test.immutableapp.io/ready': ready }, ...more });
const soon = { progressDeadlineSeconds: 2 };
const latest = (app: App) => app.status?.versions?.find(({ id }) => id === app.status?.latestVersion);
/** Every pod of an instance loses its readiness, and stays so. */
const collapse = async (place: Place, instance: string): Promise<void> => {
  for (const { metadata } of place.podsOf(instance))
    await place.merge('Pod', metadata.name, { metadata: { annotations: { 'test.immutableapp.io/unready': 'true' } } });
};
const quota = (place: Place, pods: number): Promise<string> =>
  stage.kubectl('create', 'quota', '-n', place.namespace, 'tight', `--hard=pods=${pods}`);

/** A version fails for want of room, and then there is room. */
async function tooSmall(): Promise<typeof tight> {
  const place = await stage.place();
  const one = await place.rollOut({ replicas: 2 });
  await quota(place, 3);
  const app = await place.update({ replicas: 2, promotion: soon, template: template({ image: 'web:2' }) });
  const failed = await place.stalled(app, 'VersionFailed');
  await stage.kubectl('patch', 'quota', '-n', place.namespace, 'tight', '--type=merge', '-p', '{"spec":{"hard":{"pods":"4"}}}');
  return { place, one, app, failed };
}

test(
  'a crash loop fails for good, and its last words, exit code and container are kept, whatever becomes of pods and status',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({ replicas: 2 });
    const bad = await place.update({ replicas: 2, promotion: soon, retention: { failedSeconds: 8 }, template: fate('crash') });
    const failed = await place.stalled(bad, 'VersionFailed');
    const evidence = {
      state: 'Failed',
      reason: 'CrashLoop',
      failure: { container: 'web', exitCode: 1, reason: 'CrashLoop', message: expect.stringContaining(CRASH_MESSAGE) },
    };
    expect(latest(failed)).toMatchObject(evidence);
    expect(is(failed, 'Available')).toBe(true);
    expect(condition(failed, 'Stalled')?.message).toContain(CRASH_MESSAGE);
    const gone = failed.status!.latestVersion!;
    expect(condition(failed, 'Stalled')?.message).toMatch(`immutableapp.io/instance=${gone} --all-containers --tail=-1 --previous`);
    await place.deployment(gone, 'has one pod left', ({ spec, status }) => spec.replicas === 1 && status.replicas === 1);
    await place.deployment(gone, 'has no pods left', ({ spec, status }) => spec.replicas === 0 && !status.replicas);
    await place.merge('ImmutableApp', 'shop', { status: null }, '/status');
    expect(latest(await place.told(({ status }) => status?.activeVersion === one, 'status is back'))).toMatchObject(evidence);
    expect(place.events()).toContainEqual({ reason: 'CrashLoop', note: expect.stringContaining(CRASH_MESSAGE) });
    expect(await place.route()).toEqual([one]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'pods that never become ready, and an image that cannot be pulled, are told apart',
  async () => {
    const place = await stage.place();
    await place.rollOut({});
    const never = await place.stalled(await place.update({ promotion: soon, template: template({ annotations: NEVER }) }), 'VersionFailed');
    expect(latest(never)?.failure).toMatchObject({ reason: 'NotReadyInTime', container: 'web' });
    const imageless = await place.stalled(await place.update({ promotion: soon, template: fate('no-image') }), 'VersionFailed');
    expect(latest(imageless)?.failure).toMatchObject({
      reason: 'ImagePullFailed',
      message: expect.stringContaining('Back-off pulling image'),
    });
    expect(condition(imageless, 'Stalled')?.message).toContain('it is tried again by itself');
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'long before any verdict pods say what keeps them: of what comes up, and of what serves; it is in progress all the same',
  async () => {
    const place = await stage.place();
    const spec = { replicas: 2, retention: { warm: 0 } };
    const one = await place.rollOut(spec);
    const said = (reason: string, words: RegExp) => (app: App) =>
      condition(app, 'Reconciling')?.reason === reason && words.test(condition(app, 'Ready')?.message ?? '');
    await place.update({ ...spec, version: '2', template: fate('crash') });
    const words =
      /^0 of 2 pods of \S+ \(2\) are available: container web crashed 3 times \(Error, exit code 1\): .*; judged at \S+Z \(progress/;
    const crashing = await place.told(said('CrashLoop', words), 'it crashes');
    expect([is(crashing, 'Available'), is(crashing, 'Stalled'), crashing.status?.activeVersion]).toEqual([true, false, one]);
    expect(latest(crashing)).toMatchObject({ state: 'Target', reason: 'CrashLoop' });
    await place.update({ ...spec, version: '3', template: fate('no-image') });
    await place.told(
      said('ImagePullFailed', /\(3\) are available: image of container web cannot be pulled: .*; judged at/),
      'it has no image',
    );
    const sound = await place.rollOut({ ...spec, version: '4', template: template({ image: 'web:4' }) });
    const [pod] = place.podsOf(sound);
    await place.merge('Pod', pod!.metadata.name, { metadata: { annotations: { 'test.immutableapp.io/unready': 'true' } } });
    await place.told(
      said('ReplicasUnavailable', /^1 of 2 pods of \S+ are available: container web is not ready/),
      'it has lost a pod',
      50_000,
    );
    await place.expectSafe();
  },
  2 * TEST_MS,
);

test(
  'A→B→A, then C fails: A still serves, and D is promoted over both bad ones',
  async () => {
    const place = await stage.place();
    const [a, b] = [template({ image: 'web:a' }), template({ image: 'web:b' })];
    const one = await place.rollOut({ template: a });
    const two = await place.rollOut({ template: b });
    expect(await place.rollOut({ template: a })).toBe(one);
    const failed = await place.stalled(await place.update({ promotion: soon, template: fate('crash') }), 'VersionFailed');
    expect(failed.status?.activeVersion).toBe(one);
    const again = await place.stalled(
      await place.update({ promotion: soon, template: fate('crash', { image: 'web:d' }) }),
      'VersionFailed',
    );
    expect(again.status?.activeVersion).toBe(one);
    const last = await place.rollOut({ template: template({ image: 'web:e' }) });
    expect(await place.route()).toEqual([one, two, one, last]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a version that collapses within failbackSeconds: traffic goes back at once, and stays there, even if Git points at the bad one',
  async () => {
    const place = await stage.place();
    const spec = { replicas: 2, retention: { warmSeconds: 600 } };
    const one = await place.rollOut({ ...spec, version: '1' });
    const pointed = await place.update({ ...spec, version: '2', activeVersion: '2', template: template({ image: 'web:2' }) });
    const two = (await place.steady(pointed)).status!.activeVersion!;
    await collapse(place, two);
    const back = await place.told(({ status }) => status?.activeVersion === one, 'it went back');
    expect(back.status?.history?.[0]).toMatchObject({ from: two, to: one, reason: 'Reverted' });
    const settled = await place.told((app) => condition(app, 'Stalled')?.reason === 'PointedVersionFailed', 'it says why');
    expect(latest(settled)).toMatchObject({ id: two, state: 'Failed', failure: { reason: 'FailedBack' } });
    await place.deployment(two, 'is scaled away but for one pod', ({ spec: { replicas } }) => replicas === 1);
    await place.apply(place.app({ ...spec, version: '2', activeVersion: '2', template: template({ image: 'web:2' }) }));
    expect(await place.route()).toEqual([one, two, one]);
    const moved = place.selections();
    const lost = place
      .history('Deployment', two)
      .find(({ object, version }) => version > moved[moved.length - 2]!.version && available(object) === 0)!;
    expect(moved.at(-1)!.at - lost.at).toBeLessThan(1_000);
    await place.expectSafe({ gaps: true });
  },
  TEST_MS,
);

test(
  'later than failbackSeconds, or with 0, nobody goes back by himself',
  async () => {
    const place = await stage.place();
    const spec = { promotion: { failbackSeconds: 0 } };
    const one = await place.rollOut(spec);
    const two = await place.rollOut({ ...spec, template: template({ image: 'web:2' }) });
    await collapse(place, two);
    const down = await place.told((app) => condition(app, 'Available')?.reason === 'NoAvailablePod', 'it is down');
    expect([down.status?.activeVersion, is(down, 'Stalled')]).toEqual([two, false]);
    await place.settle();
    expect(await place.route()).toEqual([one, two]);
  },
  TEST_MS,
);

test(
  'with a quota so tight that nothing can grow, a pointer to what has more pods up is followed at once: only rescue gets traffic back',
  async () => {
    const place = await stage.place();
    const spec = { replicas: 3, promotion: { failbackSeconds: 0 }, retention: { warmSeconds: 600 } };
    const one = await place.rollOut({ ...spec, version: '1' });
    const two = await place.rollOut({ ...spec, version: '2', template: template({ image: 'web:2' }) });
    await quota(place, 6);
    // Both should have four pods now, and neither may: the version that serves cannot be left by the ordinary way.
    await stage.kubectl('scale', '-n', place.namespace, 'iapp/shop', '--replicas=4');
    await place.deployment(one, 'should grow and cannot', ({ spec: { replicas }, status }) => replicas === 4 && status.replicas === 3);
    await collapse(place, two);
    await place.told((app) => condition(app, 'Available')?.reason === 'NoAvailablePod', 'it is down');
    await place.point('1');
    const rescued = await place.told((app) => app.status?.activeVersion === one && is(app, 'Available'), 'the old version serves');
    expect(rescued.status).toMatchObject({ activeInstance: one, readyReplicas: 3 });
    expect(place.find('Deployment', one)).toMatchObject({ spec: { replicas: 4 }, status: { availableReplicas: 3 } });
    await place.expectSafe({ gaps: true });
  },
  TEST_MS,
);

test(
  'a fresh instance of what serves that does not come up: it goes, the version serves on',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({ replicas: 2, promotion: soon });
    await quota(place, 3);
    await stage.kubectl('annotate', '-n', place.namespace, 'iapp/shop', '--field-manager=immutableapp', `immutableapp.io/renew=${one}@1`);
    const stuck = await place.told((app) => condition(app, 'Stalled')?.reason === 'ReplacementFailed', 'the replacement failed');
    expect([is(stuck, 'Ready'), is(stuck, 'Available'), stuck.status?.activeInstance]).toEqual([true, true, one]);
    await place.until('the failed replacement is gone', () => place.find('Deployment', `${one}-2`) === undefined);
    expect(await place.route()).toEqual([one]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a quota that was too small is no verdict: once there is room the version is tried again and serves, with nobody doing anything',
  async () => {
    const { place, one, app, failed } = tight;
    expect(latest(failed)?.failure).toMatchObject({ reason: 'QuotaExceeded', message: expect.stringContaining('exceeded quota: tight') });
    expect(failed.status?.activeVersion).toBe(one);
    const done = await place.steady(app, 90_000);
    expect(done.status?.activeVersion).toBe(done.status?.latestVersion);
    await place.until(
      'the verdict is gone',
      () => !place.list('ControllerRevision').some(({ metadata }) => metadata.name.endsWith('.failed')),
    );
    await place.expectSafe();
  },
  RETRY_MS,
);

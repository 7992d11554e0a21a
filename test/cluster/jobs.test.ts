// Gates of kind job on a real API server, with the real Job controller: a Job decides whether a version serves, is begun once, and goes with its
// version. What its pods do an annotation says.
import { expect, test } from '@jest/globals';
import { condition, GC_MS, polled, selectedBy, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

interface Job {
  readonly metadata: { readonly name: string; readonly uid: string; readonly ownerReferences: readonly { readonly name: string }[] };
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { readonly env: readonly Env[] }[] } } };
}
interface Env {
  readonly name: string;
  readonly value: string;
}
const jobsOf = async ({ namespace }: Place): Promise<readonly Job[]> => {
  const { body } = await stage.cluster.call('GET', `/apis/batch/v1/namespaces/${namespace}/jobs`);
  return (body as { items: readonly Job[] }).items;
};
const jobs = (place: Place, count: number): Promise<void> =>
  polled(`there are ${String(count)} Jobs`, async () => (await jobsOf(place)).length === count, GC_MS);

/** `annotations` say what its pods do: without any they end well. */
const gated = (annotations: object = {}, more: object = {}, phase = 'before') => ({
  template: template({ image: 'web:2' }),
  promotion: {
    drainSeconds: 0,
    // What has served is proven at once.
    failbackSeconds: 0,
    [phase]: [
      {
        name: 'migrate',
        job: {
          spec: {
            backoffLimit: 0,
            template: {
              metadata: { annotations, labels: { app: 'shop' } },
              spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'migrate:1' }] },
            },
          },
        },
        ...more,
      },
    ],
  },
});
const HANGS = { 'test.immutableapp.io/ready': 'never' };
const behind = (place: Place): string | undefined => selectedBy(place.find('Service', 'web'));

test(
  'a version serves once its Job has completed: that was begun once, could reach it, and goes with it',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({});
    const two = await place.rollOut(gated());
    expect(behind(place)).toBe(two);
    const [job, ...others] = await jobsOf(place);
    expect(others).toEqual([]);
    expect(job!.metadata.ownerReferences.map(({ name }) => name)).toEqual([two]);
    expect(job!.spec.template.spec.containers[0]!.env).toEqual([
      { name: 'IMMUTABLEAPP_APP', value: 'shop' },
      { name: 'IMMUTABLEAPP_VERSION', value: two },
      { name: 'IMMUTABLEAPP_INSTANCE', value: two },
      { name: 'IMMUTABLEAPP_URL_HTTP', value: `http://${two}.${place.namespace}:80` },
    ]);
    expect(place.find('Service', two)).toBeUndefined();
    // On the way back nobody asks, and no Job is begun.
    await place.point(one);
    await place.told(({ status }) => status?.activeVersion === one, 'one serves again');
    expect((await jobsOf(place)).map(({ metadata }) => metadata.uid)).toEqual([job!.metadata.uid]);
    await place.expectSafe();
    await place.remove('ImmutableApp', 'shop');
    await jobs(place, 0);
  },
  TEST_MS,
);

test(
  'what its Job refuses has failed in its words, and what serves serves on',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({});
    const app = await place.update(gated({ 'test.immutableapp.io/exit-code': '3' }));
    const failed = await place.stalled(app, 'VersionFailed');
    expect(condition(failed, 'Stalled')?.message).toMatch(
      /gate before\/migrate: Job shop-\S+ failed: BackoffLimitExceeded: .*exited with 3/,
    );
    expect(behind(place)).toBe(one);
    expect(await jobsOf(place)).toHaveLength(1);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a Job that somebody deletes passes nothing and is not begun again',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({});
    const app = await place.update(gated(HANGS, { timeoutSeconds: 15 }));
    await jobs(place, 1);
    await place.reported(app, (told) => condition(told, 'Ready')?.message?.includes('runs') === true, 'its Job runs');
    const [job] = await jobsOf(place);
    await stage.kubectl('delete', 'job', '-n', place.namespace, job!.metadata.name);
    const failed = await place.stalled(app, 'VersionFailed');
    expect(condition(failed, 'Stalled')?.message).toMatch(/within timeoutSeconds 15: .*was deleted before it had ended/);
    expect(behind(place)).toBe(one);
    expect(await jobsOf(place)).toEqual([]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'what the API server does not take is told, and passes nothing',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({});
    const spec = { backoffLimt: 0, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'migrate:1' }] } } };
    const app = await place.update({ ...gated(), promotion: { before: [{ name: 'migrate', job: { spec } }] } });
    await place.reported(
      app,
      (told) => condition(told, 'Ready')?.message?.includes('unknown field "spec.backoffLimt"') === true,
      'the typo',
    );
    expect(await jobsOf(place)).toEqual([]);
    expect(behind(place)).toBe(one);
  },
  TEST_MS,
);

test(
  'after the switch a Job that fails takes traffic back',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({});
    const app = await place.update(gated({ 'test.immutableapp.io/exit-code': '1' }, {}, 'after'));
    await place.stalled(app, 'VersionFailed');
    await place.until('one serves again', () => behind(place) === one);
    await place.expectSafe();
  },
  TEST_MS,
);

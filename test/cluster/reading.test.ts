// What people read at a terminal, from a real kubectl: the table, its wide form, `describe`, and what `kubectl wait` waits for.
import { expect, test } from '@jest/globals';
import { NEVER, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

/** The one line of `kubectl get`, by column; a column ends where the next one begins. */
async function row(place: Place, ...flags: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const [header = '', line = ''] = (await stage.kubectl('get', 'iapp', 'shop', '-n', place.namespace, ...flags)).split('\n');
  const starts = [...header.matchAll(/\S+/g)].map(({ 0: name, index }) => ({ name, index }));
  return Object.fromEntries(starts.map(({ name, index }, i) => [name, line.slice(index, starts[i + 1]?.index).trim()]));
}

test(
  'a rollout reads well at every stage: columns, wide columns, and the message says what to do next',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({ version: '1.0', replicas: 2 });
    const called = (name: string, version: string): string => `${name} (${version.replace('shop-', '')})`;
    const serves = called('1.0', one);
    expect(await row(place)).toMatchObject({
      ...{ NAME: 'shop', SERVES: serves, LATEST: serves, 'UP-TO-DATE': 'True', READY: 'True', REASON: 'Serving', PODS: '2/2' },
    });
    const wide = await row(place, '-o', 'wide');
    expect(wide).toMatchObject({ INSTANCE: one, SERVING: 'True', MESSAGE: `${one} (1.0) serves with 2 pods` });

    const manual = { version: '2.0', promotion: { mode: 'Manual' }, template: template({ image: 'web:2' }), replicas: 2 };
    const waiting = await place.steady(await place.update(manual));
    const two = waiting.status!.latestVersion!;
    expect(await row(place, '-o', 'wide')).toMatchObject({
      ...{ SERVES: serves, LATEST: called('2.0', two), 'UP-TO-DATE': 'False', READY: 'True', REASON: 'AwaitingActivation' },
      MESSAGE: `${one} (1.0) serves; ${two} (2.0) is newer and waits for spec.activeVersion to name it`,
    });

    await place.update({ ...manual, paused: true, template: template({ image: 'web:3' }), version: '3.0' });
    await place.until(
      'it says that it is paused',
      () => place.find('ImmutableApp', 'shop')?.status?.observedGeneration === place.find('ImmutableApp', 'shop')?.metadata.generation,
    );
    expect(await row(place, '-o', 'wide')).toMatchObject({
      SERVES: serves,
      READY: 'True',
      REASON: 'Paused',
      MESSAGE: expect.stringContaining('spec.paused'),
    });

    const never = await place.update({
      version: '4.0',
      promotion: { progressDeadlineSeconds: 2 },
      template: template({ annotations: NEVER }),
    });
    await place.stalled(never, 'VersionFailed');
    expect(await row(place, '-o', 'wide')).toMatchObject({
      ...{ SERVES: serves, READY: 'False', REASON: 'VersionFailed', SERVING: 'True' },
      MESSAGE: expect.stringMatching(/failed \(NotReadyInTime: .*\): change spec, or retry it with kubectl annotate/),
    });

    const refused = await place.update({ version: '5.0', template: { spec: { containers: [{ name: 'web' }] } } });
    await place.stalled(refused, 'InvalidTemplate');
    expect(await row(place, '-o', 'wide')).toMatchObject({
      SERVES: serves,
      REASON: 'InvalidTemplate',
      MESSAGE: expect.stringContaining('Required value'),
    });
    const text = await stage.kubectl('describe', 'iapp', 'shop', '-n', place.namespace);
    for (const words of ['Active Version:', 'Active Name:', 'Names:', 'NotReadyInTime', 'Events:', 'Minted', 'Switched'])
      expect(text).toContain(words);
  },
  TEST_MS,
);

test(
  '`kubectl wait` waits for a rollout: for Ready, for a version, and not a moment too short',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({ version: '1.0' });
    await place.update({
      version: '2.0',
      template: template({ image: 'web:2', annotations: { 'test.immutableapp.io/ready-after': '1s' } }),
    });
    const wait = (condition: string): Promise<string> =>
      stage.kubectl('wait', 'iapp/shop', '-n', place.namespace, `--for=${condition}`, '--timeout=30s');
    await wait('jsonpath={.status.activeName}=2.0');
    await wait('condition=UpToDate');
    await wait('condition=Ready');
    const app = place.find('ImmutableApp', 'shop')!;
    await place.steady(app);
    expect(place.find('ImmutableApp', 'shop')?.status?.activeVersion).not.toBe(one);
    const { stdout } = await stage.cluster.kubectl(['get', 'iapp', '-n', place.namespace, '-o', 'jsonpath={.items[*].status.activeName}']);
    expect(stdout).toBe('2.0');
  },
  TEST_MS,
);

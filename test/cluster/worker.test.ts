// Workers end to end, on a real API server: no Service says what serves, so running is serving, and what runs is in a fact.
import { expect, test } from '@jest/globals';
import { available, condition, HELD, is, owned, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';
import type { OperatorProcess } from './process.ts';

let operator: OperatorProcess;
const stage = openStage(async (stage) => {
  operator = await stage.operator();
});

const worker = { services: [], replicas: 2 };
const next = { ...worker, template: template({ image: 'worker:2' }) };
const running = (place: Place): string[] =>
  place
    .list('Deployment')
    .filter(({ spec }) => spec.replicas > 0)
    .map(({ metadata }) => metadata.name)
    .toSorted();
const routes = (place: Place): string[] =>
  place.list('ControllerRevision').flatMap(({ metadata }) => (metadata.name.includes('.route-') ? [metadata.name] : []));

test(
  'the old version works until the new one is up, then goes to zero: there is no preview, and nothing stays warm',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut(worker);
    const app = await place.update({ ...next, template: template({ image: 'worker:2', annotations: HELD }) });
    const two = await place.heldUp(2, one);
    expect(running(place)).toEqual([one, two].toSorted());
    await place.release(two);
    await place.steady(app);
    expect(running(place)).toEqual([two]);
    await place.settle();
    const gone = place.history('Deployment', one).find(({ gone: left }) => left)!;
    expect(available(place.before('Deployment', two, gone.version))).toBe(2);
    expect(routes(place)).toEqual([`${two}.route-2`]);
    expect(place.find('ImmutableApp', 'shop')?.status?.history).toMatchObject([
      { switchNumber: 2, from: one, to: two },
      { switchNumber: 1, to: one },
    ]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'status lost while two versions run, with an operator that has just started: what serves is known, and works on',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut(worker);
    const app = await place.update({ ...next, template: template({ image: 'worker:2', annotations: HELD }) });
    const two = await place.heldUp(2, one);
    await operator.stop();
    await place.merge('ImmutableApp', 'shop', { status: null }, '/status');
    operator = await stage.operator();
    const back = await place.told(({ status }) => status?.activeInstance !== undefined, 'status is back');
    expect(back.status?.activeInstance).toBe(one);
    expect(running(place)).toEqual([one, two].toSorted());
    await place.release(two);
    expect((await place.steady(app)).status?.activeInstance).toBe(two);
    expect(running(place)).toEqual([two]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'Manual, pointer, rejection and a version that crashes work as with Services; what worked works on',
  async () => {
    const place = await stage.place();
    const manual = { ...worker, promotion: { mode: 'Manual', progressDeadlineSeconds: 2 } };
    const one = await place.rollOut({ ...manual, version: '1' });
    const waiting = await place.steady(await place.update({ ...manual, version: '2', template: template({ image: 'worker:2' }) }));
    expect([condition(waiting, 'Ready')?.reason, ...running(place)]).toEqual(['AwaitingActivation', one]);
    const two = waiting.status!.latestVersion!;
    await place.steady(await place.point('2'));
    expect(running(place)).toEqual([two]);
    await stage.kubectl('annotate', '-n', place.namespace, 'iapp/shop', '--field-manager=immutableapp', `immutableapp.io/reject=${two}`);
    await place.told((app) => app.status?.activeVersion === one && !is(app, 'Reconciling'), 'the predecessor works again');
    expect(running(place)).toEqual([one]);
    const crash = template({ annotations: { 'test.immutableapp.io/ready': 'crash' } });
    const bad = await place.update({ ...manual, version: '3', activeVersion: '3', template: crash });
    expect((await place.stalled(bad, 'PointedVersionFailed')).status?.activeVersion).toBe(one);
    await place.until('only what works runs', () => running(place).join() === one);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a worker that gets a Service serves through it what ran; one that loses its last Service runs on what served',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut(worker);
    await place.steady(await place.update({ ...worker, services: [owned()] }));
    expect(await place.route()).toEqual([one]);
    const two = await place.rollOut({ ...next, services: [owned()] });
    await place.steady(await place.update(next));
    await place.until('only what served runs', () => running(place).join() === two);
    await place.until('the Service is gone', () => place.find('Service', 'web') === undefined);
    await place.expectSafe({ gaps: true });
  },
  TEST_MS,
);

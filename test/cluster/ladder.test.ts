// Traffic in steps on a real API server and a real EndpointSlice controller: up, back, and whatever happens to a rung on the way.
import { expect, test } from '@jest/globals';
import { openStage, TEST_MS } from './opening.ts';
import { is, owned, template } from './harness.ts';
import type { Place } from './harness.ts';
import type { OperatorProcess } from './process.ts';

type Json = Readonly<Record<string, unknown>>;

let operator: OperatorProcess;
const stage = openStage(async (stage) => {
  operator = await stage.operator();
});

const ladder = (seconds: number): Json => ({
  services: [{ ...owned(), ladder: [{ percent: 5, seconds }, { percent: 25, seconds }, { percent: 100 }] }],
});
const RUNGS = ['web-r1', 'web-r2', 'web-r3'];
const image = (tag: string): Json => ({ template: template({ image: `example/web:${tag}` }) });

const selected = (place: Place, service: string): unknown => place.find('Service', service)?.spec.selector?.['immutableapp.io/instance'];
const where = (place: Place): unknown[] => ['web', ...RUNGS].map((service) => selected(place, service));
/** So many rungs lend to `two`, and the rest is `one`'s. */
const lent = (place: Place, rungs: number, one: string, two: string): Promise<unknown> =>
  place.until(`${String(rungs)} rungs lend to ${two}`, () =>
    where(place).every((instance, i) => instance === (i > 0 && i <= rungs ? two : one)),
  );
/** Where a Service was sent, one after the other. */
const path = (place: Place, service: string): unknown[] =>
  place
    .history('Service', service)
    .map(({ object }) => object.spec.selector?.['immutableapp.io/instance'])
    .filter((instance, i, all) => instance !== undefined && instance !== all[i - 1]);
const comesUp = (place: Place, ...others: readonly string[]): Promise<string> =>
  place.until(
    'the next version has its Deployment',
    () => place.list('Deployment').find(({ metadata }) => !others.includes(metadata.name))?.metadata.name,
  );

test(
  'a version climbs rung by rung and then serves; the way back to what is proven takes no steps',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({ ...ladder(2), promotion: { failbackSeconds: 1 } });
    expect(where(place)).toEqual([one, one, one, one]);
    const app = await place.update({ ...ladder(2), ...image('2'), promotion: { failbackSeconds: 1 } });
    const two = await comesUp(place, one);
    await place.steady(app);
    await place.settle();
    expect(where(place)).toEqual([two, two, two, two]);
    const at = (service: string): number => {
      const first = place.history('Service', service).find(({ object }) => object.spec.selector?.['immutableapp.io/instance'] === two)!;
      return Number(first.object.metadata.resourceVersion);
    };
    expect([...RUNGS.slice(0, 2), 'web', 'web-r3'].map(at)).toEqual(
      [...RUNGS.slice(0, 2), 'web', 'web-r3'].map(at).toSorted((a, b) => a - b),
    );
    await place.steady(await place.point(one));
    await place.settle();
    expect(where(place)).toEqual([one, one, one, one]);
    for (const service of ['web', ...RUNGS]) expect(path(place, service)).toEqual([one, two, one]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'on a rung: an operator is killed, the rung is edited by hand, and the manifest is applied again: the ladder stands where it stood',
  async () => {
    const place = await stage.place();
    const spec = { ...ladder(3600), ...image('2') };
    const one = await place.rollOut(ladder(3600));
    await place.update(spec);
    const two = await comesUp(place, one);
    await lent(place, 1, one, two);
    await operator.kill();
    await place.byHand('Service', 'web-r1', { spec: { selector: { 'immutableapp.io/instance': one } } });
    operator = await stage.operator();
    await lent(place, 1, one, two);
    await place.update(spec);
    await place.settle();
    await lent(place, 1, one, two);
    expect(place.find('ImmutableApp', 'shop')!.status).toMatchObject({ share: '5%' });
    // A person who is sure does not wait for the steps.
    const until = new Date(Date.now() + 600_000).toISOString();
    await place.merge('ImmutableApp', 'shop', { metadata: { annotations: { 'immutableapp.io/pin': `${two} until ${until}` } } });
    await lent(place, 0, two, two);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'what is newer takes the whole share back, and so does a rejection',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut(ladder(3600));
    await place.update({ ...ladder(3600), ...image('2') });
    const two = await comesUp(place, one);
    await lent(place, 1, one, two);
    await place.update({ ...ladder(3600), ...image('3') });
    const three = await comesUp(place, one, two);
    await lent(place, 1, one, three);
    await place.until('what was superseded is gone', () => place.find('Deployment', two) === undefined);
    // Nobody's share was ever handed on: it went back before the next version got its own.
    expect(path(place, 'web-r1')).toEqual([one, two, one, three]);
    await place.merge('ImmutableApp', 'shop', { metadata: { annotations: { 'immutableapp.io/reject': three } } });
    await lent(place, 0, one, three);
    await place.until('what was rejected is gone', () => place.find('Deployment', three) === undefined);
    expect(path(place, 'web-r1')).toEqual([one, two, one, three, one]);
    expect(path(place, 'web-r2')).toEqual([one]);
    expect(is(place.find('ImmutableApp', 'shop'), 'Available')).toBe(true);
    await place.expectSafe();
  },
  TEST_MS,
);

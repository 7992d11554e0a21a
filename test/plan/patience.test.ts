// How long a candidate may take while an autoscaler moves: neither may it keep a broken version from failing, nor a good one from serving.
import { expect, test } from '@jest/globals';
import type { Notes } from '../../src/model/observed.ts';
import { judgedAt, patienceWith } from '../../src/plan/steps/patience.ts';
import type { InstanceGiven } from '../given.ts';
import { coming, given, id, NOW, up } from '../given.ts';
import { stageOf } from './stage.ts';

/** At this second it has that size, that many pods, and so many of them are available. */
type Moment = readonly [second: number, replicas: number, available: number, more?: Partial<InstanceGiven>];
const PROMOTION = { progressDeadlineSeconds: 60, minReadySeconds: 20 };

/** What is true at the last of these moments; notes go from each to the next. `missed`: since that second events may have been missed. */
function after(
  moments: readonly Moment[],
  promotion: object = PROMOTION,
  paused: (second: number) => boolean = () => false,
  missed = Infinity,
) {
  let notes: Notes = {};
  let last: unknown;
  for (const [second, replicas, available, more] of moments) {
    const two = { replicas, pods: replicas, available, ...more };
    const spec = { replicas, promotion, paused: paused(second) };
    const seen = given({ latest: 'two', spec, versions: { one: up(3), two: { instances: [two] } }, switches: ['one'] });
    const now = NOW + second * 1000;
    const stage = stageOf(missed < second ? { ...seen, interruptedAt: NOW + missed * 1000 } : seen, notes, now);
    const instance = stage.seen.instances.find(({ name }) => (name as string) === (id('two') as string))!;
    const patience = patienceWith(stage, instance, replicas);
    notes = stage.timer.notes();
    last = patience.settled ? 'settled' : patience.overdue ? 'overdue' : 'waits';
  }
  return last;
}
/** Sizes 3 and 4 in turn, one each `step` seconds until `end`, with so many of the pods up. */
const moving = (step: number, end: number, whole: (size: number) => number): Moment[] =>
  Array.from({ length: Math.floor(end / step) + 1 }, (_, i): Moment => [i * step, 3 + (i % 2), whole(3 + (i % 2))]);

test('at one size a version that does not come up has its deadline and no more', () => {
  expect(after([[0, 3, 0], [59, 3, 0]])).toBe('waits'); // prettier-ignore
  expect(after([[0, 3, 0], [60, 3, 2]])).toBe('overdue'); // prettier-ignore
});

test('another size extends it once: from then on it has the deadline, but never more than two in all', () => {
  expect(after([[0, 3, 0], [50, 4, 0], [100, 4, 0]])).toBe('waits'); // prettier-ignore
  expect(after([[0, 3, 0], [50, 4, 0], [110, 4, 0]])).toBe('overdue'); // prettier-ignore
  expect(after([[0, 3, 0], [10, 4, 0], [70, 4, 0]])).toBe('overdue'); // prettier-ignore
  expect(after(moving(5, 115, () => 0))).toBe('waits');
  expect(after(moving(5, 120, () => 0))).toBe('overdue');
  expect(after(moving(5, 120, (size) => size - 1))).toBe('overdue');
});

test('nothing is too late while its pods may be up by now, unless it was before', () => {
  const missed = (moments: readonly Moment[], since: number) => after(moments, PROMOTION, undefined, since);
  expect(missed([[0, 3, 0], [61, 3, 0]], 59)).toBe('waits'); // prettier-ignore
  expect(missed([[0, 3, 0], [61, 3, 0]], 60)).toBe('overdue'); // prettier-ignore
  expect(
    missed(
      moving(5, 125, () => 0),
      119,
    ),
  ).toBe('waits');
  expect(
    missed(
      moving(5, 125, () => 0),
      120,
    ),
  ).toBe('overdue');
});

test('what is all up at an instant is not too late at that instant, whatever was before', () => {
  expect(after([...moving(5, 115, () => 0), [121, 3, 3]])).toBe('waits');
});

test('a good version settles while the autoscaler moves: pods that are added to it meanwhile need not have been up as long', () => {
  expect(after(moving(5, 15, (size) => size))).toBe('waits');
  expect(after(moving(5, 20, (size) => size))).toBe('settled');
  // A pod that was added is still coming; once it is there, the others have been up for long enough.
  expect(after([[0, 3, 3], [10, 4, 3], [19, 4, 3], [20, 4, 4]])).toBe('settled'); // prettier-ignore
  expect(after([[0, 3, 3], [10, 4, 3], [20, 4, 3]])).toBe('waits'); // prettier-ignore
});

test('a change of size that the Deployment controller has not answered loses no time', () => {
  expect(after([[0, 4, 4], [10, 3, 4, { pods: 4, observedGeneration: 0 }], [20, 3, 3]])).toBe('settled'); // prettier-ignore
});

test('a pod that is lost while it settles starts that anew, whatever the size', () => {
  expect(after([[0, 3, 3], [10, 3, 2], [20, 3, 3]])).toBe('waits'); // prettier-ignore
  expect(after([[0, 3, 3], [10, 4, 2], [20, 4, 4]])).toBe('waits'); // prettier-ignore
  expect(after([[0, 3, 3], [10, 3, 2], [11, 2, 2], [20, 2, 2]])).toBe('waits'); // prettier-ignore
});

test('once settled a pod that is lost has the whole deadline to come back', () => {
  expect(after([[0, 3, 3], [50, 3, 3], [51, 3, 2], [110, 3, 2]])).toBe('waits'); // prettier-ignore
  expect(after([[0, 3, 3], [50, 3, 3], [51, 3, 2], [111, 3, 2]])).toBe('overdue'); // prettier-ignore
});

test('paused, its time does not run', () => {
  expect(after([[0, 3, 0], [50, 3, 0], [100, 3, 0], [150, 3, 0]], PROMOTION, (second) => second === 50)).toBe('waits'); // prettier-ignore
  expect(after([[0, 3, 0], [50, 3, 0], [100, 3, 0], [160, 3, 0]], PROMOTION, (second) => second === 50)).toBe('overdue'); // prettier-ignore
});

test('when it will be judged can be said, and moves once', () => {
  const facts = { latest: 'two', spec: { promotion: PROMOTION }, versions: { one: up(3), two: coming(3, 0) }, switches: ['one'] }; // prettier-ignore
  const dueAfter = (notes: Notes, paused = false) => {
    const stage = stageOf({ ...facts, spec: { ...facts.spec, paused } }, notes);
    const at = judgedAt(stage, stage.seen.instances.at(-1)!);
    return at === undefined ? undefined : (at - NOW) / 1000;
  };
  const since = (seconds: number, value: string) => ({ value, since: NOW - seconds * 1000 });
  expect(dueAfter({})).toBe(60);
  expect(dueAfter({ [`size ${id('two')}`]: since(10, '3'), [`attempt ${id('two')}`]: since(10, 'yes') })).toBe(50);
  expect(dueAfter({ [`size ${id('two')}`]: since(10, '2'), [`attempt ${id('two')}`]: since(10, 'yes') })).toBe(60);
  expect(dueAfter({ [`size ${id('two')}`]: since(10, '2'), [`attempt ${id('two')}`]: since(90, 'yes') })).toBe(30);
  expect(dueAfter({}, true)).toBe(undefined);
});

type Sizes = Readonly<Partial<Record<'two' | 'three', readonly [replicas: number, available: number]>>>;
/** What is true of the last that is named at the last of these moments. */
function together(...moments: readonly (readonly [second: number, sizes: Sizes])[]): unknown {
  let notes: Notes = {};
  let last: unknown;
  for (const [second, sizes] of moments) {
    const rising = Object.fromEntries(
      Object.entries(sizes).map(([nickname, [replicas, available]]) => [nickname, coming(replicas, available)]),
    );
    const facts = { latest: 'three', spec: { promotion: PROMOTION }, versions: { one: up(3), ...rising }, switches: ['one'] };
    const stage = stageOf(facts, notes, NOW + second * 1000);
    for (const nickname of Object.keys(rising)) {
      const instance = stage.seen.instances.find(({ name }) => (name as string) === (id(nickname) as string))!;
      last = patienceWith(stage, instance, instance.replicas);
    }
    notes = stage.timer.notes();
  }
  return last;
}

test('each instance has a time of its own: what another one has waited counts for nothing', () => {
  expect(together([0, { two: [3, 3] }], [20, { two: [3, 3] }])).toEqual({ settled: true, overdue: false });
  expect(together([0, { two: [3, 3] }], [20, { three: [3, 3] }])).toEqual({ settled: false, overdue: false });
  expect(together([0, { two: [3, 0] }], [60, { two: [3, 0] }])).toEqual({ settled: false, overdue: true });
  expect(together([0, { two: [3, 0] }], [60, { three: [3, 0] }])).toEqual({ settled: false, overdue: false });
});

test('how many pods it had when all were up is remembered of each instance by itself', () => {
  const three = [2, 2] as const;
  expect(together([0, { two: [4, 4], three }], [10, { two: [4, 3], three }], [20, { three, two: [4, 4] }])).toEqual({ settled: false, overdue: false }); // prettier-ignore
});

test('where nobody says that its size is refused, pods that are not there are late', () => {
  const facts = { latest: 'two', spec: { promotion: PROMOTION }, versions: { one: up(3), two: up(2) }, switches: ['one'] };
  const since = (seconds: number, value: string) => ({ value, since: NOW - seconds * 1000 });
  const stage = stageOf(facts, { [`size ${id('two')}`]: since(60, '2'), [`attempt ${id('two')}`]: since(60, 'yes') });
  const instance = stage.seen.instances.at(-1)!;
  expect(patienceWith(stage, instance, 3)).toEqual({ settled: false, overdue: true });
  expect(patienceWith(stage, instance, 3, true)).toEqual({ settled: false, overdue: false });
});

test('when it will be judged counts from where its patience began', () => {
  const facts = { latest: 'two', spec: { promotion: PROMOTION }, versions: { one: up(3), two: coming(3, 0) }, switches: ['one'] };
  const first = stageOf(facts);
  patienceWith(first, first.seen.instances.at(-1)!, 3);
  const grown = { ...facts, versions: { one: up(3), two: coming(4, 0) } };
  const later = stageOf(grown, first.timer.notes(), NOW + 90_000);
  expect(judgedAt(later, later.seen.instances.at(-1)!)).toBe(NOW + 120_000);
});

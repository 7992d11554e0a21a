import { expect, test } from '@jest/globals';
import type { App } from '../../src/model/app.ts';
import { countConditions } from '../../src/shell/ops/condition-metrics.ts';

const app = (name: string, conditions: readonly (readonly [string, string, string])[], more: object = {}): App =>
  ({
    namespace: 'shop',
    name,
    generation: 2,
    deleting: false,
    status: { observedGeneration: 2, conditions: conditions.map(([type, status, reason]) => ({ type, status, reason })) },
    ...more,
  }) as unknown as App;

const WELL = app('well', [
  ['Available', 'True', 'Serving'],
  ['Ready', 'True', 'Serving'],
  ['Enforced', 'False', 'DetectOnly'],
]);
const DOWN = app('down', [
  ['Available', 'False', 'NoAvailablePod'],
  ['Ready', 'False', 'NoAvailablePod'],
]);
const FAILED = (name: string) => app(name, [['Stalled', 'True', 'VersionFailed']]);
const MOVING = (name: string) => app(name, [['Reconciling', 'True', 'BringingUp']]);

test('an App that is well is not in it, nor one that is being deleted, whatever its report says', () => {
  expect(countConditions([WELL, { ...DOWN, deleting: true }])).toEqual({ named: [], counted: [] });
});

test('what is out of the ordinary is named, and counted by reason', () => {
  expect(countConditions([MOVING('a'), FAILED('b'), WELL, DOWN, FAILED('c')])).toEqual({
    named: [
      { namespace: 'shop', name: 'down', condition: 'Available', reason: 'NoAvailablePod' },
      { namespace: 'shop', name: 'b', condition: 'Stalled', reason: 'VersionFailed' },
      { namespace: 'shop', name: 'c', condition: 'Stalled', reason: 'VersionFailed' },
      { namespace: 'shop', name: 'a', condition: 'Reconciling', reason: 'BringingUp' },
    ],
    counted: [
      { condition: 'Reconciling', reason: 'BringingUp', apps: 1 },
      { condition: 'Stalled', reason: 'VersionFailed', apps: 2 },
      { condition: 'Available', reason: 'NoAvailablePod', apps: 1 },
    ],
  });
});

test('of many the worst are named, and all are counted', () => {
  const crowd = Array.from({ length: 5 }, (_, i) => MOVING(`moving-${String(i)}`));
  const { named, counted } = countConditions([...crowd, FAILED('late'), DOWN], 3);
  expect(named.map(({ name }) => name)).toEqual(['down', 'late', 'moving-0']);
  expect(counted).toContainEqual({ condition: 'Reconciling', reason: 'BringingUp', apps: 5 });
});

test('an App whose report is about an older spec, or that has none, is on its way', () => {
  const stale = { ...WELL, generation: 3 } as App;
  const fresh = { ...WELL, status: {} } as App;
  expect(countConditions([stale, fresh]).counted).toEqual([{ condition: 'Reconciling', reason: 'NotObserved', apps: 2 }]);
});

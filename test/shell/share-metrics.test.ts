// Which versions are told of by metrics while they climb a ladder.
import { expect, test } from '@jest/globals';
import type { App } from '../../src/model/app.ts';
import { climbers } from '../../src/shell/ops/share-metrics.ts';

const NEXT = '2030-01-01T00:00:00Z';
const climbing = (name: string, deleting = false): App =>
  ({ namespace: 'prod', name, deleting, status: { services: SERVICES } }) as unknown as App;
const SERVICES = [
  { name: 'api', role: 'Active', ladder: { rung: 0, rungs: 2, percent: 0 } },
  { name: 'web', role: 'Active', ladder: { rung: 1, rungs: 2, percent: 5, instance: 'shop-x', since: NEXT, next: NEXT } },
];

test('each Service of which a version has a share, with when it may get more', () => {
  const seconds = Date.parse(NEXT) / 1000;
  expect(climbers([climbing('shop')])).toEqual([{ namespace: 'prod', name: 'shop', service: 'web', percent: 5, due: seconds }]);
  expect(climbers([{ ...climbing('well'), status: {} }, climbing('gone', true)])).toEqual([]);
  expect(climbers([climbing('a'), climbing('b'), climbing('c')], 2)).toHaveLength(2);
});

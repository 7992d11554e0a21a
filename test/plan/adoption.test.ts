// Which Services are looked at before a move, and which find our pods without us.
import { expect, test } from '@jest/globals';
import { strays } from '../../src/plan/read/adoption.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Given } from '../given.ts';
import { APP, given, id, NOW, up, WEB } from '../given.ts';
import { sceneOf } from './stage.ts';
import { lines } from './table.ts';

const actions = (facts: Given): string[] => lines(plan(given(facts), NOW).actions);

test('what is no move is done, and the move waits for a look', () => {
  const facts: Given = {
    latest: 'three',
    versions: { two: up(3) },
    trial: 'none',
    spec: { services: [{ name: 'web' }], activeVersion: id('two') },
    decision: id('two'),
    services: { web: { foreign: true, adopt: APP, selector: { app: APP }, stamp: 'none', slices: 'unknown' } },
  };
  expect(actions(facts)).toEqual(['inspect web', 'rehearse three ×3']);
});

test('a Service that is only taken back is not looked at', () => {
  const facts: Given = { versions: { one: up(3) }, switches: ['one'], services: { web: { life: 'orphaned', slices: 'unknown' } } };
  expect(actions(facts)).toEqual(['reclaim web for uid-app']);
});

test('strays are Services of others that find a pod which is to stay', () => {
  const selector = { app: APP };
  const found = (facts: Given) =>
    strays(sceneOf({ versions: { one: up(3) }, switches: ['one'], ...facts })).map(({ message }) => /Service ([\w-]+)/.exec(message)?.[1]);
  expect(found({ neighbours: { b: selector, a: selector } })).toEqual(['a', 'b']);
  expect(found({ neighbours: { a: selector }, versions: { one: up(3, { deleting: true }) } })).toEqual([]);
  expect(found({ neighbours: { web: selector } })).toEqual([]);
  expect(found({ services: { web: {}, ours: { selector, stamp: 'none' } } })).toEqual([]);
  expect(found({ services: { web: {}, theirs: { selector, stamp: 'none', foreign: true } }, spec: { services: [WEB] } })).toEqual([
    'theirs',
  ]);
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`n${String(i).padStart(2, '0')}`, selector]));
  expect(found({ neighbours: many })).toHaveLength(10);
});

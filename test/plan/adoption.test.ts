// Which Services are looked at before a move, and which find our pods without us.
import { expect, test } from '@jest/globals';
import { crowded, reachedOn, strays } from '../../src/plan/read/adoption.ts';
import { plan } from '../../src/plan/plan.ts';
import { LABEL } from '../../src/model/vocabulary.ts';
import type { Given, ServiceGiven } from '../given.ts';
import { APP, coming, given, id, NOW, up, WEB } from '../given.ts';
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

test('strays are told of in the order of their names, whatever the order they are seen in, and never a Service that is named as its key', () => {
  const selector = { app: APP };
  const found = (neighbours: Given['neighbours']) =>
    strays(sceneOf({ versions: { one: up(3) }, switches: ['one'], ...(neighbours && { neighbours }) })).map(
      ({ message }) => /Service ([\w-]+)/.exec(message)?.[1],
    );
  expect(found({ b: selector, c: selector, a: selector })).toEqual(['a', 'b', 'c']);
  expect(found({ a: selector, b: selector })).toEqual(['a', 'b']);
  expect(found({ [id('one')]: { [LABEL.instance]: id('one') }, other: { [LABEL.instance]: id('one') } })).toEqual(['other']);
});

test('an existing Service reaches an instance of ours by a recent look, while that has pods', () => {
  const reached = (available: number, secondsAgo: number) => {
    const web: ServiceGiven = { foreign: true, adopt: APP, selector: { app: APP }, stamp: 'none', slices: { reaches: 'one', secondsAgo } };
    const scene = sceneOf({ versions: { one: coming(3, available) }, spec: { services: [{ name: 'web' }] }, services: { web } });
    return reachedOn(scene, scene.seen.services[0])?.name;
  };
  expect(reached(1, 5)).toBe(id('one'));
  expect(reached(0, 5)).toBeUndefined();
  expect(reached(1, 60)).toBeUndefined();
});

test('an existing Service that only shows may have more endpoints than the App has pods', () => {
  const trouble = (role: 'Active' | 'Preview') => {
    const web: ServiceGiven = { foreign: true, adopt: APP, selector: { app: APP }, stamp: 'none', slices: { others: 6, secondsAgo: 5 } };
    const scene = sceneOf({ versions: { one: up(3) }, spec: { services: [{ name: 'web', role }] }, services: { web } });
    return crowded(scene, scene.app.services[0]!, scene.seen.services[0])?.reason;
  };
  expect(trouble('Active')).toBe('CapacityMissing');
  expect(trouble('Preview')).toBeUndefined();
});

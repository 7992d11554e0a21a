// What Services are moved, and what is left where it is.
import { expect, test } from '@jest/globals';
import { plan } from '../../src/plan/plan.ts';
import type { Given, InstanceGiven, ServiceGiven } from '../given.ts';
import { APP, given, id, NOW, up, WEB } from '../given.ts';
import { stageOf } from './stage.ts';
import { lines } from './table.ts';

const actions = (facts: Given): string[] => lines(plan(given(facts), NOW).actions);
const LOOK = { ...WEB, name: 'look', role: 'Preview' };

test('a selector is put back unless that takes the last pod from it', () => {
  const bent = (other: Partial<InstanceGiven>, more: Partial<Given> = {}): boolean => {
    const facts: Given = {
      latest: 'two',
      versions: {
        one: up(3, other),
        two: {
          instances: [
            { replicas: 3, available: 0 },
            { replicas: 3, ordinal: 2 },
          ],
        },
      },
      switches: ['one', 'two'],
      services: { web: { on: 'one', stamp: { switchNumber: 2, instance: 'two', previous: 'one' } } },
      ...more,
    };
    return stageOf(facts).routing.repairs.length > 0;
  };
  expect(bent({})).toBe(false);
  expect(bent({ available: 0 })).toBe(true);
  expect(bent({ deleting: true })).toBe(true);
  expect(bent({}, { services: { web: { selector: { app: APP }, stamp: { switchNumber: 2, instance: 'two', previous: 'one' } } } })).toBe(
    true,
  );
});

test('a stamp is believed up to a point', () => {
  const switchOf = (stamp: ServiceGiven['stamp'], stampedBy: readonly string[], status?: 'lost') =>
    stageOf({
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one', 'two'],
      services: { web: { on: 'one', stamp: stamp!, stampedBy } },
      ...(status && { status }),
    }).routing.route?.instance;
  expect(switchOf({ switchNumber: 3, instance: 'one' }, [])).toBe(id('one'));
  expect(switchOf({ switchNumber: 3, instance: 'one' }, ['meddler'])).toBe(id('two'));
  expect(switchOf({ switchNumber: 1002, instance: 'one' }, [])).toBe(id('one'));
  expect(switchOf({ switchNumber: 1003, instance: 'one' }, [])).toBe(id('two'));
  expect(switchOf({ switchNumber: 2, instance: 'one' }, ['meddler'])).toBe(id('one'));
  expect(switchOf({ switchNumber: 9, instance: 'one' }, ['meddler'], 'lost')).toBe(id('one'));
});

test('a Service that only shows stays out of a switch, and is left alone once it shows what serves', () => {
  const spec = { services: [WEB, LOOK] };
  const shows = (on: string) => ({ on, stamp: { switchNumber: 0, instance: on } });
  const serving: Given = { versions: { one: up(3) }, switches: ['one'], spec };
  expect(actions({ ...serving, services: { web: {}, look: shows('one') } })).toEqual([]);
  const switching: Given = { latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one'], spec };
  expect(actions({ ...switching, services: { web: {}, look: shows('two') } })).toEqual(['switch web → two (switch 2, from one)']);
});

test('of an existing Service only names of ports are asked of a version', () => {
  const facts = (targetPort: string | number): Given => ({
    latest: 'two',
    versions: { one: up(3), two: up(3) },
    switches: ['one'],
    spec: { services: [{ name: 'web' }] },
    services: { web: { foreign: true, adopt: APP, on: 'one', spec: { ports: [{ port: 80, targetPort }] } } },
  });
  expect(actions(facts(8080))).toEqual(['switch web → two (switch 2, from one)']);
  expect(actions(facts('http'))).toEqual(['switch web → two (switch 2, from one)']);
  expect(actions(facts('admin'))).toEqual([]);
});

test('what is no longer warm goes once all endpoints have followed', () => {
  const facts = (available: number): Given => ({
    latest: 'two',
    versions: { one: up(3), two: up(3) },
    switches: ['one', 'two'],
    spec: { retention: { warm: 0 } },
    services: { web: { on: 'two', endpoints: { two: available } } },
    notes: { drained: { value: '2', since: NOW } },
  });
  expect(actions(facts(3))).toEqual(['retire Deployment one: no longer warm']);
  expect(actions(facts(2))).toEqual([]);
});

// What Services are moved, and what is left where it is.
import { expect, test } from '@jest/globals';
import { plan } from '../../src/plan/plan.ts';
import { sendsTraffic, wouldStrand } from '../../src/plan/read/routing.ts';
import type { InstanceName } from '../../src/model/version.ts';
import type { Given, InstanceGiven, ServiceGiven } from '../given.ts';
import { APP, given, id, NOW, up, WEB } from '../given.ts';
import { stageOf } from './stage.ts';
import { lines } from './table.ts';

const actions = (facts: Given): string[] => lines(plan(given(facts), NOW).actions);
const AGAIN = [
  { by: 'meddler', minutesAgo: 20 },
  { by: 'meddler', minutesAgo: 10 },
];
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

test('a Service with pods of an instance that is not compromised is left to it while what serves has none', () => {
  const strands = (other: Given['versions'], on = 'one'): boolean => {
    const stage = stageOf({
      latest: 'two',
      versions: { ...other, two: { instances: [{ replicas: 3, available: 0 }] } },
      switches: ['one', 'two'],
      services: { web: { on, stamp: { switchNumber: 2, instance: 'two', previous: 'one' } } },
    });
    return wouldStrand(stage, stage.seen.services[0]!, stage.routing.active!);
  };
  const both = { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }] };
  expect(strands({ one: both })).toBe(true);
  expect(strands({ one: { ...both, discarded: 'one' } })).toBe(false);
  expect(strands({ one: { ...both, discarded: 'one' } }, 'one-2')).toBe(true);
});

test('a selector that is put back says of which kind its Service is, and changes nothing else about it', () => {
  const { repairs } = stageOf({
    versions: { one: up(3) },
    switches: ['one'],
    services: {
      web: {
        selector: { app: APP },
        stamp: { switchNumber: 1, instance: 'one', previous: '' },
        shapedBy: { ...WEB, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
      },
    },
  }).routing;
  expect(repairs).toEqual([expect.objectContaining({ do: 'switch', service: 'web', role: 'Active', repair: true })]);
  expect(repairs[0]).not.toHaveProperty('shape');
});

test('traffic has followed a switch, whatever a Service shows that takes no part in it', () => {
  const followed = (look: ServiceGiven, role = 'Preview'): boolean =>
    stageOf({
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one'],
      spec: { services: [WEB, { ...LOOK, role }] },
      services: { web: {}, look },
    }).routing.converged;
  expect(followed({ on: 'two', stamp: { switchNumber: 0, instance: 'two' } })).toBe(true);
  expect(followed({ on: 'two', stamp: { switchNumber: 1, instance: 'two' } }, 'Active')).toBe(false);
});

test('what a deleted App left running gets traffic until there is something else, if it is one and has pods', () => {
  const ours: ServiceGiven = { on: 'one', stamp: { switchNumber: 4, uid: 'uid-former' } };
  const leads = (facts: Given) => {
    const { trafficInstance, route } = stageOf({ status: 'lost', services: { web: ours }, ...facts }).routing;
    return { to: trafficInstance?.name, route };
  };
  const route = { instance: id('one'), previous: '', switchNumber: 0 };
  expect(leads({ left: { one: up(3) } })).toEqual({ to: id('one'), route: undefined });
  expect(leads({ left: { one: up(3, { deleting: true }) } })).toEqual({ to: undefined, route: undefined });
  expect(leads({ left: { one: up(0) } })).toEqual({ to: undefined, route: undefined });
  // Its record is ours by now; what the restored report tells of is not there.
  const adopted: Given = { versions: { one: { as: 2 } }, left: { one: up(3) } };
  expect(leads(adopted)).toEqual({ to: id('one'), route });
  expect(leads({ ...adopted, status: { history: [{ switchNumber: 9, at: '2026-01-01T00:00:00Z', from: '', to: 'shop-gone' }] } })).toEqual({
    to: id('one'),
    route,
  });
  // A worker.
  const worker: Given = { spec: { services: [] }, services: {} };
  expect(leads({ ...worker, left: { one: up(3), two: up(0) } })).toEqual({ to: id('one'), route: undefined });
  expect(leads({ ...worker, left: { one: up(3), two: up(3) } })).toEqual({ to: undefined, route: undefined });
});

test('Services are kept as spec wants them while Latest is not accepted yet, and while others change a selector', () => {
  const upkeep = (facts: Given): string[] => lines(stageOf(facts).routing.upkeep);
  const www = { ...WEB, ports: [{ name: 'www', port: 80, targetPort: 'http' }] };
  const reshaped = ['reshape web {"ports":[{"name":"www","port":80,"targetPort":"http"}]}'];
  const facts: Given = { versions: { one: up(3) }, switches: ['one'], spec: { services: [www] }, services: { web: { shapedBy: WEB } } };
  expect(upkeep(facts)).toEqual(reshaped);
  expect(upkeep({ ...facts, latest: 'two' })).toEqual(reshaped);
  expect(upkeep({ ...facts, services: { web: { shapedBy: WEB, stamp: { switchNumber: 1, reverts: AGAIN } } } })).toEqual(reshaped);
});

test('a Service that only shows is made without a selector, and one that serves with it', () => {
  const facts = (services: NonNullable<Given['services']>): Given => ({
    versions: { one: up(3) },
    switches: ['one'],
    spec: { services: [WEB, LOOK] },
    services,
  });
  expect(lines(stageOf(facts({ web: {} })).routing.upkeep)).toEqual(['expose look → nothing']);
  const look: ServiceGiven = { on: 'one', stamp: { switchNumber: 0, instance: 'one' } };
  expect(lines(stageOf(facts({ look })).routing.upkeep)).toEqual(['expose web → one']);
});

test('an instance gets traffic if a Service selects it, or lists its pods for want of any selector', () => {
  const sends = (web: ServiceGiven): boolean =>
    sendsTraffic(
      stageOf({ versions: { one: up(3) }, switches: ['one'], spec: { services: [{ name: 'web' }] }, services: { web } }),
      id('one') as string as InstanceName,
    );
  expect(sends({ on: 'one', endpoints: {} })).toBe(true);
  expect(sends({ foreign: true, selector: {}, endpoints: { one: 1 } })).toBe(true);
  expect(sends({ foreign: true, selector: { app: APP }, endpoints: { one: 1 } })).toBe(false);
  expect(sends({ foreign: true, selector: {}, endpoints: { two: 1 } })).toBe(false);
});

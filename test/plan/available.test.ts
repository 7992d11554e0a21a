// Whether users are answered, asked alone: by which endpoints, for how long, and what is said where none is reached.
import { describe, expect, test } from '@jest/globals';
import type { EndpointSeen, Notes, Snapshot } from '../../src/model/observed.ts';
import { plan } from '../../src/plan/plan.ts';
import { available } from '../../src/plan/report/available.ts';
import type { Given } from '../given.ts';
import { given, id, nick, NOW, up, WEB } from '../given.ts';
import { stageOf } from './stage.ts';

const answer = (facts: Given | Snapshot, notes: Notes = {}, now = NOW): string => {
  const [is, { reason, message }] = available(stageOf(facts, notes, now));
  return nick(`${is ? 'yes' : 'no'} ${reason}: ${message}`);
};
const ADMIN = { ...WEB, name: 'admin' };
const SERVES = 'yes Serving: one serves with 3 available pods';
const LOOK = 'no NoEndpoints: Service web reaches none of the pods of one: look at its EndpointSlices';
const said = (...conditions: readonly (readonly [type: string, reason: string])[]): Pick<Given, 'status'> => ({
  status: { observedGeneration: 6, conditions: conditions.map(([type, reason]) => ({ type, status: 'False', reason })) },
});
/** No endpoint is left, as status has said already. */
const DARK: Given = {
  versions: { one: up(3) },
  switches: ['one'],
  services: { web: { on: 'one', endpoints: {} } },
  ...said(['Available', 'NoEndpoints'], ['Ready', 'NoEndpoints'], ['Enforced', 'NotProbed']),
};
const withEndpoint = (facts: Given, endpoint: Partial<EndpointSeen>): Snapshot => {
  const seen = given(facts);
  const instance = seen.instances[0]!.name;
  const endpoints: EndpointSeen[] = [{ ready: true, pod: 'pod-1', instance, origin: 'unknown', ...endpoint }];
  return { ...seen, services: seen.services.map((service) => ({ ...service, endpoints })) };
};

describe('an endpoint answers', () => {
  test.each<[string, Partial<EndpointSeen>, string]>([
    ['if it is ready', {}, SERVES],
    ['not while it is not ready', { ready: false }, LOOK],
    ['not if it has no port to send traffic to', { dark: true }, LOOK],
    ['not if its pod is of nobody', { instance: undefined }, LOOK],
  ])('%s', (_when, endpoint, expected) => {
    expect(answer(withEndpoint(DARK, endpoint))).toBe(expected);
  });
});

describe('of two instances that are reached', () => {
  const both: Given = {
    latest: 'two',
    versions: { one: up(3), two: up(2) },
    switches: ['one', 'two'],
    spec: { replicas: 2 },
    services: { web: { on: 'two', endpoints: { one: 3, two: 2 } } },
  };
  const backwards = (facts: Given): Snapshot => ({ ...given(facts), instances: given(facts).instances.toReversed() });
  test('the one that is selected is told', () => {
    const one: Given = { ...both, switches: ['two', 'one'], services: { web: { on: 'one', endpoints: { one: 3, two: 2 } } } };
    for (const order of [given, backwards]) {
      expect(answer(order(both))).toBe('yes Serving: two serves with 2 available pods');
      expect(answer(order(one))).toBe(SERVES);
    }
  });
  test('the first by name is told, if somebody else selects too', () => {
    const narrowed: Given = { ...both, services: { web: { on: 'two', selector: { tier: 'gold' }, endpoints: { one: 3, two: 2 } } } };
    const [first] = [id('one'), id('two')].toSorted();
    for (const order of [given, backwards]) expect(answer(order(narrowed))).toContain(`yes Serving: ${nick(first!)} serves with`);
  });
});

describe('a Service that reaches nobody', () => {
  test('is given moments to follow, unless it was said of Available that they are over', () => {
    expect(answer(DARK)).toBe(LOOK);
    expect(answer({ ...DARK, ...said(['Available', 'NotReady'], ['Ready', 'NoEndpoints']) })).toBe(SERVES);
    expect(answer({ ...DARK, ...said() })).toBe(SERVES);
  });
  test('is not said to be one while its slices may have been missed', () => {
    const seen = given({ ...DARK, ...said() });
    const since = NOW - 60_000;
    const { notes } = plan(seen, since);
    const told = (more: Partial<Snapshot>) => {
      const { status, wake } = plan({ ...seen, notes, ...more }, NOW);
      return [status.conditions?.find(({ type }) => type === 'Available')?.reason, wake];
    };
    expect(told({})).toEqual(['NoEndpoints', 'await-change']);
    expect(told({ interruptedAt: NOW - 4_000 })).toEqual(['Serving', { afterMs: 1000 }]);
    const { notes: anew } = plan({ ...seen, notes, interruptedAt: NOW - 4_000 }, NOW);
    expect(told({ notes: anew })[0]).toBe('Serving');
  });
  test('is given moments of its own, however long another one took', () => {
    const two = (web: object, admin: object): Given => ({
      ...{ ...DARK, ...said() },
      spec: { services: [WEB, ADMIN] },
      services: { web: { on: 'one', ...web }, admin: { on: 'one', ...admin } },
    });
    const long = stageOf(two({}, { endpoints: {} }), {}, NOW - 60_000);
    available(long);
    const notes = long.timer.notes();
    expect(answer(two({}, { endpoints: {} }), notes)).toContain('no NoEndpoints: Service admin reaches none of the pods of one');
    expect(answer(two({ endpoints: {} }, {}), notes)).toBe(SERVES);
  });
  test('is not answered by a look at its slices from before it was moved', () => {
    expect(answer({ ...DARK, services: { web: { on: 'one', endpoints: {}, slices: { reaches: 'one', secondsAgo: 1 } } } })).toBe(LOOK);
  });
  test('is not blamed for the number of a port, which no container has to declare', () => {
    const ports = [{ name: 'http', port: 80, targetPort: 8079 }];
    expect(answer({ ...DARK, spec: { services: [{ name: 'web', ports }] } })).toBe(LOOK);
  });
  test('is blamed for the name of a port that no container has', () => {
    const spec = { ports: [...WEB.ports, { name: 'admin', port: 81, targetPort: 'admin', protocol: 'TCP' }] };
    const services = { web: { on: 'one', endpoints: {}, spec } };
    expect(answer({ ...DARK, services })).toBe(
      LOOK.replace('look at its EndpointSlices', 'no container has a port named "admin", which it sends traffic to'),
    );
  });
});

describe('an ExternalName', () => {
  const external = (more: object, spec: object): Given => ({
    versions: { one: up(3) },
    switches: ['one'],
    spec: { services: [spec] },
    services: { web: { on: 'one', spec: { type: 'ExternalName' }, ...more } },
  });
  test('answers nobody, whatever endpoints are still listed', () => {
    expect(answer(external({}, WEB))).toBe('no ServiceUnfit: Service web is an ExternalName: its clients are not sent to pods');
  });
  test('of somebody else is told as the reason for which it is not moved', () => {
    expect(answer(external({ foreign: true, adopt: 'shop' }, { name: 'web' }))).toBe(
      'no ServiceUnfit: Service prod/web is an ExternalName, so a selector cannot move its traffic safely: change that, or list another one',
    );
  });
});

describe('at replicas 0', () => {
  const zero: Given = { ...DARK, ...said(), spec: { replicas: 0 } };
  test('pods that still run serve', () => {
    expect(answer(zero)).toBe(SERVES);
    expect(answer({ ...zero, versions: { one: up(0) } })).toBe('yes ScaledToZero: spec.replicas is 0');
  });
  test('a Service whose instance has lost its pods is told, beside one that is at zero', () => {
    const two: Given = {
      latest: 'two',
      versions: { one: up(3), two: up(0) },
      switches: ['one', 'two'],
      spec: { replicas: 0, services: [WEB, ADMIN] },
      services: { web: { on: 'two' }, admin: { on: 'one' } },
    };
    expect(answer(two)).toBe('no NoAvailablePod: one of the Services selects an instance without pods');
  });
});

test('what the pods of another instance say is no reason why those of the active one serve nobody', () => {
  const symptom = { cause: 'version', reason: 'CrashLoop', message: 'main exits with 1' } as const;
  const facts: Given = {
    latest: 'two',
    versions: { one: up(3, { available: 0 }), two: up(3) },
    switches: ['one', 'two'],
    spec: { services: [ADMIN] },
    services: { admin: { on: 'one', stamp: { switchNumber: 1, instance: 'one' } } },
    symptoms: { one: symptom },
  };
  expect(answer(facts)).toBe('no NoAvailablePod: one is selected and has no available pod');
  const active = { ...facts, latest: 'one', versions: { one: up(3, { available: 0 }) }, switches: ['one'] };
  expect(answer(active)).toBe('no NoAvailablePod: one is selected and has no available pod: main exits with 1');
});

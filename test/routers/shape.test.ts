// The shape of a Service: what is written to reach it, what is taken away, what is left as somebody else set it.
import { describe, expect, test } from '@jest/globals';
import type { Action } from '../../src/model/action.ts';
import type { App } from '../../src/model/app.ts';
import { reshape } from '../../src/routers/service.ts';
import { given, up, WEB } from '../given.ts';

type Raw = Record<string, unknown>;

const MARK = 'immutableapp.io/shape';
const PORT = { name: 'http', port: 80, targetPort: 'http' };

/** What is written to a Service that was shaped by one entry and holds `spec` by now, when spec.services says another. */
function patched(before: Raw, now: Raw, spec: Raw = {}, annotations: Record<string, string> = {}) {
  const seen = given({
    versions: { one: up(3) },
    switches: ['one'],
    spec: { services: [{ ...WEB, ...now }] },
    services: { web: { shapedBy: { ...WEB, ...before }, spec } },
  });
  const service = seen.services[0]!;
  const marked = { ...service, annotations: { ...service.annotations, ...annotations } };
  const action = reshape(seen.app as App, (seen.app as App).services[0]!, marked);
  return (action as Extract<Action, { do: 'reshape' }> | undefined)?.shape;
}

describe('what spec never set', () => {
  test.each<[string, Raw]>([
    ['a class that a webhook chose', { type: 'LoadBalancer', loadBalancerClass: 'service.k8s.aws/nlb' }],
    ['a distribution that an admin chose', { trafficDistribution: 'PreferSameZone' }],
    ['a policy that an admin chose', { externalTrafficPolicy: 'Local', healthCheckNodePort: 30001 }],
    ['what the server allocated', { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', allocateLoadBalancerNodePorts: true }],
  ])('%s stays when something else of the entry changes', (_what, spec) => {
    const patch = patched({}, { annotations: { x: 'y' } }, spec);
    expect(patch?.annotations).toMatchObject({ x: 'y' });
    expect(patch?.spec).toEqual({ ports: WEB.ports });
  });
});

describe('what spec set and sets no more', () => {
  test('goes back to the default', () => {
    const before = { type: 'NodePort', sessionAffinity: 'ClientIP', externalTrafficPolicy: 'Local', trafficDistribution: 'PreferSameZone' };
    const back = { type: null, sessionAffinity: null, externalTrafficPolicy: null, trafficDistribution: null };
    expect(patched(before, {})?.spec).toEqual({ ports: WEB.ports, ...back });
  });
  test('stays where the API server lets nobody take it away', () => {
    const before = { type: 'LoadBalancer', loadBalancerClass: 'x', healthCheckNodePort: 30001, ipFamilies: ['IPv4'] };
    expect(patched(before, { type: 'LoadBalancer' })?.spec).toEqual({ ports: WEB.ports, type: 'LoadBalancer' });
  });
  test('is guessed where the mark of an earlier operator does not tell, never what cannot be undone', () => {
    const spec = { sessionAffinity: 'ClientIP', loadBalancerClass: 'x', trafficDistribution: 'PreferSameZone', type: 'LoadBalancer' };
    const patch = patched({}, {}, spec, { [MARK]: 'bcdfghjklmnpqrst annotation:old' });
    expect(patch?.spec).toEqual({ ports: WEB.ports, sessionAffinity: null, type: null });
    expect(patch?.annotations).toMatchObject({ old: null });
  });
});

test('a Service that an earlier operator shaped as spec says is not written to', () => {
  const digest = given({ spec: { services: [WEB] } });
  const mark = (digest.app as App).services[0]!.shape!.digest;
  expect(patched({}, {}, {}, { [MARK]: mark })).toBeUndefined();
});

describe('what says nothing is nothing', () => {
  test.each<[string, Raw]>([
    ['an empty list of ranges', { type: 'LoadBalancer', loadBalancerSourceRanges: [] }],
    ['an empty list of families', { ipFamilies: [] }],
    ['a health check port of zero', { healthCheckNodePort: 0 }],
    ['a class without a name', { loadBalancerClass: '' }],
    ['a distribution without a name', { trafficDistribution: '' }],
    ['an empty configuration', { sessionAffinity: 'ClientIP', sessionAffinityConfig: {} }],
    ['a configuration of nothing', { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: {} } }],
    ['a node port of zero', { ports: [{ ...PORT, nodePort: 0 }] }],
    ['null', { type: null, ports: [{ ...PORT, appProtocol: null }] }],
    ['a protocol for the application without a name', { ports: [{ ...PORT, appProtocol: '' }] }],
  ])('%s', (_what, entry) => {
    const stored = Object.fromEntries(Object.entries(entry).filter(([key]) => key === 'type' || key === 'sessionAffinity'));
    const plain = { ...stored, ports: [{ ...PORT, protocol: 'TCP' }], ...(entry.type === null ? { type: 'ClusterIP' } : {}) };
    expect(patched(entry, entry, plain)).toBeUndefined();
    // And to write it is not to change anything.
    const before = Object.fromEntries(Object.entries(stored).filter(([, value]) => value !== null));
    expect(patched(before, entry, plain)).toBeUndefined();
  });
  test.each([0, ''])('a targetPort of %p', (targetPort) => {
    const ports = [{ name: 'http', port: 80, targetPort }];
    expect(patched({ ports }, { ports }, { ports: [{ name: 'http', port: 80, targetPort: 80, protocol: 'TCP' }] })).toBeUndefined();
  });
  test('false is something', () => {
    const entry = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false };
    expect(patched({ type: 'LoadBalancer' }, entry)?.spec).toMatchObject({ allocateLoadBalancerNodePorts: false });
  });
});

test('a second address family that the server added is no difference', () => {
  const entry = { ipFamilies: ['IPv4'], ipFamilyPolicy: 'PreferDualStack' };
  expect(patched(entry, entry, { ipFamilies: ['IPv4', 'IPv6'] })).toBeUndefined();
  expect(patched(entry, entry, { ipFamilies: ['IPv6', 'IPv4'] })).toBeDefined();
});

describe('node ports', () => {
  const METRICS = { name: 'metrics', port: 9090, targetPort: 'metrics' };
  const held = { type: 'NodePort', ports: [{ port: 80, targetPort: 'http', protocol: 'TCP', nodePort: 32305 }] };
  const before = { type: 'NodePort', ports: [{ port: 80, targetPort: 'http' }] };
  const ports = (now: Raw, spec: Raw = held) => patched(before, now, spec)?.spec.ports;

  test('are carried over by port and protocol, whatever the port is called', () => {
    expect(ports({ type: 'NodePort', ports: [PORT, METRICS] })).toEqual([{ ...PORT, nodePort: 32305 }, METRICS]);
  });
  test('are not, where the protocol is another, or spec says which', () => {
    expect(ports({ type: 'NodePort', ports: [{ ...PORT, protocol: 'UDP' }] })).toEqual([{ ...PORT, protocol: 'UDP' }]);
    expect(ports({ type: 'NodePort', ports: [{ ...PORT, nodePort: 30000 }] })).toEqual([{ ...PORT, nodePort: 30000 }]);
    const swapped = [PORT, { ...METRICS, nodePort: 32305 }];
    expect(ports({ type: 'NodePort', ports: swapped })).toEqual(swapped);
  });
  test('go with the type that has them', () => {
    expect(ports({ type: 'LoadBalancer', ports: [PORT] })).toEqual([{ ...PORT, nodePort: 32305 }]);
    expect(ports({ ports: [PORT] })).toEqual([PORT]);
    // A type that spec never set is somebody else's, and so are its node ports.
    expect(patched({ ports: [{ port: 80, targetPort: 'http' }] }, { ports: [PORT] }, held)?.spec.ports).toEqual([
      { ...PORT, nodePort: 32305 },
    ]);
  });
});

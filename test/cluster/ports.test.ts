// Ports of Services on a real API server and a real EndpointSlice controller: they travel with the traffic, and what spec never set stays.
import { expect, test } from '@jest/globals';
import { is, owned, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

type Json = Readonly<Record<string, unknown>>;

const stage = openStage((stage) => stage.operator());

const web = (ports: readonly Json[], more: Json = {}): Json => ({ services: [{ name: 'web', ports, ...more }] });
const to = (targetPort: string | number): Json => ({ name: 'http', port: 80, targetPort });
const containing = (ports: readonly Json[], image = 'example/web:2') => template({ image, container: { ports } });

/** First reached by number, then by name. */
const NUMBERED = { ...web([to(8079)]), template: containing([{ containerPort: 8079 }], 'example/web:1') };
const NAMED = { ...web([to('http')]), template: containing([{ name: 'http', containerPort: 8080 }]) };

/** What its slices say of a Service: port numbers, and whose pods are ready behind them. */
const reached = (place: Place): { readonly ports: readonly number[]; readonly instances: readonly string[] } => {
  const slices = place.list('EndpointSlice').filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'web');
  const pods = new Map(place.list('Pod').map(({ metadata }) => [metadata.uid, metadata.labels?.['immutableapp.io/instance'] ?? '']));
  const ready = slices.flatMap(({ endpoints }) => (endpoints ?? []).filter(({ conditions }) => conditions.ready === true));
  return {
    ports: slices
      .flatMap((slice) => (slice as unknown as { ports?: readonly { port?: number }[] | null }).ports ?? [])
      .flatMap(({ port }) => port ?? []),
    instances: [...new Set(ready.map(({ targetRef }) => pods.get(targetRef?.uid ?? '') ?? ''))],
  };
};
const reaches = (place: Place, port: number, instance: string): Promise<unknown> =>
  place.until(`traffic goes to port ${String(port)} of ${instance}`, () => {
    const { ports, instances } = reached(place);
    return ports.length === 1 && ports[0] === port && instances.length === 1 && instances[0] === instance;
  });

test(
  'a number becomes a name, and every way back takes the number along: pointer, reject, git revert',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut(NUMBERED);
    await reaches(place, 8079, one);
    const two = await place.rollOut(NAMED);
    await reaches(place, 8080, two);
    await place.steady(await place.update({ ...NAMED, activeVersion: one }));
    await reaches(place, 8079, one);
    await place.steady(await place.update({ ...NAMED, activeVersion: two }));
    await reaches(place, 8080, two);
    await place.steady(await place.update(NUMBERED));
    await reaches(place, 8079, one);
    const again = await place.rollOut({ ...NAMED, template: containing([{ name: 'http', containerPort: 8081 }], 'example/web:3') });
    await reaches(place, 8081, again);
    await place.merge('ImmutableApp', 'shop', { metadata: { annotations: { 'immutableapp.io/reject': again } } });
    await reaches(place, 8079, one);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a version that collapses: traffic goes back to the number that its predecessor listens on',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({ replicas: 2, ...NUMBERED });
    const two = await place.rollOut({ replicas: 2, ...NAMED });
    await reaches(place, 8080, two);
    for (const { metadata } of place.podsOf(two))
      await place.merge('Pod', metadata.name, { metadata: { annotations: { 'test.immutableapp.io/unready': 'true' } } });
    await reaches(place, 8079, one);
    await place.until('it is available again', () => is(place.find('ImmutableApp', 'shop'), 'Available'));
  },
  TEST_MS,
);

test(
  'a port of another protocol is none: the version is not switched to, nor what serves sent traffic to it',
  async () => {
    const place = await stage.place();
    const dns = (protocol: string): Json => ({ name: 'dns', containerPort: 53, protocol });
    const udp = web([{ name: 'dns', port: 53, targetPort: 'dns', protocol: 'UDP' }]);
    const one = await place.rollOut({ ...udp, template: containing([dns('UDP')], 'example/web:1') });
    await place.stalled(await place.update({ ...udp, template: containing([dns('TCP')]) }), 'PortMissing');
    await reaches(place, 53, one);
    // A name in an init container that ends is none either.
    const setup = template({
      image: 'example/web:3',
      container: { ports: [] },
      pod: { initContainers: [{ name: 'i', image: 'i', ports: [dns('UDP')] }] },
    });
    await place.stalled(await place.update({ ...udp, template: setup }), 'PortMissing');
    // Only the Service's protocol changes: it keeps the one that what serves speaks.
    const tcp = web([{ name: 'dns', port: 53, targetPort: 'dns', protocol: 'TCP' }]);
    const app = await place.steady(await place.update({ ...tcp, template: containing([dns('UDP')], 'example/web:1') }));
    expect(app.status?.warnings).toMatchObject([{ reason: 'PortMissing' }]);
    await reaches(place, 53, one);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'what spec never set on a Service stays; what it set goes; a node port stays with its port',
  async () => {
    const place = await stage.place();
    await place.rollOut({ services: [owned()] });
    await place.byHand('Service', 'web', {
      spec: { type: 'LoadBalancer', loadBalancerClass: 'example.com/theirs', externalTrafficPolicy: 'Local' },
    });
    const { nodePort, healthCheckNodePort } = await place.until('it has a node port', () => {
      const { spec } = place.find('Service', 'web')!;
      const held = { nodePort: (spec.ports[0] as unknown as Json).nodePort, healthCheckNodePort: (spec as Json).healthCheckNodePort };
      return held.nodePort !== undefined && held;
    });
    const app = await place.steady(
      await place.update({ services: [{ ...owned(), annotations: { x: 'y' }, ports: [{ name: 'www', port: 80, targetPort: 'http' }] }] }),
    );
    expect(is(app, 'Ready')).toBe(true);
    const service = place.find('Service', 'web')!;
    expect(service.metadata.annotations).toMatchObject({ x: 'y' });
    expect(service.spec).toMatchObject({
      type: 'LoadBalancer',
      loadBalancerClass: 'example.com/theirs',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort,
      ports: [{ name: 'www', nodePort }],
    });
  },
  TEST_MS,
);

test(
  'zero and empty values in spec.services say nothing, and are not asked for again and again',
  async () => {
    const place = await stage.place();
    const entries: readonly Json[] = [
      { type: 'LoadBalancer', loadBalancerSourceRanges: [], loadBalancerClass: '' },
      { ipFamilies: [], trafficDistribution: '' },
      { type: 'NodePort', healthCheckNodePort: 0, ports: [{ name: 'http', port: 80, targetPort: 'http', nodePort: 0 }] },
      { ports: [{ name: 'http', port: 8080, targetPort: 0, nodePort: 0 }] },
      { sessionAffinity: 'ClientIP', sessionAffinityConfig: {} },
    ];
    for (const entry of entries) {
      const app = await place.steady(await place.update({ services: [{ ...owned(), ...entry }] }));
      expect(is(app, 'Ready')).toBe(true);
      await place.settle();
      const quiet = place.find('Service', 'web')!.metadata.resourceVersion;
      await place.settle();
      expect(place.find('Service', 'web')!.metadata.resourceVersion).toBe(quiet);
    }
  },
  TEST_MS,
);

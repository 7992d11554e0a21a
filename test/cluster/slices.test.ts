// Convergence where one EndpointSlice does not hold all: the slice controller fills a hundred endpoints a slice and writes them one by one.
import { expect, test } from '@jest/globals';
import { LABEL } from '../../src/model/vocabulary.ts';
import { is, selectedBy, template, type Place } from './harness.ts';
import type { Pod } from './objects.ts';
import { openOwnStage, TEST_MS } from './opening.ts';

const PODS = 120;

const stage = openOwnStage({ because: 'it stops the controllers' }, (stage) => stage.operator());

/** How many ready endpoints of each instance the Service had after each write to its slices, and in how many slices. */
function endpoints(place: Place) {
  const instances = new Map(place.history('Pod').map(({ name, object }) => [name, object.metadata.labels?.[LABEL.instance] ?? '']));
  const slices = new Map<string, readonly string[]>();
  return place.history('EndpointSlice').map(({ name, version, gone, object }) => {
    const ready = (object.endpoints ?? []).filter(({ conditions }) => conditions.ready === true);
    slices.set(name, gone ? [] : ready.map(({ targetRef }) => instances.get(targetRef?.name ?? '') ?? ''));
    const all = [...slices.values()].flat();
    const of = (instance: string): number => all.filter((each) => each === instance).length;
    return { version, of, slices: [...slices.values()].filter((each) => each.length > 0).length };
  });
}

/** An endpoint as the slice controller writes it. */
const endpointOf = ({ metadata: { namespace, name, uid }, ...pod }: Pod) => ({
  addresses: [(pod.status as { podIP?: string }).podIP],
  conditions: { ready: true, serving: true, terminating: false },
  targetRef: { kind: 'Pod', namespace, name, uid },
});

test(
  `${PODS} pods in two slices: the version that was left goes when the last slice has let go of it, and not before`,
  async () => {
    const place = await stage.place();
    const spec = { replicas: PODS };
    const next = await place.rollOut({ ...spec, version: '1' });
    const old = await place.rollOut({ ...spec, version: '2', template: template({ image: 'example/web:2' }) });
    // From here on the test is the slice controller, so that there is a time in which only one slice has followed.
    await stage.cluster.stopProgram('kube-controller-manager');
    await place.merge('ImmutableApp', 'shop', { spec: { activeVersion: '1', retention: { warm: 0 } } });
    await place.until('the Service is moved', () => selectedBy(place.find('Service', 'web')) === next);
    const [full] = place.list('EndpointSlice').toSorted((a, b) => b.endpoints!.length - a.endpoints!.length);
    expect(
      place
        .list('EndpointSlice')
        .map((slice) => slice.endpoints!.length)
        .toSorted(),
    ).toEqual([100, 20]);
    await place.merge('EndpointSlice', full!.metadata.name, { endpoints: place.podsOf(next).slice(0, 100).map(endpointOf) });
    // Decided anew, twice, since then.
    for (const versions of [8, 9]) {
      const app = await place.merge('ImmutableApp', 'shop', { spec: { retention: { versions } } });
      const { status } = await place.reported(app, (now) => is(now, 'Reconciling'), 'waits for the other slice');
      expect(status!.services).toMatchObject([{ instance: next, converged: false }]);
    }
    stage.cluster.startProgram('kube-controller-manager');
    await place.until('the old one is gone', () => place.find('Deployment', old) === undefined);
    await place.settle();

    const retired = place.history('Deployment', old).find(({ gone, object }) => gone || object.metadata.deletionTimestamp !== undefined)!;
    const seen = endpoints(place).filter(({ version }) => version < retired.version);
    expect(seen.filter(({ of }) => of(old) === 20 && of(next) === 100).length).toBeGreaterThan(0);
    const { slices, of } = seen.at(-1)!;
    expect({ slices, old: of(old), next: of(next) }).toEqual({ slices: 2, old: 0, next: PODS });
    await place.expectSafe();
  },
  TEST_MS,
);

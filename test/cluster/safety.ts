// The safety promises of ARCHITECTURE.md, judged on a recorded history: every write by anyone, in the order in which etcd took them.
import { lint, reported } from '../statuslint.ts';
import { fingerprintsHaveOneContent, movesAreAskedFor, stable, statesBefore } from './asked.ts';
import type { History } from './asked.ts';
import { available, isReady, readyIn, selectedBy, stampOn } from './harness.ts';
import type { App, EndpointSlice, Kind, Pod } from './objects.ts';
import type { Entry, Recorder } from './recorder.ts';

export interface Tolerance {
  /** The test itself took away readiness, Services or all replicas: an endpoint may be missing for a while. */
  readonly gaps?: boolean;
  /** The test itself edited what was published. */
  readonly tampered?: boolean;
  /** Somebody else shrank, deleted or moved what serves: no matter who did it, it was not as promised. */
  readonly hostile?: boolean;
}

type Check = (history: History) => string[];

export function violations(
  recorder: Recorder,
  namespace: string,
  { gaps = false, tampered = false, hostile = false }: Tolerance = {},
): string[] {
  const cached = new Map<Kind, readonly Entry[]>();
  const of = <K extends Kind>(kind: K): readonly Entry<K>[] => {
    if (!cached.has(kind)) cached.set(kind, recorder.history(kind, namespace));
    return cached.get(kind) as readonly Entry<K>[];
  };
  const before = <K extends Kind>(kind: K, name: string, version: number): Entry<K> | undefined => {
    const last = of(kind).findLast((entry) => entry.name === name && entry.version < version);
    return last?.gone === true ? undefined : last;
  };
  const checks: readonly Check[] = [
    ...(hostile ? [] : [selectsOnlyWhatIsUp, whatServesStays, movesAreAskedFor]),
    ...(tampered ? [] : [publishedIsFrozen]),
    oneAtATime,
    statusIsSound,
    fingerprintsHaveOneContent,
    ...(gaps ? [] : [endpointsStay]),
  ];
  return checks.flatMap((check) => check({ of, before }));
}

/**
 * A Service moves only to an instance that is fully available, or that served before and has more available pods than what it replaces.
 * Putting it back to where it was is no move.
 */
const selectsOnlyWhatIsUp: Check = ({ of, before }) => {
  const highest = new Map<string, number>();
  const served = new Set<string>();
  return of('Service').flatMap(({ name, version, object, gone }) => {
    const stamp = stampOn(object);
    const selected = selectedBy(object);
    if (gone || stamp === undefined || stamp.switchNumber <= (highest.get(name) ?? 0)) return [];
    highest.set(name, stamp.switchNumber);
    if (selected !== stamp.instance) return [`Service ${name} is stamped ${stamp.instance} and selects ${String(selected)} (${version})`];
    const deployment = before('Deployment', selected, version)?.object;
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined)
      return [`Service ${name} was moved to ${selected}, which is not there (${version})`];
    const { spec, status, metadata } = deployment;
    const full = available(deployment) === spec.replicas && status.observedGeneration === metadata.generation;
    const rescued = served.has(selected) && available(deployment) > available(before('Deployment', stamp.previous, version)?.object);
    served.add(selected);
    return full || rescued
      ? []
      : [`Service ${name} was moved to ${selected} with ${available(deployment)} of ${spec.replicas} pods available (${version})`];
  });
};

/** What was published is never edited, by anyone. */
const publishedIsFrozen: Check = ({ of }) => {
  const changed = <K extends Kind>(kind: K, content: (object: Entry<K>['object']) => unknown): string[] => {
    const first = new Map<string, string>();
    return of(kind).flatMap(({ name, object, version }) => {
      const text = stable(content(object));
      const known = first.get(object.metadata.uid);
      first.set(object.metadata.uid, known ?? text);
      return known === undefined || known === text ? [] : [`${kind} ${name} was edited (${version})`];
    });
  };
  return [
    ...changed('Deployment', ({ spec: { replicas: _, ...spec } }) => spec),
    ...changed('ControllerRevision', ({ data, revision }) => ({ data, revision })),
    ...changed('ConfigMap', ({ data, immutable }) => (immutable === true ? data : null)),
  ];
};

/** What an Active Service selects is not shrunk, except to spec.replicas, and not deleted while its App lives. */
const whatServesStays: Check = ({ of, before }) =>
  of('Deployment').flatMap(({ name, version, object, gone, at }) => {
    const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === 'ImmutableApp');
    const app = owner && before('ImmutableApp', owner.name, version)?.object;
    if (
      app === undefined ||
      app.metadata.deletionTimestamp !== undefined ||
      !activeServices(app).some((service) => selectedBy(before('Service', service, version)?.object) === name)
    )
      return [];
    if (gone || object.metadata.deletionTimestamp !== undefined) return [`Deployment ${name} was deleted while it served (${version})`];
    if (runsAlone(app) && object.spec.replicas === 0) return []; // it stops before the next one starts
    const was = before('Deployment', name, version)?.object;
    const shrunk = was !== undefined && was.metadata.uid === object.metadata.uid && was.spec.replicas > object.spec.replicas;
    const asked = statesBefore({ of }, owner!.uid, { version, at }).some(({ object: { spec } }) => spec.replicas === object.spec.replicas);
    return shrunk && !asked ? [`Deployment ${name} was shrunk to ${object.spec.replicas} while it served (${version})`] : [];
  });

const runsAlone = ({ spec }: App): boolean => (spec.promotion as { overlap?: string } | undefined)?.overlap === 'Never';

/** Under promotion.overlap Never no pod is created while one of another instance of its App is there, terminating or not. */
const oneAtATime: Check = ({ of, before }) => {
  const instanceOf = ({ metadata }: Pod): string => metadata.labels?.['immutableapp.io/instance'] ?? '';
  const appOf = ({ metadata }: Pod): string => metadata.labels?.['immutableapp.io/app'] ?? '';
  const there = new Map<string, Pod>();
  return of('Pod').flatMap(({ name, object, version, gone }) => {
    const isNew = !gone && !there.has(object.metadata.uid);
    if (gone) there.delete(object.metadata.uid);
    else there.set(object.metadata.uid, object);
    const app = isNew ? before('ImmutableApp', appOf(object), version)?.object : undefined;
    if (app === undefined || !runsAlone(app)) return [];
    const beside = [...there.values()].find((pod) => appOf(pod) === appOf(object) && instanceOf(pod) !== instanceOf(object));
    return beside === undefined ? [] : [`Pod ${name} was created beside ${beside.metadata.name} (${version})`];
  });
};

const activeServices = ({ spec }: App): string[] =>
  ((spec.services ?? []) as readonly { name: string; role?: string }[]).filter(({ role }) => role !== 'Preview').map(({ name }) => name);

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];
const isLeaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;

/**
 * Where there was a ready endpoint there is one, from when a Service was first moved until the App goes. Pods that stay where they are and
 * are called unready (by a probe, by the controller of nodes) took themselves away: nobody moved, shrank or deleted anything.
 */
const endpointsStay: Check = ({ of, before }) => {
  const ready = new Map<string, Map<string, readonly Endpoint[]>>();
  const apps = new Set(of('ImmutableApp').map(({ name }) => name));
  return of('EndpointSlice').flatMap(({ name, object, version, gone }) => {
    const service = object.metadata.labels?.['kubernetes.io/service-name'] ?? '';
    const slices = ready.get(service) ?? new Map<string, readonly Endpoint[]>();
    ready.set(service, slices);
    const was = [...slices.values()].flat();
    slices.set(name, gone ? [] : readyIn(object));
    const isEmpty = [...slices.values()].every((endpoints) => endpoints.length === 0);
    const moved = stampOn(before('Service', service, version)?.object) !== undefined;
    const staying = [...apps].some((app) => {
      const there = before('ImmutableApp', app, version)?.object;
      return there !== undefined && there.metadata.deletionTimestamp === undefined;
    });
    const podOf = ({ targetRef }: Endpoint): Pod | undefined => before('Pod', targetRef?.name ?? '', version)?.object;
    const bySelf = was.every((endpoint) => {
      const pod = podOf(endpoint);
      return pod !== undefined && !isReady(pod) && !isLeaving(pod);
    });
    if (was.length === 0 || !isEmpty || !moved || !staying || bySelf) return [];
    const told = (pod: Pod): string => `${pod.metadata.name} ${isReady(pod) ? 'ready' : 'unready'}${isLeaving(pod) ? ', leaving' : ''}`;
    const there = [...new Set(of('Pod').map((pod) => pod.name))].flatMap((pod) => before('Pod', pod, version)?.object ?? []);
    const selected = String(selectedBy(before('Service', service, version)?.object));
    return [
      `Service ${service}, which selects ${selected}, has no ready endpoint any more (${version}): slice ${name}${gone ? ' gone' : ''}; ` +
        `it had ${was.map(({ targetRef }) => String(targetRef?.name)).join(', ')}; pods: ${there.map(told).join('; ')}`,
    ];
  });
};

/** Every report obeys the rules that every report obeys. */
const statusIsSound: Check = ({ of, before }) =>
  of('ImmutableApp').flatMap(({ name, version, object, gone }) => {
    const was = reported(before('ImmutableApp', name, version)?.object.status);
    const after = reported(object.status);
    if (gone || Object.keys(after).length === 0 || stable(was) === stable(after)) return [];
    // When it was judged is not in the report; every condition that changed with it says so, and they must agree.
    const now = Math.max(...(after.conditions ?? []).map(({ lastTransitionTime = '' }) => Date.parse(lastTransitionTime)));
    return lint({ before: was, after, generation: object.metadata.generation, now }).map(
      (what) => `status of ${name}: ${what} (${version})`,
    );
  });

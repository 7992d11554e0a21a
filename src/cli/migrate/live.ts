// What a cluster has around a workload, and what it says to a migration before anything is done. Reads only.
import type { Obj } from '../../model/json.ts';
import { int, list, obj, text, texts } from '../../model/json.ts';
import { ANNOTATION } from '../../model/vocabulary.ts';
import type { Cluster } from '../cluster.ts';
import { statusOf } from '../cluster.ts';
import type { Manifest } from '../documents.ts';
import { isA, nameOf } from '../documents.ts';
import type { Kind } from '../paths.ts';
import { KINDS, pathOf } from '../paths.ts';
import type { Migration } from './migration.ts';
import { selectorAppliers } from './traffic.ts';

/** Kinds that a migration looks at, but for the App's own. */
export const AROUND = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Service',
  'ConfigMap',
  'PersistentVolumeClaim',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'Rollout',
  'Canary',
  'KnativeService',
  'ScaledObject',
  'VerticalPodAutoscaler',
] as const satisfies readonly Kind[];

export interface Around {
  readonly objects: readonly Manifest[];
  /** Kinds that could not be read, for lack of a right. */
  readonly unread: readonly Kind[];
}

/** Without these nothing true can be said. */
export const NEEDED: ReadonlySet<Kind> = new Set(['Deployment', 'Service']);

/** Everything of a namespace that may matter. What a cluster has no such kind of is not there. */
export async function around(cluster: Cluster): Promise<Around> {
  const unread: Kind[] = [];
  const lists = await Promise.all(
    AROUND.map(async (kind) => {
      try {
        return (await cluster.list<Obj>(kind, cluster.namespace)).map((object) => asManifest(kind, object));
      } catch (error) {
        if (statusOf(error) === 403 && !NEEDED.has(kind)) unread.push(kind);
        else if (statusOf(error) !== 404) throw error;
        return [];
      }
    }),
  );
  return { objects: lists.flat(), unread };
}

/** Lists leave out what each of their items is. */
const asManifest = (kind: Kind, object: Obj): Manifest => ({
  apiVersion: KINDS[kind][0],
  kind: kind === 'KnativeService' ? 'Service' : kind,
  ...object,
});

/** Files first: they say what will be. Of an object that is in both, the cluster knows who writes to it. */
export function together(files: readonly Manifest[], objects: readonly Manifest[]): readonly Manifest[] {
  const same = (one: Manifest, other: Manifest): boolean =>
    one.kind === other.kind && groupOf(one) === groupOf(other) && nameOf(one) === nameOf(other);
  const known = files.map((file) => {
    const { managedFields } = obj(objects.find((object) => same(file, object))?.metadata);
    return managedFields === undefined ? file : { ...file, metadata: { ...obj(file.metadata), managedFields } };
  });
  return [...known, ...objects.filter((object) => !files.some((file) => same(file, object)))];
}

const groupOf = ({ apiVersion }: Manifest): string => (apiVersion.includes('/') ? apiVersion.split('/')[0]! : '');

export interface Check {
  readonly ok: boolean;
  readonly says: string;
}

/** What a cluster says to it before anything is done. */
export async function check(cluster: Cluster, { app, adopted, from }: Migration, objects: readonly Manifest[]): Promise<Check[]> {
  const name = text(app.metadata.name);
  const services = objects.filter((object) => isA(object, 'Service'));
  return [
    await nameCheck(cluster, name),
    ...adopted.map((service) => serviceCheck(service, name, services)),
    ...list(app.spec.services)
      .filter(({ ports }) => ports !== undefined)
      .map(({ name: made }) => freeCheck(text(made), services)),
    ...idleCheck(from, objects),
  ];
}

async function nameCheck(cluster: Cluster, name: string): Promise<Check> {
  try {
    const there = await cluster.find(pathOf('ImmutableApp', cluster.namespace, name));
    return there === undefined
      ? { ok: true, says: `the name is free: no ImmutableApp ${name} in namespace ${cluster.namespace}` }
      : { ok: false, says: `there is an ImmutableApp ${name} in namespace ${cluster.namespace} already: applying this one changes it` };
  } catch (error) {
    return { ok: false, says: (error as Error).message };
  }
}

function serviceCheck(name: string, app: string, services: readonly Manifest[]): Check {
  const service = services.find((object) => nameOf(object) === name);
  if (service === undefined) return { ok: false, says: `Service ${name} is not in the cluster: apply it first` };
  const consent = texts(obj(service.metadata).annotations)[ANNOTATION.adopt];
  if (consent !== undefined && consent !== app) {
    return { ok: false, says: `Service ${name} is adopted by ImmutableApp ${consent}: its annotation ${ANNOTATION.adopt} names that one` };
  }
  const by = selectorAppliers(service);
  if (by.length > 0) {
    return {
      ok: false,
      says: `${by.join(' and ')} applies the selector of Service ${name} server-side: the App says SelectorInGit until it is out of the manifest`,
    };
  }
  return { ok: true, says: `Service ${name} can be adopted: nobody applies its selector server-side` };
}

function freeCheck(name: string, services: readonly Manifest[]): Check {
  return services.some((object) => nameOf(object) === name)
    ? { ok: false, says: `there is a Service ${name} already, and the App is to make it: ServiceNotOwned` }
    : { ok: true, says: `the name is free: no Service ${name}` };
}

/** A move in the middle of a rollout would carry half of it along. */
export function idleCheck({ kind, name }: Migration['from'], objects: readonly Manifest[]): Check[] {
  const found = objects.find((object) => nameOf(object) === name && object.kind === kind);
  if (found === undefined) return [];
  const { replicas } = obj(found.spec);
  const { phase } = obj(found.status);
  const [ready, updated] = [int(obj(found.status).readyReplicas, 0), int(obj(found.status).updatedReplicas, 0)];
  if (kind === 'Rollout' || kind === 'Canary') {
    const idle = ['Healthy', 'Succeeded', 'Initialized'].includes(text(phase));
    const is = `${kind} ${name} is ${text(phase) || 'of unknown phase'}`;
    if (kind === 'Canary' && phase === 'Failed')
      return [
        {
          ok: false,
          says: `${is}: its Deployment has what failed, and not what serves. Publish one that passes, and wait until it is Succeeded`,
        },
      ];
    if (!idle) return [{ ok: false, says: `${is}: wait until nothing is under way` }];
    // Without the Rollout nobody takes the pods of another revision away, and its Services would find them, too.
    const [pods, wanted] = [int(obj(found.status).replicas, 0), int(replicas, 1)];
    if (kind === 'Rollout' && pods !== wanted)
      return [
        { ok: false, says: `${is} and has ${String(pods)} pods for ${String(wanted)}: wait until those of the other revision are gone` },
      ];
    return [{ ok: true, says: is }];
  }
  if (kind !== 'Deployment') return [];
  const wanted = int(replicas, 1);
  const idle = ready === wanted && updated === wanted;
  return [
    {
      ok: idle,
      says: `Deployment ${name} has ${String(ready)} of ${String(wanted)} pods ready${idle ? '' : ': wait until nothing is under way'}`,
    },
  ];
}

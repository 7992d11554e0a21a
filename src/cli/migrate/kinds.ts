// Finds among manifests what is to become an App. Decides which kinds can be read; what cannot be is refused with what to do instead.
import type { Obj } from '../../model/json.ts';
import { list, obj, text } from '../../model/json.ts';
import type { Manifest } from '../documents.ts';
import { isA, nameOf, namespaceOf } from '../documents.ts';
import { readCanary } from './canary.ts';
import { readKnative } from './knative.ts';
import { Unfit } from './note.ts';
import { readRollout } from './rollout.ts';
import type { Workload } from './workload.ts';
import { intentOf, replicasOf } from './workload.ts';

interface Reader {
  readonly is: (object: Manifest) => boolean;
  readonly read: (object: Manifest, among: readonly Manifest[]) => Omit<Workload, 'object' | 'name' | 'namespace'>;
  readonly words: readonly string[];
}

const READERS: readonly Reader[] = [
  { is: (object) => isA(object, 'Rollout', 'argoproj.io'), read: readRollout, words: ['rollout', 'rollouts', 'ro'] },
  { is: (object) => isA(object, 'Canary', 'flagger.app'), read: readCanary, words: ['canary', 'canaries'] },
  {
    is: (object) => isA(object, 'Service', 'serving.knative.dev'),
    read: readKnative,
    words: ['ksvc', 'kservice', 'services.serving.knative.dev'],
  },
  {
    is: (object) => isA(object, 'Deployment', 'apps'),
    read: readDeployment,
    words: ['deployment', 'deployments', 'deploy', 'deployments.apps'],
  },
];

/** Kinds that people ask for, and why not. */
const NOT_FIT: Readonly<Record<string, string>> = {
  StatefulSet: 'its pods have names and volumes of their own, and two versions of it cannot run side by side: leave it a StatefulSet',
  DaemonSet: 'it runs one pod on each node, and an App runs Deployments: leave it a DaemonSet',
  Job: 'it ends, and an App is what serves: leave it a Job',
  CronJob: 'it ends, and an App is what serves: leave it a CronJob',
  ReplicaSet: 'ask for the Deployment that made it, or write a Deployment of it first',
  Pod: 'a bare pod has nobody who starts it again: write a Deployment of it first',
};

/** `wanted`: `KIND/NAME`; absent, the manifests must hold one workload only. Throws Unfit. */
export function findWorkload(manifests: readonly Manifest[], wanted?: string): Workload {
  const candidates = manifests.filter((object) => (wanted === undefined ? isWorkload(object) : answersTo(object, wanted)));
  // A Deployment behind a Rollout or a Canary is a part of it, not another one.
  const readable = READERS.flatMap((reader) => candidates.filter(reader.is).map((object) => ({ object, reader })));
  const behind = new Set(readable.map(({ object }) => referredBy(object)));
  const [found, ...others] = readable.filter(
    ({ object }) => wanted !== undefined || !behind.has(nameOf(object)) || !isA(object, 'Deployment', 'apps'),
  );
  if (found === undefined) throw new Unfit(whyNone(manifests, wanted));
  if (others.length > 0) {
    const names = [found, ...others].map(({ object }) => `${object.kind.toLowerCase()}/${nameOf(object)}`);
    throw new Unfit(`there are ${String(names.length)} workloads: ask for one of ${names.join(', ')}`);
  }
  const { object, reader } = found;
  const whole = isA(object, 'Deployment', 'apps')
    ? manifests.find((each) => isWorkload(each) && referredBy(each) === nameOf(object))
    : undefined;
  if (whole !== undefined) {
    const [kind, name] = [whole.kind, nameOf(whole)];
    throw new Unfit(`Deployment ${nameOf(object)} is a part of ${kind} ${name}, which scales it: ask for ${kind.toLowerCase()}/${name}`);
  }
  return { object, name: nameOf(object), namespace: namespaceOf(object), ...reader.read(object, manifests) };
}

const isWorkload = (object: Manifest): boolean => READERS.some(({ is }) => is(object));

function answersTo(object: Manifest, wanted: string): boolean {
  const [kind = '', name = ''] = wanted.split('/');
  const word = kind.toLowerCase();
  const words = READERS.find(({ is }) => is(object))?.words ?? [object.kind.toLowerCase(), `${object.kind.toLowerCase()}s`];
  return nameOf(object) === name && words.some((each) => each === word || word.startsWith(`${each}.`));
}

/** The Deployment that a Rollout or a Canary stands for. */
const referredBy = ({ spec }: Obj): string => text(obj(obj(spec).workloadRef).name) || text(obj(obj(spec).targetRef).name);

function whyNone(manifests: readonly Manifest[], wanted: string | undefined): string {
  const unfit = manifests.find((object) => NOT_FIT[object.kind] !== undefined && (wanted === undefined || answersTo(object, wanted)));
  if (unfit !== undefined) return `${unfit.kind} ${nameOf(unfit)} cannot become an App: ${NOT_FIT[unfit.kind]!}`;
  const there = manifests.filter(isWorkload).map((object) => `${object.kind.toLowerCase()}/${nameOf(object)}`);
  const what = wanted === undefined ? 'no Deployment, Rollout, Canary or Knative Service' : `no ${wanted}`;
  return `there is ${what} among the manifests${there.length > 0 ? `; there is ${there.join(', ')}` : ''}`;
}

function readDeployment(object: Manifest): Omit<Workload, 'object' | 'name' | 'namespace'> {
  const spec = obj(object.spec);
  const owner = list(obj(object.metadata).ownerReferences).find(({ controller }) => controller === true);
  if (owner !== undefined) {
    throw new Unfit(
      `Deployment ${nameOf(object)} belongs to ${text(owner.kind)} ${text(owner.name)}, which makes it again: migrate what made it, not the Deployment`,
    );
  }
  return {
    kind: 'Deployment',
    template: obj(spec.template),
    replicas: replicasOf(spec),
    services: undefined,
    stopsFirst: text(obj(spec.strategy).type) === 'Recreate',
    part: { spec: intentOf(spec) },
  };
}

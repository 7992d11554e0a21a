// Whether the admission policies know the user names of the cluster's own controllers. Creates a Deployment without pods, reads it, and deletes it:
// the Deployment controller either makes a ReplicaSet, or writes into the status who was refused. Asked once the policies are in force, before any
// App depends on it. (The Deployments of Apps do not tell: they have no progress deadline.) Decides nothing about Apps.
import type { KubeObject } from '../../model/object.ts';
import { int, list, obj, text } from '../../model/json.ts';
import { LABEL } from '../../model/vocabulary.ts';
import type { Clock } from '../clock.ts';
import type { Kube } from '../api/kube.ts';

/** `silent`: it has not answered, or could not be asked. */
export type Acquaintance = { readonly is: 'known' } | { readonly is: 'refused'; readonly user: string } | { readonly is: 'silent' };

export interface Meeting {
  readonly kube: Pick<Kube, 'create' | 'read' | 'remove'>;
  readonly clock: Clock;
  readonly namespace: string;
}

const NAME = 'immutableapp-probe';
const LOOKS_MS = [200, 300, 500, 1_000, 2_000, 4_000] as const;
const SILENT: Acquaintance = { is: 'silent' };

export async function meetControllers({ kube, clock, namespace }: Meeting): Promise<Acquaintance> {
  const made = await kube.create('Deployment', stranger(namespace));
  // A Deployment that a dead process left here is in the way once.
  const there = made.is === 'failure' && made.kind === 'Exists' ? await kube.read('Deployment', namespace, NAME) : made;
  if (there.is === 'failure') return SILENT;
  let found = SILENT;
  for (const ms of made.is === 'ok' ? LOOKS_MS : []) {
    await new Promise<void>((resolve) => clock.after(ms, resolve));
    const seen = await kube.read('Deployment', namespace, NAME);
    found = seen.is === 'ok' ? answerIn(seen.value) : SILENT;
    if (found.is !== 'silent') break;
  }
  await kube.remove('Deployment', namespace, NAME, text(obj(obj(there.value).metadata).uid));
  return found;
}

/** Labelled like an instance, but of no App, so no watch shows it. It satisfies every Pod Security Standard. */
function stranger(namespace: string): KubeObject {
  const labels = { [LABEL.instance]: NAME };
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const spec = {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ name: 'none', image: 'immutableapp.io/none:0', securityContext }],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace, labels },
    spec: { replicas: 0, progressDeadlineSeconds: 600, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

const REFUSED = /AdmissionPolicy 'immutableapp-.*Refused was "([^"]+)": if it is a controller/;

function answerIn(deployment: unknown): Acquaintance {
  const { conditions, observedGeneration } = obj(obj(deployment).status);
  const words = list(conditions)
    .filter(({ status, reason }) => status === 'False' && reason === 'ReplicaSetCreateError')
    .map(({ message }) => text(message))
    .join(' ');
  const user = REFUSED.exec(words)?.[1];
  if (user !== undefined) return { is: 'refused', user };
  return int(observedGeneration, 0) > 0 ? { is: 'known' } : SILENT;
}

// What tests look for in Rollouts of Argo Rollouts.
import { polled, type Place } from './harness.ts';

/** By which it tells the revisions of a Rollout apart. */
export const HASH = 'rollouts-pod-template-hash';

interface Seen {
  readonly metadata: { readonly generation: number };
  readonly status?: { readonly phase?: string; readonly observedGeneration?: string };
}

export const healthy = (place: Place, name: string): Promise<void> =>
  polled(`Rollout ${name} is Healthy`, async () => {
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${place.namespace}/rollouts/${name}`;
    const { metadata, status } = (await place.stage.cluster.call('GET', path)).body as Seen;
    return status?.phase === 'Healthy' && status.observedGeneration === String(metadata.generation);
  });

// The floor under a storm: as many Deployments as it brings up, made by the bench itself, until their pods are available. No operator has a
// part in it, nothing is versioned, no traffic moves and nothing is retired.
import type { Scene } from './scene.ts';

const LABEL = 'bench/alone';
const SECONDS_AT_MOST = 15 * 60;

interface DeploymentObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly replicas: number; readonly template: { readonly metadata: object; readonly spec: object } };
  readonly status?: { readonly availableReplicas?: number };
}

/** In seconds. */
export async function platformAlone({ client, signal, log }: Scene, keys: readonly string[]): Promise<number> {
  log(`${keys.length} Deployments of nobody, at once`);
  const [namespace = '', app = ''] = keys[0]!.split('/');
  const path = (place: string) => `/apis/apps/v1/namespaces/${place}/deployments`;
  const of = `labelSelector=${encodeURIComponent(`immutableapp.io/app=${app}`)}`;
  const [pattern] = await client.list<DeploymentObject>(`${path(namespace)}?${of}`);
  const { replicas, template } = pattern!.spec;
  const startedAt = performance.now();
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(SECONDS_AT_MOST * 1000)]);
  const create = async (key: string): Promise<void> => {
    const [place = '', name = ''] = key.split('/');
    const labels = { [LABEL]: name };
    await client.create(path(place), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `alone-${name}`, namespace: place, labels },
      spec: { replicas, selector: { matchLabels: labels }, template: { ...template, metadata: { labels } } },
    });
  };
  const made = Promise.all(keys.map(create));
  const left = new Set(keys.map((key) => `alone-${key.slice(key.indexOf('/') + 1)}`));
  try {
    for await (const { object } of client.watch(`/apis/apps/v1/deployments?labelSelector=${encodeURIComponent(LABEL)}`, until)) {
      const { metadata, status } = object as unknown as DeploymentObject;
      if (status?.availableReplicas === replicas) left.delete(metadata.name);
      if (left.size === 0) ended.abort();
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  }
  await made;
  return (performance.now() - startedAt) / 1000;
}

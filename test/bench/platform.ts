// The floor under a storm: as many Deployments as it brings up, made by the bench itself, until their pods are available. No operator has a
// part in it, nothing is versioned, no traffic moves and nothing is retired.
import { seenAll } from './client.ts';
import type { Scene } from './scene.ts';

const LABEL = 'bench/alone';
const SECONDS_AT_MOST = 15 * 60;

interface DeploymentObject {
  readonly metadata: { readonly namespace: string; readonly name: string };
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
  const until = AbortSignal.any([signal, AbortSignal.timeout(SECONDS_AT_MOST * 1000)]);
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
  const alone = keys.map((key) => key.replace('/', '/alone-'));
  const all = `/apis/apps/v1/deployments?labelSelector=${encodeURIComponent(LABEL)}`;
  const available = ({ status }: DeploymentObject) => status?.availableReplicas === replicas;
  await Promise.all([made, seenAll(client, { path: all, keys: alone, over: available }, until).done]);
  return (performance.now() - startedAt) / 1000;
}

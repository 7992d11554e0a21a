// Many Apps that nobody runs: status as the operator writes it, and no pods. For what only reads them.
import type { Cluster } from '../../deploy/local/cluster.ts';
import { API_VERSION, KIND } from '../../src/model/vocabulary.ts';
import { STATUS } from '../cli/given.ts';
import { adminOf, must } from '../cluster/admin.ts';

const NAMESPACES = 20;
const AT_ONCE = 32;

/** `web-0` in `team-0`, `web-1` in `team-1` and so on. */
export async function fill(cluster: Cluster, apps: number): Promise<void> {
  const admin = adminOf(cluster);
  for (let i = 0; i < NAMESPACES; i++)
    must(await admin.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `team-${String(i)}` } }));
  const one = async (i: number): Promise<void> => {
    const [namespace, name] = [`team-${String(i % NAMESPACES)}`, `web-${String(i)}`];
    const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image: 'example/web:2.4.1' }] } };
    const path = `/apis/${API_VERSION}/namespaces/${namespace}/immutableapps`;
    must(await admin.post(path, { apiVersion: API_VERSION, kind: KIND, metadata: { name, namespace }, spec: { template } }));
    const status = JSON.parse(JSON.stringify(STATUS).replaceAll('web-', `${name}-`)) as object;
    must(await admin.merge(`${path}/${name}/status`, { status: { ...status, observedGeneration: 1 } }));
  };
  const all = Array.from({ length: apps }, (_, i) => i);
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = all.pop(); next !== undefined; next = all.pop()) await one(next);
    }),
  );
  await admin.close();
}

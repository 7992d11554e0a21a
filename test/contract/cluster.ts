// The contract's real subject: a real API server with the real controllers and simulated nodes, without an operator and without policies.
// The port speaks under the operator's own ServiceAccount, people as administrators.
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../deploy/local/cluster.ts';
import { ok } from '../../src/model/failure.ts';
import type { Result } from '../../src/model/failure.ts';
import { systemClock } from '../../src/shell/clock.ts';
import { fromKubeconfig } from '../../src/shell/api/connection.ts';
import { classify, connect } from '../../src/shell/api/kube.ts';
import { adminOf, must, type Admin, type Answer } from '../cluster/admin.ts';
import { pathOf } from '../cluster/objects.ts';
import type { Stored, StoredKind } from '../world/store.ts';
import type { Human, News, Subject } from './subject.ts';

const POLL_MS = 50;
const DEADLINE_MS = 90_000;
const SHIPPED = ['crds/immutableapp.yaml', 'deploy/base/namespace.yaml', 'deploy/base/serviceaccount.yaml', 'deploy/base/rbac.yaml'];

export interface Reality {
  /** A namespace of its own. */
  subject(): Promise<Subject>;
  close(): Promise<void>;
}

/** Stops the cluster when it is closed. */
export async function openReality(cluster: Cluster): Promise<Reality> {
  const admin = adminOf(cluster);
  const closing: (() => Promise<void>)[] = [() => admin.close(), () => cluster.stop()];
  const close = async (): Promise<void> => {
    for (const end of closing) await end();
  };
  try {
    await ship(cluster);
    await polled('the CRD is served', async () => (await cluster.call('GET', pathOf('ImmutableApp'))).code === 200);
    const kubeconfig = await cluster.kubeconfigFor({ serviceAccount: 'immutableapp-system/immutableapp' });
    const port = connect({ connection: await fromKubeconfig({ files: [kubeconfig], clock: systemClock }) });
    closing.unshift(() => port.close());
    const watching = new AbortController();
    closing.unshift(() => {
      watching.abort();
      return Promise.resolve();
    });
    let places = 0;
    return {
      close,
      async subject() {
        const namespace = `contract-${String(++places)}`;
        must(await admin.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }));
        // Without its default account a namespace takes no pods.
        const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
        await polled(`${namespace} has an account`, async () => (await admin.get(account)).code === 200);
        const watch: Subject['watch'] = (kind, labelSelector) => watchOf(admin, kind, namespace, labelSelector, watching.signal);
        const end = async (): Promise<void> => {
          must(await admin.remove(`/api/v1/namespaces/${namespace}`));
        };
        return { namespace, port, human: humanOf(admin, namespace), until: polled, end, watch };
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ship(cluster: Cluster): Promise<void> {
  const { code, stderr } = await cluster.kubectl(['apply', '--server-side', ...SHIPPED.flatMap((file) => ['-f', file])]);
  if (code !== 0) throw new Error(stderr);
}

async function polled<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`not within ${String(DEADLINE_MS / 1000)} s: ${what}`);
    await delay(POLL_MS);
  }
}

async function watchOf(admin: Admin, kind: StoredKind, namespace: string, labelSelector: string | undefined, signal: AbortSignal) {
  const path = pathOf(kind, namespace);
  const { metadata } = must(await admin.get<{ metadata: { resourceVersion: string } }>(path));
  const told: News[] = [];
  const selecting = labelSelector === undefined ? '' : `&labelSelector=${encodeURIComponent(labelSelector)}`;
  const follow = async (): Promise<void> => {
    for await (const { type, object } of admin.watch(path, `${metadata.resourceVersion}${selecting}`, signal)) {
      if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') told.push({ type, object: object as Stored });
    }
  };
  // A case that waits for news fails at its deadline if they stop coming.
  void follow().catch(() => undefined);
  return told;
}

function humanOf(admin: Admin, namespace: string): Human {
  const result = <T>({ code, body }: Answer<T>): Result<T> => (code < 300 ? ok(body) : classify(code, JSON.stringify(body)));
  return {
    create: async (object) => result(await admin.post<Stored>(pathOf(object.kind as StoredKind, namespace), object)),
    merge: async (kind, name, patch, subresource) =>
      result(
        await admin.merge<Stored>(`${pathOf(kind, namespace, name)}${subresource === undefined ? '' : '/status'}`, patch, 'kubectl-edit'),
      ),
    remove: async (kind, name, propagationPolicy = 'Background') =>
      result(await admin.remove(pathOf(kind, namespace, name), { propagationPolicy })),
    async see(kind, name) {
      const { code, body } = await admin.get<Stored>(pathOf(kind, namespace, name));
      return code === 404 ? undefined : must({ code, body });
    },
    async list(kind) {
      const { items } = must(await admin.get<{ items: Stored[] }>(pathOf(kind, namespace)));
      return items;
    },
  };
}

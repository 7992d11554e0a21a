// Applications of Argo CD on a stage, each of which follows a folder of one repository, and what Argo CD says of them.
import { must } from '../cluster/admin.ts';
import { polled, type Stage } from '../cluster/harness.ts';
import type { Changes, Repository } from '../tools/git.ts';
import { NAMESPACE } from './install.ts';
import type { Servers } from './servers.ts';

const PATH = `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/applications`;
const REFRESH = 'argocd.argoproj.io/refresh';
const SEEN_MS = 60_000;

export type Mode = 'client-side' | 'server-side';
/** How it applies, and how it compares. */
const MODES: Readonly<Record<Mode, { readonly syncOptions: readonly string[]; readonly annotations: object }>> = {
  'client-side': { syncOptions: [], annotations: {} },
  'server-side': { syncOptions: ['ServerSideApply=true'], annotations: { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' } },
};

export interface Seen {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly status?: {
    readonly sync?: { readonly status: 'Synced' | 'OutOfSync' | 'Unknown'; readonly revision?: string };
    readonly health?: { readonly status: Health };
    readonly operationState?: {
      readonly phase: 'Running' | 'Succeeded' | 'Failed' | 'Error' | 'Terminating';
      readonly message?: string;
      readonly startedAt: string;
      readonly syncResult?: { readonly revision: string };
    };
  };
}
type Health = 'Healthy' | 'Degraded' | 'Progressing' | 'Suspended' | 'Missing' | 'Unknown';

export interface Argo {
  readonly stage: Stage;
  readonly repository: Repository;
  readonly servers: Servers;
}

/** By the names of their files, without the ending; null for one that goes. */
type Manifests = Readonly<Record<string, object | null>>;

export class Application {
  readonly name: string;
  readonly #argo: Argo;

  constructor(argo: Argo, name: string) {
    this.#argo = argo;
    this.name = name;
  }

  get #path(): string {
    return `${PATH}/${this.name}`;
  }

  /** Keeps a namespace as the folder of its name says, heals it and prunes. */
  manifest(namespace: string, mode: Mode = 'client-side', annotations: object = {}): object {
    const { syncOptions, annotations: compare } = MODES[mode];
    const finalizers = ['resources-finalizer.argocd.argoproj.io'];
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: this.name, namespace: NAMESPACE, finalizers, annotations: { ...compare, ...annotations } },
      spec: {
        project: 'default',
        source: { repoURL: this.#argo.repository.url, path: this.name, targetRevision: 'main' },
        destination: { server: 'https://kubernetes.default.svc', namespace },
        syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions },
      },
    };
  }

  /** Commits its first manifests and creates it. */
  async install(manifests: Manifests, namespace: string, mode?: Mode): Promise<Seen> {
    const revision = await this.#commit(manifests);
    must(await this.#argo.stage.admin.post(PATH, this.manifest(namespace, mode)));
    return this.#applied(revision);
  }

  /** Commits changes and waits until they have been applied. */
  async push(manifests: Manifests): Promise<Seen> {
    const revision = await this.begin(manifests);
    return this.#applied(revision);
  }

  /** Commits changes and waits until they are being applied. */
  async begin(manifests: Manifests): Promise<string> {
    const revision = await this.#commit(manifests);
    await this.compared();
    await this.until('applies the commit', ({ status }) => status?.operationState?.syncResult?.revision === revision);
    return revision;
  }

  #applied(revision: string): Promise<Seen> {
    return this.until('is as it is in Git', (seen) => isSynced(seen) && seen.status?.sync?.revision === revision);
  }

  #commit(manifests: Manifests): Promise<string> {
    return this.#argo.repository.commit(filesOf(this.name, manifests));
  }

  /** Has it look at Git and at the cluster now, and waits until it has. */
  async compared(): Promise<Seen> {
    must(await this.#argo.stage.admin.merge(this.#path, { metadata: { annotations: { [REFRESH]: 'normal' } } }));
    return this.until('was compared', ({ metadata }) => metadata.annotations?.[REFRESH] === undefined);
  }

  is(health: Health): Promise<Seen> {
    return this.until(`is ${health}`, ({ status }) => status?.health?.status === health);
  }

  async until(what: string, says: (seen: Seen) => boolean): Promise<Seen> {
    let last: Seen | undefined;
    const look = async (): Promise<boolean | string> => {
      const { code, body } = await this.#argo.stage.admin.get<Seen>(this.#path);
      last = code === 200 ? body : undefined;
      return (last !== undefined && says(last)) || `HTTP ${String(code)} ${JSON.stringify(body.status ?? {}).slice(0, 2000)}`;
    };
    try {
      await polled(`${this.name} ${what}`, look, SEEN_MS);
    } catch (error) {
      throw this.#argo.stage.explain(new Error(`${(error as Error).message}\n${this.#argo.servers.log()}`));
    }
    return last!;
  }
}

/** In the folder of an Application. */
export const filesOf = (folder: string, manifests: Manifests): Changes =>
  Object.fromEntries(
    Object.entries(manifests).map(([name, manifest]) => [`${folder}/${name}.json`, manifest && JSON.stringify(manifest, null, 2)]),
  );

/** What is there is what Git says, and nothing is being applied. */
export const isSynced = ({ status }: Seen): boolean => status?.sync?.status === 'Synced' && status.operationState?.phase === 'Succeeded';

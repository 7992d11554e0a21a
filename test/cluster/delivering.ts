// How Flux delivers what is in Git, and what it reports: a repository as a source of its, the reconciliations that somebody asks for, and the state of
// its Kustomizations.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Measured } from '../bench/measured.ts';
import { NAMESPACE, startController } from '../flux/controllers.ts';
import type { Controller, FluxPrograms } from '../tools/flux.ts';
import { openRepository, type Changes, type Repository } from '../tools/git.ts';
import { must } from './admin.ts';
import { polled, type OwnStage } from './harness.ts';

/** Flux looks at what it waits for every five seconds. */
export const FLUX_MS = 60_000;
const KUSTOMIZE = 'kustomize.toolkit.fluxcd.io/v1';
const SOURCE = 'source.toolkit.fluxcd.io/v1';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}
export interface Kustomization {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly lastAppliedRevision?: string;
    readonly lastAttemptedRevision?: string;
    readonly lastHandledReconcileAt?: string;
  };
}
export const said = ({ status }: Kustomization, type = 'Ready'): Condition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);
/** It has built what this commit says. */
export const isAt = ({ status }: Kustomization, commit: string): boolean => status?.lastAttemptedRevision?.endsWith(commit) === true;

const pathOf = (group: string, plural: string, name: string): string => `/apis/${group}/namespaces/${NAMESPACE}/${plural}/${name}`;

export class Delivery {
  readonly #stage: OwnStage;
  readonly #programs: FluxPrograms;
  readonly #running = new Map<Controller, Measured>();
  readonly #repositories: Repository[] = [];
  readonly #ended = new AbortController();
  #asked = 0;

  constructor(stage: OwnStage, programs: FluxPrograms) {
    this.#stage = stage;
    this.#programs = programs;
  }

  /** Starts a controller, or starts it anew. */
  async start(name: Controller, ...flags: string[]): Promise<void> {
    await this.#running.get(name)?.stop();
    this.#running.set(name, await startController(this.#stage.cluster, this.#programs, name, this.#ended.signal, flags));
  }

  async close(): Promise<void> {
    this.#ended.abort();
    for (const controller of this.#running.values()) await controller.stop();
    for (const repository of this.#repositories) await repository.close();
  }

  /** A repository as a GitRepository of Flux. What it returns commits, and returns the id of the commit once Flux has it. */
  async source(name: string): Promise<(changes: Changes) => Promise<string>> {
    const repository = await openRepository(join(this.#stage.cluster.directory, `${name}.git`));
    this.#repositories.push(repository);
    const path = pathOf(SOURCE, 'gitrepositories', name);
    const spec = { interval: '1h', url: repository.url, ref: { branch: 'main' } };
    let isThere = false;
    return async (changes) => {
      const commit = await repository.commit(changes);
      if (isThere) await this.#ask(path);
      else await this.#apply(SOURCE, 'GitRepository', name, spec);
      isThere = true;
      await this.#polled(`GitRepository ${name} has ${commit}`, async () => {
        const { status } = must(await this.#stage.admin.get<{ status?: { artifact?: { revision: string } } }>(path));
        return status?.artifact?.revision.endsWith(commit) === true || JSON.stringify(status);
      });
      return commit;
    };
  }

  /** An object of Flux. */
  async #apply(apiVersion: string, kind: string, name: string, spec: object): Promise<void> {
    const file = join(this.#stage.cluster.directory, `${kind}-${name}.json`);
    const object = { apiVersion, kind, metadata: { name, namespace: NAMESPACE }, spec };
    writeFileSync(file, JSON.stringify(object));
    await this.#stage.kubectl('apply', '-f', file);
  }

  /** A Kustomization that is made here. */
  kustomize(name: string, spec: object): Promise<void> {
    return this.#apply(KUSTOMIZE, 'Kustomization', name, spec);
  }

  async kustomization(name: string): Promise<Kustomization> {
    return must(await this.#stage.admin.get<Kustomization>(pathOf(KUSTOMIZE, 'kustomizations', name)));
  }

  /** Waits until a Kustomization is as said. */
  until(name: string, what: string, is: (seen: Kustomization) => boolean): Promise<void> {
    return this.#polled(`Kustomization ${name} ${what}`, async () => {
      const seen = await this.kustomization(name);
      return is(seen) || JSON.stringify(seen.status?.conditions);
    });
  }

  ready(name: string, commit: string): Promise<void> {
    const is = (seen: Kustomization): boolean =>
      said(seen)?.status === 'True' && seen.status?.lastAppliedRevision?.endsWith(commit) === true;
    return this.until(name, `is ready at ${commit}`, is);
  }

  /** Its Apps do not serve what the commit says, and it says so. */
  failed(name: string, commit: string): Promise<void> {
    const is = (seen: Kustomization): boolean =>
      said(seen)?.status === 'False' && said(seen)?.reason === 'HealthCheckFailed' && isAt(seen, commit);
    return this.until(name, `has failed at ${commit}`, is);
  }

  /** Has it reconcile, and does not wait for that. */
  reconcile(name: string): Promise<string> {
    return this.#ask(pathOf(KUSTOMIZE, 'kustomizations', name));
  }

  /** Has it reconcile once, and waits until it has. */
  async reconciled(name: string): Promise<void> {
    const token = await this.reconcile(name);
    await this.until(name, 'has reconciled once more', ({ status }) => status?.lastHandledReconcileAt === token);
  }

  /** As `flux reconcile` asks, and the receiver of a webhook. */
  async #ask(path: string): Promise<string> {
    const token = `asked-${String((this.#asked += 1))}`;
    must(await this.#stage.admin.merge(path, { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': token } } }));
    return token;
  }

  #polled(what: string, look: () => Promise<boolean | string>): Promise<void> {
    return polled(what, look, FLUX_MS).catch((error: unknown) => {
      const logs = [...this.#running.values()].map((controller) => controller.log());
      throw new Error([(error as Error).message, ...logs].join('\n--\n'), { cause: error });
    });
  }
}

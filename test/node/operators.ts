// The operator on the node: from its image, under the manifests that are shipped, with the rights and the restrictions of deploy/base.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { polled, SYSTEM, type Stage } from '../cluster/harness.ts';
import { must } from '../cluster/admin.ts';
import { pathOf, type Pod } from '../cluster/objects.ts';
import { containerdSocket } from './machine.ts';

const MANIFEST = 'deploy/base/deployment.yaml';
const NAME = 'immutableapp';
const READY_MS = 60_000;

interface Manifest {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly args?: readonly string[] }[] } };
  };
}

interface PodStatus {
  readonly containerStatuses?: readonly { readonly containerID?: string; readonly ready?: boolean }[];
}

export interface Wish {
  readonly image: string;
  readonly replicas?: number;
  readonly args?: readonly string[];
}

export class Operators {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Applies the shipped Deployment with this image, and waits until all of its pods are ready and no other is there. */
  async apply({ image, replicas = 1, args }: Wish): Promise<void> {
    const shipped = parse(readFileSync(MANIFEST, 'utf8')) as Manifest;
    const { spec } = shipped.spec.template;
    const [container] = spec.containers;
    const here = { ...container, image, imagePullPolicy: 'Never', ...(args && { args }) };
    const template = { ...shipped.spec.template, spec: { ...spec, containers: [here] } };
    const deployment = { ...shipped, spec: { ...shipped.spec, replicas, template } };
    must(await this.#stage.admin.apply(pathOf('Deployment', SYSTEM, NAME), deployment));
    await this.#stage.kubectl('rollout', 'status', `deployment/${NAME}`, '--namespace', SYSTEM, `--timeout=${READY_MS / 1000}s`);
    await this.ready(replicas);
  }

  /** All of them, once they are so many and all are ready. */
  async ready(replicas: number): Promise<Pod[]> {
    let pods: Pod[] = [];
    await polled(
      'the operators are those asked for',
      async () =>
        (pods = await this.pods()).length === replicas && pods.every(({ status }) => (status as PodStatus).containerStatuses?.[0]?.ready),
      READY_MS,
    );
    return pods;
  }

  async pods(): Promise<Pod[]> {
    const { items } = must(await this.#stage.admin.get<{ items: Pod[] }>(pathOf('Pod', SYSTEM)));
    return items;
  }

  /** The pod that holds the Lease. */
  async leader(): Promise<string> {
    const lease = must(await this.#stage.admin.get<{ spec: { holderIdentity?: string } }>(pathOf('Lease', SYSTEM, NAME)));
    return lease.spec.holderIdentity?.split('_')[0] ?? '';
  }

  /** Of the operator's own process, in the namespace of the processes that we are in. */
  async pid(name: string): Promise<number> {
    const pod = must(await this.#stage.admin.get<Pod>(pathOf('Pod', SYSTEM, name)));
    const id = (pod.status as PodStatus).containerStatuses?.[0]?.containerID?.replace('containerd://', '') ?? 'no container';
    const { stdout } = await promisify(execFile)('ctr', ['--address', containerdSocket, '--namespace', 'k8s.io', 'task', 'ls']);
    const line = stdout.split('\n').find((each) => each.startsWith(id));
    const pid = Number(line?.split(/\s+/)[1]);
    if (!(pid > 1)) throw new Error(`${name} runs nowhere: ${id}`);
    return pid;
  }

  /** Removes a pod whose container is dead: another one starts at once, where the same one would have to wait for its back-off. */
  async replace(name: string): Promise<void> {
    await this.#stage.admin.remove(pathOf('Pod', SYSTEM, name), { gracePeriodSeconds: 0 });
  }

  /** The last lines of what they say. */
  log(): Promise<string> {
    return this.#stage.kubectl('logs', '--namespace', SYSTEM, '--selector=app.kubernetes.io/name=immutableapp', '--tail=20').catch(String);
  }
}

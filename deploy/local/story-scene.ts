// Where the story plays: an embedded cluster of its own, or one of the user's. Either has the CRD, and an operator that runs here as
// a process of its own, under a service account with the rights that deploy/ ships and no others. Leaving a scene takes away
// everything that entering it brought, and nothing else.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseAllDocuments, stringify } from 'yaml';
import { until } from './api.ts';
import { findBinaries, VERSION } from './binaries.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { hold, type Held } from './control.ts';
import { runKubectl, type KubectlResult } from './kubectl.ts';
import { freePort } from './ports.ts';
import { lastLines, launch, type Command, type Program } from './process.ts';
import type { Log } from './progress.ts';

export interface Scene {
  readonly namespace: string;
  /** Of the administrator, or of the user. */
  readonly kubeconfig: string;
  /** As `npm run cluster -- --name` knows it, if it does. */
  readonly name: string | undefined;
  /** How long a line of the story may take to come true. */
  readonly deadlineMs: number;
  readonly kubectl: (...args: string[]) => Promise<KubectlResult>;
  /** Resolves when the scene cannot be played on: a program has ended, or somebody asked for the end (then undefined). */
  readonly broken: Promise<Error | undefined>;
  /** What the operator said last. */
  readonly operatorSaid: () => string;
  readonly leave: () => Promise<void>;
}

export interface Entering {
  /** Told when something has been done. */
  readonly tell: (text: string) => void;
  /** Progress of what takes long. */
  readonly log: Log;
  readonly signal: AbortSignal;
}

const CRD = 'crds/immutableapp.yaml';
const BASE = ['namespace', 'serviceaccount', 'rbac'].map((name) => `deploy/base/${name}.yaml`);
const POLICIES = 'deploy/policies';
const SYSTEM = 'immutableapp-system';
const ACCOUNT = 'immutableapp';
/** Long enough for a person to see a version come up beside the one that serves. */
const POD_READY_MS = 1000;
const SERVED_MS = 60_000;
const DEMO = 'immutableapp-demo';

export async function embeddedScene({ tell, log, signal }: Entering): Promise<Scene> {
  const held = await hold('demo'); // Absent if another demo runs: then this one has no name.
  let cluster: Cluster | undefined;
  let operator: Program | undefined;
  const leave = async (): Promise<void> => {
    await operator?.end();
    await cluster?.stop();
    await held?.release();
  };
  try {
    log('starting etcd, API server, controllers, scheduler and two simulated nodes…', true);
    cluster = await startCluster({ podsReadyAfterMs: POD_READY_MS, log, signal });
    announce(held, cluster);
    tell(`Kubernetes ${VERSION} is up: real API server and controllers, simulated nodes and pods`);
    log('installing the CRD, the rights of the operator and the admission policies…', true);
    const kubectl = (...args: string[]): Promise<KubectlResult> => cluster!.kubectl(args);
    await succeed(kubectl('apply', ...[CRD, ...BASE].flatMap((file) => ['-f', file])));
    await succeed(kubectl('apply', '-k', POLICIES));
    await served(kubectl, signal);
    const kubeconfig = await cluster.kubeconfigFor({ serviceAccount: `${SYSTEM}/${ACCOUNT}` });
    operator = await startOperator(kubeconfig, ['--lease-namespace', SYSTEM], cluster.directory, signal);
    tell(`The operator is up, a process of its own as service account ${SYSTEM}/${ACCOUNT}`);
    const { directory } = cluster;
    return {
      namespace: 'default',
      kubeconfig: cluster.kubeconfig,
      name: held && 'demo',
      deadlineMs: 60_000,
      kubectl,
      broken: Promise.race([cluster.failed, ended(operator), ...(held ? [held.stopAsked.then(() => undefined)] : [])]),
      operatorSaid: () => lastLines(logOf(directory)),
      leave,
    };
  } catch (error) {
    await leave();
    throw error;
  }
}

function announce(held: Held | undefined, { server, directory, kubeconfig, binaries }: Cluster): void {
  held?.announce({ server, directory, kubeconfig, binaries });
}

/** A context of the user's kubeconfig, as far as the story needs it. */
export interface Context {
  readonly name: string;
  readonly server: string;
  readonly directory: string;
  readonly kubeconfig: string;
  readonly kubectl: (args: readonly string[], input?: string) => Promise<KubectlResult>;
  /** What there is already decides what is brought, and what is taken away again. */
  readonly hasCrd: boolean;
  readonly hasOperator: boolean;
}

/** Reads the context and looks at its cluster; changes nothing there. */
export async function visit(name: string, log: Log): Promise<Context> {
  const installed = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;
  const command: Command = installed
    ? { file: 'kubectl', arguments: [], watchesParent: false }
    : (await findBinaries({ log })).command('kubectl');
  const directory = await mkdtemp(join(tmpdir(), 'immutableapp-demo-'));
  const kubeconfig = join(directory, 'kubeconfig');
  try {
    const view = ['config', 'view', '--minify', '--flatten', '--raw', '-o', 'json', '--context', name];
    const own = { kubeconfig: process.env.KUBECONFIG ?? join(process.env.HOME ?? '', '.kube/config'), directory };
    const shown = await succeed(runKubectl(command, view, own));
    await writeFile(kubeconfig, shown, { mode: 0o600 });
    const kubectl = (args: readonly string[], input = ''): Promise<KubectlResult> =>
      runKubectl(command, args, { kubeconfig, directory, input });
    const { clusters } = JSON.parse(shown) as Kubeconfig;
    if (await exists(kubectl, 'namespace', DEMO)) {
      throw new Error(`Namespace ${DEMO} exists on ${name} already. If it is left from an earlier demo: kubectl delete namespace ${DEMO}`);
    }
    const hasCrd = await exists(kubectl, 'crd', 'immutableapps.immutableapp.io');
    const hasOperator = hasCrd && (await exists(kubectl, 'deployment', ACCOUNT, '--namespace', SYSTEM));
    return { name, server: clusters[0]?.cluster.server ?? '', directory, kubeconfig, kubectl, hasCrd, hasOperator };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

export const forget = ({ directory }: Context): Promise<void> => rm(directory, { recursive: true, force: true });

/** What visiting a cluster for the story means, for the person who is asked. */
export const bringing = ({ hasCrd, hasOperator }: Context): string[] => [
  `a namespace ${DEMO}, with an App of three pods, some of its versions beside it`,
  ...(hasCrd ? [] : ['the CRD immutableapps.immutableapp.io']),
  ...(hasOperator ? [] : [`the operator, as a process on this machine; its rights end with the namespace`]),
];

/** Brings what is missing. Everything but the CRD lives in the demo's own namespace and goes with it. */
export async function foreignScene(context: Context, { tell, log, signal }: Entering): Promise<Scene> {
  const { directory, hasCrd, hasOperator } = context;
  const kubectl = (...args: string[]): Promise<KubectlResult> => context.kubectl(['--namespace', DEMO, ...args]);
  let operator: Program | undefined;
  const leave = async (): Promise<void> => {
    log(`removing namespace ${DEMO}…`, true);
    await operator?.end();
    const gone = await kubectl('delete', 'namespace', DEMO, '--ignore-not-found');
    // Not if somebody made Apps elsewhere meanwhile: they would go with it.
    const others = hasCrd ? '-' : (await kubectl('get', 'immutableapps', '--all-namespaces', '-o', 'name')).stdout;
    if (others.trim() === '') await kubectl('delete', 'crd', 'immutableapps.immutableapp.io', '--ignore-not-found');
    await forget(context);
    if (gone.code !== 0) throw new Error(`Namespace ${DEMO} could not be removed: ${gone.stderr.trim()}`);
  };
  try {
    if (!hasCrd) await succeed(kubectl('apply', '-f', CRD));
    await succeed(context.kubectl(['apply', '-f', '-'], await rights()));
    await served(kubectl, signal);
    if (!hasOperator) {
      const kubeconfig = await accountKubeconfig(context);
      operator = await startOperator(kubeconfig, ['--namespace', DEMO, '--lease-namespace', DEMO], directory, signal);
    }
    tell(
      hasOperator
        ? `The operator of ${context.name} plays its part; the story plays in namespace ${DEMO}`
        : `The operator is up: here, for namespace ${DEMO} of ${context.name} only, as service account ${DEMO}/${ACCOUNT}`,
    );
    return {
      namespace: DEMO,
      kubeconfig: context.kubeconfig,
      name: undefined,
      deadlineMs: 300_000, // Images are pulled.
      kubectl,
      broken: operator === undefined ? new Promise(() => undefined) : ended(operator),
      operatorSaid: () => (hasOperator ? `  kubectl logs --namespace ${SYSTEM} deployment/${ACCOUNT}` : lastLines(logOf(directory))),
      leave,
    };
  } catch (error) {
    await leave();
    throw error;
  }
}

interface Manifest {
  readonly kind: string;
  readonly rules?: unknown[];
}

/** The rights of deploy/base/rbac.yaml, in the demo's namespace instead of everywhere. */
async function rights(): Promise<string> {
  const shipped = parseAllDocuments(await readFile('deploy/base/rbac.yaml', 'utf8')).map((document) => document.toJS() as Manifest);
  const metadata = { name: ACCOUNT, namespace: DEMO };
  const group = 'rbac.authorization.k8s.io';
  const own = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: DEMO } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules: shipped.flatMap(({ rules = [] }) => rules) },
    {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'Role', name: ACCOUNT },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  ];
  return own.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');
}

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: { readonly server: string } }[];
  readonly contexts: readonly { readonly name: string; readonly context: object }[];
}

/** The same cluster, as the operator's service account. */
async function accountKubeconfig({ directory, kubeconfig, kubectl }: Context): Promise<string> {
  const token = await succeed(kubectl(['create', 'token', ACCOUNT, '--namespace', DEMO, '--duration=8h']));
  const { contexts, ...rest } = JSON.parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
  const as = contexts.map(({ name, context }) => ({ name, context: { ...context, user: ACCOUNT } }));
  const users = [{ name: ACCOUNT, user: { token: token.trim() } }];
  const path = join(directory, 'operator.kubeconfig');
  await writeFile(path, JSON.stringify({ ...rest, contexts: as, users }), { mode: 0o600 });
  return path;
}

const logOf = (directory: string): string => join(directory, 'operator.log');

/** Starts src/main.ts and returns when it has seen everything there is. */
async function startOperator(kubeconfig: string, flags: string[], directory: string, signal: AbortSignal): Promise<Program> {
  const port = await freePort();
  const arguments_ = ['src/main.ts', '--kubeconfig', kubeconfig, '--probe-port', `${port}`, '--log-format', 'pretty', ...flags];
  const program = launch('operator', { file: process.execPath, arguments: arguments_, watchesParent: false }, logOf(directory));
  const over = new AbortController();
  void program.ended.then(() => {
    over.abort();
  });
  try {
    await until(AbortSignal.any([signal, over.signal, AbortSignal.timeout(SERVED_MS)]), async () =>
      (await fetch(`http://127.0.0.1:${port}/readyz`)).ok ? true : undefined,
    );
    return program;
  } catch (error) {
    await program.end();
    signal.throwIfAborted();
    throw new Error(`The operator did not come up. Its last words:\n${lastLines(logOf(directory))}`, { cause: error });
  }
}

const ended = async (operator: Program): Promise<Error> => new Error(`The operator ${await operator.ended}.`);

/** A CRD is served a moment after it was accepted. */
async function served(kubectl: Scene['kubectl'], signal: AbortSignal): Promise<void> {
  const path = '/apis/immutableapp.io/v1alpha1/immutableapps?limit=1';
  await until(AbortSignal.any([signal, AbortSignal.timeout(SERVED_MS)]), async () => {
    if ((await kubectl('get', '--raw', path)).code === 0) return true;
    await delay(100);
    return undefined;
  });
}

async function exists(kubectl: Context['kubectl'], ...what: string[]): Promise<boolean> {
  return (await succeed(kubectl(['get', ...what, '--ignore-not-found', '-o', 'name']))).trim() !== '';
}

/** What kubectl printed; rejects in its own words if it failed. */
export async function succeed(running: Promise<KubectlResult>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(stderr.trim() || `kubectl failed with exit code ${code}`);
  return stdout;
}

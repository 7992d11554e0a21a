// npm run cluster: the embedded cluster for people. Standard output carries only what a shell may evaluate; everything told
// to a person goes to standard error.
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFile, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findBinaries, inFolder, VERSION } from './binaries.ts';
import { startCluster } from './cluster.ts';
import { find, hold, place, stop, type Running } from './control.ts';
import { kubectlEnvironment } from './kubectl.ts';
import { terminalLog } from './progress.ts';

const HELP = `A real Kubernetes ${VERSION} on this machine: etcd, API server, controllers, scheduler; nodes and pods are simulated.

Usage: npm run cluster -- [--name NAME] COMMAND [options]

  up            start it and run until Ctrl-C
    --detach        leave it running in the background instead
    --nodes N       simulated nodes, each for 4,000 pods (default 2)
    --ready-after MS    how long a pod takes to become ready (default 0)
    --audit         write a line per API request to audit.log
  down          end it and remove everything it wrote
  kubeconfig    print the path of its kubeconfig
  kubectl …     run kubectl on it

  --name NAME   which one, if you keep several (default "default")

Examples:
  eval "$(npm run --silent cluster -- up --detach)"     # sets KUBECONFIG
  npm run cluster -- kubectl get pods --all-namespaces
  npm run cluster -- --name second up --nodes 5 --audit
  npm run cluster -- down

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such cluster is up; kubectl's own for kubectl.
`;

const FAILED = 1;
const USAGE = 2;
const NOT_UP = 3;

const log = terminalLog();
const tell = (line: string): void => {
  log(line);
};
const exportLine = (kubeconfig: string): string => `export KUBECONFIG='${kubeconfig.replaceAll("'", `'\\''`)}'\n`;

interface Wanted {
  readonly name: string;
  readonly nodes: number;
  readonly readyAfterMs: number;
  readonly audit: boolean;
}

/** Aborted by the first Ctrl-C, SIGTERM or hang-up; later ones change nothing, as ending takes a moment only. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      controller.abort(new Error('Interrupted.'));
    });
  }
  return controller.signal;
}

async function up({ name, nodes, readyAfterMs, audit }: Wanted): Promise<number> {
  const signal = interruption();
  const held = await hold(name);
  if (held === undefined) {
    tell(`A cluster "${name}" is up already. See it with "kubeconfig", end it with "down", or choose another --name.`);
    return FAILED;
  }
  try {
    const start = performance.now();
    await using cluster = await startCluster({ nodes, podsReadyAfterMs: readyAfterMs, audit, log, signal });
    const kubeconfig = join(place(name), 'kubeconfig');
    await copyFile(cluster.kubeconfig, kubeconfig);
    const { server, directory } = cluster;
    held.announce({ server, directory, kubeconfig, binaries: cluster.binaries });
    tell(`Kubernetes ${VERSION} is up at ${server} after ${((performance.now() - start) / 1000).toFixed(1)} s. Ctrl-C ends it.`);
    process.stdout.write(exportLine(kubeconfig));
    const interrupted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
      if (signal.aborted) resolve();
    });
    const reason = await Promise.race([interrupted, held.stopAsked, cluster.failed]);
    if (reason !== undefined) throw reason;
  } finally {
    await held.release();
  }
  tell('Ended; nothing is left.');
  return 0;
}

async function detach(wanted: Wanted): Promise<number> {
  const { name } = wanted;
  const running = await find(name);
  if (running !== undefined) {
    tell(`A cluster "${name}" is up already at ${running.server}.`);
    process.stdout.write(exportLine(running.kubeconfig));
    return 0;
  }
  await findBinaries({ log }); // Here, where somebody watches.
  await mkdir(place(name), { recursive: true, mode: 0o700 });
  await using output = await open(join(place(name), 'log'), 'w+');
  const own = ['--nodes', wanted.nodes, '--ready-after', wanted.readyAfterMs].map(String);
  const args = [import.meta.filename, '--name', name, 'up', ...own, ...(wanted.audit ? ['--audit'] : [])];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', output.fd, output.fd] });
  const seen = await findWhileAlive(name, child);
  child.unref();
  if (seen === undefined) {
    // Its last act was to remove the file, but not from under us.
    const { buffer, bytesRead } = await output.read({ position: 0, buffer: Buffer.alloc(64 * 1024) });
    tell(`The cluster did not come up.\n${buffer.toString('utf8', 0, bytesRead).trimEnd()}`);
    return FAILED;
  }
  tell(`Kubernetes ${VERSION} is up at ${seen.server}. End it with: npm run cluster -- --name ${name} down`);
  process.stdout.write(exportLine(seen.kubeconfig));
  return 0;
}

async function findWhileAlive(name: string, child: ChildProcess): Promise<Running | undefined> {
  while (child.exitCode === null && child.signalCode === null) {
    const running = await find(name);
    if (running !== undefined) return running;
    await delay(50);
  }
  return undefined;
}

async function down(name: string): Promise<number> {
  if (!(await stop(name))) return notUp(name);
  tell(`Cluster "${name}" is gone.`);
  return 0;
}

async function kubeconfig(name: string): Promise<number> {
  const running = await find(name);
  if (running === undefined) return notUp(name);
  process.stdout.write(`${running.kubeconfig}\n`);
  return 0;
}

async function kubectl(name: string, args: readonly string[]): Promise<number> {
  const running = await find(name);
  if (running === undefined) return notUp(name);
  const command = inFolder(running.binaries).command('kubectl');
  const child = spawn(command.file, [...command.arguments, ...args], { stdio: 'inherit', env: kubectlEnvironment(running) });
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => {
      resolve(code ?? FAILED);
    });
  });
}

function notUp(name: string): number {
  tell(`No cluster "${name}" is up. Start one with: npm run cluster -- --name ${name} up`);
  return NOT_UP;
}

class Misuse extends Error {}

const OPTIONS = {
  name: { type: 'string', default: 'default' },
  nodes: { type: 'string', default: '2' },
  'ready-after': { type: 'string', default: '0' },
  audit: { type: 'boolean', default: false },
  detach: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false, short: 'h' },
} as const;

function read(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Misuse((error as Error).message);
  }
}

function natural(option: string, text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new Misuse(`--${option} wants a whole number, not "${text}".`);
  return Number(text);
}

async function run(argv: readonly string[]): Promise<number> {
  // Everything behind the word kubectl belongs to kubectl, options included.
  const at = argv.indexOf('kubectl');
  const { values, positionals } = read(argv.slice(0, at < 0 ? undefined : at + 1));
  const { name, help, detach: background, audit } = values;
  const [command, surplus] = positionals;
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) throw new Misuse(`--name wants lower-case letters, digits and dashes, not "${name}".`);
  if (surplus !== undefined) throw new Misuse(`What is "${surplus}"?`);
  const wanted = { name, audit, nodes: natural('nodes', values.nodes), readyAfterMs: natural('ready-after', values['ready-after']) };
  switch (command) {
    case 'up':
      return background ? detach(wanted) : up(wanted);
    case 'down':
      return down(name);
    case 'kubeconfig':
      return kubeconfig(name);
    case 'kubectl':
      return kubectl(name, argv.slice(at + 1));
    case undefined:
      throw new Misuse('A command is missing.');
    default:
      throw new Misuse(`There is no command "${command}".`);
  }
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const misused = error instanceof Misuse;
  tell(`${(error as Error).message}${misused ? ' See: npm run cluster -- --help' : ''}`);
  process.exitCode = misused ? USAGE : FAILED;
}

// npm run bench:gates: many Apps, each of which has its pod asked every five seconds by a gate after the switch, and what that costs the operator.
// On a real API server, with a real HTTP server behind the addresses of simulated pods: so in a network of its own, where they are this machine's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findBinaries } from '../../deploy/local/binaries.ts';
import { circumstances, command, entryOf, tell, whole } from './command.ts';
import { AS_IN_A_POD, startOperator, type Operator } from './operator.ts';
import { grid } from './report.ts';
import { rest, type Idle } from './run.ts';
import { createAll, onScene, quiet, through, type Scene, type SceneOptions } from './scene.ts';

const HELP = `Measures the operator while a gate of each of many Apps asks a pod every five seconds, and while no pod answers.

Usage: npm run bench:gates -- [options]

  --apps N         how many (default 1000)
  --seconds N      how long it is watched, each time (default 60)
  --answer MS      how long a pod takes to answer (default 20)
  --source         run src/main.ts as it is, and no bundle
  --json FILE      write everything as JSON, too
  --assert         exit with 1 if the loop was 50 ms late at p99, or more than 64 connections were open at once
  --help

Needs unshare and ip. Exit codes: 0 done, 1 failed or (with --assert) missed a number, 2 wrong usage, 130 interrupted.
`;
const INTERVAL_SECONDS = 5;
const LOOP_MS = 50;
/** At once: src/shell/gates/measuring.ts. The pod's end of a connection that was given up is closed a moment later. */
const CONNECTIONS = 64;
const LATE = 16;
/** Of all simulated pods: deploy/local/programs.ts. */
const PODS = '198.19.0.0/16';
const POD_PORT = 80;
const INSIDE = 'IMMUTABLEAPP_BENCH_NETWORK';

interface Wanted {
  readonly apps: number;
  readonly seconds: number;
  readonly answerMs: number;
  readonly source: boolean;
  readonly json: string | undefined;
  readonly assert: boolean;
}

interface Watched extends Idle {
  readonly what: string;
  readonly loopDelayMs: number;
  readonly rssMb: number;
  readonly asked: number;
  readonly mostConnections: number;
}

function read(args: string[]): Wanted | undefined {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args,
    options: {
      apps: text('1000'),
      seconds: text('60'),
      answer: text('20'),
      json: { type: 'string' },
      source: flag,
      assert: flag,
      help: flag,
    },
  });
  if (values.help) return undefined;
  return {
    apps: whole('--apps', values.apps, 1),
    seconds: whole('--seconds', values.seconds, 10),
    answerMs: whole('--answer', values.answer, 0),
    source: values.source ?? false,
    json: values.json,
    assert: values.assert ?? false,
  };
}

/** All pods: it answers after a while, or never. */
class Pods {
  readonly #server: Server;
  isSilent = false;
  asked = 0;
  most = 0;

  constructor(answerMs: number) {
    let open = 0;
    this.#server = createServer((_, response) => {
      this.asked++;
      if (!this.isSilent) setTimeout(() => response.end('ok'), answerMs);
    });
    this.#server.on('connection', (socket) => {
      this.most = Math.max(this.most, ++open);
      socket.on('close', () => open--);
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(POD_PORT, '0.0.0.0');
    await once(this.#server, 'listening');
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const HEALTHY = { name: 'healthy', http: { port: 'http', path: '/', intervalSeconds: INTERVAL_SECONDS, passes: 1000, failures: 1000 } };

/** All are created at once, and serve. */
async function create(scene: Scene, operator: Operator): Promise<void> {
  const { keys, observer } = scene;
  await createAll(scene, ({ promotion }) => ({ promotion: { ...promotion, after: [{ ...HEALTHY, timeoutSeconds: 86_400 }] } }));
  const says = (key: string) => observer.sight(key).says;
  await through(scene, { name: 'create', keys, measured: operator, says }, (until) =>
    observer.all(keys, ({ ready, calm }) => ready && calm, until),
  );
  await quiet(scene);
}

async function watch(scene: Scene, what: string, seconds: number, operator: Operator, pods: Pods): Promise<Watched> {
  tell(what);
  const before = pods.asked;
  pods.most = 0;
  await operator.read();
  const idle = await rest(scene, operator, seconds);
  const { loopDelayMs } = await operator.read();
  return { ...idle, what, loopDelayMs, rssMb: operator.memory().rssMb, asked: pods.asked - before, mostConnections: pods.most };
}

async function measure(scene: Scene & { readonly entry: string } & Wanted): Promise<Watched[]> {
  const { cluster, entry, signal, seconds, answerMs } = scene;
  // A lease that a busy machine loses would end it.
  const flags = ['--no-leader-elect'];
  const operator = await startOperator({ cluster, entry, mode: 'kubeconfig', nodeFlags: AS_IN_A_POD, flags, signal });
  const pods = new Pods(answerMs);
  try {
    await pods.listen();
    await create(scene, operator);
    const answering = await watch(scene, `each pod answers after ${answerMs} ms`, seconds, operator, pods);
    pods.isSilent = true;
    // What was asked before is answered, and all slots are held by who waits for nothing.
    await delay(2 * INTERVAL_SECONDS * 1000, undefined, { signal });
    return [answering, await watch(scene, 'no pod answers', seconds, operator, pods)];
  } catch (error) {
    if (!signal.aborted) tell(`the operator's last words:\n${operator.log()}`);
    throw error;
  } finally {
    pods.close();
    await operator.stop();
  }
}

const table = (all: readonly Watched[]): string =>
  grid([
    ['', ...all.map(({ what }) => what)],
    ['asked a second', ...all.map(({ asked, seconds }) => (asked / seconds).toFixed(1))],
    ['connections at once, most', ...all.map(({ mostConnections }) => String(mostConnections))],
    ['loop delay p99', ...all.map(({ loopDelayMs }) => `${loopDelayMs.toFixed(1)} ms`)],
    ['CPU', ...all.map(({ cpuPercent }) => `${cpuPercent.toFixed(1)} %`)],
    ['RSS', ...all.map(({ rssMb }) => `${rssMb.toFixed(0)} MB`)],
    [
      'calls but for the lease',
      ...all.map(
        ({ calls }) =>
          Object.entries(calls)
            .map(([what, n]) => `${n} × ${what}`)
            .join(', ') || 'none',
      ),
    ],
  ]);

async function main(wanted: Wanted, signal: AbortSignal): Promise<number> {
  const { apps, source, json, assert } = wanted;
  if (process.env[INSIDE] === undefined) return inNetwork(signal);
  const entry = await entryOf(source);
  const options: SceneOptions & { entry: string } & Wanted = { ...wanted, replicas: 1, entry, log: tell, signal };
  const all = await onScene(options, measure);
  process.stdout.write(`${apps} Apps, a gate each, every ${INTERVAL_SECONDS} s\n${table(all)}\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ ...circumstances(source), apps, all }, undefined, 2)}\n`);
  const isMissed = all.some(({ loopDelayMs, mostConnections }) => loopDelayMs >= LOOP_MS || mostConnections > CONNECTIONS + LATE);
  return assert && isMissed ? 1 : 0;
}

/** This program again, in a network that leads nowhere, where all addresses of pods are its own. */
async function inNetwork(signal: AbortSignal): Promise<number> {
  await findBinaries({ log: tell, signal }); // Where there still is a way out.
  const enter = `ip link set lo up && ip route add local ${PODS} dev lo && exec "$@"`;
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn('unshare', ['--net', ...user, 'sh', '-c', enter, 'sh', ...again], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: 'yes' },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

await command(HELP, read, main);

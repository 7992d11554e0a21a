// npm run bench:plugin: how long a person waits for the first screen of kubectl iapp, in a cluster with a thousand Apps. As somebody types it: a
// process each time, and nothing kept but what it keeps itself. The Apps have status as the operator writes it, and no pods: what is timed is the plugin
// and the API server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { median } from './command.ts';
import { crowded, type Crowd } from './crowded.ts';

const HELP = `Usage: npm run bench:plugin -- [--apps N] [--rounds N] [--beside FILE] [--assert]

Times the first screen of what people type at three in the morning (docs/recipes.md); --assert: exit code 1 if one takes longer than 300 ms.
--beside: another build of the plugin, timed in turns with this one. The floor: Node, one request for all Apps, and JSON.parse of the answer.
`;
const BUDGET_MS = 300;
/** Takes the kubeconfig of an embedded cluster, and no other. */
const FLOOR = `
const kubeconfig = require('node:fs').readFileSync(process.env.KUBECONFIG, 'utf8');
const [token, server] = [/token: (\\S+)/, /server: (\\S+)/].map((named) => named.exec(kubeconfig)[1]);
const headers = { authorization: 'Bearer ' + token, accept: 'application/json', 'accept-encoding': 'gzip' };
require('node:https').get(server + '/apis/immutableapp.io/v1alpha1/immutableapps?resourceVersion=0', { headers, rejectUnauthorized: false }, async (answer) => {
  const chunks = [];
  for await (const chunk of answer) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  const packed = answer.headers['content-encoding'] === 'gzip';
  console.log(JSON.parse(packed ? require('node:zlib').gunzipSync(all) : all).items.length);
  process.exit();
});
`;

/** For each card of docs/recipes.md the commands that it names, as far as they read, or show what they would write (test/docs.test.ts compares). */
export const CARDS: readonly (readonly string[])[] = [
  ['top', '-A'],
  ['top', '-A', '--behind'],
  ['status', 'web-0', '-n', 'team-0'],
  ['status', '-A'],
  ['why', 'web-0', '-n', 'team-0'],
  ['versions', 'web-0', '-n', 'team-0'],
  ['history', 'web-0', '-n', 'team-0'],
  ['back', 'web-0', '-n', 'team-0', '--dry-run'],
  ['go', 'web-0', '2.4.0', '-n', 'team-0', '--dry-run'],
  ['pin', 'web-0', '2.4.0', '-n', 'team-0', '--for', '4h', '--dry-run'],
  ['renew', 'web-0', '2.4.0', '-n', 'team-0', '--dry-run'],
  ['pause', 'web-0', '-n', 'team-0', '--dry-run'],
  ['resume', 'web-0', '-n', 'team-0', '--dry-run'],
  ['cool', 'web-0', '-n', 'team-0', '--dry-run'],
  ['wait', 'web-0', '-n', 'team-0'],
  ['audit', '-A'],
  ['warm', '-A'],
  ['doctor'],
];

/** Milliseconds from the start of the process to its first line. */
async function firstScreen(words: readonly string[], kubeconfig: string): Promise<number> {
  const begin = performance.now();
  const child = spawn(process.execPath, words, {
    // Of what the scripts of this project keep compiled, people have nothing.
    env: { ...process.env, KUBECONFIG: kubeconfig, NODE_COMPILE_CACHE: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
  const ms = performance.now() - begin;
  await ended;
  return ms;
}

const column = (ms: number, width: number): string => ms.toFixed(0).padStart(width);

async function measure({ cluster, file, beside, apps, rounds }: Crowd): Promise<boolean> {
  let slow = 0;
  const files = beside === undefined ? [file] : [file, beside];
  process.stdout.write(
    `${files.map(() => `${'ms, median'.padStart(10)} ${'least'.padStart(6)}`).join('  |')}  kubectl iapp …, ${String(apps)} Apps\n`,
  );
  const time = async (title: string, started: readonly (readonly string[])[]): Promise<number> => {
    const times = started.map((): number[] => []);
    for (let i = 0; i < rounds; i++)
      for (const [at, words] of started.entries()) times[at]!.push(await firstScreen(words, cluster.kubeconfig));
    process.stdout.write(`${times.map((all) => `${column(median(all), 10)} ${column(Math.min(...all), 6)}`).join('  |')}  ${title}\n`);
    return median(times[0]!);
  };
  await time(
    'the floor',
    files.map(() => ['-e', FLOOR]),
  );
  for (const words of [['--version'], ...CARDS]) {
    const ms = await time(
      words.join(' '),
      files.map((each) => [each, ...words]),
    );
    if (ms > BUDGET_MS) slow++;
  }
  return slow === 0;
}

if (import.meta.main) process.exitCode = await crowded({ help: HELP, apps: 1_000, measure });

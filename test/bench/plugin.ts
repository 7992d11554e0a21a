// npm run bench:plugin: how long a person waits for the first screen of kubectl iapp, in a cluster with a thousand Apps. As somebody types it: a
// process each time, nothing kept. The Apps have status as the operator writes it, and no pods: what is timed is the plugin and the API server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startCluster } from '../../deploy/local/cluster.ts';
import { plugin } from '../../scripts/build.ts';
import { shipped } from '../cluster/shipped.ts';
import { tell, whole } from './command.ts';
import { fill } from './crowd.ts';

const HELP = `Usage: npm run bench:plugin -- [--apps N] [--rounds N] [--assert]

Times the first screen of what people type at three in the morning (docs/recipes.md); --assert: exit code 1 if one takes longer than 300 ms.
`;
const BUDGET_MS = 300;

/** For each card of docs/recipes.md that reads, or that shows what it would write, the command that it names. */
const CARDS: readonly (readonly string[])[] = [
  ['top', '-A'],
  ['top', '-A', '--behind'],
  ['status', 'web-0', '-n', 'team-0'],
  ['status', '-A'],
  ['why', 'web-0', '-n', 'team-0'],
  ['versions', 'web-0', '-n', 'team-0'],
  ['history', 'web-0', '-n', 'team-0'],
  ['back', 'web-0', '-n', 'team-0', '--dry-run'],
  ['pin', 'web-0', '2.4.0', '-n', 'team-0', '--for', '4h', '--dry-run'],
  ['pause', 'web-0', '-n', 'team-0', '--dry-run'],
  ['wait', 'web-0', '-n', 'team-0'],
  ['audit', '-A'],
  ['warm', '-A'],
  ['doctor'],
];

/** Milliseconds from the start of the process to its first line. */
async function firstScreen(file: string, words: readonly string[], kubeconfig: string): Promise<number> {
  const begin = performance.now();
  const child = spawn(process.execPath, [file, ...words], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
  const ms = performance.now() - begin;
  await ended;
  return ms;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      apps: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '9' },
      assert: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const [apps, rounds] = [whole('--apps', values.apps, 1), whole('--rounds', values.rounds, 1)];
  const folder = mkdtempSync(join(tmpdir(), 'immutableapp-bench-'));
  const cluster = await startCluster({ nodes: 0 });
  try {
    await plugin(folder);
    await shipped()(cluster);
    await fill(cluster, apps);
    tell(`${String(apps)} Apps are there; load ${loadavg()[0]!.toFixed(1)}`);
    let slow = 0;
    process.stdout.write(`${'ms, median'.padStart(10)} ${'least'.padStart(6)}  kubectl iapp …, ${String(apps)} Apps\n`);
    for (const words of [['--version'], ...CARDS]) {
      const times: number[] = [];
      for (let i = 0; i < rounds; i++) times.push(await firstScreen(join(folder, 'kubectl-iapp'), words, cluster.kubeconfig));
      const middle = median(times);
      if (middle > BUDGET_MS) slow++;
      process.stdout.write(
        `${middle.toFixed(0).padStart(10)} ${Math.min(...times)
          .toFixed(0)
          .padStart(6)}  ${words.join(' ')}\n`,
      );
    }
    tell(`load ${loadavg()[0]!.toFixed(1)}`);
    return values.assert === true && slow > 0 ? 1 : 0;
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) process.exitCode = await main();

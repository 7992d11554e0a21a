// What measures the plugin in a cluster with many Apps: the arguments, the cluster, and how it ends.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Cluster } from '../../deploy/local/cluster.ts';
import { startCluster } from '../../deploy/local/cluster.ts';
import { plugin } from '../../scripts/build.ts';
import { shipped } from '../cluster/shipped.ts';
import { tell, whole } from './command.ts';
import { fill } from './crowd.ts';

export interface Crowd {
  readonly cluster: Cluster;
  /** The plugin, as it is shipped. */
  readonly file: string;
  /** Another build of it, to be timed in turns with this one: on a busy machine only what ran beside each other compares. */
  readonly beside: string | undefined;
  readonly apps: number;
  readonly rounds: number;
}

export interface Bench {
  readonly help: string;
  /** How many there are, unless the command line says so. */
  readonly apps: number;
  /** Rejects if it cannot be measured here. */
  readonly ready?: () => Promise<void>;
  /** Whether no budget was missed. */
  readonly measure: (crowd: Crowd) => Promise<boolean>;
}

/** The exit code: 1 if a budget was missed and --assert was given. */
export async function crowded({ help, apps: many, ready, measure }: Bench): Promise<number> {
  const { values } = parseArgs({
    options: {
      apps: { type: 'string', default: String(many) },
      rounds: { type: 'string', default: '9' },
      assert: { type: 'boolean' },
      beside: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  await ready?.();
  const [apps, rounds] = [whole('--apps', values.apps, 1), whole('--rounds', values.rounds, 1)];
  const folder = mkdtempSync(join(tmpdir(), 'immutableapp-bench-'));
  const cluster = await startCluster({ nodes: 0 });
  try {
    await plugin(folder);
    await shipped()(cluster);
    await fill(cluster, apps);
    tell(`${apps} Apps are there; load ${loadavg()[0]!.toFixed(1)}`);
    const kept = await measure({ cluster, file: join(folder, 'kubectl-iapp'), beside: values.beside, apps, rounds });
    tell(`load ${loadavg()[0]!.toFixed(1)}`);
    return values.assert === true && !kept ? 1 : 0;
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true });
  }
}

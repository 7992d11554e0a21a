// How a test file opens its stage, and closes it: a borrowed one, or, for a reason that it tells, one with an API server of its own.
import { basename } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { attach, type ClusterClient } from '../../deploy/local/client.ts';
import { startCluster } from '../../deploy/local/cluster.ts';
import { find } from '../../deploy/local/control.ts';
import { polled, SYSTEM, OwnStage, Stage, START_MS, type Judgement, type StageOptions } from './harness.ts';
import { LENT, OPTIONS } from './lending.ts';
import { pathOf } from './objects.ts';
import { shipped } from './shipped.ts';

/** For one test, unless it says otherwise: what it waits for has shorter deadlines, with words of their own. */
export const TEST_MS = 120_000;

interface Borrowed {
  readonly cluster: ClusterClient;
  /** With nothing in it of what was in these namespaces. */
  giveBack(namespaces: readonly string[]): Promise<void>;
}

async function borrow(): Promise<Borrowed> {
  const { [LENT]: lent, JEST_WORKER_ID: worker = '1' } = process.env;
  if (lent === undefined) {
    const cluster = await startCluster(OPTIONS);
    await shipped()(cluster);
    return { cluster, giveBack: () => cluster.stop() };
  }
  const running = await find(`${lent}-${worker}`);
  if (running === undefined) throw new Error(`the API server that worker ${worker} is lent did not start`);
  const cluster = await attach(running);
  await left(cluster);
  return {
    cluster,
    giveBack: async (namespaces) => {
      for (const namespace of namespaces) await cluster.call('DELETE', `/api/v1/namespaces/${namespace}`);
      await cluster.disconnect();
    },
  };
}

/** The file before has left: its Apps are gone, and so is the Lease of its operator, which was killed. */
async function left(cluster: ClusterClient): Promise<void> {
  const isEmpty = async (): Promise<boolean> => {
    const { code, body } = await cluster.call('GET', pathOf('ImmutableApp'));
    return code === 200 && (body as { items: readonly object[] }).items.length === 0;
  };
  await polled('no App of another file is there', isEmpty, 60_000);
  await cluster.call('DELETE', pathOf('Lease', SYSTEM, 'immutableapp'));
}

/**
 * Opens a stage before the tests of this file, and does `begin`; closes it after them and looks whether the operator kept its promises: of
 * what was published nothing was edited, no Secret was read, and nothing was tried that it may not do.
 */
export function openStage(begin?: (stage: Stage) => unknown, judgement: Judgement = {}): Stage {
  const stage = new Stage(basename(expect.getState().testPath ?? 'place', '.test.ts'));
  let borrowed: Borrowed | undefined;
  beforeAll(async () => {
    borrowed = await borrow();
    await stage.enter(borrowed.cluster);
    await begin?.(stage);
  }, START_MS);
  afterAll(async () => {
    try {
      await stage.expectPromisesKept(judgement);
    } finally {
      await stage.close();
      await borrowed?.giveBack(stage.namespaces);
    }
  });
  return stage;
}

export interface Own extends StageOptions, Judgement {
  /** Why it cannot borrow. */
  readonly because: string;
  /** Whether it looks at the audit log in the end, for which the API server must be there. Default true. */
  readonly judged?: boolean;
}

/** The same on an API server of its own. */
export function openOwnStage(
  { because: _, refusals = false, judged = true, ...options }: Own,
  begin?: (stage: OwnStage) => unknown,
): OwnStage {
  const stage = new OwnStage();
  beforeAll(async () => {
    await stage.build(options);
    await begin?.(stage);
  }, START_MS);
  afterAll(async () => {
    try {
      if (judged) await stage.expectPromisesKept({ refusals });
    } finally {
      await stage.close();
    }
  });
  return stage;
}

// The page of kubectl iapp dashboard beside the story: in it, the story can be watched as it happens. A process of its own, which ends with ours.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { until } from './api.ts';
import { launch } from './process.ts';
import type { Scene } from './story-scene.ts';

export interface StoryPage {
  /** It opens once, in one browser. */
  readonly address: string;
  readonly end: () => Promise<void>;
}

const PRINTED_MS = 15_000;

/** Undefined if it does not come up: the story is told without it. */
export async function openPage({ kubeconfig, namespace }: Scene, signal: AbortSignal): Promise<StoryPage | undefined> {
  const log = join(dirname(kubeconfig), 'page.log');
  const arguments_ = ['src/cli/main.ts', 'dashboard', '-n', namespace];
  const command = { file: process.execPath, arguments: arguments_, watchesParent: false, environment: { KUBECONFIG: kubeconfig } };
  const program = launch('page', command, log);
  const over = new AbortController();
  void program.ended.then(() => {
    over.abort();
  });
  try {
    const address = await until(AbortSignal.any([signal, over.signal, AbortSignal.timeout(PRINTED_MS)]), () =>
      Promise.resolve(/http:\S+/.exec(readFileSync(log, 'utf8'))?.[0]),
    );
    return { address, end: () => program.end() };
  } catch {
    await program.end();
    return undefined;
  }
}

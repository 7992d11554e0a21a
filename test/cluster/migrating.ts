// What `kubectl iapp migrate` prints for a workload of a cluster: the file that people apply, and the steps that they type.
import { readFile, writeFile } from 'node:fs/promises';
import { expect } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { run } from '../../src/cli/plugin.ts';
import type { ClusterClient } from '../../deploy/local/client.ts';
import type { Place } from './harness.ts';

export interface Printed {
  readonly steps: readonly { readonly does: string; readonly commands: readonly string[] }[];
  readonly checks?: readonly { readonly ok: boolean; readonly says: string }[];
}

async function printed(kubeconfig: string, words: readonly string[]): Promise<string> {
  const written = { out: '', err: '' };
  const ended = await run(COMMANDS, [...words, '--kubeconfig', kubeconfig], {
    out: { write: (text: string) => (written.out += text) },
    err: { write: (text: string) => (written.err += text) },
    environment: {},
    signal: new AbortController().signal,
    now: Date.now,
    read: (path) => readFile(path, 'utf8'),
    ask: () => Promise.resolve(undefined),
  });
  expect({ ended, err: written.err }).toEqual({ ended: EXIT.done, err: '' });
  return written.out;
}

/** Writes `file`, and returns the rest. `words`: the workload, and flags. */
export async function migrate(
  { kubeconfig }: Pick<ClusterClient, 'kubeconfig'>,
  namespace: string,
  file: string,
  ...words: readonly string[]
): Promise<Printed> {
  const all = ['migrate', ...words, '-n', namespace];
  await writeFile(file, await printed(kubeconfig, all));
  return JSON.parse(await printed(kubeconfig, [...all, '-o', 'json'])) as Printed;
}

/** The fewest ready endpoints that a Service has had at any moment since it had `size`, over all its slices. */
export function fewest(place: Place, service: string, size: number): number {
  const ready = new Map<string, number>();
  const counts: number[] = [];
  for (const { name, gone, object } of place.history('EndpointSlice')) {
    if (object.metadata.labels?.['kubernetes.io/service-name'] !== service) continue;
    const endpoints = gone ? [] : (object.endpoints ?? []);
    ready.set(name, endpoints.filter(({ conditions }) => conditions.ready === true).length);
    counts.push([...ready.values()].reduce((sum, each) => sum + each, 0));
  }
  const first = counts.findIndex((count) => count >= size);
  return first < 0 ? 0 : Math.min(...counts.slice(first));
}

// What `kubectl iapp migrate` prints for a workload of a cluster: the file that people apply, and the steps that they type.
import { readFile, writeFile } from 'node:fs/promises';
import { expect } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { run } from '../../src/cli/plugin.ts';
import type { ClusterClient } from '../../deploy/local/client.ts';
import type { Place } from './harness.ts';

interface Lines {
  readonly does: string;
  readonly commands: readonly string[];
}

export interface Printed {
  readonly steps: readonly (Lines & { readonly back?: Lines })[];
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

/** When a Service has had fewer ready endpoints than `size`, over all its slices, since it first had them; and what it selected then. */
export function shortages(place: Place, service: string, size: number): string[] {
  const ready = new Map<string, number>();
  const moments: { readonly count: number; readonly version: number; readonly at: number }[] = [];
  for (const { name, gone, object, version, at } of place.history('EndpointSlice')) {
    if (object.metadata.labels?.['kubernetes.io/service-name'] !== service) continue;
    const endpoints = gone ? [] : (object.endpoints ?? []);
    ready.set(name, endpoints.filter(({ conditions }) => conditions.ready === true).length);
    moments.push({ count: [...ready.values()].reduce((sum, each) => sum + each, 0), version, at });
  }
  const first = moments.findIndex(({ count }) => count >= size);
  if (first < 0) return [`never had ${String(size)}`];
  const selections = place.history('Service', service);
  return moments
    .slice(first)
    .filter(({ count }) => count < size)
    .map(({ count, version, at }) => {
      const last = selections.findLast((write) => write.version < version);
      return `${String(count)} ready, ${(at - (last?.at ?? at)).toFixed(0)} ms after it came to select ${JSON.stringify(last?.object.spec.selector)}`;
    });
}

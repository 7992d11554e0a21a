// A team on its way into an App, or out, under load: its workload as it was before, and the lines that the plugin prints, typed one after the other.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../src/cli/documents.ts';
import { leave } from '../../src/cli/migrate/leave.ts';
import { migrate, type Printed } from '../cluster/migrating.ts';
import { typed } from '../cluster/shell.ts';
import type { Site } from './sites.ts';
import { APP, type Theatre } from './theatre.ts';

export type Steps = Printed['steps'];

/** What is printed for a workload, written into `file`; an App of it calls its version so. */
export async function printed(theatre: Theatre, file: string, workload: string, version?: string): Promise<Steps> {
  const { cluster } = theatre.stage;
  const path = join(cluster.directory, file);
  const { steps } = await migrate(cluster, theatre.place.namespace, path, workload);
  if (version !== undefined) await writeFile(path, (await readFile(path, 'utf8')).replace(/^spec:$/m, `spec:\n  version: ${version}`));
  return steps;
}

export async function walk({ stage }: Theatre, steps: Steps): Promise<void> {
  for (const { commands } of steps) await typed(stage.cluster, commands);
}

export async function apply({ stage, place }: Theatre, ...objects: readonly object[]): Promise<void> {
  const file = join(stage.cluster.directory, 'objects.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  await stage.kubectl('apply', '-n', place.namespace, '-f', file);
}

/** A site as somebody has it who has no App: ConfigMaps and a Deployment. */
export function deployed(
  theatre: Theatre,
  site: Site,
): { readonly config: readonly object[]; readonly deployment: { readonly spec: object } } {
  const objects = leave(theatre.place.app(theatre.spec(site), APP) as Manifest).objects;
  return { config: objects.slice(0, -1), deployment: objects.at(-1) as never };
}

// Secrets that versions need: whether they are there, by their metadata and with the rights of who asks. No value travels, and without the right
// nothing is said.
import { referencesOf } from '../model/references.ts';
import type { VersionStatus } from '../model/spec.ts';
import { title, type AppObject } from './apps.ts';
import type { Context } from './command.ts';
import { recorded } from './differences.ts';
import { Complaint, EXIT } from './exit.ts';
import { pathOf } from './paths.ts';

/** Names of the Secrets that a version refers to; none where its record cannot be read. */
export async function secretsOf(context: Context, app: AppObject, { id }: VersionStatus): Promise<readonly string[]> {
  const contents = await recorded(context, app, id).catch((error: unknown) => {
    if (error instanceof Complaint && error.exit === EXIT.failed) return undefined;
    throw error;
  });
  if (contents === undefined) return [];
  return referencesOf(contents.template, new Set(contents.config.map(({ name }) => name))).secrets;
}

/** Before a write that lets a version serve: a line for each Secret without which its next pods do not start. */
export async function secretsGone(context: Context, app: AppObject, version: VersionStatus): Promise<string[]> {
  const names = await namesGone(context, app, version);
  return names.map((name) => `! Secret ${name} is not there: no pod of ${title(version)} starts without it`);
}

/** Names of Secrets that a version refers to and that are not there; none where nobody may look. */
export async function namesGone(context: Context, app: AppObject, version: VersionStatus): Promise<string[]> {
  const cluster = await context.cluster();
  try {
    const names = await secretsOf(context, app, version);
    const there = await Promise.all(names.map((name) => cluster.isThere(pathOf('Secret', app.metadata.namespace, name))));
    return names.filter((_, i) => there[i] === false);
  } catch (error) {
    if (error instanceof Complaint && error.exit !== EXIT.away) return [];
    throw error;
  }
}

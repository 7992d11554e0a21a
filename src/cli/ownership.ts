// Who keeps a field: what Git says of it is put back by who applies Git, so that a write here would not last. Pure.
import type { AppObject } from './apps.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const ARGO_CLIENT_SIDE = 'argocd-controller';

/** Steps into `spec` or `metadata.annotations`, as managedFields and a manifest have them. */
export type Path = readonly string[];

/** Who applies a manifest that says this field; undefined when nobody does, and it may be written here. */
export function keeperOf({ metadata }: AppObject, path: Path): string | undefined {
  const applier = (metadata.managedFields ?? []).find(
    ({ operation, subresource, fieldsV1 }) => operation === 'Apply' && (subresource ?? '') === '' && owns(fieldsV1, path),
  );
  if (applier !== undefined) return applier.manager ?? 'a server-side apply';
  const manifest = parsed(metadata.annotations?.[LAST_APPLIED]);
  if (!says(manifest, path)) return undefined;
  const client = (metadata.managedFields ?? []).find(({ manager }) => manager === ARGO_CLIENT_SIDE);
  return client?.manager ?? 'kubectl apply';
}

function owns(fields: unknown, path: Path): boolean {
  let at: unknown = fields;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !(`f:${step}` in at)) return false;
    at = (at as Readonly<Record<string, unknown>>)[`f:${step}`];
  }
  return true;
}

function says(manifest: unknown, path: Path): boolean {
  let at: unknown = manifest;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !(step in at)) return false;
    at = (at as Readonly<Record<string, unknown>>)[step];
  }
  return at !== undefined && at !== null;
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

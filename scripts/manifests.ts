// Makes deploy/install.yaml out of deploy/base: the files its kustomization.yaml lists, in that order, as they are. No kustomize is
// needed for that as long as the base transforms nothing, which is checked here.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BASE = 'deploy/base';
const HEADER = `# Everything the operator needs, in one file: kubectl apply --server-side -f deploy/install.yaml
# GENERATED from ${BASE} by \`npm run generate\`: edit there.
`;

/** Paths of the manifests of a kustomization, from the root of the repository, folders among its resources followed. */
export async function resourcesOf(folder: string): Promise<string[]> {
  const file = join(folder, 'kustomization.yaml');
  const { resources = [], apiVersion: _a, kind: _k, ...rest } = parse(await readFile(join(ROOT, file), 'utf8')) as Kustomization;
  const others = Object.keys(rest);
  if (others.length > 0)
    throw new Error(`${file} sets ${others.join(', ')}: install.yaml is made by concatenation, so only resources may be`);
  const nested = resources.map(async (name) => {
    const path = join(folder, name);
    return name.endsWith('.yaml') ? [path] : resourcesOf(path);
  });
  return (await Promise.all(nested)).flat();
}

interface Kustomization {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resources?: readonly string[];
  readonly [other: string]: unknown;
}

export async function install(): Promise<string> {
  const files = await resourcesOf(BASE);
  const texts = await Promise.all(files.map((file) => readFile(join(ROOT, file), 'utf8')));
  return HEADER + texts.map((text) => `---\n${text}`).join('');
}

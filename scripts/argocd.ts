// Argo CD's settings for an ImmutableApp, as a ConfigMap to apply: the scripts of deploy/argocd/resource_customizations, which lie there as Argo CD
// itself has them, so that they can be proposed to it as they are.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = 'deploy/argocd/resource_customizations/immutableapp.io/ImmutableApp';
const SETTING = 'resource.customizations';
const KIND = 'immutableapp.io_ImmutableApp';
const HEADER = `# Health and actions of an ImmutableApp in Argo CD: kubectl patch configmap argocd-cm -n argocd --type=merge --patch-file=deploy/argocd/argocd-cm.yaml
# It adds two keys, and leaves all others alone. GENERATED from ${FOLDER} by \`npm run generate\`: edit there.
`;

const script = (...path: readonly string[]): Promise<string> => readFile(join(ROOT, FOLDER, ...path), 'utf8');

export async function argocd(): Promise<string> {
  const entries = await readdir(join(ROOT, FOLDER, 'actions'), { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && entry.name !== 'testdata').map(({ name }) => name);
  const definitions = await Promise.all(
    names.toSorted().map(async (name) => ({ name, 'action.lua': await script('actions', name, 'action.lua') })),
  );
  const actions = { 'discovery.lua': await script('actions', 'discovery.lua'), definitions };
  const data = {
    [`${SETTING}.health.${KIND}`]: await script('health.lua'),
    [`${SETTING}.actions.${KIND}`]: stringify(actions, { lineWidth: 0 }),
  };
  return (
    HEADER +
    stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-cm', namespace: 'argocd' }, data }, { lineWidth: 0 })
  );
}

// What the Helm chart has of deploy/ and crds/: copies, so that nothing is written twice. Its templates read them as text and put the
// namespace of the release where `immutableapp-system` is written; what depends on values is a file of its own.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { resourcesOf } from './manifests.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = 'charts/immutableapp/generated';

interface Part {
  /** In the chart. */
  readonly name: string;
  readonly from: () => readonly string[] | Promise<readonly string[]>;
  /** Which documents; all if not said. */
  readonly only?: (document: Manifest) => boolean;
  readonly change?: (text: string) => string;
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const IDENTITIES = 'deploy/policies/identities.yaml';
const RBAC = 'deploy/base/rbac.yaml';
const everywhere = ({ kind, metadata }: Manifest): boolean => kind === 'ClusterRoleBinding' && metadata.name === 'immutableapp';

const PARTS: readonly Part[] = [
  { name: 'crd', from: () => ['crds/immutableapp.yaml'], change: kept },
  { name: 'identities', from: () => [IDENTITIES] },
  { name: 'policies', from: async () => (await resourcesOf('deploy/policies')).filter((file) => file !== IDENTITIES) },
  { name: 'hands-off', from: () => ['deploy/policies/optional/hands-off.yaml'] },
  { name: 'digests', from: () => ['deploy/policies/floor/digests.yaml'] },
  { name: 'people', from: () => ['deploy/base/people.yaml'] },
  { name: 'rights', from: () => [RBAC], only: (document) => !everywhere(document) },
  { name: 'everywhere', from: () => [RBAC], only: everywhere },
  { name: 'somewhere', from: () => ['deploy/namespaced/rolebinding.yaml'] },
  { name: 'budget', from: () => ['deploy/base/budget.yaml'] },
  { name: 'service', from: () => ['deploy/base/service.yaml'] },
  { name: 'page', from: () => ['serviceaccount', 'rbac', 'service'].map((each) => `deploy/page/${each}.yaml`) },
  { name: 'page-everywhere', from: () => ['deploy/page/everywhere.yaml'] },
  { name: 'page-somewhere', from: () => ['deploy/page/somewhere.yaml'] },
];

/** Uninstalling the chart leaves the CRD: with it would go every App, and all that they run. */
function kept(crd: string): string {
  const head = 'metadata:\n  name: immutableapps.immutableapp.io\n';
  if (!crd.includes(head)) throw new Error(`the CRD's metadata is no longer just its name: scripts/chart.ts adds an annotation to it`);
  return crd.replace(head, `${head}  annotations:\n    helm.sh/resource-policy: keep\n`);
}

async function copy({ from, only = () => true, change = (text) => text }: Part): Promise<string> {
  const files = await from();
  const texts = await Promise.all(files.map((file) => readFile(join(ROOT, file), 'utf8')));
  const documents = texts.flatMap((text) => text.split(/^---\n/m)).filter((text) => only(parse(text) as Manifest));
  const header = `# GENERATED from ${files.length === 1 ? files[0]! : `${dirname(files[0]!)}/`} by \`npm run generate\`: edit there.\n`;
  return header + change(documents.join('---\n'));
}

/** Its generated files, by path. */
export const chart = PARTS.map((part) => ({ file: `${FOLDER}/${part.name}.yaml`, make: () => copy(part) }));

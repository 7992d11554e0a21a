// Writes every generated file of this repository, or with --check says which of them are out of date. A new one is one entry
// in ARTEFACTS. It reads and writes only files of this repository; --refresh alone reads what it is told to.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { COMMANDS } from '../src/cli/commands.ts';
import { page } from '../src/cli/page.ts';
import { argocd } from './argocd.ts';
import { chart } from './chart.ts';
import { fetchOpenApi, podTemplateSchema, yamlLines, type PodTemplateInput } from './crd-template.ts';
import { schemaModule } from './crd-schema.ts';
import { typesOf } from './crd-types.ts';
import { install } from './manifests.ts';
import { pageModule } from './page.ts';

/** A generated file: its path from the root of the repository, and the text it should have. */
interface Artefact {
  file: string;
  make: () => Promise<string>;
}

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CRD = 'crds/immutableapp.yaml';
const INPUT = 'crds/podtemplate.openapi.json';

const ARTEFACTS: readonly Artefact[] = [
  { file: CRD, make: crd },
  { file: 'src/model/spec.ts', make: async () => typesOf(await crd()) },
  { file: 'src/cli/lint/crd.ts', make: async () => schemaModule(await crd()) },
  { file: 'src/cli/dashboard/assets.ts', make: pageModule },
  { file: 'deploy/install.yaml', make: install },
  { file: 'deploy/argocd/argocd-cm.yaml', make: argocd },
  { file: 'docs/kubectl-iapp.md', make: () => Promise.resolve(page(COMMANDS)) },
  ...chart,
];

const HELP = `Usage: npm run generate -- [--check] [--refresh FILE|URL]

Writes the generated files: ${ARTEFACTS.map(({ file }) => file).join(', ')}.

  --check           write nothing; exit 1 if a committed file differs from what would be written
  --refresh PLACE   first renew ${INPUT} from an OpenAPI v3 document of apps/v1:
                    a file (api/openapi-spec/v3/apis__apps__v1_openapi.json in Kubernetes' sources)
                    or a URL (…/openapi/v3/apis/apps/v1 of an API server, through kubectl proxy)
  --help            this text
`;

/** The CRD as committed, with the pod template between its marks made anew. */
async function crd(): Promise<string> {
  const input = JSON.parse(await readFile(join(ROOT, INPUT), 'utf8')) as PodTemplateInput;
  const marks = /^( *)# GENERATED pod template: begin.*\n(?:.*\n)*? *# GENERATED pod template: end\n/m;
  const committed = await readFile(join(ROOT, CRD), 'utf8');
  if (!marks.test(committed)) throw new Error(`${CRD} has lost its "# GENERATED pod template: begin" and "end" marks`);
  return committed.replace(marks, (_whole, indent: string) => {
    const lines = yamlLines(podTemplateSchema(input), indent.length);
    return `${indent}# GENERATED pod template: begin (${input.source})\n${lines}${indent}# GENERATED pod template: end\n`;
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, refresh: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.refresh !== undefined) {
    await writeFile(join(ROOT, INPUT), `${JSON.stringify(await fetchOpenApi(values.refresh), null, 1)}\n`);
  }
  const stale: string[] = [];
  for (const { file, make } of ARTEFACTS) {
    const wanted = await make();
    const committed = await readFile(join(ROOT, file), 'utf8').catch(() => '');
    if (wanted === committed) continue;
    stale.push(file);
    if (values.check) continue;
    await mkdir(dirname(join(ROOT, file)), { recursive: true });
    await writeFile(join(ROOT, file), wanted);
  }
  if (!values.check) {
    process.stdout.write(stale.length === 0 ? 'Every generated file is up to date.\n' : `Wrote ${stale.join(', ')}.\n`);
    return 0;
  }
  if (stale.length === 0) return 0;
  process.stderr.write(`Out of date: ${stale.join(', ')}. Run \`npm run generate\` and commit the result.\n`);
  return 1;
}

process.exitCode = await main();

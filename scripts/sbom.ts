// The bill of materials of the bundle, with the page and what a browser is sent of it, CycloneDX as JSON: what npm says of the installed
// packages, less those of which nothing ended up in the bundle. Says nothing of the base of an image: its own scanner does.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundle } from './build.ts';
import { pageInputs } from './page.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const run = promisify(execFile);

interface Bom {
  readonly metadata: {
    readonly component: { readonly 'bom-ref': string; readonly [other: string]: unknown };
    readonly [other: string]: unknown;
  };
  readonly components: readonly { readonly 'bom-ref': string; readonly name: string; readonly version: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  readonly [other: string]: unknown;
}

/** `name@version` of each package of which something is in the bundle. */
async function bundled(): Promise<ReadonlySet<string>> {
  const all = await Promise.all([bundle(join(ROOT, 'dist'), false), pageInputs()]);
  const inputs = all.flatMap(({ outputs }) => Object.values(outputs)).flatMap((output) => Object.entries(output.inputs));
  const files = inputs.flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []));
  const folders = files.flatMap((file) => /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
  return new Set(
    [...new Set(folders)].map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as { name: string; version: string };
      return `${name}@${version}`;
    }),
  );
}

async function main(): Promise<void> {
  const inside = await bundled();
  // With --omit=dev npm leaves out what a development package needs too, and so does the bundle not.
  const { stdout } = await run('npm', ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application'], { cwd: ROOT, maxBuffer: 64 << 20 });
  const bom = JSON.parse(stdout) as Bom;
  const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { name: string; version: string };
  const components = bom.components.filter((component) => inside.has(`${component.name}@${component.version}`));
  const kept = new Set([bom.metadata.component['bom-ref'], ...components.map((component) => component['bom-ref'])]);
  const dependencies = bom.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
  // npm names the application after its folder.
  const metadata = { ...bom.metadata, component: { ...bom.metadata.component, name, version } };
  process.stdout.write(`${JSON.stringify({ ...bom, metadata, components, dependencies }, undefined, 2)}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`There is no bill of materials: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

// The bill of materials names what is in the bundle, all of it and nothing else.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';

const run = promisify(execFile);

interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly object[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}
interface Bom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

let bom: Bom;
beforeAll(async () => {
  const { stdout } = await run(process.execPath, ['scripts/sbom.ts'], { maxBuffer: 64 << 20 });
  bom = JSON.parse(stdout) as Bom;
});

test('it is CycloneDX, about this program', () => {
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as Component;
  expect(bom).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: expect.stringMatching(/^1\.\d$/),
    serialNumber: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
    version: 1,
    metadata: { component: { type: 'application', name, version, purl: `pkg:npm/${name}@${version}` } },
  });
});

test('its components are the packages that the source maps of all that the image runs, or sends to browsers, lead to', async () => {
  const entryPoints = { operator: 'src/main.ts', page: 'src/cli/hosted/main.ts', browser: 'src/cli/dashboard/browser/main.js' };
  const options = { entryPoints, bundle: true, write: false as const, outdir: 'dist' };
  const { outputFiles } = await build({ ...options, format: 'esm', platform: 'node', sourcemap: 'external', logLevel: 'error' });
  const sources = outputFiles
    .filter(({ path }) => path.endsWith('.map'))
    .flatMap(({ text }) => (JSON.parse(text) as { sources: string[] }).sources);
  const folders = sources.flatMap((source) => {
    const steps = source.split('/');
    const at = steps.lastIndexOf('node_modules');
    return at < 0 ? [] : steps.slice(1, at + (steps[at + 1]!.startsWith('@') ? 3 : 2)).join('/');
  });
  const packages = [...new Set(folders)].map((folder) => JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Component);
  expect(packages.length).toBeGreaterThan(5);
  expect(bom.components.map(({ name, version }) => `${name}@${version}`).sort()).toEqual(
    packages.map(({ name, version }) => `${name}@${version}`).sort(),
  );
});

test('the packages this program asks for are among them', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
  const named = Object.fromEntries(bom.components.map(({ name, version }) => [name, version]));
  expect(named).toMatchObject(dependencies);
});

test('each has a URL, a license and the hash of its archive, and depends on what is listed', () => {
  const { components, dependencies, metadata } = bom;
  for (const component of components) {
    expect(component).toMatchObject({ type: 'library', purl: expect.stringMatching(/^pkg:npm\/.+@\d/) });
    expect(component.hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
  }
  const refs = new Set([metadata.component, ...components].map((component) => component['bom-ref']));
  expect(refs.size).toBe(components.length + 1);
  expect(dependencies.map(({ ref }) => ref).sort()).toEqual([...refs].sort());
  expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
  expect(components.filter(({ licenses = [] }) => licenses.length === 0).map(({ name }) => name)).toEqual([]);
});

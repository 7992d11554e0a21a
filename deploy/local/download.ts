// Downloads the released binaries of every program, on Linux, where upstream releases them all. The envtest archive is not
// among the sources: it holds neither the controller manager nor the scheduler, and what would supply those supplies the rest.
// Nothing is kept whose SHA-256 differs from the published one, and no large file is asked for before every checksum is
// here: a machine without the internet, or with half of it, knows within seconds.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { EnvHttpProxyAgent, fetch } from 'undici';
import type { Filling } from './cache.ts';
import { NODE_PROGRAMS } from './programs.ts';

export interface Source {
  readonly url: string;
  /** A page that states the checksum: alone, in a line with the file's name, or as GitHub's description of a release. */
  readonly checksums: string;
  /** Absent: the file itself is the program. */
  readonly archived?: readonly string[];
  readonly program?: string;
}

const REACH_MS = 5_000;
const ETCD = 'v3.6.8';
const KWOK = 'v0.8.0';

const ofKubernetes = (version: string, arch: string, programs: readonly string[]): Source[] =>
  programs.map((program) => {
    const url = `https://dl.k8s.io/release/${version}/bin/linux/${arch}/${program}`;
    return { url, checksums: `${url}.sha256`, program };
  });

export function releases(version: string, arch: string): Source[] {
  const etcd = `https://github.com/etcd-io/etcd/releases/download/${ETCD}`;
  const kwok = 'kubernetes-sigs/kwok/releases';
  return [
    ...ofKubernetes(version, arch, ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl']),
    { url: `${etcd}/etcd-${ETCD}-linux-${arch}.tar.gz`, checksums: `${etcd}/SHA256SUMS`, archived: ['etcd'] },
    {
      url: `https://github.com/${kwok}/download/${KWOK}/kwok-linux-${arch}`,
      checksums: `https://api.github.com/repos/${kwok}/tags/${KWOK}`,
      program: 'kwok',
    },
  ];
}

/** The SHA-256 that `page` states for `file`, in hex. */
export function statedChecksum(page: string, file: string): string {
  const alone = /^\s*([0-9a-f]{64})\s*$/.exec(page)?.[1];
  const line = page.split('\n').find((each) => each.trimEnd().endsWith(` ${file}`));
  const listed = line && /^([0-9a-f]{64})\s/.exec(line)?.[1];
  const found = alone ?? listed ?? describedChecksum(page, file);
  if (found === undefined) throw new Error(`no checksum is published for ${file}`);
  return found;
}

function describedChecksum(page: string, file: string): string | undefined {
  if (!page.trimStart().startsWith('{')) return undefined;
  const { assets = [] } = JSON.parse(page) as { assets?: { name: string; digest?: string }[] };
  return /^sha256:([0-9a-f]{64})$/.exec(assets.find(({ name }) => name === file)?.digest ?? '')?.[1];
}

async function get(url: string, signal: AbortSignal | undefined) {
  const dispatcher = new EnvHttpProxyAgent({ connect: { timeout: REACH_MS }, headersTimeout: REACH_MS * 2 });
  const answer = await fetch(url, { dispatcher, ...(signal && { signal }) }).catch((error: unknown) => {
    const { message, cause } = error as Error & { cause?: { message?: string } };
    throw new Error(`${url}: ${cause?.message ?? message}`);
  });
  if (!answer.ok || answer.body === null) throw new Error(`${url}: HTTP ${answer.status}`);
  return answer.body;
}

const text = async (url: string, signal?: AbortSignal): Promise<string> => new Response((await get(url, signal)) as ReadableStream).text();

/** Fetches one source into `folder`; rejects, leaving nothing executable, if the content is not what `sha256` says. */
export async function fetchVerified(source: Source, sha256: string, folder: string, signal?: AbortSignal): Promise<void> {
  const file = join(folder, source.program ?? basename(source.url));
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(Readable.fromWeb((await get(source.url, signal)) as never), hashing, createWriteStream(file));
  const actual = hash.digest('hex');
  if (actual !== sha256) {
    await rm(file);
    throw new Error(`${source.url}: its SHA-256 is ${actual}, not ${sha256} as published`);
  }
  if (source.archived === undefined) return chmod(file, 0o755);
  const members = source.archived.map((name) => `${basename(source.url, '.tar.gz')}/${name}`);
  await promisify(execFile)('tar', ['-xzf', file, '-C', folder, '--strip-components=1', ...members]);
  await rm(file);
}

const architecture = (): string => (process.arch === 'x64' ? 'amd64' : process.arch);

async function fetchAll(sources: readonly Source[], folder: string, told: string, { log, signal }: Filling): Promise<void> {
  const checksums = await Promise.all(
    sources.map(async ({ url, checksums: page }) => statedChecksum(await text(page, signal), basename(url))),
  );
  log(`Downloading ${told}, once.`);
  await Promise.all(sources.map((source, index) => fetchVerified(source, checksums[index]!, folder, signal)));
  log(`Downloaded ${told}.`);
}

/** Fetches every program of `version` into `folder`; rejects with the first reason why not. */
export async function download(version: string, folder: string, filling: Filling): Promise<void> {
  if (process.platform !== 'linux') throw new Error(`nobody releases kube-apiserver for ${process.platform}`);
  await fetchAll(releases(version, architecture()), folder, `the released binaries of Kubernetes ${version}, about 400 MB`, filling);
}

/** Fetches what a real node needs beside them; rejects likewise. */
export async function downloadNodePrograms(version: string, folder: string, filling: Filling): Promise<void> {
  await fetchAll(ofKubernetes(version, architecture(), NODE_PROGRAMS), folder, `kubelet and kube-proxy ${version}, about 110 MB`, filling);
}

// An image out of one layer, as `docker save` would write it: what `buildah pull docker-archive:FILE` and `ctr images import` read.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the image says of itself, in the words of the OCI image specification. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly StopSignal?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly WorkingDir?: string;
}

export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest('hex')}`;
}

/** Writes `archive`, the image `reference` whose root file system is `layer`, a tar file, which is used up. */
export async function archiveLayer(layer: string, reference: string, config: ImageConfig, archive: string): Promise<void> {
  const folder = await mkdtemp(join(dirname(archive), 'image-'));
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const rootfs = { type: 'layers', diff_ids: [await digestOf(layer)] };
  // Who builds on it counts layers in the history.
  const text = JSON.stringify({ architecture, os: 'linux', config, rootfs, history: [{ created_by: 'archiveLayer' }] });
  const name = `${createHash('sha256').update(text).digest('hex')}.json`;
  await rename(layer, join(folder, 'layer.tar'));
  await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'manifest.json'), JSON.stringify([{ Config: name, RepoTags: [reference], Layers: ['layer.tar'] }]));
  await run('tar', ['-cf', archive, '-C', folder, '.']);
  await rm(folder, { recursive: true });
}

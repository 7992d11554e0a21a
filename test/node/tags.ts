// Images that differ by their bytes and by nothing that they do, and names for them on the node: what a registry would bring when its tags are
// moved. Nothing is pulled: an image is here, and its names are written.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { digestOf } from '../images/archive.ts';
import { containerdSocket } from './machine.ts';
import type { Image } from './provisions.ts';

const run = promisify(execFile);
const ofImages = (...args: string[]) => run('ctr', ['--address', containerdSocket, '--namespace', 'k8s.io', 'images', ...args]);

/** `index`: of two architectures, of which ours is `ours`. */
const BYTES = ['one', 'two', 'built', 'rebuilt', 'ours', 'index'] as const;
export type Bytes = (typeof BYTES)[number];

/** By which they are known from the start. */
const source = (bytes: Bytes): string => `source.test/image:${bytes}`;

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const OCI = 'application/vnd.oci.image';
const architecture = process.arch === 'x64' ? 'amd64' : process.arch;

export class Tags {
  /** By which the node reports each, once it has a name with a digest. */
  readonly digests: Readonly<Record<Bytes, string>>;

  #names = new Set<string>();

  private constructor(digests: Readonly<Record<Bytes, string>>) {
    this.digests = digests;
  }

  /** Brings an image, as archiveLayer writes it, and others of the same layer, made in `folder`. */
  static async open({ archive }: Image, folder: string): Promise<Tags> {
    await ofImages('import', archive);
    const blobs = join(folder, 'blobs/sha256');
    await mkdir(blobs, { recursive: true });
    await run('tar', ['-xf', archive, '-C', folder, './layer.tar']);
    const diff = await digestOf(join(folder, 'layer.tar'));
    await rename(join(folder, 'layer.tar'), join(blobs, diff.slice('sha256:'.length)));
    const { stdout: size } = await run('stat', ['-c', '%s', join(blobs, diff.slice('sha256:'.length))]);
    const layers = [{ mediaType: `${OCI}.layer.v1.tar`, digest: diff, size: Number(size) }];

    const blob = async (mediaType: string, content: object): Promise<Blob> => {
      const text = JSON.stringify(content);
      const hex = createHash('sha256').update(text).digest('hex');
      await writeFile(join(blobs, hex), text);
      return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
    };
    const manifest = async (label: string, arch: string): Promise<Blob & { readonly platform: object }> => {
      const platform = { architecture: arch, os: 'linux' };
      const says = { Entrypoint: ['/pause'], User: '65534:65534', Labels: { bytes: label } };
      const rootfs = { type: 'layers', diff_ids: [diff] };
      const config = await blob(`${OCI}.config.v1+json`, { ...platform, config: says, rootfs, history: [{ created_by: 'test' }] });
      const mediaType = `${OCI}.manifest.v1+json`;
      return { ...(await blob(mediaType, { schemaVersion: 2, mediaType, config, layers })), platform };
    };
    const here = (label: string) => manifest(label, architecture);
    const [ours, other] = [await here('ours'), await manifest('ours', 's390x')];
    const mediaType = `${OCI}.index.v1+json`;
    const index = await blob(mediaType, { schemaVersion: 2, mediaType, manifests: [ours, other] });
    const rest = { one: await here('one'), two: await here('two'), built: await here('built'), rebuilt: await here('rebuilt') };
    const all: Readonly<Record<Bytes, Blob>> = { ...rest, ours, index };
    const manifests = BYTES.map((bytes) => ({ ...all[bytes], annotations: { 'io.containerd.image.name': source(bytes) } }));
    await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
    await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    const file = `${folder}.tar`;
    await run('tar', ['-cf', file, '-C', folder, '.']);
    await run('tar', ['-cf', file, '-C', folder, '.']);
    await ofImages('import', file);
    return new Tags(Object.fromEntries(BYTES.map((bytes) => [bytes, all[bytes].digest])) as Record<Bytes, string>);
  }

  /** From now on the name means these bytes, on this node only: without a digest, as after a build. */
  async local(reference: string, bytes: Bytes): Promise<void> {
    await ofImages('tag', '--force', source(bytes), reference);
    this.#names.add(reference);
  }

  /** From now on the name means these bytes, as after a pull. */
  async pulled(reference: string, bytes: Bytes): Promise<void> {
    const repository = reference.slice(0, reference.lastIndexOf(':'));
    await this.local(`${repository}@${this.digests[bytes]}`, bytes);
    await this.local(reference, bytes);
  }

  /** All names are gone but those from the start: of several, the node would report one. What runs goes on. */
  async forget(): Promise<void> {
    if (this.#names.size > 0) await ofImages('rm', ...this.#names);
    this.#names = new Set();
  }
}

// Looks into an archive as `docker save` writes it, and runs what is in it, the way a node would: on a root file system that is its own.
import { execFile, type ExecFileOptions } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ImageConfig } from './archive.ts';

const run = promisify(execFile);
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Unpacked {
  readonly tags: readonly string[];
  readonly config: ImageConfig;
  /** What the layers hold, as tar lists them: `-rwxr-xr-x 0/0 … path`. */
  readonly entries: readonly Entry[];
  /** The layers over each other. */
  readonly root: string;
}

export interface Entry {
  /** As ls -l shows it. */
  readonly mode: string;
  readonly owner: string;
  readonly path: string;
}

function entryOf(line: string): Entry {
  const [mode = '', owner = ''] = line.split(/\s+/, 2);
  const path = line.replace(/^(?:\S+\s+){5}/, '').replace(/ -> .*$/, '');
  return { mode, owner, path: path.replace(/^\.\//, '').replace(/\/$/, '') };
}

/** Unpacks `archive` into `folder`, which is empty. Only root may: the files keep their owners. */
export async function unpack(archive: string, folder: string): Promise<Unpacked> {
  const [parts, root] = [join(folder, 'parts'), join(folder, 'root')];
  for (const each of [parts, root]) await mkdir(each);
  await run('tar', ['-xf', archive, '-C', parts]);
  const json = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(parts, name), 'utf8'));
  const [{ Config, RepoTags, Layers }] = (await json('manifest.json')) as [{ Config: string; RepoTags: string[]; Layers: string[] }];
  const { config } = (await json(Config)) as { config: ImageConfig };
  const entries: Entry[] = [];
  for (const layer of Layers) {
    const { stdout } = await run('tar', ['--numeric-owner', '-tvf', join(parts, layer)], { maxBuffer: 64 << 20 });
    entries.push(...stdout.split('\n').filter(Boolean).map(entryOf));
    await run('tar', ['-xpf', join(parts, layer), '-C', root]);
  }
  return { tags: RepoTags, config, entries, root };
}

/** Words for a shell, which takes each as it is. */
export const quoted = (words: readonly string[]): string => words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');

/** The shell command that becomes the image's program, as its user and in its environment, once the shell has the root for itself. */
export function entering({ config, root }: Pick<Unpacked, 'config' | 'root'>, command: readonly string[]): string {
  const environment = [`PATH=${PATH}`, ...(config.Env ?? [])];
  return quoted(['env', '-i', ...environment, '/usr/sbin/chroot', `--userspec=${config.User ?? '0:0'}`, root, ...command]);
}

/** Runs a program of the image on a root that nobody can write. Rejects if it fails. */
export function runReadOnly(
  image: Unpacked,
  command: readonly string[],
  options: ExecFileOptions = {},
): Promise<{ stdout: string; stderr: string }> {
  const { root } = image;
  const script = `mount --bind ${quoted([root])} ${quoted([root])} && mount -o remount,ro,bind ${quoted([root])} && exec ${entering(image, command)}`;
  return run('unshare', ['--mount', 'sh', '-c', script], { ...options, encoding: 'utf8' });
}

/** Why nothing of this can be done here, undefined where it can. */
export const whyNoImages = (): string | undefined =>
  process.platform === 'linux' && process.getuid?.() === 0 ? undefined : 'images are built and entered by root on Linux only';

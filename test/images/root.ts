// Root file systems out of Debian packages: extracted, with what they depend on, and nothing run of what they bring. That takes ten seconds
// instead of three minutes, and leaves no user, no database of packages and, unless a recipe wants one, no shell.
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
// What its programs are built for is old enough to run everywhere; its Apache and its Nginx are those many people have.
const SUITE = 'bookworm';
const EXTRACT_MS = 10 * 60_000;

export interface Recipe {
  readonly packages: readonly string[];
  /** Patterns of paths that stay out, as dpkg reads them. */
  readonly without: readonly string[];
  /** Files and folders to copy, by the path that each gets. */
  readonly copies?: Readonly<Record<string, string>>;
  /** Folders to make. */
  readonly folders?: readonly string[];
  /** Where each link leads, by the link's own path. */
  readonly links?: Readonly<Record<string, string>>;
}

/** What a machine with packages has and an image has no use for. */
const NEVER = ['/etc/cron*', '/etc/default/*', '/etc/init.d/*', '/etc/logrotate*', '/etc/ufw/*', '/lib/systemd/*', '/usr/share/man/*'];
const LEFTOVERS = [
  'etc/apt',
  'etc/dpkg',
  'etc/fstab',
  'etc/hostname',
  'etc/resolv.conf',
  'var/lib/apt',
  'var/lib/dpkg',
  'var/cache',
  'dev',
];
// The same bytes from the same packages.
const TAR = ['--sort=name', '--mtime=@0', '--numeric-owner'];

async function finish(root: string, { copies = {}, folders = [], links = {} }: Recipe): Promise<void> {
  for (const path of LEFTOVERS) await rm(join(root, path), { recursive: true, force: true });
  for (const path of ['tmp', 'proc', 'sys', 'dev', 'run', ...folders]) await mkdir(join(root, path), { recursive: true });
  await chmod(join(root, 'tmp'), 0o1777);
  for (const [path, from] of Object.entries(copies)) await cp(from, join(root, path), { recursive: true });
  for (const [path, target] of Object.entries(links)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await symlink(target, join(root, path));
  }
}

/** Writes `tar`, the root file system that a recipe makes. Needs mmdebstrap, and root, whose files they are. */
export async function extract(recipe: Recipe, tar: string): Promise<void> {
  const root = `${tar}.root`;
  const without = [...NEVER, ...recipe.without].map((path) => `--dpkgopt=path-exclude=${path}`);
  const what = ['--variant=extract', '--format=directory', `--include=${recipe.packages.join(',')}`];
  await run('mmdebstrap', [...what, ...without, SUITE, root], { timeout: EXTRACT_MS, maxBuffer: 64 << 20 });
  await finish(root, recipe);
  await run('tar', [...TAR, '-cf', tar, '-C', root, '.']);
  await rm(root, { recursive: true });
}

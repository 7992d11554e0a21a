// The operator's image as a user would build it: by the Dockerfile, on bases made of Debian packages and of the Node that the tests run on.
// What this machine knows about the registry of npm reaches the build as the Dockerfile's secrets.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync, statSync, utimesSync } from 'node:fs';
import { mkdir, rm, writeFile, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cached, cacheRoot } from '../../deploy/local/cache.ts';
import type { Log } from '../../deploy/local/progress.ts';
import { needPackages } from '../tools/debian.ts';
import { fingerprintOf, imageFrom, keyOf, type Image, type Ingredients } from './debian.ts';

const run = promisify(execFile);
const ROOT = dirname(dirname(import.meta.dirname));
const BUILD_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

/** What the Dockerfile copies. */
const SOURCE = ['LICENSE', '.npmrc', 'package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.ts', 'src'];
const GLIBC = ['libc6', 'libstdc++6'];
const LEAN = ['/usr/share/*', '/usr/lib/*/gconv/*', '/lib/*/gconv/*'];

const BASE: Ingredients = { reference: 'immutableapp.test/base:12', recipe: { packages: GLIBC, without: LEAN }, config: {} };
/** `npm` is the folder npm lives in. */
const buildBase = (npm: string): Ingredients => ({
  reference: 'immutableapp.test/build-base:24',
  recipe: {
    packages: [...GLIBC, 'dash', 'coreutils'],
    without: LEAN,
    copies: { 'usr/local/bin/node': realpathSync(process.execPath), 'usr/local/lib/node_modules/npm': npm },
    links: { 'usr/local/bin/npm': '../lib/node_modules/npm/bin/npm-cli.js' },
  },
  config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'] },
});

async function folderOfNpm(): Promise<string> {
  const { stdout } = await run('sh', ['-c', 'command -v npm']);
  return dirname(dirname(realpathSync(stdout.trim())));
}

/** What npm on this machine says, whichever file or variable told it. */
async function settingOf(key: string): Promise<string | undefined> {
  const { stdout } = await run('npm', ['config', 'get', key], { cwd: ROOT });
  return ['', 'null', 'undefined'].includes(stdout.trim()) ? undefined : stdout.trim();
}

/** The secrets of the Dockerfile: the user's .npmrc, with what the environment and other files say about the registry, and certificates. */
async function secrets(folder: string): Promise<string[]> {
  const user = await readFile((await settingOf('userconfig')) ?? '', 'utf8').catch(() => '');
  const keys = ['registry', 'proxy', 'https-proxy', 'noproxy', 'strict-ssl'];
  const values = await Promise.all(keys.map(settingOf));
  const file = join(folder, 'npmrc');
  await writeFile(file, [user, ...keys.flatMap((key, at) => (values[at] ? [`${key}=${values[at]}`] : [])), ''].join('\n'), { mode: 0o600 });
  const certificates = (await settingOf('cafile')) ?? process.env.NODE_EXTRA_CA_CERTS;
  return [`--secret=id=npmrc,src=${file}`, ...(certificates === undefined ? [] : [`--secret=id=ca,src=${certificates}`])];
}

type Buildah = (...args: readonly string[]) => Promise<string>;

/** buildah on a store of its own. The overlay driver shares what layers have in common; it does not work everywhere, copying does. */
async function buildahIn(store: string): Promise<Buildah> {
  const using = (driver: string): Buildah => {
    const where = ['--root', join(store, 'root'), '--runroot', join(store, 'run'), '--storage-driver', driver];
    return async (...args) => {
      const command = await run('buildah', [...where, ...args], { cwd: ROOT, timeout: BUILD_MS, maxBuffer: 64 << 20 });
      return command.stdout;
    };
  };
  const overlay = using('overlay');
  return overlay('info').then(
    () => overlay,
    () => using('vfs'),
  );
}

/** Of what is kept under names like these, deletes what was of no use since yesterday; `used` is in use now. */
async function forgetOthers(parent: string, prefix: string, used: string): Promise<void> {
  utimesSync(join(parent, used), new Date(), new Date());
  const old = (name: string): boolean => Date.now() - statSync(join(parent, name)).mtimeMs > DAY_MS;
  for (const name of readdirSync(parent).filter(
    (each) => each.startsWith(prefix) && each !== used && !each.endsWith('.lock') && old(each),
  )) {
    // The overlay driver leaves its folder mounted on itself.
    await run('umount', [join(parent, name, 'root/overlay')]).catch(() => undefined);
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** Builds the image into an archive. The store keeps the layers, npm ci among them, until bases or lock file change. */
async function build(archive: string, key: string, bases: readonly [Ingredients, Ingredients], log: Log): Promise<void> {
  await needPackages(['buildah', 'mmdebstrap'], log);
  const stores = join(cacheRoot(), 'stores');
  const store = `store-${fingerprintOf(bases.map((base) => keyOf('base', base)).join(), [join(ROOT, 'package-lock.json')])}`;
  await mkdir(join(stores, store), { recursive: true });
  const buildah = await buildahIn(join(stores, store));
  for (const [name, base] of [['base', bases[0]] as const, ['build-base', bases[1]] as const]) {
    const there = await buildah('images', '--quiet', base.reference).catch(() => '');
    if (there === '') await buildah('pull', '--quiet', `docker-archive:${(await imageFrom(name, base, log)).archive}`);
  }
  log('Building the operator’s image.');
  const tag = `immutableapp.test/${key}`;
  const given = [
    `--build-arg=BASE=${bases[0].reference}`,
    `--build-arg=BUILD_BASE=${bases[1].reference}`,
    ...(await secrets(dirname(archive))),
  ];
  await buildah('build', '--isolation=chroot', '--layers', '--pull-never', '--timestamp=0', ...given, `--tag=${tag}`, '.');
  await buildah('push', '--quiet', tag, `docker-archive:${archive}:immutableapp:${version}`);
  await rm(join(dirname(archive), 'npmrc'));
  await forgetOthers(stores, 'store-', store);
}

/** The operator's image of the sources as they are now. */
export async function operatorImage(log: Log): Promise<Image> {
  const bases = [BASE, buildBase(await folderOfNpm())] as const;
  const said = bases.map((base) => keyOf('base', base)).join();
  const key = `image-operator-${fingerprintOf(
    said,
    ['Dockerfile', ...SOURCE].map((path) => join(ROOT, path)),
  )}`;
  const folder = await cached(key, { log }, (part) => build(join(part, 'image.tar'), key, bases, log));
  await forgetOthers(dirname(folder), 'image-operator-', key);
  return { archive: join(folder, 'image.tar'), reference: `docker.io/library/immutableapp:${version}` };
}

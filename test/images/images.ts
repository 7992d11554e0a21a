// The images the tests run on nodes, made here once and then kept: no registry is needed, only Debian's packages.
//
//   const { archive, reference } = await imageOf('httpd', log);      `ctr -n k8s.io images import` reads the archive
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../../deploy/local/cache.ts';
import type { Log } from '../../deploy/local/progress.ts';
import { needPackages } from '../tools/debian.ts';
import { archiveLayer, type ImageConfig } from './archive.ts';
import { extract, type Recipe } from './root.ts';

export interface Image {
  /** A file as `docker save` writes it. */
  readonly archive: string;
  readonly reference: string;
}

interface Server {
  readonly reference: string;
  readonly recipe: Recipe;
  readonly config: ImageConfig;
}

const folder = (name: string): string => join(import.meta.dirname, name);
/** Perl and Unicode tables are wanted by modules nobody loads here. */
const BALLAST = [
  '/usr/share/*',
  '/usr/bin/*',
  '/bin/*',
  '/usr/lib/*/perl*',
  '/usr/lib/*/libperl*',
  '/usr/lib/*/libicu*',
  '/usr/lib/*/gconv/*',
  '/sbin/tc',
];

const SERVERS = {
  // Where the files of the image httpd:2.4 are, so that its configs fit, but for the modules Debian has built in: see asBuiltByDebian.
  httpd: {
    reference: 'immutableapp.test/httpd:2.4',
    recipe: {
      packages: ['apache2-bin', 'media-types'],
      without: BALLAST,
      overlay: folder('httpd'),
      folders: ['usr/local/apache2/logs', 'run/apache2'],
      links: {
        'usr/local/apache2/modules': '/usr/lib/apache2/modules',
        'usr/local/apache2/conf/mime.types': '/etc/mime.types',
        'var/run': '/run',
      },
    },
    config: {
      Entrypoint: ['/usr/sbin/apache2', '-d', '/usr/local/apache2', '-f', 'conf/httpd.conf', '-D', 'FOREGROUND'],
      WorkingDir: '/usr/local/apache2',
      ExposedPorts: { '80/tcp': {} },
      // The requests under way are answered.
      StopSignal: 'SIGWINCH',
    },
  },
  nginx: {
    reference: 'immutableapp.test/nginx:1.22',
    recipe: {
      packages: ['nginx'],
      without: BALLAST,
      overlay: folder('nginx'),
      folders: ['etc/nginx/conf.d'],
    },
    config: {
      Entrypoint: ['/usr/sbin/nginx', '-e', 'stderr'],
      User: '101:101',
      ExposedPorts: { '8080/tcp': {} },
      StopSignal: 'SIGQUIT',
    },
  },
} as const satisfies Record<string, Server>;

export type ImageName = keyof typeof SERVERS;

/** A config of the image httpd:2.4 without the modules that Debian's httpd has built in, and would refuse to load. */
export const asBuiltByDebian = (conf: string): string => conf.replaceAll(/^[ \t]*LoadModule (log_config|unixd)_module .*\n/gm, '');

/** Of the files in a folder of this room, and of the recipe. */
function fingerprint(name: ImageName): string {
  const hash = createHash('sha256').update(JSON.stringify(SERVERS[name]));
  const entries = readdirSync(folder(name), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of entries.map((entry) => join(entry.parentPath, entry.name)).sort()) hash.update(readFileSync(path)).update('\0');
  for (const file of ['root.ts', 'archive.ts']) hash.update(readFileSync(folder(file)));
  return hash.digest('hex').slice(0, 12);
}

/** The image of that name, made if it is not in the cache. */
export async function imageOf(name: ImageName, log: Log): Promise<Image> {
  const { reference, recipe, config } = SERVERS[name];
  const made = await cached(`image-${name}-${fingerprint(name)}-${process.arch}`, { log }, async (part) => {
    await needPackages(['mmdebstrap'], log);
    log(`Making the image ${reference} of Debian packages, once.`);
    const layer = join(part, 'layer.tar');
    await extract(recipe, layer);
    await archiveLayer(layer, reference, config, join(part, 'image.tar'));
  });
  return { archive: join(made, 'image.tar'), reference };
}

// The images that tests run on nodes, made here once and then kept: no registry of images is needed.
//
//   const { archive, reference } = await imageOf('httpd', log);      `ctr -n k8s.io images import` reads the archive
import { join } from 'node:path';
import type { Log } from '../../deploy/local/progress.ts';
import { imageFrom, type Image, type Ingredients } from './debian.ts';
import { operatorImage } from './operator.ts';

const folder = (name: string): string => join(import.meta.dirname, name);
/** Perl, Unicode tables and character sets are for modules that nobody loads here. */
const UNUSED = ['/usr/lib/*/perl*', '/usr/lib/*/libperl*', '/usr/lib/*/libicu*', '/usr/lib/*/gconv/*'];
const BALLAST = ['/usr/share/*', '/usr/bin/*', '/bin/*', '/sbin/tc', ...UNUSED];

const SERVERS = {
  // Its files are where the image httpd:2.4 has them, so that the same configs fit, but for the modules Debian has built in: see
  // asBuiltByDebian.
  httpd: {
    reference: 'immutableapp.test/httpd:2.4',
    recipe: {
      packages: ['apache2-bin', 'media-types'],
      without: BALLAST,
      copies: { '': folder('httpd') },
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
      // Both servers answer what they were asked before they go, if they are told to by these and not by SIGTERM.
      StopSignal: 'SIGWINCH',
    },
  },
  // As nginxinc/nginx-unprivileged.
  nginx: {
    reference: 'immutableapp.test/nginx:1.22',
    recipe: { packages: ['nginx'], without: BALLAST, copies: { '': folder('nginx') }, folders: ['etc/nginx/conf.d'] },
    config: {
      Entrypoint: ['/usr/sbin/nginx', '-e', 'stderr'],
      User: '101:101',
      ExposedPorts: { '8080/tcp': {} },
      StopSignal: 'SIGQUIT',
    },
  },
  // Beside httpd in a pod: its metrics, as Prometheus reads them.
  'apache-exporter': {
    reference: 'immutableapp.test/apache-exporter:0.12',
    recipe: { packages: ['prometheus-apache-exporter'], without: ['/usr/share/*', '/usr/bin/[!p]*', '/bin/*', ...UNUSED] },
    config: { Entrypoint: ['/usr/bin/prometheus-apache-exporter'], User: '65534:65534', ExposedPorts: { '9117/tcp': {} } },
  },
} as const satisfies Record<string, Ingredients>;

/** A config of httpd:2.4 without the modules that Debian's httpd has built in and refuses to load. */
export const asBuiltByDebian = (conf: string): string => conf.replaceAll(/^[ \t]*LoadModule (log_config|unixd)_module .*\n/gm, '');

/** The image of that name, made if it is not in the cache. */
export const imageOf = (name: keyof typeof SERVERS | 'operator', log: Log): Promise<Image> =>
  name === 'operator' ? operatorImage(log) : imageFrom(name, SERVERS[name], log);

// The page in the cluster: its composition root, and the only reader of its flags and environment. One process, never the operator's: whatever
// becomes of it, no App notices.
import { setMaxListeners } from 'node:events';
import { VERSION } from '../../flags.ts';
import { fromKubeconfig, inCluster, type Connection } from '../../shell/api/connection.ts';
import { systemClock as clock } from '../../shell/clock.ts';
import { createLogger, type Logger } from '../../shell/ops/log.ts';
import { clusterBy } from '../cluster.ts';
import { Options } from '../command.ts';
import { changes, picture } from '../dashboard/desk.ts';
import { Fleet } from '../dashboard/fleet.ts';
import type { Address } from '../dashboard/door.ts';
import { parseFlags, type PageFlags } from './flags.ts';
import { guarded } from './guard.ts';
import { Reviews } from './reviews.ts';
import { serve } from './server.ts';
import { Fleets, Sight } from './sight.ts';

const TIMEOUT_MS = 10_000;

const parsed = parseFlags(process.argv.slice(2));
if (parsed.is === 'print') process.stdout.write(parsed.text);
else if (parsed.is === 'wrong') {
  process.stderr.write(`${parsed.problem}\n`);
  process.exitCode = 2;
} else {
  const log = createLogger({ level: 'info', pretty: process.stderr.isTTY });
  try {
    await start(parsed.flags, log);
  } catch (error) {
    log.error(`could not start: ${(error as Error).message}`);
    process.exit(1);
  }
}

async function start(flags: PageFlags, log: Logger): Promise<void> {
  const pod = process.env.KUBERNETES_SERVICE_HOST;
  const connection = await find(flags, pod, log);
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // each request listens for the end
  const way = {
    server: connection.server,
    context: '',
    namespace: connection.namespace,
    options: () => {
      const { headers, tls } = connection.credentials();
      return { ...tls, headers: { ...headers } };
    },
  };
  const cluster = clusterBy(way, { groups: [], timeoutMs: TIMEOUT_MS, signal: stop.signal });
  const scopes = flags.namespaces.length === 0 ? [undefined] : flags.namespaces;
  const followed = scopes.map((namespace) => new Fleet(cluster, namespace, Date.now));
  const fleets = new Fleets(followed);
  const reviews = new Reviews(cluster, flags.audiences, Date.now);
  const options = new Options({ operatorNamespace: flags.operatorNamespace ?? connection.namespace });
  let listed = 0;
  const page = await serve(
    {
      address: addressOf(flags.hosts),
      person: (token) => reviews.person(token),
      desk: (person, token) => {
        const looking = { cluster: () => Promise.resolve(guarded(cluster, reviews, person)), options, now: Date.now };
        return {
          listen: (guest) => {
            const sight = new Sight(fleets, reviews, token, guest, Date.now);
            return () => {
              sight.leave();
            };
          },
          picture: (named) => picture(looking, named),
          changes: (named, versions, config) => changes(looking, named, versions, config),
        };
      },
      isReady: () => listed === followed.length,
      onBug: (error) => {
        log.error('the page has a bug', { error: (error as Error).stack ?? String(error) });
      },
    },
    flags.port,
    pod === undefined ? '127.0.0.1' : undefined,
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      stop.abort();
      page.close();
      log.info('stopped', { signal });
      process.exit(0);
    });
  log.info('started', { version: VERSION, server: connection.server, port: page.port, namespaces: flags.namespaces });
  await Promise.all(followed.map((fleet) => fleet.follow(stop.signal, () => listed++)));
}

async function find({ kubeconfig }: PageFlags, pod: string | undefined, log: Logger): Promise<Connection> {
  const onError = (error: unknown): void => {
    log.warn(`credentials could not be read again: ${(error as Error).message}`);
  };
  if (kubeconfig !== undefined) return fromKubeconfig({ files: [kubeconfig], clock, onError });
  if (pod === undefined) throw new Error('this is no pod: name a cluster by --kubeconfig');
  return inCluster({ host: pod, port: process.env.KUBERNETES_SERVICE_PORT ?? '443', clock, onError });
}

/** By loopback it is reached through a port-forward, whose port is anybody's choice; no name on the Internet can be bound to that by others. */
function addressOf(hosts: readonly string[]): Address {
  const ours = new Set(['127.0.0.1', 'localhost', ...hosts]);
  return {
    isOurs: (host) => ours.has(host.replace(/:\d{1,5}$/, '').toLowerCase()),
    schemes: ['https', 'http'],
    elsewhere: 'this page has another name: --host (page.hosts of the chart) says which',
  };
}

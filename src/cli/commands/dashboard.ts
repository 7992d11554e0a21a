// kubectl iapp dashboard: the same in a browser, for this user and on this machine.
import { randomBytes } from 'node:crypto';
import type { Cluster } from '../cluster.ts';
import type { Command, Context } from '../command.ts';
import { changes, goBack, picture } from '../dashboard/desk.ts';
import { Fleet } from '../dashboard/fleet.ts';
import { serve } from '../dashboard/server.ts';
import { Complaint, EXIT, type Exit } from '../exit.ts';
import { OPERATOR_NAMESPACE, READ_LEASE } from '../operator.ts';
import { pathOf } from '../paths.ts';
import { durationOf } from '../progress.ts';
import { LIST_APPS, LIST_PODS, LIST_RECORDS, READ_APP, SEE_SECRETS, WRITE_APP } from '../rights.ts';

export const dashboard: Command = {
  name: 'dashboard',
  group: 'See',
  summary: 'all Apps, and one of them as a picture over time, in your browser',
  about:
    'Serves a page on 127.0.0.1, with your rights, until Ctrl-C. The address that it prints opens once. It follows every namespace that you may list, or that of the context; -n says which. Nothing but the way back is written, and that shows its command before it asks. docs/dashboard.md says what is on it.',
  arguments: [],
  options: [
    { flags: '--port <number>', about: 'listen on this port (default: any that is free)', fallback: '0' },
    { flags: '--for <duration>', about: 'end by itself after this long' },
    OPERATOR_NAMESPACE,
  ],
  examples: [
    { line: 'kubectl iapp dashboard', about: 'Everything you may see' },
    { line: 'kubectl iapp dashboard -n shop --for 8h', about: 'One namespace, until the shift ends' },
  ],
  rights: [
    { ...LIST_APPS[0]!, verbs: ['list', 'watch'] },
    { ...LIST_APPS[0]!, where: 'cluster', without: 'only the namespace of the context is shown' },
    { ...READ_APP[0]!, without: 'the list only, no App by itself' },
    { ...WRITE_APP[2]!, without: 'the way back cannot be gone from the page' },
    { ...LIST_RECORDS, without: 'differences are not shown' },
    { ...LIST_PODS, without: 'what pods wait for is not said' },
    { group: 'events.k8s.io', resource: 'events', verbs: ['list'], without: 'events are not said' },
    SEE_SECRETS,
    READ_LEASE,
  ],
  run,
};

const KEY_BYTES = 32;
const key = (): string => randomBytes(KEY_BYTES).toString('base64url');

async function run(context: Context): Promise<Exit> {
  const port = Number(context.options.text('port') ?? '0');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Complaint('--port takes a number up to 65535', EXIT.usage);
  const ends = context.options.text('for') === undefined ? undefined : durationOf(context, 'for', 'for');
  const cluster = await context.cluster();
  const namespace = await scopeOf(context, cluster);
  const fleet = new Fleet(cluster, namespace, context.now);
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const keys = { token: key(), session: key() };
  let timer: NodeJS.Timeout | undefined;
  const page = await serve(
    {
      listen: (listener) => fleet.listen(listener),
      picture: (named) => picture(context, named),
      changes: (named, versions, config) => changes(context, named, versions, config),
      goBack: (named, agreed) => goBack(context, named, agreed),
    },
    keys,
    port,
  );
  try {
    await fleet.follow(signal, () => {
      const where = namespace === undefined ? 'all namespaces' : `namespace ${namespace}`;
      context.screen.say(`${where} of ${context.screen.live ? `context ${cluster.context}` : cluster.server}; it ends with Ctrl-C`);
      context.screen.say(`http://127.0.0.1:${page.port}/?token=${keys.token}`);
      if (ends !== undefined)
        timer = setTimeout(() => {
          stop.abort();
        }, ends);
    });
  } finally {
    clearTimeout(timer);
    page.close();
  }
  return EXIT.done;
}

/** Every namespace, unless one was named or all are not allowed. */
async function scopeOf({ options }: Context, cluster: Cluster): Promise<string | undefined> {
  if (options.text('namespace') !== undefined) return cluster.namespace;
  if (options.is('allNamespaces')) return undefined;
  try {
    await cluster.get(`${pathOf('ImmutableApp', undefined)}?limit=1`);
    return undefined;
  } catch (error) {
    if (error instanceof Complaint && error.exit === EXIT.forbidden) return cluster.namespace;
    throw error;
  }
}

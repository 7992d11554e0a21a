// kubectl iapp why: why it is not the newest, not ready, held; and what to do.
import { appNamed, type AppObject } from '../apps.ts';
import { AN_APP } from '../arguments.ts';
import { causesOf, type Cause, type Evidence } from '../causes.ts';
import type { Cluster } from '../cluster.ts';
import type { Command, Context } from '../command.ts';
import { Complaint, EXIT, type Exit } from '../exit.ts';
import { livenessOf, OPERATOR_NAMESPACE, READ_LEASE } from '../operator.ts';
import { headline } from '../overview.ts';
import { podsOfApp, rowsOf } from '../pods.ts';
import { lookedAt, references } from '../moved.ts';
import { READ_APP, SEE_CONFIG_MAPS } from '../rights.ts';
import type { Paint } from '../screen.ts';
import { listOf, object, text } from '../shapes.ts';
import { wrap } from '../text.ts';

export const why: Command = {
  name: 'why',
  group: 'See',
  summary: 'why it is not the newest, not ready, held or stalled; and what to do',
  about: 'A chain of causes, from the operator, the versions, their pods and events, each with the next thing to do.',
  arguments: [AN_APP],
  options: [OPERATOR_NAMESPACE],
  examples: [{ line: 'kubectl iapp why web', about: 'Why does my push not serve?' }],
  rights: [
    ...READ_APP,
    SEE_CONFIG_MAPS,
    { group: '', resource: 'pods', verbs: ['list'], without: 'what pods wait for is not said' },
    { group: 'events.k8s.io', resource: 'events', verbs: ['list'], without: 'events are not said' },
    READ_LEASE,
  ],
  shape: object({
    namespace: text,
    name: text,
    causes: listOf(object({ what: text, 'reason?': text, 'message?': text, 'next?': text })),
    notSeen: listOf(text),
  }),
  run,
};

async function run(context: Context): Promise<Exit> {
  const app = await appNamed(context, context.args[0]);
  const cluster = await context.cluster();
  const namespace = context.options.text('operatorNamespace') ?? '';
  const [operator, [evidence, notSeen]] = await Promise.all([livenessOf(cluster, namespace, context.now()), evidenceOf(cluster, app)]);
  const causes = causesOf(app, evidence, operator, context.now());
  const unseen = [...notSeen, ...(operator.is === 'unknown' ? [operator.message] : [])];
  const { namespace: where, name } = app.metadata;
  context.screen.show({
    value: { namespace: where, name, causes, notSeen: unseen },
    names: causes.flatMap(({ reason }) => reason ?? []),
    lines: (paint, width) => [
      ...wrap(headline(app), width, '  '),
      ...(causes.length === 0
        ? ['Nothing is wrong: the newest serves, and all of it.']
        : causes.flatMap((cause) => linesOf(cause, paint, width))),
      ...unseen.map((each) => `(not seen: ${each})`),
    ],
  });
  return EXIT.done;
}

function linesOf({ what, reason, message = '', next }: Cause, paint: Paint, width: number): string[] {
  const head = `${what}${reason === undefined ? '' : `: ${reason}`}`;
  return [
    ...wrap(head, width - 2, '  ').map((line, i) => `${i === 0 ? paint('red', '▸') : ' '} ${paint('bold', line)}`),
    ...wrap(message, width - 4).map((line) => `    ${line}`),
    ...(next === undefined ? [] : wrap(`→ ${next}`, width - 4, '  ').map((line) => `    ${paint('cyan', line)}`)),
  ];
}

interface EventObject {
  readonly type?: string;
  readonly reason?: string;
  readonly note?: string;
  readonly regarding?: { readonly kind?: string; readonly name?: string };
  readonly deprecatedCount?: number;
  readonly series?: { readonly count?: number };
}

const MOST_EVENTS = 5;

/** What of the cluster speaks to it, and what could not be seen. */
export async function evidenceOf(cluster: Cluster, app: AppObject): Promise<[Evidence, string[]]> {
  const notSeen: string[] = [];
  const tried = async <T>(what: string, look: () => Promise<T[]>): Promise<T[]> => {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof Complaint) || error.exit === EXIT.away) throw error;
      notSeen.push(`${what}: ${error.message}`);
      return [];
    }
  };
  const objects = await tried('pods', () => podsOfApp(cluster, app));
  const rows = rowsOf(app, objects).filter(({ ready, state }) => !ready && state !== 'Terminating');
  const ours = new Set([...objects.map(({ metadata }) => `Pod/${metadata.name}`), ...instancesOf(app)]);
  const events = await tried('events', () => cluster.list<EventObject>('Event', app.metadata.namespace, { fieldSelector: 'type=Warning' }));
  const told = events
    .filter(({ regarding = {} }) => ours.has(`${regarding.kind ?? ''}/${regarding.name ?? ''}`) || isReplicaSetOf(app, regarding))
    .slice(-MOST_EVENTS)
    .map(({ regarding = {}, reason = '', note = '', deprecatedCount, series }) => ({
      about: `${regarding.kind ?? ''} ${regarding.name ?? ''}`,
      reason,
      message: note,
      count: series?.count ?? deprecatedCount ?? 1,
    }));
  const moved = references(app, await lookedAt(cluster, app));
  return [{ references: moved, pods: rows.map(({ name, called, waits }) => ({ name, version: called, waits })), events: told }, notSeen];
}

const instancesOf = ({ status }: AppObject): string[] =>
  (status?.versions ?? []).flatMap(({ instances = [] }) => instances.map(({ name }) => `Deployment/${name}`));
/** A ReplicaSet is called as its Deployment, with a hash behind. */
const isReplicaSetOf = (app: AppObject, { kind, name = '' }: { readonly kind?: string; readonly name?: string }): boolean =>
  kind === 'ReplicaSet' && instancesOf(app).some((instance) => name.startsWith(`${instance.slice('Deployment/'.length)}-`));

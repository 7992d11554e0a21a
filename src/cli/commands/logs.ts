// kubectl iapp logs: what a version wrote, by its name; of one that failed, what it left.
import { LABEL } from '../../model/vocabulary.ts';
import { appNamed, serving, title, versionNamed, versionsOf, type AppObject } from '../apps.ts';
import { AN_APP, A_VERSION } from '../arguments.ts';
import { statusOf, type Cluster } from '../cluster.ts';
import type { Command, Context } from '../command.ts';
import { Complaint, EXIT, type Exit } from '../exit.ts';
import { pathOf } from '../paths.ts';
import type { PodObject } from '../pods.ts';
import { LIST_PODS, READ_APP } from '../rights.ts';

export const logs: Command = {
  name: 'logs',
  group: 'See',
  summary: 'the logs of a version; --failed: of the version that failed last',
  about: 'If there are several, each line begins with pod and container. Without a version: of the one that serves.',
  arguments: [AN_APP, A_VERSION],
  options: [
    { flags: '--failed', about: 'of the version that failed last, its last container that ended included' },
    { flags: '-f, --follow', about: 'go on as they write; Ctrl-C ends it' },
    { flags: '-c, --container <name>', about: 'of this container only' },
    { flags: '--previous', about: 'before their containers were started anew' },
    { flags: '--tail <lines>', about: 'the last lines of each container', fallback: '200' },
  ],
  examples: [
    { line: 'kubectl iapp logs web --failed', about: 'Why did it fail?' },
    { line: 'kubectl iapp logs web 2.4.1 -f', about: 'Of one version, as it goes' },
  ],
  rights: [...READ_APP, LIST_PODS, { group: '', resource: 'pods/log', verbs: ['get'] }],
  run,
};

async function run(context: Context): Promise<Exit> {
  const [name, typed] = context.args;
  const app = await appNamed(context, name);
  const cluster = await context.cluster();
  const { label, called, note } = chosen(app, typed, context.options.is('failed'));
  const pods = await cluster.list<PodObject>('Pod', app.metadata.namespace, { labelSelector: label });
  if (note !== '') context.screen.note(note);
  if (pods.length === 0) throw new Complaint(`${called} has no pods any more: what they wrote is gone, unless something collects it`);
  return (await read(context, cluster, pods)) ? EXIT.done : EXIT.failed;
}

function chosen(app: AppObject, typed: string | undefined, failed: boolean): { label: string; called: string; note: string } {
  if (failed) {
    const last = versionsOf(app)
      .filter(({ failure }) => failure !== undefined)
      .toSorted((a, b) => ((a.failure?.at ?? '') < (b.failure?.at ?? '') ? 1 : -1))[0];
    if (last === undefined) throw new Complaint(`no version of ${app.metadata.name} failed`);
    const { instance, reason = '', message = '' } = last.failure ?? {};
    return {
      label: instance === undefined ? `${LABEL.version}=${last.id}` : `${LABEL.instance}=${instance}`,
      called: title(last),
      note: `${title(last)} failed: ${reason}: ${message}`,
    };
  }
  const version = typed === undefined ? serving(app) : versionNamed(app, typed).version;
  if (version === undefined) throw new Complaint(`nothing of ${app.metadata.name} serves: name a version`);
  return { label: `${LABEL.app}=${app.metadata.name},${LABEL.version}=${version.id}`, called: title(version), note: '' };
}

interface Source {
  readonly pod: PodObject;
  readonly container: string;
  readonly previous: boolean;
}

/** Whether any of them could be read: one node that is away must not hide what the others have. */
async function read(context: Context, cluster: Cluster, pods: readonly PodObject[]): Promise<boolean> {
  const sources = pods.flatMap((pod) => sourcesIn(pod, context));
  if (sources.length === 0) throw new Complaint(`there is no container ${context.options.text('container') ?? ''} in these pods`);
  const several = sources.length > 1;
  let any = false;
  const one = async ({ pod, container, previous }: Source): Promise<void> => {
    const query = new URLSearchParams({
      container,
      tailLines: context.options.text('tail') ?? '200',
      ...(previous ? { previous: 'true' } : {}),
      ...(context.options.is('follow') ? { follow: 'true' } : {}),
    });
    const path = `${pathOf('Pod', pod.metadata.namespace, pod.metadata.name)}/log?${query.toString()}`;
    const head = several ? `[${pod.metadata.name} ${container}${previous ? ' before' : ''}] ` : '';
    try {
      for await (const line of cluster.lines(path, context.signal)) context.screen.say(head + line);
      any = true;
    } catch (error) {
      if (statusOf(error) === 0 || statusOf(error) === 403) throw error;
      context.screen.note(`${head}${(error as Error).message}`);
    }
  };
  if (context.options.is('follow')) await Promise.all(sources.map(one));
  else for (const source of sources) await one(source);
  return any;
}

/** Of a failed version both what its containers write and what they wrote before they ended. */
function sourcesIn(pod: PodObject, { options }: Context): Source[] {
  const only = options.text('container');
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ name }) => name);
  const wanted = containers.filter((name) => only === undefined || name === only);
  const ended = new Set(
    (pod.status?.containerStatuses ?? []).filter(({ lastState }) => lastState?.terminated !== undefined).map(({ name }) => name),
  );
  return wanted.flatMap((container) => {
    if (options.is('previous')) return [{ pod, container, previous: true }];
    const now = { pod, container, previous: false };
    return options.is('failed') && ended.has(container) ? [{ pod, container, previous: true }, now] : [now];
  });
}

// kubectl iapp plan: what applying a manifest would do, before it does.
import { CONDITION, GROUP } from '../../model/vocabulary.ts';
import { obj } from '../../model/json.ts';
import type { Command, Context, Right } from '../command.ts';
import type { Manifest } from '../documents.ts';
import { isA, nameOf, namespaceOf } from '../documents.ts';
import type { Exit } from '../exit.ts';
import { Complaint, EXIT } from '../exit.ts';
import { filenames } from '../arguments.ts';
import { appsIn, beside, filesOf } from '../files.ts';
import type { Foreseen, Outlook } from '../forecast/outlook.ts';
import { lineOf, OPERATOR_NAMESPACE, READ_LEASE } from '../operator.ts';
import type { View } from '../screen.ts';
import { bool, listOf, object, text } from '../shapes.ts';
import { duration, plural, span, wrap } from '../text.ts';

const lists = (group: string, ...resources: readonly string[]): Right[] =>
  resources.map((resource) => ({ group, resource, verbs: ['list'] }));
const number = { type: 'number' } as const;

export const plan: Command = {
  name: 'plan',
  group: 'From files',
  summary: 'what applying a manifest would do: versions, pods, when traffic moves',
  about:
    'Runs the decision of the operator in virtual time, over what the cluster has now and the manifest. Nothing is written; the API server is asked by dry runs. ' +
    'It shows the earliest that can be: pods may take longer or fail, nodes and quotas may be full, people may decide otherwise, and what the operator remembers in memory (a drain under way) begins anew. ' +
    'Of gates it shows which are asked, when a window opens, and the earliest at which the others could pass: what pods, sources and people will answer nobody knows.',
  arguments: [],
  options: [
    filenames('manifest of the App, and of ConfigMaps and Services that change with it'),
    { flags: '--ready-after <duration>', about: 'how long a pod takes until it is ready (default: as long as those that serve took)' },
    OPERATOR_NAMESPACE,
    { flags: '--within <duration>', about: 'how far to look', fallback: '4h' },
  ],
  examples: [
    { line: 'kubectl iapp plan -f app.yaml', about: 'What will happen when I apply this?' },
    { line: 'kubectl iapp plan -f app.yaml --ready-after 90s', about: 'With slower pods' },
    { line: 'kubectl iapp plan -f app.yaml -o json | jq .[0].switchesAfterSeconds', about: 'For a pipeline' },
  ],
  rights: [
    ...lists(GROUP, 'immutableapps'),
    ...lists('apps', 'controllerrevisions', 'deployments', 'replicasets'),
    ...lists('', 'configmaps', 'services', 'pods'),
    ...lists('discovery.k8s.io', 'endpointslices'),
    ...lists('policy', 'poddisruptionbudgets'),
    { ...READ_LEASE, without: 'whether somebody has stopped all promotions stays unsaid' },
    { group: GROUP, resource: 'immutableapps', verbs: ['create', 'patch'], without: 'what admission says of the manifest stays unsaid' },
    { group: 'apps', resource: 'deployments', verbs: ['create'], without: 'what the API server says of the pods stays unsaid' },
  ],
  shape: listOf(
    object({
      namespace: text,
      name: text,
      version: object({ id: text, called: text, isNew: bool }),
      steps: listOf(object({ afterSeconds: number, does: text })),
      'switchesAfterSeconds?': number,
      readyAfterSeconds: number,
      serves: object({ before: text, after: text }),
      pods: object({ now: number, most: number, after: number }),
      'waits?': object({ reason: text, message: text }),
      gates: listOf(object({ phase: text, name: text, verdict: text, 'passesAfterSeconds?': number, 'message?': text })),
      'images?': text,
      warnings: listOf(object({ reason: text, message: text })),
      limits: listOf(text),
    }),
  ),
  run,
};

interface Planned extends Outlook {
  readonly namespace: string;
  readonly name: string;
  readonly readyAfterSeconds: number;
  readonly limits: readonly string[];
}

async function run(context: Context): Promise<Exit> {
  const { apps, others } = await appsIn(context, filesOf(context));
  const planned = [];
  for (const app of apps) planned.push(await planOf(context, app, beside(app, others)));
  context.screen.show(view(planned.map(({ outlook }) => outlook)));
  return planned.some(({ stalls }) => stalls) ? EXIT.stalled : EXIT.done;
}

async function planOf(
  context: Context,
  manifest: Manifest,
  others: readonly Manifest[],
): Promise<{ readonly outlook: Planned; readonly stalls: boolean }> {
  const [{ forecast }, { outlookOf }, live] = await Promise.all([
    import('../forecast/forecast.ts'),
    import('../forecast/outlook.ts'),
    import('../forecast/live.ts'),
  ]);
  const cluster = await context.cluster();
  const [start, line] = await Promise.all([
    live.startOf(cluster, manifest, others),
    lineOf(cluster, context.options.text('operatorNamespace') ?? ''),
  ]);
  const limits = new Set(start.limits);
  if (line === undefined) limits.add('whether somebody has stopped all promotions: you may not read the Lease of the operator');
  const readyMs = millis(context, 'readyAfter') ?? live.readyAfterMs(start.live, start.objects) ?? 0;
  const seen = await forecast({
    app: start.app,
    objects: start.objects,
    now: context.now(),
    readyMs,
    horizonMs: millis(context, 'within') ?? 0,
    ...(line === undefined ? {} : { line }),
    ...live.defaultsIn([...start.objects, ...(start.live === undefined ? [] : [start.live])]),
    rehearse: live.rehearsalOn(cluster, (why) => limits.add(why)),
  });
  const pods = start.objects.filter((each) => isA(each, 'Pod') && live.isOf(manifest, each)).length;
  const outlook = outlookOf(seen, obj(start.live?.status), pods);
  const stalls = seen.status.conditions?.some(({ type, status }) => type === CONDITION.stalled && status === 'True') === true;
  const named = { namespace: namespaceOf(manifest), name: nameOf(manifest) };
  return { outlook: { ...named, ...outlook, readyAfterSeconds: readyMs / 1000, limits: [...limits] }, stalls };
}

function millis(context: Context, option: string): number | undefined {
  const typed = context.options.text(option);
  if (typed === undefined) return undefined;
  const ms = duration(typed);
  if (ms === undefined) throw new Complaint(`${typed} is no duration: write it as 90s, 5m or 1h30m`, EXIT.usage);
  return ms;
}

function view(planned: readonly Planned[]): View {
  return {
    value: planned,
    names: planned.map(({ name }) => `immutableapp.immutableapp.io/${name}`),
    lines: (paint, width) =>
      planned.flatMap((each) => {
        const fact = (title: string, words: string): string[] => wrap(`${title.padEnd(9)}${words}`, width, ' '.repeat(9));
        return [
          `${paint('bold', each.name)} (${each.namespace})`,
          ...fact('Version', `${each.version.called || '-'}${each.version.isNew ? ', new' : ', known'}`),
          ...fact('Traffic', trafficOf(each)),
          ...fact('Pods', `${String(each.pods.now)} now, ${String(each.pods.most)} at most, ${String(each.pods.after)} in the end`),
          ...each.gates.flatMap((gate) => fact('Gate', gateLine(gate))),
          ...(each.images === undefined ? [] : fact('Images', `${each.images}, by the platform's default: the App does not say`)),
          ...(each.waits === undefined ? [] : fact('Waits', paint('yellow', `${each.waits.reason}: ${each.waits.message}`))),
          ...each.warnings.flatMap(({ reason, message }) => fact('Warning', `${reason}: ${message}`)),
          ...each.limits.flatMap((limit) => fact('Unsaid', limit)),
          '',
          ...(each.steps.length === 0
            ? ['Nothing would change.']
            : each.steps.map(({ afterSeconds, does }) => `  ${`+${span(afterSeconds * 1000)}`.padEnd(8)}${does}`)),
        ];
      }),
  };
}

function gateLine({ phase, name, verdict, passesAfterSeconds, message }: Foreseen): string {
  const gate = `${phase}/${name}`;
  if (passesAfterSeconds !== undefined) return `${gate} passes after ${span(passesAfterSeconds * 1000)} at the earliest`;
  return `${gate} ${verdict === 'fail' ? 'fails' : 'waits'}${message === undefined ? '' : `: ${message}`}`;
}

function trafficOf({ switchesAfterSeconds, readyAfterSeconds, serves, steps }: Planned): string {
  if (switchesAfterSeconds !== undefined) {
    const pods =
      readyAfterSeconds === 0 ? 'if pods were ready at once' : `with pods that are ready after ${span(readyAfterSeconds * 1000)}`;
    return `moves after ${span(switchesAfterSeconds * 1000)} at the earliest, ${pods}: ${serves.before || 'nothing'} → ${serves.after}`;
  }
  return `stays: ${serves.after || 'nothing'} serves${steps.length === 0 ? '' : `; ${plural(steps.length, 'step')} without a switch`}`;
}

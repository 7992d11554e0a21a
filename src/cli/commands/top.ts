// kubectl iapp top: which Apps want somebody, the one that waits longest first; and whether the operator is alive.
import { ANNOTATION, CONDITION, REASON } from '../../model/vocabulary.ts';
import { everywhere, appsThere, conditionOf, fullName, isTrue, serving, shortId, title, type AppObject } from '../apps.ts';
import type { Command, Context } from '../command.ts';
import { Complaint, EXIT, type Exit } from '../exit.ts';
import { livenessOf, OPERATOR_NAMESPACE, READ_LEASE, type Liveness } from '../operator.ts';
import { lookUp } from '../reasons.ts';
import { LIST_APPS } from '../rights.ts';
import { listOf, object, text } from '../shapes.ts';
import { ago, bareNames, columns, plural, wrap } from '../text.ts';

export const top: Command = {
  name: 'top',
  group: 'Pipelines',
  summary: 'the Apps that need attention, oldest first; is the operator alive?',
  about:
    'All namespaces unless -n says otherwise. --behind: every App whose spec is not what serves, and why. --contexts: what serves in each of several clusters, side by side; the same content has the same id everywhere. One that does not answer is a question mark, and the exit code says why.',
  arguments: [],
  options: [
    { flags: '--behind', about: 'those whose spec is not what serves' },
    { flags: '--contexts <a,b,c>', about: 'what serves in each of these contexts' },
    OPERATOR_NAMESPACE,
  ],
  examples: [
    { line: 'kubectl iapp top', about: 'Which Apps want somebody?' },
    { line: 'kubectl iapp top --behind', about: 'Where is what serves not what Git says?' },
    { line: 'kubectl iapp top --contexts staging,eu,us', about: 'The same everywhere?' },
  ],
  rights: [{ ...LIST_APPS[0]!, where: 'cluster', without: 'say -n' }, READ_LEASE],
  shape: {
    anyOf: [
      object({
        operator: object({ is: text, message: text, 'holder?': text }),
        apps: listOf(object({ namespace: text, name: text, want: text, 'since?': text, 'serves?': text, why: text })),
      }),
      listOf(object({ namespace: text, name: text, serves: { type: 'object', additionalProperties: text } })),
    ],
  },
  run,
};

interface Want {
  readonly namespace: string;
  readonly name: string;
  readonly want: string;
  readonly since?: string;
  readonly serves?: string;
  readonly why: string;
}

async function run(context: Context): Promise<Exit> {
  const contexts = context.options.text('contexts');
  if (contexts !== undefined) return beside(context, contexts.split(','));
  const here = context.options.text('namespace') !== undefined;
  const cluster = await context.cluster();
  const now = context.now();
  const [apps, operator] = await Promise.all([
    here ? appsThere(context) : everywhere(cluster),
    livenessOf(cluster, context.options.text('operatorNamespace') ?? '', now),
  ]);
  const wants = wantsOf(apps, context.options.is('behind'), operator);
  context.screen.show({
    value: { operator, apps: wants },
    names: wants.map(({ name }) => `immutableapp.immutableapp.io/${name}`),
    lines: (paint, width) => [
      ...wrap(paint(operator.is === 'alive' ? 'green' : 'red', operator.message), width, '  '),
      ...(wants.length === 0 ? [`${plural(apps.length, 'App')}, and none wants anybody.`] : []),
      ...columns(
        ['SINCE', 'APP', 'SERVES', 'WANTS', 'WHY'],
        wants.map((each) => [
          ago(each.since, now),
          `${each.namespace}/${each.name}`,
          each.serves === undefined ? '-' : bareNames([each.serves])(each.serves),
          paint(lookUp(each.want)?.tone ?? 'yellow', each.want),
          each.why,
        ]),
        width,
      ),
    ],
  });
  return EXIT.done;
}

export function wantsOf(apps: readonly AppObject[], behind: boolean, operator: Liveness): Want[] {
  return apps
    .flatMap((app) => (behind ? behindBy(app) : wantOf(app, operator)))
    .toSorted((a, b) =>
      (a.since ?? '') < (b.since ?? '')
        ? -1
        : (a.since ?? '') > (b.since ?? '')
          ? 1
          : `${a.namespace}/${a.name}` < `${b.namespace}/${b.name}`
            ? -1
            : 1,
    );
}

function row(app: AppObject, want: string, why: string, since?: string): Want {
  const active = serving(app);
  return {
    namespace: app.metadata.namespace,
    name: app.metadata.name,
    want,
    ...(since === undefined ? {} : { since }),
    ...(active === undefined ? {} : { serves: title(active) }),
    why,
  };
}

/** What only a person decides, or has to know; the gravest of it. */
const PEOPLES: ReadonlySet<string> = new Set([REASON.AwaitingActivation, REASON.Held, REASON.HeldAlong, REASON.Pinned, REASON.Paused]);

function wantOf(app: AppObject, operator: Liveness): Want[] {
  const grave = [CONDITION.stalled, CONDITION.available]
    .flatMap((type) => conditionOf(app, type) ?? [])
    .filter(({ type, status }) => status === (type === CONDITION.stalled ? 'True' : 'False'));
  const [first] = grave;
  if (first !== undefined) return [row(app, first.reason ?? '', first.message ?? '', first.lastTransitionTime)];
  const { observedGeneration = 0 } = app.status ?? {};
  if (operator.is === 'away' && observedGeneration < app.metadata.generation)
    return [row(app, 'Unreported', 'nobody has acted on its last change: the operator is away', app.metadata.creationTimestamp)];
  if (app.spec.paused === true)
    return [row(app, REASON.Paused, 'spec.paused is set', conditionOf(app, CONDITION.ready)?.lastTransitionTime)];
  const upToDate = conditionOf(app, CONDITION.upToDate);
  if (upToDate?.status === 'False' && PEOPLES.has(upToDate.reason ?? ''))
    return [row(app, upToDate.reason ?? '', upToDate.message ?? '', upToDate.lastTransitionTime)];
  const pin = app.metadata.annotations?.[ANNOTATION.pin];
  if (pin !== undefined) return [row(app, REASON.Pinned, `pinned to ${pin}`, conditionOf(app, CONDITION.ready)?.lastTransitionTime)];
  return [];
}

function behindBy(app: AppObject): Want[] {
  const upToDate = conditionOf(app, CONDITION.upToDate);
  if (upToDate?.status === 'True' && !isTrue(app, CONDITION.stalled)) return [];
  if (upToDate === undefined) return [row(app, 'Unreported', 'the operator has not reported on it', app.metadata.creationTimestamp)];
  return upToDate.status === 'True' ? [] : [row(app, upToDate.reason ?? '', upToDate.message ?? '', upToDate.lastTransitionTime)];
}

async function beside(context: Context, contexts: readonly string[]): Promise<Exit> {
  const asked = await Promise.all(contexts.map((name) => appsIn(context, name)));
  const found = asked.flatMap((each) => (each instanceof Complaint ? [] : each));
  const names = [...new Set(found.flatMap((apps) => [...apps.keys()]))].toSorted();
  const rows = names.map((full) => {
    const [namespace = '', name = ''] = full.split('/');
    const serves = contexts.flatMap((each, i) => {
      const apps = asked[i];
      return apps instanceof Complaint ? [] : [[each, apps?.get(full)?.status?.activeVersion ?? '-'] as const];
    });
    return { namespace, name, serves: Object.fromEntries(serves) };
  });
  context.screen.show({
    value: rows,
    names,
    lines: (paint, width) =>
      columns(
        ['APP', ...contexts, 'SAME'],
        rows.map(({ namespace, name, serves }) => [
          `${namespace}/${name}`,
          ...contexts.map((each) => shortId({ metadata: { name } }, serves[each] ?? '?')),
          new Set(Object.values(serves)).size > 1
            ? paint('yellow', 'no')
            : found.length < contexts.length
              ? paint('yellow', '?')
              : paint('green', 'yes'),
        ]),
        width,
      ),
  });
  return asked.find((each) => each instanceof Complaint)?.exit ?? EXIT.done;
}

/** By full name; a Complaint, which is told, where nobody answers: what the others have is shown all the same. */
async function appsIn(context: Context, name: string): Promise<ReadonlyMap<string, AppObject> | Complaint> {
  try {
    const cluster = await context.cluster({ context: name });
    const apps =
      context.options.text('namespace') === undefined ? everywhere(cluster) : cluster.list<AppObject>('ImmutableApp', cluster.namespace);
    return new Map((await apps).map((app) => [fullName(app), app]));
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    context.screen.note(`Error: in context ${name}: ${error.message}`);
    return error;
  }
}

// kubectl iapp status: the first screen at 3 a.m.
import { CONDITION } from '../../model/vocabulary.ts';
import { appNamed, appsThere, wayBack, type AppObject } from '../apps.ts';
import { AN_APP } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, type Exit } from '../exit.ts';
import { outline, overview, podsText, summary, type Overview } from '../overview.ts';
import { lookedAt, type Looked } from '../moved.ts';
import { LIST_RECORDS, READ_APP, SEE_CONFIG_MAPS, SEE_SECRETS, WATCH_APPS } from '../rights.ts';
import type { Paint, Style, View } from '../screen.ts';
import { namesGone } from '../secrets.ts';
import { OVERVIEW } from '../shapes.ts';
import { ago, bareNames, columns, cut, wrap } from '../text.ts';
import { followed } from '../following.ts';
import { lookUp } from '../reasons.ts';

export const status: Command = {
  name: 'status',
  group: 'See',
  summary: 'which version serves, since when, by whom; the newest; how to roll back',
  about: 'Without APP: all Apps of the namespace, or of every one with -A; of an App that is alone there, everything.',
  arguments: [AN_APP],
  options: [{ flags: '-w, --watch', about: 'go on, and show what changes; Ctrl-C ends it' }],
  examples: [
    { line: 'kubectl iapp status web', about: 'What serves, and how do I go back?' },
    { line: 'kubectl iapp status -A', about: 'All Apps of the cluster' },
    { line: 'kubectl iapp status web -w', about: 'Watch a rollout; into a file, one line for each change' },
    { line: 'kubectl iapp status web -o json | jq -r .serves.id', about: 'For a script' },
  ],
  rights: [...READ_APP, WATCH_APPS, SEE_CONFIG_MAPS, { ...LIST_RECORDS, without: SEE_SECRETS.without! }, SEE_SECRETS],
  shape: OVERVIEW,
  run,
};

async function run(context: Context): Promise<Exit> {
  const [name] = context.args;
  const apps = name === undefined ? await appsThere(context) : [await appNamed(context, name)];
  const alone = name !== undefined || (apps.length === 1 && !context.options.is('allNamespaces'));
  if (!alone) {
    context.screen.show(list(apps, context.now()));
    if (apps.length === 0) context.screen.note(`There is no ImmutableApp here.`);
    return EXIT.done;
  }
  const [app] = apps;
  if (app === undefined) return EXIT.done;
  if (!context.options.is('watch')) {
    const back = wayBack(app);
    const [looked, gone] = await Promise.all([
      context.cluster().then((cluster) => lookedAt(cluster, app)),
      back === undefined ? [] : namesGone(context, app, back),
    ]);
    context.screen.show(view(app, context.now(), looked, gone));
    return EXIT.done;
  }
  return watch(context, app);
}

const SECOND_MS = 1_000;

async function watch(context: Context, app: AppObject): Promise<Exit> {
  const { screen } = context;
  let last = '';
  let shown: AppObject | undefined;
  const draw = (): void => {
    if (shown !== undefined) screen.draw([...view(shown, context.now()).lines(screen.paint, screen.width), '']);
  };
  // Ages go on while nothing changes.
  const clock = screen.live ? setInterval(draw, SECOND_MS) : undefined;
  try {
    for await (const seen of followed(context, app)) {
      if (seen === undefined) {
        screen.say(`${app.metadata.name} was deleted`);
        return EXIT.done;
      }
      if (screen.format !== 'text') {
        screen.show(view(seen, context.now()));
        continue;
      }
      shown = seen;
      const line = summary(seen);
      if (screen.live) draw();
      else if (line !== last) screen.say(`${new Date(context.now()).toISOString()} ${line}`);
      last = line;
    }
    return EXIT.done;
  } finally {
    clearInterval(clock);
  }
}

function list(apps: readonly AppObject[], now: number): View {
  return {
    // Asked for by programs only.
    get value() {
      return apps.map((app) => overview(app));
    },
    names: apps.map(({ metadata }) => `immutableapp.immutableapp.io/${metadata.name}`),
    lines: (paint, width) =>
      columns(
        ['NAMESPACE', 'NAME', 'SERVES', 'PODS', 'SINCE', 'NEWEST', 'STATE'],
        apps.map(outline).map(({ namespace, name, serves, newest, state }) => {
          const bare = bareNames([serves, newest].flatMap((each) => each?.called ?? []));
          return [
            namespace,
            name,
            serves === undefined ? '-' : bare(serves.called),
            serves === undefined ? '-' : `${serves.pods.ready}/${serves.pods.desired}`,
            ago(serves?.since, now),
            newest === undefined ? '-' : newest.serves ? 'serves' : bare(newest.called),
            paint(toneOf(state), state),
          ];
        }),
        width,
      ),
  };
}

const toneOf = (state: string): Style => lookUp(state)?.tone ?? 'yellow';

export function view(app: AppObject, now: number, looked?: Looked, gone?: readonly string[]): View {
  const seen = overview(app, looked, gone);
  return {
    value: seen,
    names: [`immutableapp.immutableapp.io/${seen.name}`],
    lines: (paint, width) => [
      `${paint('bold', seen.name)} (${seen.namespace}): ${paint(toneOf(seen.state), seen.state)}`,
      ...facts(seen, now, paint, width),
      ...troubles(seen, paint, width),
    ],
  };
}

const LABEL_WIDTH = 11;
type Climbed = NonNullable<Overview['services'][number]['ladder']>;

function facts(seen: Overview, now: number, paint: Paint, width: number): string[] {
  const { serves, newest, back, services, current, references, defaults } = seen;
  const row = (label: string, text: string): string[] =>
    wrap(text, width - LABEL_WIDTH - 2, '').map((line, i) => `  ${paint('dim', (i === 0 ? label : '').padEnd(LABEL_WIDTH))}${line}`);
  return [
    ...(current ? [] : row('note', 'the operator has not reported on your last change yet')),
    ...(serves === undefined ? row('serves', 'nothing yet') : row('serves', `${paint('bold', serves.called)}${sinceText(serves, now)}`)),
    ...(serves === undefined ? [] : row('pods', `${podsText(serves.pods)} of ${serves.instance ?? ''}`)),
    ...(newest === undefined
      ? []
      : row('newest', newest.serves ? (newest.why === undefined ? 'it is what serves' : newest.why) : newestText(newest))),
    ...(back === undefined ? row('way back', 'none: nothing else has served that nobody decided against') : backRows(back, row)),
    ...services.flatMap(({ name = '', ladder }) => (ladder?.instance === undefined ? [] : row('share', shareText(name, ladder)))),
    ...services.flatMap(({ name, instance, role, converged }) =>
      row(
        'service',
        `${name}${role === 'Preview' ? ' (preview)' : ''} → ${instance ?? 'nothing yet'}${converged === true || role === 'Preview' ? '' : ', endpoints not there yet'}`,
      ),
    ),
    ...(defaults?.images === undefined ? [] : row('images', `${defaults.images}, by the platform's default: the App does not say`)),
    ...references.flatMap(({ name, verdict, message }, i) => row(i === 0 ? 'refers to' : '', `${name}: ${VERDICTS[verdict]}${message}`)),
  ];
}

const VERDICTS = { same: '', moved: 'MOVED: ', unknown: '' } as const;

function sinceText({ since, reason, by }: NonNullable<Overview['serves']>, now: number): string {
  const when = since === undefined ? '' : ` for ${ago(since, now)}`;
  return `${when}${reason === undefined ? '' : `: ${reason}`}${by === undefined ? '' : ` by ${by}`}`;
}

const BAR_WIDTH = 20;

/** Of a version that climbs a ladder. */
function shareText(service: string, { percent = 0, instance = '', rung = 0, rungs = 0, next }: Climbed): string {
  const full = Math.max(1, Math.floor((percent * BAR_WIDTH) / 100));
  const bar = `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`;
  return `${bar} ${String(percent)} % of ${service} → ${instance} (rung ${String(rung)} of ${String(rungs)})${next === undefined ? '' : `, next ${next}`}`;
}

const newestText = ({ called, state, why }: NonNullable<Overview['newest']>): string =>
  `${called}${state === undefined ? '' : `, ${state}`}${why === undefined ? '' : `: ${why}`}`;

function backRows(
  { called, state, pods, command, secretsGone = [] }: NonNullable<Overview['back']>,
  row: (label: string, text: string) => string[],
): string[] {
  const warm = pods.ready > 0 ? `${podsText(pods)} warm: at once` : 'cold: its pods start first';
  return [
    ...row('way back', `${called}, ${state ?? ''}, ${warm}`),
    ...secretsGone.flatMap((name) => row('', `SECRET GONE: ${name}: no new pod of it starts`)),
    ...row('', command),
  ];
}

/** What is not well, the worst first, each with what to do. */
function troubles({ conditions, warnings, gates }: Overview, paint: Paint, width: number): string[] {
  const stalled = conditions.filter(({ type, status: is }) => type === CONDITION.stalled && is === 'True');
  const going = conditions.filter(({ type, status: is }) => type === CONDITION.reconciling && is === 'True');
  const enforced = conditions.filter(({ type, status: is }) => type === CONDITION.enforced && is === 'False');
  const away = conditions.filter(({ type, status: is }) => type === CONDITION.available && is === 'False');
  const say = (tone: Style, head: string, message = ''): string[] =>
    wrap(`${head}${message === '' ? '' : `: ${message}`}`, width - 2, '  ').map((line, i) =>
      i === 0 ? `${paint(tone, '!')} ${line}` : `  ${line}`,
    );
  return [
    ...[...stalled, ...away].flatMap(({ type, reason, message }) => say('red', `${type} ${reason ?? ''}`, message)),
    ...going.flatMap(({ reason, message }) => say('yellow', reason ?? '', message)),
    ...gates
      .filter(({ verdict }) => verdict !== 'pass')
      .map(({ version, name, verdict, message }) => cut(`  gate ${name} of ${version}: ${verdict ?? ''}: ${message ?? ''}`, width)),
    ...[...enforced, ...warnings].flatMap(({ reason, message }) => say('yellow', reason ?? '', message)),
  ];
}

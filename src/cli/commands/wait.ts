// kubectl iapp wait: for pipelines.
import { CONDITION, REASON } from '../../model/vocabulary.ts';
import { appNamed, conditionOf, newest, serving, title, versionsOf, type AppObject } from '../apps.ts';
import { AN_APP } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, type Exit } from '../exit.ts';
import { DONE, durationOf, stalledAt, WAIT, waited, type Verdict } from '../progress.ts';
import { READ_APP, WAIT_APP } from '../rights.ts';
import { object, text } from '../shapes.ts';

export const wait: Command = {
  name: 'wait',
  group: 'Pipelines',
  summary: 'wait until the content of spec serves; an exit code for each outcome',
  about:
    'Without a version: until what was pushed last serves, captured ConfigMaps included. It ends at once when only a person can help (6), and when a person decided otherwise (7): held, pinned elsewhere, paused, waiting to be named. With a version: until that one serves.',
  arguments: [
    AN_APP,
    {
      name: 'version',
      about: 'name or id, as `kubectl iapp hash` tells it; it need not be there yet',
      optional: true,
      completes: 'versions',
    },
  ],
  options: [
    { flags: '--timeout <duration>', about: 'how long at most', fallback: '15m' },
    { flags: '--quiet', about: 'say nothing on the way' },
  ],
  examples: [
    { line: 'kubectl apply --server-side -f web.yaml && kubectl iapp wait web', about: 'In a pipeline' },
    { line: 'kubectl iapp wait web "$(kubectl iapp hash web.yaml)" --timeout 10m', about: 'Until exactly this content serves' },
  ],
  rights: [...READ_APP, ...WAIT_APP],
  shape: object({
    namespace: text,
    name: text,
    outcome: { enum: ['done', 'failed', 'timedOut', 'stalled', 'held', 'interrupted'] },
    'serves?': text,
    why: text,
  }),
  run,
};

async function run(context: Context): Promise<Exit> {
  const [name, version] = context.args;
  const { screen } = context;
  const app = await appNamed(context, name);
  const { generation } = app.metadata;
  const judge = (now: AppObject): Verdict => (version === undefined ? pushed(now, generation) : named(now, version));
  const aloud = screen.format === 'text' ? screen.say : screen.note;
  const tell = context.options.is('quiet') ? () => undefined : aloud;
  const { exit, app: last, why } = await waited(context, { app, judge, timeoutMs: durationOf(context, 'timeout', 'timeout'), tell });
  const active = last === undefined ? undefined : serving(last);
  const outcome = Object.entries(EXIT).find(([, code]) => code === exit)?.[0] ?? 'failed';
  screen.show({
    value: {
      namespace: app.metadata.namespace,
      name: app.metadata.name,
      outcome,
      ...(active === undefined ? {} : { serves: active.id }),
      why,
    },
    names: active === undefined ? [] : [active.id],
    lines: () => (exit === EXIT.done ? [`${active === undefined ? app.metadata.name : title(active)} serves.`] : []),
  });
  if (exit !== EXIT.done) screen.note(`${app.metadata.name} is not there: ${why}`);
  return exit;
}

/** Decisions of people that keep what was pushed from serving. */
const DECIDED: ReadonlySet<string> = new Set([REASON.Held, REASON.HeldAlong, REASON.Pinned, REASON.AwaitingActivation, REASON.Paused]);

/** What spec said when the command began, or says since. */
export function pushed(app: AppObject, generation: number): Verdict {
  if ((app.status?.observedGeneration ?? 0) < generation) return WAIT;
  const { status, reason = '', message = '' } = conditionOf(app, CONDITION.upToDate) ?? {};
  if (status === 'True') return DONE;
  return DECIDED.has(reason) ? { is: 'held', why: `${reason}: ${message}` } : (stalledAt(app, generation) ?? WAIT);
}

export function named(app: AppObject, typed: string): Verdict {
  const active = serving(app);
  const is = (version: { readonly id: string; readonly names?: string[] } | undefined): boolean =>
    version !== undefined &&
    (version.id === typed || version.id === `${app.metadata.name}-${typed}` || version.names?.includes(typed) === true);
  if (is(active))
    return (app.status?.services ?? []).every(({ role, converged }) => role === 'Preview' || converged === true) ? DONE : WAIT;
  const version = versionsOf(app).find(is);
  if (version === undefined) return WAIT;
  const { state = '', reason = '', message = '' } = version;
  if (state === 'Failed') return { is: 'stalled', why: `${reason}: ${message}` };
  if (state === REASON.Rejected || DECIDED.has(reason)) return { is: 'held', why: `${reason}: ${message}` };
  return is(newest(app)) ? pushed(app, app.metadata.generation) : WAIT;
}

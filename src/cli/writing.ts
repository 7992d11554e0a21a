// One write to an App, as a person's: names checked before, said as the kubectl line that does the same, refused where Git keeps the field,
// asked for before it moves production traffic, and waited for until it is true. Every command that writes goes through here.
import { note, patching } from '../model/command.ts';
import type { AppObject } from './apps.ts';
import { statusOf } from './cluster.ts';
import type { Context, Option, Schema } from './command.ts';
import { Complaint, EXIT, type Exit } from './exit.ts';
import { keeperOf, type Path } from './ownership.ts';
import { pathOf } from './paths.ts';
import { durationOf, waited, type Verdict } from './progress.ts';
import { bool, object, text } from './shapes.ts';
import { quoted, wrap } from './text.ts';

export const DRY_RUN: Option = { flags: '--dry-run', about: 'ask the API server whether it would take it, and change nothing' };
/** What stands above and below the lines that say what a write does, while it is none: they read as if it were done. */
export const DRY = { above: 'A dry run. Without --dry-run:', below: 'The API server would take it. Nothing was changed.' } as const;

export const WRITE_OPTIONS: readonly Option[] = [
  DRY_RUN,
  { flags: '--reason <text>', about: 'why; it goes with your name into history and the audit log' },
  { flags: '-y, --yes', about: 'do not ask before production traffic moves' },
  { flags: '--no-wait', about: 'end as soon as it is written' },
  { flags: '--timeout <duration>', about: 'how long to wait until it is true', fallback: '15m' },
];

export const WRITTEN: Schema = object({
  namespace: text,
  name: text,
  what: text,
  command: text,
  dryRun: bool,
  'outcome?': text,
  'why?': text,
});

/** What is to be written. */
export interface Wish {
  readonly app: AppObject;
  /** One sentence. */
  readonly what: string;
  readonly field: Path;
  /** null takes it away. */
  readonly value: unknown;
  /** Absent where the field is one person's. Where several add to it: the value on the App as it is by then, when somebody wrote first. */
  readonly anew?: (app: AppObject) => unknown;
  /** More to know before: differences, what follows. */
  readonly before?: readonly string[];
  readonly movesTraffic: boolean;
  /** What to do instead where Git keeps the field. */
  readonly instead?: string;
  /** `written`: the App as the write left it. */
  readonly judge: (written: AppObject) => (app: AppObject) => Verdict;
}

export async function write(context: Context, wish: Wish): Promise<Exit> {
  const { app, what, field, value } = wish;
  const { screen, options } = context;
  const manager = managerOf(context);
  const command = kubectlLine(app, field, value, manager);
  const keeper = keeperOf(app, field);
  if (keeper !== undefined) throw new Complaint(keptInGit(wish, keeper, command));
  const tell = screen.format === 'text' ? screen.say : screen.note;
  const dryRun = options.is('dryRun');
  if (dryRun) tell(DRY.above);
  for (const line of [...wrap(what, screen.width, '  '), ...(wish.before ?? []), `$ ${command}`]) tell(line);
  if (!dryRun && wish.movesTraffic && !options.is('yes')) await confirm(context);
  const { namespace, name } = app.metadata;
  const written = await patched(context, wish, { manager, dryRun });
  const report = (outcome?: { outcome: string; why?: string }): void => {
    if (screen.format !== 'text')
      screen.show({
        value: { namespace, name, what, command, dryRun, ...outcome },
        names: [`immutableapp.immutableapp.io/${name}`],
        lines: () => [],
      });
  };
  if (dryRun || !options.is('wait')) {
    tell(dryRun ? DRY.below : 'Written.');
    report({ outcome: dryRun ? 'dryRun' : 'written' });
    return EXIT.done;
  }
  const { exit, why } = await waited(context, {
    app: written,
    judge: wish.judge(written),
    timeoutMs: durationOf(context, 'timeout', 'timeout'),
    tell,
  });
  if (exit === EXIT.done) tell('Done.');
  else screen.note(`It is written, and not yet true: ${why}`);
  report({ outcome: exit === EXIT.done ? 'done' : 'notYet', ...(why === '' ? {} : { why }) });
  return exit;
}

/** What several people add to is written over nobody: on a conflict the App is read once more, and the value made of what stands there now. */
async function patched(context: Context, { app, field, value, anew }: Wish, as: { manager: string; dryRun: boolean }): Promise<AppObject> {
  const cluster = await context.cluster();
  const { namespace, name } = app.metadata;
  const path = pathOf('ImmutableApp', namespace, name);
  if (anew === undefined) return cluster.patch(path, { body: patchOf(field, value), type: 'merge', ...as });
  return unlessOvertaken(app, {
    read: () => cluster.get<AppObject>(path),
    send: (latest) => {
      const { uid, resourceVersion } = latest.metadata;
      const change = patchOf(['annotations', ...field.slice(2)], anew(latest)) as object;
      return cluster.patch<AppObject>(path, { body: { metadata: { uid, resourceVersion, ...change } }, type: 'merge', ...as });
    },
  });
}

/** The operator writes status all the time, which is a conflict, too. */
const MOST_TRIES = 20;

/** Sends what was made of an object as it was read. Where somebody wrote in between, it is read and made once more. */
export async function unlessOvertaken<T>(
  first: T,
  { read, send }: { readonly read: () => Promise<T>; readonly send: (latest: T) => Promise<T> },
): Promise<T> {
  for (let tries = 1, latest = first; ; tries++) {
    try {
      return await send(latest);
    } catch (error) {
      if (statusOf(error) !== 409 || tries === MOST_TRIES) throw error;
      latest = await read();
    }
  }
}

/** It is so already: there is nothing to write. */
export function already({ screen, options }: Context, { metadata: { namespace, name } }: AppObject, what: string): Exit {
  if (screen.format === 'text') screen.note(what);
  else
    screen.show({
      value: { namespace, name, what, command: '', dryRun: options.is('dryRun'), outcome: 'already' },
      names: [`immutableapp.immutableapp.io/${name}`],
      lines: () => [],
    });
  return EXIT.done;
}

async function confirm({ ask }: Context): Promise<void> {
  const answer = await ask('This moves production traffic. Go on? [y/N] ');
  if (answer === undefined) throw new Complaint('this moves production traffic, and there is nobody to ask: say --yes', EXIT.usage);
  if (!/^y(es)?$/i.test(answer.trim())) throw new Complaint('nothing was written', EXIT.failed);
}

const MOST_BYTES = 128;

/** The field manager of the write: who, and why. It is what history tells of, and the API server takes 128 bytes of print. */
export function managerOf({ person, options }: Pick<Context, 'person' | 'options'>): string {
  const reason = (options.text('reason') ?? '').trim().replaceAll(/\s+/g, ' ');
  const manager = reason === '' ? person : `${person}: ${reason}`;
  const room = MOST_BYTES - Buffer.byteLength(`${person}: `);
  if (Buffer.byteLength(manager) > MOST_BYTES) throw new Complaint(`--reason is too long: ${room} bytes are room for it`, EXIT.usage);
  if (/[\u0000-\u001f\u007f-\u009f]/.test(manager)) throw new Complaint('--reason has characters that cannot be printed', EXIT.usage);
  return manager;
}

const patchOf = (field: Path, value: unknown): unknown => field.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value);

/** The same, by kubectl. */
export function kubectlLine({ metadata }: Pick<AppObject, 'metadata'>, field: Path, value: unknown, manager: string): string {
  const person = quoted(manager);
  if (field[0] !== 'metadata') return patching(metadata, quoted(JSON.stringify(patchOf(field, value))), person);
  const annotation = field.at(-1) ?? '';
  return note(metadata, typeof value === 'string' ? `${annotation}=${quoted(value)}` : `${annotation}-`, person);
}

function keptInGit({ app, field, instead }: Wish, keeper: string, command: string): string {
  const other = instead === undefined ? '' : `, or ${instead}, which Git does not say`;
  return `${field.join('.')} of ${app.metadata.name} is in a manifest that ${keeper} applies, and would be put back: change it there${other}. If you know better: ${command}`;
}

/** For commands of an App and a version: `go web 2.4.0`, or `go 2.4.0` where there is one App only. */
export function appAndVersion(args: readonly string[]): { readonly app: string | undefined; readonly version: string | undefined } {
  const [first, second] = args;
  return second === undefined ? { app: undefined, version: first } : { app: first, version: second };
}

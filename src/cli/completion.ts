// Completion, as kubectl asks for it: it runs `kubectl_complete-iapp WORD…`, the last word being typed, and reads one candidate a line, its
// description behind a tab, and a last line that says whether files may be offered, too (cobra's protocol). Never complains: whoever
// presses Tab wants words or silence.
import type { Cluster } from './cluster.ts';
import type { Argument, Command, Option } from './command.ts';
import { GLOBAL_OPTIONS, Options } from './command.ts';
import type { AppObject } from './apps.ts';
import { labelsOf } from './apps.ts';
import { pathOf } from './paths.ts';

const NO_FILES = ':4';
const FILES = ':0';

type Candidate = readonly [word: string, about: string];

/** `-w, --watch <x>` → names and whether it takes a value. */
const namesOf = ({ flags }: Option): string[] => flags.split(/[ ,]+/).filter((word) => word.startsWith('-'));
const takes = ({ flags }: Option): boolean => flags.includes('<');

export async function complete(
  commands: readonly Command[],
  words: readonly string[],
  connect: (options: Options) => Promise<Cluster>,
): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const [asked] = saidIn(before, GLOBAL_OPTIONS).args;
  const command = commands.find(({ name }) => name === asked);
  const options = [...(command?.options ?? []), ...GLOBAL_OPTIONS];
  const open = options.find((option) => takes(option) && namesOf(option).includes(before.at(-1) ?? ''));
  const said = saidIn(before, options);
  const place: { kind?: Argument['completes']; fixed?: readonly Candidate[] } =
    open !== undefined
      ? { ...(open.completes && { kind: open.completes }), fixed: (open.choices ?? []).map((word) => [word, '']) }
      : typed.startsWith('-')
        ? { fixed: options.flatMap((option) => namesOf(option).map((name): Candidate => [name, option.about])) }
        : asked === undefined
          ? { fixed: commands.map(({ name, summary }): Candidate => [name, summary]) }
          : argumentAt(command?.arguments ?? [], said.args.length - 1);
  if (place.kind === 'files') return [FILES];
  const found = place.kind === undefined ? [] : await candidates(place.kind, said.args[1], () => connect(new Options(said.values)));
  const all = [...(place.fixed ?? []), ...found].filter(([word]) => word.startsWith(typed));
  return [...all.map(([word, about]) => (about === '' ? word : `${word}\t${about}`)), NO_FILES];
}

/** The last argument, if there may be several, goes on. */
function argumentAt(all: Command['arguments'], index: number): { kind?: Argument['completes'] } {
  const argument = all[index] ?? (all.at(-1)?.several === true ? all.at(-1) : undefined);
  return argument?.completes === undefined ? {} : { kind: argument.completes };
}

/** Arguments (the command among them) and the values of options that say where to look. */
function saidIn(words: readonly string[], options: readonly Option[]): { args: string[]; values: Record<string, string> } {
  const args: string[] = [];
  const values: Record<string, string> = {};
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!word.startsWith('-')) args.push(word);
    const [name = '', glued] = word.split('=', 2);
    const option = options.find((each) => namesOf(each).includes(name));
    if (option === undefined || !takes(option)) continue;
    const key = namesOf(option).at(-1)!.slice(2);
    values[key] = glued ?? words[++i] ?? '';
  }
  return { args, values };
}

async function candidates(kind: 'apps' | 'versions', app: string | undefined, connect: () => Promise<Cluster>): Promise<Candidate[]> {
  try {
    const cluster = await connect();
    if (kind === 'apps') {
      const apps = await cluster.list<AppObject>('ImmutableApp', cluster.namespace);
      return apps.map(({ metadata, status }): Candidate => [metadata.name, status?.serves ?? '']);
    }
    if (app === undefined) return [];
    const found = await cluster.get<AppObject>(pathOf('ImmutableApp', cluster.namespace, app));
    return labelsOf(found).map(([label, version]): Candidate => [label, version.state ?? '']);
  } catch {
    return [];
  }
}

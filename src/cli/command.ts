// What a command of the plugin is. Parser, --help, completion, docs/kubectl-iapp.md and the test of rights are all made from these tables:
// what is not said here does not exist.
import type { Cluster } from './cluster.ts';
import type { Exit } from './exit.ts';
import type { Screen } from './screen.ts';

export interface Argument {
  readonly name: string;
  readonly about: string;
  readonly optional?: true;
  readonly several?: true;
  readonly completes?: 'apps' | 'versions' | 'files';
}

export interface Option {
  /** As commander reads it: `-w, --watch`, `--for <duration>`, `--no-wait`. */
  readonly flags: string;
  readonly about: string;
  readonly choices?: readonly string[];
  readonly fallback?: string;
  /** It may be given more than once. */
  readonly several?: true;
  readonly completes?: Argument['completes'];
}

export interface Example {
  readonly line: string;
  readonly about: string;
}

/** What the API server must allow. In the namespace of the App, unless said otherwise. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly where?: 'cluster' | 'operator';
  /** What is left out without it; absent, the command cannot do without. */
  readonly without?: string;
}

/** What `-o json` prints, as JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

export type Group = 'See' | 'Move' | 'Pipelines' | 'From files' | 'Look after';

export interface Command {
  readonly name: string;
  readonly group: Group;
  /** One line, without a full stop. */
  readonly summary: string;
  /** What one line cannot say; paragraphs. */
  readonly about?: string;
  readonly arguments: readonly Argument[];
  readonly options: readonly Option[];
  readonly examples: readonly Example[];
  readonly rights: readonly Right[];
  /** Absent: the command has no -o. */
  readonly shape?: Schema;
  run(context: Context): Promise<Exit>;
}

export interface Elsewhere {
  readonly context?: string;
  readonly user?: string;
  readonly groups?: readonly string[];
}

export interface Context {
  readonly args: readonly string[];
  readonly options: Options;
  readonly screen: Screen;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** As whom people write: the field manager that history tells of. */
  readonly person: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Connects at the first call; as somebody else, or elsewhere, if that is asked for. */
  readonly cluster: (other?: Elsewhere) => Promise<Cluster>;
  /** `-` is standard input. */
  readonly read: (path: string) => Promise<string>;
  /** One line from the person at the terminal; undefined when there is none. */
  readonly ask: (question: string) => Promise<string | undefined>;
}

export class Options {
  readonly #values: Readonly<Record<string, unknown>>;
  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }
  /** By its name in camelCase: `--dry-run` is `dryRun`, `--no-wait` makes `wait` false. */
  is(name: string): boolean {
    return this.#values[name] === true;
  }
  /** Of `--no-color`: `color` was taken away. */
  isNot(name: string): boolean {
    return this.#values[name] === false;
  }
  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }
  texts(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? (value as string[]) : typeof value === 'string' ? [value] : [];
  }
}

/** What every command understands. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  { flags: '-n, --namespace <name>', about: 'namespace (default: that of the context)' },
  { flags: '-A, --all-namespaces', about: 'every namespace, where a command lists Apps' },
  { flags: '--context <name>', about: 'context of the kubeconfig' },
  { flags: '--kubeconfig <file>', about: 'kubeconfig (default: $KUBECONFIG, else ~/.kube/config)', completes: 'files' },
  { flags: '--as <user>', about: 'impersonate a user' },
  { flags: '--as-group <group>', about: 'impersonate a group; may be given more than once', several: true },
  { flags: '-o, --output <format>', about: 'json, yaml or name, instead of text for people', choices: ['json', 'yaml', 'name'] },
  { flags: '--no-color', about: 'no colours; there are none either when the output is no terminal, or with $NO_COLOR' },
  { flags: '--request-timeout <duration>', about: 'how long one request may take', fallback: '10s' },
];

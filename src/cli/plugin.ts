// One run of the plugin, from words to an exit code. Everything of the process it runs in is handed in, so that tests run it as it is.
import { setMaxListeners } from 'node:events';
import { parse as parseWords } from './parser.ts';
import { clusterOf, type Cluster } from './cluster.ts';
import { Options, type Command, type Elsewhere } from './command.ts';
import { Complaint, EXIT, type Exit } from './exit.ts';
import { complete } from './completion.ts';
import { screenOn, type Screen, type Stream } from './screen.ts';
import { duration } from './text.ts';

export interface Surroundings {
  readonly out: Stream;
  readonly err: Stream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  now(): number;
  read(path: string): Promise<string>;
  ask(question: string): Promise<string | undefined>;
}

/** What kubectl asks for words with, by way of kubectl_complete-iapp. */
export const COMPLETE = '__complete';

export async function run(commands: readonly Command[], argv: readonly string[], around: Surroundings): Promise<Exit> {
  if (argv[0] === COMPLETE) {
    for (const line of await complete(commands, argv.slice(1), (values) => connect(values, around))) around.out.write(`${line}\n`);
    return EXIT.done;
  }
  setMaxListeners(0, around.signal); // each request listens for Ctrl-C
  const parsed = parseWords(commands, argv);
  if (parsed.is === 'print') {
    around.out.write(parsed.text);
    return EXIT.done;
  }
  if (parsed.is === 'wrong') {
    around.err.write(`${parsed.problem}\n`);
    return EXIT.usage;
  }
  const { command, args, values } = parsed;
  const options = new Options(values);
  const screen = screenFor(command, options, around);
  let cluster: Promise<Cluster> | undefined;
  try {
    return await command.run({
      args,
      options,
      screen,
      signal: around.signal,
      person: personIn(around.environment),
      now: () => around.now(),
      cluster: (other) => (other === undefined ? (cluster ??= connect(options, around)) : connect(options, around, other)),
      read: (path) => around.read(path),
      ask: (question) => around.ask(question),
    });
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    if (error.exit !== EXIT.interrupted) screen.note(`Error: ${error.message}`);
    return error.exit;
  }
}

function screenFor(command: Command, options: Options, { out, err, environment }: Surroundings): Screen {
  const wanted = options.text('output');
  const format = wanted === 'json' || wanted === 'yaml' || wanted === 'name' ? wanted : 'text';
  const colour =
    !(environment.NO_COLOR !== undefined && environment.NO_COLOR !== '') && !options.isNot('color') && environment.TERM !== 'dumb';
  const screen = screenOn(out, err, command.shape === undefined ? 'text' : format, colour);
  if (format !== 'text' && command.shape === undefined) screen.note(`kubectl iapp ${command.name} has no -o: it prints text`);
  return screen;
}

function connect(options: Options, { environment, signal }: Surroundings, other: Elsewhere = {}): Promise<Cluster> {
  const timeoutMs = duration(options.text('requestTimeout') ?? '10s');
  if (timeoutMs === undefined || timeoutMs === 0)
    return Promise.reject(new Complaint('--request-timeout takes a duration such as 10s', EXIT.usage));
  const access = { kubeconfig: options.text('kubeconfig'), context: options.text('context'), namespace: options.text('namespace') };
  const as = { user: options.text('as'), groups: options.texts('asGroup') };
  return clusterOf({ ...access, ...as, ...other, timeoutMs, signal, environment });
}

/** As whom people write: never as the operator, whose name would hide theirs, nor as kubectl, whose edits Flux takes back. */
function personIn(environment: Surroundings['environment']): string {
  const user = (environment.USER ?? environment.LOGNAME ?? environment.USERNAME ?? '').replaceAll(/[^\w.@-]/g, '');
  return `oncall-${user === '' ? 'somebody' : user}`;
}

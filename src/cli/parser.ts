// From the table of commands to a parser and its --help, by commander. Knows no command by name.
import { Argument as Word, Command as Node, CommanderError, Option as Flag } from 'commander';
import { VERSION } from '../flags.ts';
import type { Command, Option } from './command.ts';
import { GLOBAL_OPTIONS } from './command.ts';
import { EXIT, EXIT_WORDS } from './exit.ts';

export type Parsed =
  | { readonly is: 'run'; readonly command: Command; readonly args: readonly string[]; readonly values: Readonly<Record<string, unknown>> }
  | { readonly is: 'print'; readonly text: string }
  | { readonly is: 'wrong'; readonly problem: string };

function flagOf({ flags, about, choices, fallback, several }: Option): Flag {
  const flag = new Flag(flags, about);
  if (choices !== undefined) flag.choices(choices);
  if (fallback !== undefined) flag.default(fallback);
  if (several === true) flag.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  return flag;
}

/** What is printed below the options of a command. */
const examples = ({ examples: all }: Command): string =>
  all.length === 0 ? '' : `\nExamples:\n${all.map(({ line, about }) => `  # ${about}\n  ${line}`).join('\n')}\n`;

const EXITS = `\nExit codes:\n${EXIT_WORDS.map(([code, words]) => `  ${String(code).padStart(3)}  ${words}`).join('\n')}\n`;

function nodeOf(command: Command, chosen: (command: Command, args: readonly string[], values: object) => void): Node {
  const node = new Node(command.name).summary(command.summary).helpGroup(`${command.group}:`);
  node.description(command.about === undefined ? `${command.summary}.` : `${command.summary}.\n\n${command.about}`);
  for (const { name, about, optional, several } of command.arguments) {
    const dots = several === true ? '...' : '';
    node.addArgument(new Word(optional === true ? `[${name}${dots}]` : `<${name}${dots}>`, about));
  }
  for (const option of command.options) node.addOption(flagOf(option));
  node.addHelpText('after', examples(command));
  node.action(() => {
    chosen(command, node.args, node.optsWithGlobals());
  });
  return node;
}

/** The whole tree; `write` takes what commander prints. */
function treeOf(commands: readonly Command[], chosen: Parameters<typeof nodeOf>[1], write: (text: string) => void): Node {
  const tree = new Node('kubectl iapp')
    .description('ImmutableApps: what serves, why, what changed, and the way back.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ showGlobalOptions: true, helpWidth: 80 })
    .addHelpText('after', EXITS);
  for (const option of GLOBAL_OPTIONS) tree.addOption(flagOf(option));
  for (const command of commands) tree.addCommand(nodeOf(command, chosen).copyInheritedSettings(tree));
  for (const node of [tree, ...tree.commands]) {
    node.exitOverride().configureOutput({ writeOut: write, writeErr: write, outputError: write });
    node.showSuggestionAfterError(true);
  }
  return tree;
}

export function parse(commands: readonly Command[], argv: readonly string[]): Parsed {
  let parsed: Parsed | undefined;
  let printed = '';
  const chosen = (command: Command, args: readonly string[], values: object): void => {
    parsed = { is: 'run', command, args, values: { ...values } };
  };
  // What is typed first is a command, mostly, and then the others need not be there.
  const named = commands.filter(({ name }) => name === argv[0]);
  const tree = treeOf(named.length > 0 ? named : commands, chosen, (text) => {
    printed += text;
  });
  try {
    tree.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === EXIT.done || argv.length === 0) return { is: 'print', text: printed };
    const about = commands.some(({ name }) => name === argv[0]) ? `${argv[0]!} ` : '';
    return { is: 'wrong', problem: `${printed.trim().replace(/^error: /, '')}\nSee kubectl iapp ${about}--help` };
  }
  return parsed ?? { is: 'print', text: printed };
}

/** As `--help` prints it. */
export function helpOf(commands: readonly Command[], name?: string): string {
  const parsed = parse(commands, name === undefined ? ['--help'] : [name, '--help']);
  return parsed.is === 'print' ? parsed.text : '';
}

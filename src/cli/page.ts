// docs/kubectl-iapp.md, from the same tables as --help.
import type { Command, Group, Right } from './command.ts';
import { GLOBAL_OPTIONS } from './command.ts';
import { EXIT_WORDS } from './exit.ts';

const GROUPS: readonly Group[] = ['See', 'Move', 'Pipelines', 'From files', 'Look after'];
const cell = (text: string): string => text.replaceAll('|', '\\|');

export function page(commands: readonly Command[]): string {
  const groups = GROUPS.filter((group) => commands.some((command) => command.group === group));
  return `${[
    '<!-- GENERATED from src/cli: never edit it, run `npm run generate`. -->',
    '# kubectl iapp',
    INTRODUCTION,
    ['| command | |', '|---|---|', ...commands.map(({ name, summary }) => `| [\`${name}\`](#${name}) | ${cell(summary)} |`)].join('\n'),
    '## Of every command',
    optionTable(GLOBAL_OPTIONS),
    ['| exit code | |', '|---|---|', ...EXIT_WORDS.map(([code, words]) => `| ${code} | ${words} |`)].join('\n'),
    ...groups.flatMap((group) => [`## ${group}`, ...commands.filter((command) => command.group === group).flatMap(section)]),
    '## Rights',
    RIGHTS,
    ['| command | needs | |', '|---|---|---|', ...commands.flatMap(rightRows)].join('\n'),
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `Which version serves, why, what changed, and how to roll back: for people and for pipelines. \`npm run build\` makes \`dist/kubectl-iapp\`, for Node 20 or later,
with what it loads (\`iapp.cjs\`) and completion (\`kubectl_complete-iapp\`) beside it: put all three into a folder of your \`PATH\`, or that folder on it, and
\`kubectl iapp\` is there. What Node compiles of it is kept in \`~/.kube/cache/iapp\`, or below \`KUBECACHEDIR\`. \`npm run executables\` packs it for Linux and Windows together with Node, so that nothing has to be installed, for macOS without, and
writes a krew manifest. From a clone without installing: \`npm run plugin -- status\`.

It reads the cluster with your kubeconfig and your rights, and writes as \`oncall-$USER\`, so that \`status.history\` says who it was. A write shows the
kubectl line that does the same; \`--reason\` goes with your name and stands in the history, too.`;

const RIGHTS = `In the namespace of the App, unless said otherwise. The roles \`view\` and \`edit\` of the cluster include what is asked of ImmutableApps.`;

function optionTable(options: Command['options']): string {
  return ['| option | |', '|---|---|', ...options.map((option) => `| \`${option.flags}\` | ${cell(option.about)}${extras(option)} |`)].join(
    '\n',
  );
}

const extras = ({ choices, fallback }: Command['options'][number]): string =>
  `${choices === undefined ? '' : ` (${choices.join(', ')})`}${fallback === undefined ? '' : ` (default: ${fallback})`}`;

function section(command: Command): string[] {
  const words = command.arguments.map(({ name, optional, several }) => {
    const word = `${name.toUpperCase()}${several === true ? '…' : ''}`;
    return optional === true ? `[${word}]` : word;
  });
  const usage = ['kubectl iapp', command.name, ...words, ...(command.options.length > 0 ? ['[options]'] : [])].join(' ');
  const args = command.arguments.map(({ name, about }) => `- \`${name.toUpperCase()}\`: ${about}`).join('\n');
  const examples = command.examples.map(({ line, about }) => `# ${about}\n${line}`).join('\n');
  return [
    `### ${command.name}`,
    `${command.summary}.${command.about === undefined ? '' : `\n\n${command.about}`}`,
    `\`${usage}\``,
    ...(args === '' ? [] : [args]),
    ...(command.options.length === 0 ? [] : [optionTable(command.options)]),
    ...(examples === '' ? [] : [`\`\`\`sh\n${examples}\n\`\`\``]),
    ...(command.shape === undefined
      ? []
      : [
          `<details><summary>what <code>-o json</code> prints (JSON Schema)</summary>\n\n\`\`\`json\n${JSON.stringify(command.shape, null, 1)}\n\`\`\`\n\n</details>`,
        ]),
  ];
}

const WHERE: Readonly<Record<NonNullable<Right['where']>, string>> = {
  cluster: ' in the whole cluster',
  operator: ' in the namespace of the operator',
};

function rightRows({ name, rights }: Command): string[] {
  if (rights.length === 0) return [`| \`${name}\` | nothing: it asks no cluster | |`];
  return rights.map(({ group, resource, verbs, where, without }) => {
    const what = `${verbs.join(', ')} \`${group === '' ? resource : `${resource}.${group}`}\`${where === undefined ? '' : WHERE[where]}`;
    return `| \`${name}\` | ${what} | ${without === undefined ? '' : `without it: ${without}`} |`;
  });
}

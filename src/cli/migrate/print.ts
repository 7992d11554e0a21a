// A migration as people read it: the App as a manifest that can be applied as it is, with what is to be known above it as comments. Decides nothing.
import { writeManifest } from '../documents.ts';
import type { Migration } from './migration.ts';
import type { Leaving } from './leave.ts';
import type { Note } from './note.ts';
import type { Step } from './steps.ts';

const WIDTH = 100;
const HEADINGS: readonly (readonly [Note['is'], string])[] = [
  ['changed', 'Otherwise than in the pods of today:'],
  ['lost', 'Has no place there:'],
  ['look', 'Look at this:'],
];

export const printed = ({ from, app, notes, steps }: Migration): string =>
  `${comments(`ImmutableApp of ${from.kind} ${from.name}`, 'app.yaml', notes, steps)}${writeManifest(app)}`;

export const printedLeaving = (name: string, { objects, notes, steps }: Leaving): string =>
  `${comments(`Deployment of ImmutableApp ${name}`, 'deployment.yaml', notes, steps)}${objects.map(writeManifest).join('---\n')}`;

function comments(title: string, file: string, notes: readonly Note[], steps: readonly Step[]): string {
  const said = HEADINGS.flatMap(([is, heading]) => {
    const of = notes.filter((note) => note.is === is);
    return of.length === 0 ? [] : [heading, ...of.flatMap(({ says }) => wrapped(says, '- ', '  ')), ''];
  });
  const order = steps.flatMap(({ does, commands, back }, at) => [
    ...wrapped(does, `${String(at + 1)}. `, '   '),
    ...commands.map((command) => `   ${command}`),
    ...(back === undefined ? [] : [...wrapped(back.does, '   ', '   '), ...back.commands.map((command) => `     ${command}`)]),
  ]);
  const lines = [`${title}. Nothing was changed in any cluster.`, '', ...said, `In this order, with this file as ${file}:`, ...order];
  return `${lines.map((line) => `# ${line}`.trimEnd()).join('\n')}\n`;
}

/** Words in lines of a page's width, never broken: a command stays in one piece. */
export function wrapped(words: string, first: string, rest: string): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of words.split(' ')) {
    if (!empty && line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      [line, empty] = [rest, true];
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}

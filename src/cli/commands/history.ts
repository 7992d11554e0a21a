// kubectl iapp history: who moved traffic, when, why, and for how long it served.
import { appNamed, type AppObject } from '../apps.ts';
import { AN_APP } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, type Exit } from '../exit.ts';
import { calledAt } from '../overview.ts';
import { READ_APP } from '../rights.ts';
import type { View } from '../screen.ts';
import { listOf, object, text, whole } from '../shapes.ts';
import { ago, bareNames, columns, span } from '../text.ts';

export const history: Command = {
  name: 'history',
  group: 'See',
  summary: 'the last switches of traffic: when, from, to, why, by whom, how long',
  about:
    'Who is the field manager of the write that was followed: what writers call themselves, and the reason that they gave (--reason). The audit log of the API server has the user.',
  arguments: [AN_APP],
  options: [],
  examples: [{ line: 'kubectl iapp history web', about: 'Who moved traffic, and why?' }],
  rights: READ_APP,
  shape: listOf(
    object({
      'number?': whole,
      'at?': text,
      from: text,
      to: text,
      'reason?': text,
      'by?': text,
      'approvedBy?': listOf(text),
      'seconds?': whole,
    }),
  ),
  run,
};

async function run(context: Context): Promise<Exit> {
  const app = await appNamed(context, context.args[0]);
  context.screen.show(view(app, context.now()));
  return EXIT.done;
}

/** How long each served: until the move after it, the newest until now. */
export function view(app: AppObject, now: number): View {
  const moves = app.status?.history ?? [];
  const all = moves.map(({ at, from, to, name, reason, by, approvedBy, ...rest }, i) => {
    const { switchNumber: number } = rest;
    const end = i === 0 ? now : Date.parse(moves[i - 1]?.at ?? '');
    const seconds = at === undefined ? NaN : Math.max(0, Math.round((end - Date.parse(at)) / 1000));
    return {
      ...(number === undefined ? {} : { number }),
      ...(at === undefined ? {} : { at }),
      from: calledAt(app, from),
      to: calledAt(app, to, name),
      ...(reason === undefined ? {} : { reason }),
      ...(by === undefined ? {} : { by }),
      ...(approvedBy === undefined ? {} : { approvedBy }),
      ...(Number.isNaN(seconds) ? {} : { seconds }),
    };
  });
  return {
    value: all,
    names: all.map(({ to }) => to),
    lines: (_paint, width) => {
      const bare = bareNames(all.flatMap(({ from, to }) => [from, to]));
      return columns(
        ['WHEN', 'TO', 'FROM', 'SERVED', 'WHY', 'BY'],
        all.map(({ at, from, to, reason = '', by = '?', approvedBy = [], seconds }, i) => [
          at === undefined ? '' : `${ago(at, now)} ago`,
          bare(to),
          from === '' ? '-' : bare(from),
          seconds === undefined ? '' : `${span(seconds * 1000)}${i === 0 ? '…' : ''}`,
          reason,
          approvedBy.length === 0 ? by : `${by}, approved by ${approvedBy.join(' and ')}`,
        ]),
        width,
      );
    },
  };
}

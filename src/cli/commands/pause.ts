// kubectl iapp pause, resume: nothing is made, moved or retired for now.
import { appNamed } from '../apps.ts';
import { THE_APP } from '../arguments.ts';
import type { Command } from '../command.ts';
import { DONE, WAIT } from '../progress.ts';
import { WRITE_APP } from '../rights.ts';
import { already, write, WRITE_OPTIONS, WRITTEN } from '../writing.ts';

const command = (name: 'pause' | 'resume', paused: boolean, rest: Pick<Command, 'summary' | 'about' | 'examples'>): Command => ({
  name,
  group: 'Move',
  ...rest,
  arguments: [THE_APP],
  options: WRITE_OPTIONS,
  rights: WRITE_APP,
  shape: WRITTEN,
  async run(context) {
    const app = await appNamed(context, context.args[0]);
    if ((app.spec.paused ?? false) === paused)
      return already(context, app, `${app.metadata.name} is ${paused ? 'paused already' : 'not paused'}.`);
    return write(context, {
      app,
      what: `${app.metadata.name} (${app.metadata.namespace}): ${paused ? 'nothing is made, moved or retired until it is resumed' : 'goes on'}`,
      field: ['spec', 'paused'],
      value: paused,
      movesTraffic: !paused,
      judge:
        ({ metadata }) =>
        (now) =>
          (now.status?.observedGeneration ?? 0) >= metadata.generation ? DONE : WAIT,
    });
  },
});

export const pause = command('pause', true, {
  summary: 'stop: no version is created, switched to or deleted',
  about: 'Scaling goes on, and a selector that somebody edits is still restored.',
  examples: [{ line: 'kubectl iapp pause web --reason "incident 42"', about: 'Stop everything for now' }],
});
export const resume = command('resume', false, {
  summary: 'continue after a pause',
  about: 'What was pushed meanwhile is brought up.',
  examples: [{ line: 'kubectl iapp resume web', about: 'And go on' }],
});

// kubectl iapp pods: by version, with what keeps those that are not ready.
import { appNamed, versionNamed } from '../apps.ts';
import { AN_APP } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, type Exit } from '../exit.ts';
import { podsOfApp, rowsOf } from '../pods.ts';
import { LIST_PODS, READ_APP } from '../rights.ts';
import { bool, listOf, object, text, whole } from '../shapes.ts';
import { ago, bareNames, columns, wrap } from '../text.ts';

export const pods: Command = {
  name: 'pods',
  group: 'See',
  summary: 'pods by version and role, and why some are not ready',
  arguments: [AN_APP, { name: 'version', about: 'only those of this version', optional: true, completes: 'versions' }],
  options: [],
  examples: [
    { line: 'kubectl iapp pods web', about: 'What runs, and as what?' },
    { line: 'kubectl iapp pods web latest', about: 'What do the new ones wait for?' },
  ],
  rights: [...READ_APP, LIST_PODS],
  shape: listOf(
    object({
      name: text,
      version: text,
      called: text,
      instance: text,
      role: text,
      ready: bool,
      state: text,
      restarts: whole,
      createdAt: text,
      node: text,
      waits: text,
    }),
  ),
  run,
};

async function run(context: Context): Promise<Exit> {
  const [name, typed] = context.args;
  const app = await appNamed(context, name);
  const only = typed === undefined ? undefined : versionNamed(app, typed).version.id;
  const all = rowsOf(app, await podsOfApp(await context.cluster(), app)).filter(({ version }) => only === undefined || version === only);
  const now = context.now();
  context.screen.show({
    value: all,
    names: all.map((row) => `pod/${row.name}`),
    lines: (paint, width) => {
      const bare = bareNames(all.map(({ called }) => called));
      const table = columns(
        ['VERSION', 'ROLE', 'STATE', 'READY', 'RESTARTS', 'AGE', 'POD'],
        all.map((row) => [
          bare(row.called),
          row.role,
          row.state,
          paint(row.ready ? 'green' : 'yellow', row.ready ? 'yes' : 'no'),
          String(row.restarts),
          ago(row.createdAt, now),
          row.name,
        ]),
      );
      const waiting = all.filter(({ waits }) => waits !== '').flatMap((row) => wrap(`${row.name}: ${row.waits}`, width, '  '));
      return [...(table.length === 0 ? ['No pods.'] : table), ...waiting];
    },
  });
  return EXIT.done;
}

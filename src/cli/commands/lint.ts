// kubectl iapp lint: what admission and the operator would say, before anything is applied.
import { filenames, SOME_FILES } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import { nameOf } from '../documents.ts';
import type { Exit } from '../exit.ts';
import { EXIT } from '../exit.ts';
import { appsIn, beside, filesOf } from '../files.ts';
import { listOf, object, text } from '../shapes.ts';
import { plural, wrap } from '../text.ts';

export const lint: Command = {
  name: 'lint',
  group: 'From files',
  summary: 'every error and warning that a manifest would get',
  about:
    'By the schema that the API server has, and by the loop of the operator, run on the manifests alone. It asks no cluster: quotas, other admission policies and ' +
    'what is not in the files stay unsaid. Exit code 1 if anything would keep the version from serving.',
  arguments: [SOME_FILES],
  options: [filenames('the same'), { flags: '--strict', about: 'warnings count as errors' }],
  examples: [
    { line: 'kubectl iapp lint app.yaml', about: 'Before the commit' },
    { line: 'helm template shop | kubectl iapp lint - --strict', about: 'In a pipeline, with Services and ConfigMaps' },
  ],
  rights: [],
  shape: listOf(object({ app: text, level: text, 'path?': text, 'reason?': text, message: text })),
  run,
};

async function run(context: Context): Promise<Exit> {
  const { apps, others } = await appsIn(context, filesOf(context));
  const { remarksOn } = await import('../lint/lint.ts');
  const now = context.now();
  const remarks = (
    await Promise.all(
      apps.map(async (app) => (await remarksOn(app, beside(app, others), now)).map((remark) => ({ app: nameOf(app), ...remark }))),
    )
  ).flat();
  context.screen.show({
    value: remarks,
    names: apps.map((app) => `immutableapp.immutableapp.io/${nameOf(app)}`),
    lines: (paint, width) =>
      remarks.length === 0
        ? [`${plural(apps.length, 'App')}, nothing to say.`]
        : remarks.flatMap(({ app, level, path, reason, message }) => {
            const place = path ?? reason ?? '';
            return wrap(
              `${paint(level === 'error' ? 'red' : 'yellow', level)} ${app}${place === '' ? '' : ` ${place}`}: ${message}`,
              width,
              '  ',
            );
          }),
  });
  const counts = remarks.filter(({ level }) => level === 'error' || context.options.is('strict'));
  return counts.length > 0 ? EXIT.failed : EXIT.done;
}

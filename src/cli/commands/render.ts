// kubectl iapp render: the objects that would be made of a manifest.
import type { Obj } from '../../model/json.ts';
import { obj, texts } from '../../model/json.ts';
import { ANNOTATION } from '../../model/vocabulary.ts';
import { filenames, SOME_FILES } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import { nameOf, writeManifest } from '../documents.ts';
import { projectRevision } from '../../workloads/record.ts';
import type { Manifest } from '../documents.ts';
import type { Exit } from '../exit.ts';
import { Complaint, EXIT } from '../exit.ts';
import { appsIn, beside, filesOf } from '../files.ts';
import { free, listOf } from '../shapes.ts';

export const render: Command = {
  name: 'render',
  group: 'From files',
  summary: 'the objects that the operator would create for a manifest',
  about:
    'Records, ConfigMaps, Deployments, budgets and Services of a first version, as the operator sends them to the API server: before its defaults, and without owners, ' +
    'which exist only in a cluster. To look at, never to apply.',
  arguments: [SOME_FILES],
  options: [filenames('the same')],
  examples: [
    { line: 'kubectl iapp render app.yaml', about: 'What will there be?' },
    { line: 'kubectl iapp render app.yaml -o json | jq .[].kind', about: 'Only the kinds' },
  ],
  rights: [],
  shape: listOf(free),
  run,
};

async function run(context: Context): Promise<Exit> {
  const { apps, others } = await appsIn(context, filesOf(context));
  const rendered = (await Promise.all(apps.map((app) => objectsOf(app, beside(app, others), context.now())))).flat();
  context.screen.show({
    value: rendered,
    names: rendered.map((object) => `${String(object.kind).toLowerCase()}/${nameOf(object)}`),
    lines: () => rendered.flatMap((object, at) => [...(at === 0 ? [] : ['---']), writeManifest(object).trimEnd()]),
  });
  return EXIT.done;
}

async function objectsOf(app: Manifest, others: readonly Manifest[], now: number): Promise<Obj[]> {
  const { forecast, MINUTE_MS } = await import('../forecast/forecast.ts');
  const { outlookOf } = await import('../forecast/outlook.ts');
  const seen = await forecast({ app, objects: others, now, readyMs: 0, horizonMs: MINUTE_MS });
  const made = seen.deeds.filter(({ verb, kind, object }) => verb === 'create' && !isFact(kind, object));
  if (made.length === 0)
    throw new Complaint(`nothing would be made of ${nameOf(app)}: ${outlookOf(seen, {}, 0).waits?.message ?? 'it is paused'}`);
  return made.map(({ kind, name, object }) => bare(seen.objects.get(kind, name) ?? object));
}

/** What happens to a version later is no part of it. */
const isFact = (kind: string, object: Obj): boolean => kind === 'ControllerRevision' && projectRevision(object).is !== 'record';

/** Without what only a cluster gives. */
function bare(object: Obj): Obj {
  const { apiVersion, kind, metadata, status: _, ...rest } = object;
  const { name, namespace, labels, annotations } = obj(metadata);
  const { [ANNOTATION.stamp]: _stamp, ...marks } = texts(annotations);
  const kept = {
    name,
    namespace,
    ...(labels === undefined ? {} : { labels }),
    ...(Object.keys(marks).length === 0 ? {} : { annotations: marks }),
  };
  return { apiVersion, kind, metadata: kept, ...rest };
}

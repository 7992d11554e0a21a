// kubectl iapp hash: the id before the commit.
import { nameOf, namespaceOf } from '../documents.ts';
import type { Manifest } from '../documents.ts';
import { filenames, SOME_FILES } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import type { Exit } from '../exit.ts';
import { EXIT } from '../exit.ts';
import { appsIn, beside, filesOf } from '../files.ts';
import { listOf, object, text as textShape } from '../shapes.ts';
import { columns } from '../text.ts';
import { obj, text } from '../../model/json.ts';

export const hash: Command = {
  name: 'hash',
  group: 'From files',
  summary: 'the version id of a manifest, before it is applied',
  about:
    'By the same code as in the cluster, so the id is the same everywhere. ConfigMaps that the template refers to are part of the content: hand them in, too.',
  arguments: [SOME_FILES],
  options: [filenames('the same')],
  examples: [
    { line: 'kubectl iapp hash app.yaml', about: 'Which version will this be?' },
    { line: 'kustomize build . | kubectl iapp hash - -o name', about: 'Only the ids, for a pipeline' },
  ],
  rights: [],
  shape: listOf(
    object({
      namespace: textShape,
      name: textShape,
      'id?': textShape,
      'fingerprint?': textShape,
      'version?': textShape,
      'why?': textShape,
    }),
  ),
  run,
};

interface Hashed {
  readonly namespace: string;
  readonly name: string;
  readonly id?: string;
  readonly fingerprint?: string;
  readonly version?: string;
  /** Why it has none. */
  readonly why?: string;
}

async function run(context: Context): Promise<Exit> {
  const { apps, others } = await appsIn(context, filesOf(context));
  const hashed = await Promise.all(apps.map((app) => hashOf(app, beside(app, others), context.now())));
  context.screen.show({
    value: hashed,
    names: hashed.flatMap(({ id }) => id ?? []),
    lines: (_paint, width) =>
      columns(
        ['NAME', 'ID', 'VERSION'],
        hashed.map(({ name, id, version, why }) => [name, id ?? '-', id === undefined ? (why ?? '') : (version ?? '-')]),
        width,
      ),
  });
  return hashed.every(({ id }) => id !== undefined) ? EXIT.done : EXIT.failed;
}

async function hashOf(app: Manifest, others: readonly Manifest[], now: number): Promise<Hashed> {
  const { forecast, MINUTE_MS } = await import('../forecast/forecast.ts');
  const { outlookOf } = await import('../forecast/outlook.ts');
  const named = { namespace: namespaceOf(app), name: nameOf(app) };
  const seen = await forecast({
    app: { ...app, spec: { ...obj(app.spec), paused: false } },
    objects: others,
    now,
    readyMs: 0,
    horizonMs: MINUTE_MS,
  });
  const version = text(obj(app.spec).version);
  const found = seen.status.versions?.find(({ id }) => id === seen.status.latestVersion);
  if (found === undefined) return { ...named, why: outlookOf(seen, {}, 0).waits?.message ?? 'no version comes of it' };
  return {
    ...named,
    id: found.id,
    ...(found.fingerprint === undefined ? {} : { fingerprint: found.fingerprint }),
    ...(version === '' ? {} : { version }),
  };
}

// kubectl iapp diff: what is different between two versions, or between one and a manifest.
import { parseAllDocuments } from 'yaml';
import { parse, readContent } from '../../model/app.ts';
import { list, obj, text as str } from '../../model/json.ts';
import { isPinned } from '../../model/references.ts';
import type { VersionStatus } from '../../model/spec.ts';
import type { JsonObject } from '../../model/version.ts';
import { KIND } from '../../model/vocabulary.ts';
import { pinned } from '../../workloads/images.ts';
import { appNamed, newest, serving, title, versionNamed, wayBack, type AppObject } from '../apps.ts';
import { A_FILE, AN_APP } from '../arguments.ts';
import { compare, type Contents } from '../comparison.ts';
import type { Command, Context } from '../command.ts';
import { recorded, shown, type Recorded } from '../differences.ts';
import { Complaint, EXIT, type Exit } from '../exit.ts';
import { oneFile } from '../files.ts';
import { LIST_RECORDS, READ_APP } from '../rights.ts';
import { listOf, object, text } from '../shapes.ts';

export const diff: Command = {
  name: 'diff',
  group: 'See',
  summary: 'image, env, template and config, line by line, between versions',
  about:
    'Without versions: between what serves and the newest, or, where that serves, what served before. With one: between what serves and that one. With -f: between what serves, or the version named, and the manifest. Images with the digest that they ran, where both versions were seen to. Secrets by name only; of a ConfigMap that is captured a manifest says nothing, so that is left out.',
  arguments: [
    AN_APP,
    { name: 'a', about: 'name or id of a version', optional: true, completes: 'versions' },
    { name: 'b', about: 'name or id of another', optional: true, completes: 'versions' },
  ],
  options: [A_FILE],
  examples: [
    { line: 'kubectl iapp diff web', about: 'What is new?' },
    { line: 'kubectl iapp diff web 2.4.0 2.4.1', about: 'Between two versions' },
    { line: 'kustomize build . | kubectl iapp diff web -f -', about: 'What would this push change?' },
  ],
  rights: [...READ_APP, LIST_RECORDS],
  shape: object({
    from: text,
    to: text,
    differences: listOf(
      object({
        kind: { enum: ['container', 'image', 'env', 'template', 'config', 'binary'] },
        where: text,
        'before?': text,
        'after?': text,
        'lines?': listOf(text),
      }),
    ),
  }),
  run,
};

interface Side {
  readonly called: string;
  readonly contents: Contents & { readonly captured?: readonly string[] };
}

async function run(context: Context): Promise<Exit> {
  const [name, a, b] = context.args;
  const file = oneFile(context);
  const app = await appNamed(context, name);
  const [from, to] = file === undefined ? await twoVersions(context, app, a, b) : await withFile(context, app, file, a);
  const all = compare(from.contents, to.contents);
  context.screen.show({
    value: { from: from.called, to: to.called, differences: all },
    names: all.map(({ kind, where }) => `${kind}/${where}`),
    lines: (paint, width) => [
      paint('bold', `${from.called} → ${to.called}`),
      ...(all.length === 0 ? ['no difference'] : shown(all, paint, width)),
    ],
  });
  return EXIT.done;
}

async function twoVersions(context: Context, app: AppObject, a: string | undefined, b: string | undefined): Promise<[Side, Side]> {
  const [from, to] = chosen(app, a, b);
  const side = async (version: VersionStatus, other: VersionStatus): Promise<Side> => {
    const contents = await recorded(context, app, version.id);
    return { called: title(version), contents: { ...contents, template: byDigest(contents.template, version, other) } };
  };
  return Promise.all([side(from, to), side(to, from)]);
}

/** With the digests behind the tags of containers that both versions were seen to run: one tag may have been two images. */
function byDigest(template: unknown, { images = [] }: VersionStatus, other: VersionStatus): unknown {
  const isKnown = (container: string): boolean =>
    other.images?.some((each) => each.container === container && (each.digest !== undefined || isPinned(each.image ?? ''))) === true;
  const digests = images.flatMap(({ container = '', digest }) =>
    digest === undefined || !isKnown(container) ? [] : [[container, digest] as const],
  );
  return pinned({ template: template as JsonObject, config: [], absent: [] }, new Map(digests)).template;
}

function chosen(app: AppObject, a: string | undefined, b: string | undefined) {
  const active = serving(app);
  if (a !== undefined && b !== undefined) return [versionNamed(app, a).version, versionNamed(app, b).version] as const;
  if (active === undefined) throw new Complaint(`nothing of ${app.metadata.name} serves yet: name two versions`);
  if (a !== undefined) return [active, versionNamed(app, a).version] as const;
  const latest = newest(app);
  if (latest !== undefined && latest.id !== active.id) return [active, latest] as const;
  const before = wayBack(app);
  if (before === undefined) throw new Complaint(`${app.metadata.name} has one version only: there is nothing to compare it with`);
  return [before, active] as const;
}

async function withFile(context: Context, app: AppObject, file: string, typed: string | undefined): Promise<[Side, Side]> {
  const version = typed === undefined ? serving(app) : versionNamed(app, typed).version;
  if (version === undefined) throw new Complaint(`nothing of ${app.metadata.name} serves yet: name a version`);
  const manifest = await read(context, file, app.metadata.name);
  const known = await recorded(context, app, version.id);
  return [
    { called: title(version), contents: withoutCaptured(known) },
    { called: file === '-' ? 'standard input' : file, contents: manifest },
  ];
}

const withoutCaptured = ({ template, config, captured }: Recorded): Contents => ({
  template,
  config: config.filter(({ name }) => !captured.includes(name)),
});

/** The App of this name in a manifest of one document or many, or in a List. */
async function read(context: Context, file: string, name: string): Promise<Contents> {
  let documents: unknown[];
  try {
    documents = parseAllDocuments(await context.read(file)).map((document) => document.toJS() as unknown);
  } catch (error) {
    throw new Complaint(`${file} cannot be read: ${(error as Error).message}`);
  }
  const objects = documents.flatMap((document) => (str(obj(document).kind) === 'List' ? list(obj(document).items) : [obj(document)]));
  const found = objects.find((each) => str(each.kind) === KIND && str(obj(each.metadata).name) === name);
  if (found === undefined) throw new Complaint(`${file} has no ImmutableApp ${name}`);
  const { content, problems } = parse(found);
  if (problems.length > 0) throw new Complaint(`${file}: ${problems.join('; ')}`);
  return readContent(content);
}

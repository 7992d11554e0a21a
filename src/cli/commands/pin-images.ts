// kubectl iapp pin-images: tags become the digests that were seen to run.
import type { AppObject } from '../apps.ts';
import { versionsOf } from '../apps.ts';
import type { Command, Context } from '../command.ts';
import type { Exit } from '../exit.ts';
import { Complaint, EXIT } from '../exit.ts';
import { A_FILE } from '../arguments.ts';
import { manifestsIn, oneFile } from '../files.ts';
import { nameOf, namespaceOf } from '../documents.ts';
import { pathOf } from '../paths.ts';
import { pinImages } from '../pinning.ts';
import type { Pinning, Seen } from '../pinning.ts';
import { READ_APP } from '../rights.ts';
import { listOf, object, text } from '../shapes.ts';
import { KIND } from '../../model/vocabulary.ts';

export const pinImagesOf: Command = {
  name: 'pin-images',
  group: 'From files',
  summary: 'a manifest with its images by the digests that were seen to run',
  about:
    'Prints the manifest; comments and order stay. The digests are those that versions ran when they were first fully available, of the same App, container and tag, the newest first: they are known where spec.references.images is Watched or Pinned. Ends with 1 if an image has none.',
  arguments: [],
  options: [A_FILE],
  examples: [{ line: 'kubectl iapp pin-images -f app.yaml > pinned.yaml', about: 'Never a tag again' }],
  rights: READ_APP,
  shape: object({ manifest: text, images: listOf(object({ app: text, container: text, before: text, 'after?': text })) }),
  run,
};

async function run(context: Context): Promise<Exit> {
  const file = oneFile(context);
  if (file === undefined) throw new Complaint('which manifest? -f FILE, or -f - for standard input', EXIT.usage);
  const source = await context.read(file).catch((error: unknown) => {
    throw new Complaint(`${file} cannot be read: ${(error as Error).message}`);
  });
  const cluster = await context.cluster();
  const apps = (await manifestsIn({ ...context, read: () => Promise.resolve(source) }, file)).filter(({ kind }) => kind === KIND);
  const there = await Promise.all(
    apps.map((app) => cluster.find<AppObject>(pathOf('ImmutableApp', namespaceOf(app) || cluster.namespace, nameOf(app)))),
  );
  const { text: manifest, pinnings } = pinImages(source, cluster.namespace, seenIn(there.filter((app) => app !== undefined)));
  context.screen.show({
    value: { manifest, images: pinnings },
    names: pinnings.map(({ after, before }) => after ?? before),
    lines: () => manifest.replace(/\n$/, '').split('\n'),
  });
  const unknown = pinnings.filter(({ after }) => after === undefined);
  for (const each of unknown) context.screen.note(unseen(each));
  return unknown.length === 0 ? EXIT.done : EXIT.failed;
}

const unseen = ({ app, container, before }: Pinning): string =>
  `${before} of container ${container} stays: no version of ${app} was seen to run it; set spec.references.images to Watched or Pinned, and let it serve`;

const seenIn =
  (apps: readonly AppObject[]): Seen =>
  (name, namespace, container, image) =>
    apps
      .filter(({ metadata }) => metadata.name === name && metadata.namespace === namespace)
      .flatMap((app) => versionsOf(app))
      .flatMap(({ images = [] }) => images)
      .find((each) => each.container === container && each.image === image && each.digest !== undefined)?.digest;

// kubectl iapp versions: what there is to go to.
import type { VersionStatus } from '../../model/spec.ts';
import { appNamed, shortId, versionsOf, type AppObject } from '../apps.ts';
import { AN_APP } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, type Exit } from '../exit.ts';
import { podsOf } from '../overview.ts';
import { READ_APP } from '../rights.ts';
import type { Style, View } from '../screen.ts';
import { listOf, object, PODS, text } from '../shapes.ts';
import { ago, columns, wrap } from '../text.ts';

export const versions: Command = {
  name: 'versions',
  group: 'See',
  summary: 'every version: state, names, images, age, when it served',
  about: '`Warm` is one write away; `Cold` has to start its pods first, from its record. Type what VERSION or ID show.',
  arguments: [AN_APP],
  options: [],
  examples: [{ line: 'kubectl iapp versions web', about: 'Which versions can I go to?' }],
  rights: READ_APP,
  shape: listOf(
    object({
      id: text,
      called: text,
      names: listOf(text),
      'state?': text,
      'reason?': text,
      'message?': text,
      'createdAt?': text,
      'servedFrom?': text,
      'servedUntil?': text,
      images: listOf(object({ 'container?': text, 'image?': text, 'digest?': text })),
      pods: PODS,
    }),
  ),
  run,
};

async function run(context: Context): Promise<Exit> {
  const app = await appNamed(context, context.args[0]);
  context.screen.show(view(app, context.now()));
  return EXIT.done;
}

type Image = NonNullable<VersionStatus['images']>[number];

const TONES: Readonly<Record<string, Style>> = {
  Active: 'green',
  Failed: 'red',
  Rejected: 'red',
  Target: 'cyan',
  Preview: 'cyan',
  Warm: 'yellow',
};

export function view(app: AppObject, now: number): View {
  const all = versionsOf(app).map((version) => {
    const { id, called = id, names = [], state, reason, message, createdAt, servedFrom, servedUntil, images = [] } = version;
    const told = { state, reason, message, createdAt, servedFrom, servedUntil };
    const there = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as Partial<
      Record<keyof typeof told, string>
    >;
    return { id, called, names, ...there, images, pods: podsOf(version) };
  });
  return {
    value: all,
    names: all.map(({ id }) => id),
    lines: (paint, width) => [
      ...columns(
        ['VERSION', 'ID', 'STATE', 'PODS', 'SERVED', 'AGE', 'IMAGES'],
        all.map(({ id, called, names, state = '', reason, servedFrom, servedUntil, createdAt, images, pods }) => [
          names[0] ?? called.replace(/ \(.*\)$/, ''),
          shortId(app, id),
          paint(TONES[state] ?? 'dim', reason === undefined || reason === state || state === 'Failed' ? state : `${state}/${reason}`),
          pods.desired === 0 ? '-' : `${pods.ready}/${pods.desired}`,
          served(servedFrom, servedUntil, now),
          ago(createdAt, now),
          images.map(seen).join(' '),
        ]),
      ),
      ...all
        .filter(({ state }) => state === 'Failed')
        .flatMap(({ called, reason = '', message = '' }) => wrap(`${called}: ${reason}: ${message}`, width, '  ')),
    ],
  };
}

/** `now, for 3h`, `until 2d ago`, `never`. */
function served(from: string | undefined, until: string | undefined, now: number): string {
  if (until !== undefined) return `until ${ago(until, now)} ago`;
  return from === undefined ? 'never' : `since ${ago(from, now)}`;
}

/** With the digest that it ran, where that is known and its name does not have it. */
const seen = ({ image = '', digest }: Image): string => short(digest === undefined || image.includes('@') ? image : `${image}@${digest}`);

/** Without registry and path: there are 80 columns. */
const short = (image: string): string => image.slice(image.lastIndexOf('/') + 1).replace(/@sha256:(.{8}).*/, '@$1…');

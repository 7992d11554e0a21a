// What the page asks for about one App: looked up live, with the rights of the user, and the one write that it offers.
import type { AppObject } from '../apps.ts';
import { causesOf } from '../causes.ts';
import type { Cluster } from '../cluster.ts';
import { Options, type Context } from '../command.ts';
import { back } from '../commands/back.ts';
import { evidenceOf } from '../commands/why.ts';
import { compare, type Difference } from '../comparison.ts';
import { recorded } from '../differences.ts';
import { Complaint, EXIT } from '../exit.ts';
import { livenessOf } from '../operator.ts';
import { pathOf } from '../paths.ts';
import { pictureOf, type Picture } from './picture.ts';

export interface Named {
  readonly namespace: string;
  readonly name: string;
}

export interface Said {
  /** What the command prints. */
  readonly lines: readonly string[];
  readonly done: boolean;
}

async function appOf(cluster: Cluster, { namespace, name }: Named): Promise<AppObject> {
  const app = await cluster.find<AppObject>(pathOf('ImmutableApp', namespace, name));
  if (app === undefined) throw new Complaint(`there is no ImmutableApp ${name} in namespace ${namespace}`);
  return app;
}

/** What a look needs of the run that it is part of. */
export type Looking = Pick<Context, 'cluster' | 'options' | 'now'>;

export async function picture(context: Looking, named: Named): Promise<Picture> {
  const cluster = await context.cluster();
  const app = await appOf(cluster, named);
  const [operator, [evidence, notSeen]] = await Promise.all([
    livenessOf(cluster, context.options.text('operatorNamespace') ?? '', context.now()),
    evidenceOf(cluster, app),
  ]);
  const unseen = [...notSeen, ...(operator.is === 'unknown' ? [operator.message] : [])];
  return pictureOf(app, causesOf(app, evidence, operator, context.now()), unseen, context.now());
}

/** Never a value of env; of config only what was asked for, by a click. */
export async function changes(
  context: Looking,
  named: Named,
  [from, to]: readonly [string, string],
  config: boolean,
): Promise<Difference[]> {
  const about = { metadata: { ...named } };
  const [before, after] = await Promise.all([recorded(context, about, from), recorded(context, about, to)]);
  return compare(before, after).map((each) => veiled(each, config));
}

export function veiled({ before, after, lines, ...rest }: Difference, config: boolean): Difference {
  if (rest.kind === 'env')
    return { ...rest, ...(before === undefined ? { before: '(none)' } : after === undefined ? { after: '(none)' } : {}) };
  return {
    ...rest,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(lines === undefined ? {} : { lines: config ? lines : [] }),
  };
}

/**
 * `kubectl iapp back`, as it is. First only what it would do, tried by the API server. Then, once the person has agreed to the command that
 * was shown, the write; not if the command has become another one since.
 */
export async function goBack(context: Context, { namespace, name }: Named, agreed: string | undefined): Promise<Said> {
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const cluster = { ...(await context.cluster()), namespace };
  const exit = await back.run({
    ...context,
    args: [name],
    // What differs is on the page already, without the values.
    options: new Options({ wait: false, differences: false, ...(agreed === undefined ? { dryRun: true } : {}) }),
    screen: {
      width: 100,
      live: false,
      format: 'text',
      paint: (_style, text) => text,
      say,
      note: say,
      show: (view) => void lines.push(...view.lines((_style, text) => text, 100)),
      draw: (drawn) => void lines.push(...drawn),
    },
    cluster: () => Promise.resolve(cluster),
    ask: () => Promise.resolve(agreed !== undefined && lines.includes(`$ ${agreed}`) ? 'y' : 'n'),
  });
  return { lines, done: exit === EXIT.done };
}

// kubectl iapp ladder: the backends that a route names, once and for all.
import { list, obj, text } from '../../model/json.ts';
import type { Obj } from '../../model/json.ts';
import { rungName, rungsOf, weightsOf } from '../../model/ladder.ts';
import { appNamed } from '../apps.ts';
import { AN_APP, filenames } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import { writeManifest } from '../documents.ts';
import type { Exit } from '../exit.ts';
import { Complaint, EXIT } from '../exit.ts';
import { appsIn } from '../files.ts';
import { READ_APP } from '../rights.ts';
import { listOf, object, text as textShape, whole } from '../shapes.ts';

const BACKEND = object({ group: textShape, kind: textShape, name: textShape, port: whole, weight: whole });

export const ladder: Command = {
  name: 'ladder',
  group: 'From files',
  summary: 'the backendRefs for your own route, with the constant weights of a ladder',
  about:
    'For each port of each Service with a ladder, the list of backends that an HTTPRoute or GRPCRoute of the Gateway API names. Every default is spelt ' +
    'out, so that no tool reports a difference. The weights never change: a version gets its share because the Services behind them move. docs/traffic.md has other routes.',
  arguments: [AN_APP],
  options: [filenames('manifests instead of the cluster')],
  examples: [
    { line: 'kubectl iapp ladder shop', about: 'What does my route say?' },
    { line: 'kubectl iapp ladder -f app.yaml', about: 'Before the first apply' },
    { line: 'kubectl iapp ladder shop -o json | jq .[0].backendRefs', about: 'For a template of a route' },
  ],
  rights: READ_APP.map((right) => ({ ...right, without: 'only manifests are read, with -f' })),
  shape: listOf(object({ app: textShape, service: textShape, 'port?': textShape, backendRefs: listOf(BACKEND) })),
  run,
};

interface Backend {
  readonly group: '';
  readonly kind: 'Service';
  readonly name: string;
  readonly port: number;
  readonly weight: number;
}

interface Printed {
  readonly app: string;
  readonly service: string;
  /** Its name, of several. */
  readonly port?: string;
  readonly shares: string;
  readonly backendRefs: readonly Backend[];
}

async function run(context: Context): Promise<Exit> {
  const ladders = (await given(context)).flatMap(laddersIn);
  if (ladders.length === 0) throw new Complaint('no Service there has a ladder: docs/traffic.md says what it is for, and how to write one');
  context.screen.show({
    value: ladders.map(({ shares: _, ...rest }) => rest),
    names: [...new Set(ladders.flatMap(({ backendRefs }) => backendRefs.map(({ name }) => `service/${name}`)))],
    lines: () => ladders.flatMap((each, at) => [...(at === 0 ? [] : ['---']), ...linesOf(each)]),
  });
  return EXIT.done;
}

async function given(context: Context): Promise<readonly Obj[]> {
  const [name] = context.args;
  const files = context.options.texts('filename');
  if (files.length === 0) return [{ ...(await appNamed(context, name)) }];
  const { apps } = await appsIn(context, files);
  return apps.filter(({ metadata }) => name === undefined || obj(metadata).name === name);
}

const laddersIn = ({ metadata, spec }: Obj): Printed[] =>
  list(obj(spec).services).flatMap((service) => {
    const rungs = rungsOf(text(service.name), service.ladder);
    const shares = rungs.map(({ percent }) => `${String(percent)} %`).join(', ');
    const ports = rungs.length === 0 ? [] : list(service.ports);
    return ports.map((port) => ({
      app: text(obj(metadata).name),
      service: text(service.name),
      ...(ports.length === 1 ? {} : { port: text(port.name) }),
      shares,
      backendRefs: backendsOf(service, port),
    }));
  });

function backendsOf({ name, ladder: steps }: Obj, port: Obj): Backend[] {
  const rungs = rungsOf(text(name), steps);
  const weights = weightsOf(rungs);
  return rungs.map((rung, i) => ({ group: '', kind: 'Service', name: rungName(rung), port: Number(port.port), weight: weights[i]! }));
}

const linesOf = ({ app, service, port, shares, backendRefs }: Printed): string[] => [
  `# Service ${service} of ${app}${port === undefined ? '' : `, port ${port}`}. A new version gets ${shares} of the traffic, one after the other.`,
  ...writeManifest({ backendRefs }).trimEnd().split('\n'),
];

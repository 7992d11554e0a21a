// kubectl iapp ladder: the backends that a route names, once and for all, and whether it does.
import { list, obj, text } from '../../model/json.ts';
import type { Obj } from '../../model/json.ts';
import { rungName, rungsOf, weightsOf, type Rung } from '../../model/ladder.ts';
import { appNamed } from '../apps.ts';
import { AN_APP, filenames } from '../arguments.ts';
import type { Command, Context, Right } from '../command.ts';
import { writeManifest } from '../documents.ts';
import type { Exit } from '../exit.ts';
import { Complaint, EXIT } from '../exit.ts';
import { appsIn, beside } from '../files.ts';
import { pathOf } from '../paths.ts';
import { READ_APP } from '../rights.ts';
import { checked, type Checked } from '../routes.ts';
import { listOf, object, text as textShape, whole } from '../shapes.ts';

const routes = (resource: string): Right => ({ group: 'gateway.networking.k8s.io', resource, verbs: ['list'], without: 'no --check' });

const BACKEND = object({ group: textShape, kind: textShape, name: textShape, port: whole, weight: whole });

export const ladder: Command = {
  name: 'ladder',
  group: 'From files',
  summary: 'the backendRefs for your own route, with the constant weights of a ladder',
  about:
    'For each port of each Service with a ladder, the list of backends that an HTTPRoute or GRPCRoute of the Gateway API names. Every default is spelt ' +
    'out, so that no tool reports a difference. The weights never change: a version gets its share because the Services behind them move. docs/traffic.md has other routes. ' +
    'With --check it looks whether the HTTPRoutes and GRPCRoutes of the namespace, or of the files, say the same: exit code 1 if one does not, or none names the ladder.',
  arguments: [AN_APP],
  options: [filenames('manifests instead of the cluster'), { flags: '--check', about: 'compare with routes of the Gateway API' }],
  examples: [
    { line: 'kubectl iapp ladder shop', about: 'What does my route say?' },
    { line: 'kubectl iapp ladder -f app.yaml', about: 'Before the first apply' },
    { line: 'kubectl iapp ladder shop --check', about: 'Does my route give each rung what the ladder says?' },
    { line: 'kubectl iapp ladder shop -o json | jq .[0].backendRefs', about: 'For a template of a route' },
  ],
  rights: [
    ...READ_APP.map((right) => ({ ...right, without: 'only manifests are read, with -f' })),
    ...['httproutes', 'grpcroutes'].map(routes),
  ],
  shape: listOf(
    object({
      ...{ app: textShape, service: textShape, 'port?': textShape, backendRefs: listOf(BACKEND) },
      'routes?': object({ rules: listOf(textShape), wrong: listOf(textShape) }),
    }),
  ),
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
  /** What routes make of it, if that was asked. */
  readonly routes?: Checked;
}

async function run(context: Context): Promise<Exit> {
  const ladders = (await given(context)).flatMap(laddersIn);
  if (ladders.length === 0) throw new Complaint('no Service there has a ladder: docs/traffic.md says what it is for, and how to write one');
  context.screen.show({
    value: ladders.map(({ shares: _, ...rest }) => rest),
    names: [...new Set(ladders.flatMap(({ backendRefs }) => backendRefs.map(({ name }) => `service/${name}`)))],
    lines: (paint) =>
      ladders.flatMap((each, at) =>
        each.routes === undefined
          ? [...(at === 0 ? [] : ['---']), ...linesOf(each)]
          : saidOf(each, each.routes).map((line) => `${isWell(each) ? paint('green', '✓') : paint('red', '✗')} ${line}`),
      ),
  });
  return ladders.every(isWell) ? EXIT.done : EXIT.failed;
}

const isWell = ({ routes }: Printed): boolean => routes === undefined || (routes.rules.length > 0 && routes.wrong.length === 0);

/** An App, and the routes beside it, if they are to be compared. */
interface Found {
  readonly app: Obj;
  readonly routes?: readonly Obj[];
}

async function given(context: Context): Promise<readonly Found[]> {
  const [name] = context.args;
  const isCheck = context.options.is('check');
  const files = context.options.texts('filename');
  if (files.length > 0) {
    const { apps, others } = await appsIn(context, files);
    return apps
      .filter(({ metadata }) => name === undefined || obj(metadata).name === name)
      .map((app) => ({ app, ...(isCheck && { routes: beside(app, others) }) }));
  }
  const app = await appNamed(context, name);
  return [{ app: { ...app }, ...(isCheck && { routes: await routesIn(context, app.metadata.namespace) }) }];
}

/** None where the Gateway API is not installed. */
async function routesIn(context: Context, namespace: string): Promise<Obj[]> {
  const cluster = await context.cluster();
  const kinds = ['HTTPRoute', 'GRPCRoute'] as const;
  const lists = await Promise.all(kinds.map((kind) => cluster.find<{ readonly items: readonly Obj[] }>(pathOf(kind, namespace))));
  return kinds.flatMap((kind, i) => (lists[i]?.items ?? []).map((route) => ({ ...route, kind })));
}

const laddersIn = ({ app: { metadata, spec }, routes: found }: Found): Printed[] =>
  list(obj(spec).services).flatMap((service) => {
    const rungs = rungsOf(text(service.name), service.ladder);
    const shares = rungs.map(({ percent }) => `${String(percent)} %`).join(', ');
    const ports = rungs.length === 0 ? [] : list(service.ports);
    return ports.map((port) => ({
      app: text(obj(metadata).name),
      service: text(service.name),
      ...(ports.length === 1 ? {} : { port: text(port.name) }),
      shares,
      backendRefs: backendsOf(rungs, port),
      ...(found && { routes: checked(rungs, Number(port.port), found) }),
    }));
  });

function backendsOf(rungs: readonly Rung[], port: Obj): Backend[] {
  const weights = weightsOf(rungs);
  return rungs.map((rung, i) => ({ group: '', kind: 'Service', name: rungName(rung), port: Number(port.port), weight: weights[i]! }));
}

const linesOf = ({ app, service, port, shares, backendRefs }: Printed): string[] => [
  `# Service ${service} of ${app}${port === undefined ? '' : `, port ${port}`}. A new version gets ${shares} of the traffic, one after the other.`,
  ...writeManifest({ backendRefs }).trimEnd().split('\n'),
];

function saidOf({ app, service, port, shares }: Printed, { rules, wrong }: Checked): readonly string[] {
  const what = `Service ${service} of ${app}${port === undefined ? '' : `, port ${port}`}`;
  if (rules.length === 0) return [`${what}: no HTTPRoute or GRPCRoute beside it names its rungs; other routes are not looked at`];
  return wrong.length === 0 ? [`${what}: ${shares}, as ${rules.join(' and ')} has it`] : wrong;
}

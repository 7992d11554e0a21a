// kubectl iapp migrate: the way in. Prints an App and the steps; never writes to a cluster.
import type { Cluster } from '../cluster.ts';
import type { Command, Context, Right } from '../command.ts';
import { API_VERSION, KIND } from '../../model/vocabulary.ts';
import { appNamed } from '../apps.ts';
import type { Manifest } from '../documents.ts';
import { nameOf } from '../documents.ts';
import type { Exit } from '../exit.ts';
import { Complaint, EXIT } from '../exit.ts';
import { filenames } from '../arguments.ts';
import { called, manifestsIn } from '../files.ts';
import { AROUND, around, NEEDED, check, together, type Check } from '../migrate/live.ts';
import type { Migration } from '../migrate/migration.ts';
import { migrate as migrated } from '../migrate/migration.ts';
import { Unfit } from '../migrate/note.ts';
import { leave } from '../migrate/leave.ts';
import { printed, printedLeaving } from '../migrate/print.ts';
import { KINDS } from '../paths.ts';
import { READ_APP } from '../rights.ts';
import { bool, free, listOf, object, text } from '../shapes.ts';

const readAround = (kind: (typeof AROUND)[number]): Right => {
  const [version, resource] = KINDS[kind];
  const group = version.includes('/') ? version.split('/')[0]! : '';
  const right = { group, resource, verbs: ['list'] };
  return NEEDED.has(kind) ? right : { ...right, without: `what ${resource} say is not looked at` };
};

const LINES = { does: text, commands: listOf(text) };

export const migrate: Command = {
  name: 'migrate',
  group: 'From files',
  summary: 'the App of a Deployment, Rollout, Canary or Knative Service; the steps',
  about:
    'Prints an ImmutableApp that can be applied as it is. Above it, as comments: what its pods have otherwise, what has no place in an App, ' +
    'what to look at, and the steps in order. It never writes to a cluster, and never to the old workload. Of iapp/NAME it prints a Deployment: the way out.',
  arguments: [
    { name: 'workload', about: 'deployment/NAME, rollout/NAME, canary/NAME or ksvc/NAME; iapp/NAME for the way out', optional: true },
  ],
  options: [
    filenames('manifests instead of the cluster, as Helm and Kustomize write them'),
    { flags: '--name <name>', about: "another name than the workload's" },
    { flags: '--overlap <how>', about: 'Never: one version stops before the next one starts, with downtime', choices: ['Never'] },
    { flags: '--check', about: 'ask the cluster first: names, consent, who owns the selectors, whether nothing is under way' },
  ],
  examples: [
    { line: 'kubectl iapp migrate deployment/shop > app.yaml', about: 'With its Services, ConfigMaps, autoscaler and budget' },
    { line: 'helm template shop | kubectl iapp migrate -f -', about: 'Out of a chart' },
    { line: 'kubectl iapp migrate -f shop.yaml deployment/shop --check', about: 'Is the cluster ready for it?' },
    { line: 'kubectl iapp migrate iapp/shop > deployment.yaml', about: 'Back to a plain Deployment' },
    { line: 'kubectl iapp migrate deployment/wiki --overlap Never', about: 'A volume that one pod writes to' },
  ],
  rights: [...AROUND.map(readAround), ...READ_APP.map((right) => ({ ...right, without: 'no --check' }))],
  shape: object({
    'app?': free,
    'objects?': listOf(free),
    from: object({ kind: text, name: text }),
    adopted: listOf(text),
    notes: listOf(object({ is: text, says: text })),
    steps: listOf(object({ ...LINES, 'back?': object(LINES) })),
    'checks?': listOf(object({ ok: bool, says: text })),
  }),
  run,
};

async function run(context: Context): Promise<Exit> {
  const { options, args, screen } = context;
  const files = options.texts('filename');
  const [workload] = args;
  if (files.length === 0 && workload === undefined) {
    throw new Complaint('name a workload, such as deployment/web, or hand in manifests with -f', EXIT.usage);
  }
  if (workload !== undefined && APP.test(workload)) return out(context, files, workload.replace(APP, ''));
  const asks = files.length === 0 || options.is('check');
  const cluster = asks ? await context.cluster() : undefined;
  const manifests = await gathered(context, files, cluster);
  const migration = convert(manifests, workload, context);
  const checks = cluster !== undefined && options.is('check') ? await check(cluster, migration, manifests) : undefined;
  const name = String(migration.app.metadata.name);
  screen.show({
    value: { ...migration, ...(checks === undefined ? {} : { checks }) },
    names: [`immutableapp.immutableapp.io/${name}`],
    lines: () => [...(checks ?? []).map(line), ...(checks === undefined ? [] : ['#']), printed(migration).trimEnd()],
  });
  return checks?.some(({ ok }) => !ok) === true ? EXIT.failed : EXIT.done;
}

const APP = /^(iapp|immutableapps?(\.immutableapp\.io)?)\//;

/** The way out again. */
async function out(context: Context, files: readonly string[], name: string): Promise<Exit> {
  const app = files.length === 0 ? await liveApp(context, name) : (await allIn(context, files)).find((each) => isNamed(each, name));
  if (app === undefined) throw new Complaint(`there is no ImmutableApp ${name} in ${files.length === 0 ? 'the cluster' : called(files)}`);
  const leaving = leave(app);
  context.screen.show({
    value: { objects: leaving.objects, from: { kind: KIND, name }, adopted: [], notes: leaving.notes, steps: leaving.steps },
    names: leaving.objects.map((each) => `${String(each.kind).toLowerCase()}/${nameOf(each)}`),
    lines: () => [printedLeaving(name, leaving).trimEnd()],
  });
  return EXIT.done;
}

const isNamed = (object: Manifest, name: string): boolean => object.kind === KIND && nameOf(object) === name;

async function liveApp(context: Context, name: string): Promise<Manifest> {
  const app = await appNamed(context, name);
  return { ...(app as unknown as Manifest), apiVersion: API_VERSION, kind: KIND };
}

const line = ({ ok, says }: Check): string => `# ${ok ? 'ok' : 'NOT'}  ${says}`;

const allIn = async (context: Context, files: readonly string[]): Promise<readonly Manifest[]> =>
  (await Promise.all(files.map((file) => manifestsIn(context, file)))).flat();

async function gathered(context: Context, files: readonly string[], cluster: Cluster | undefined): Promise<readonly Manifest[]> {
  const given = await allIn(context, files);
  if (cluster === undefined) return given;
  const { objects, unread } = await around(cluster);
  if (unread.length > 0) context.screen.note(`Not looked at, since they cannot be read here: ${unread.join(', ')}.`);
  return together(given, objects);
}

function convert(manifests: readonly Manifest[], workload: string | undefined, { options }: Context): Migration {
  try {
    return migrated(manifests, { workload, name: options.text('name'), overlapNever: options.text('overlap') === 'Never' });
  } catch (error) {
    if (error instanceof Unfit) throw new Complaint(error.message);
    throw error;
  }
}

// kubectl iapp report: what a bug report needs, without what is secret.
import { VERSION } from '../../flags.ts';
import { LABEL } from '../../model/vocabulary.ts';
import { appNamed } from '../apps.ts';
import { AN_APP } from '../arguments.ts';
import { examine } from '../checks.ts';
import type { Command, Context, Right } from '../command.ts';
import { Complaint, EXIT, type Exit } from '../exit.ts';
import { OPERATOR_NAMESPACE, READ_LEASE } from '../operator.ts';
import { KINDS, type Kind } from '../paths.ts';
import { redact } from '../redaction.ts';
import { READ_APP } from '../rights.ts';
import { free, listOf, object, text } from '../shapes.ts';

/** Everything that bears the label of the App. */
const OF_THE_APP: readonly Kind[] = [
  'ControllerRevision',
  'Deployment',
  'ReplicaSet',
  'Pod',
  'Service',
  'ConfigMap',
  'EndpointSlice',
  'PodDisruptionBudget',
];

export const report: Command = {
  name: 'report',
  group: 'Look after',
  summary: 'a redacted bundle for a bug report',
  about:
    'JSON on standard output: the App and all that belongs to it, events, and what `doctor` finds. Values of env, commands, what config says and foreign annotations are replaced by size and digest. Names, images and what containers said last (status) stay: read it before you send it.',
  arguments: [AN_APP],
  options: [OPERATOR_NAMESPACE],
  examples: [{ line: 'kubectl iapp report web > report.json', about: 'For a bug report' }],
  rights: [
    ...READ_APP,
    ...OF_THE_APP.map((kind): Right => {
      const [version, resource] = KINDS[kind];
      return { group: version.includes('/') ? version.split('/')[0]! : '', resource, verbs: ['list'], without: 'they are left out' };
    }),
    { group: 'events.k8s.io', resource: 'events', verbs: ['list'], without: 'they are left out' },
    READ_LEASE,
  ],
  shape: object({
    plugin: text,
    at: text,
    app: free,
    checks: listOf(free),
    objects: { type: 'object', additionalProperties: listOf(free) },
    notSeen: listOf(text),
  }),
  run,
};

async function run(context: Context): Promise<Exit> {
  const app = await appNamed(context, context.args[0]);
  const cluster = await context.cluster();
  const { namespace, name } = app.metadata;
  const notSeen: string[] = [];
  const listed = async (kind: Kind, query: Readonly<Record<string, string>>): Promise<readonly [string, unknown[]]> => {
    try {
      return [kind, (await cluster.list<unknown>(kind, namespace, query)).map((each) => redact(each))];
    } catch (error) {
      if (!(error instanceof Complaint) || error.exit === EXIT.away) throw error;
      notSeen.push(`${kind}: ${error.message}`);
      return [kind, []];
    }
  };
  const objects = await Promise.all([
    ...OF_THE_APP.map((kind) => listed(kind, { labelSelector: `${LABEL.app}=${name}` })),
    listed('Event', { fieldSelector: 'type=Warning' }),
  ]);
  const checks = await examine({ context, cluster, namespace: context.options.text('operatorNamespace') ?? '', apps: [app] });
  const at = new Date(context.now()).toISOString();
  const value = { plugin: VERSION, at, app: redact(app), checks, objects: Object.fromEntries(objects), notSeen };
  context.screen.show({ value, names: [`immutableapp.immutableapp.io/${name}`], lines: () => [JSON.stringify(value, null, 1)] });
  return EXIT.done;
}

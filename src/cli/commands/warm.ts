// kubectl iapp warm, cool: pods that only wait for a way back, and letting them go.
import { LABEL } from '../../model/vocabulary.ts';
import { appNamed, appsThere, bareName, title, versionsOf, type AppObject } from '../apps.ts';
import { APPS, THE_APP } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import { Complaint, EXIT, type Exit } from '../exit.ts';
import { DONE, WAIT } from '../progress.ts';
import { addQuantities } from '../quantity.ts';
import { LIST_APPS, READ_APP, WRITE_APP } from '../rights.ts';
import { listOf, object, text, whole } from '../shapes.ts';
import { columns, plural, span } from '../text.ts';
import { write, WRITE_OPTIONS, WRITTEN } from '../writing.ts';

interface Waiting {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly called: string;
  readonly instance: string;
  readonly pods: number;
  /** When its time is over; absent while it is a ConfigMap's or a person's to say. */
  readonly until?: string;
  readonly requests: Readonly<Record<string, string>>;
}

export const warm: Command = {
  name: 'warm',
  group: 'Look after',
  summary: 'pods kept for a rollback: until when, and what they request',
  arguments: [APPS],
  options: [],
  examples: [{ line: 'kubectl iapp warm -A', about: 'What would be free without them?' }],
  rights: [
    ...READ_APP,
    { ...LIST_APPS[0]!, where: 'cluster', without: 'no -A' },
    { group: 'apps', resource: 'deployments', verbs: ['list'], without: 'what they request is not said' },
  ],
  shape: listOf(
    object({
      namespace: text,
      name: text,
      version: text,
      called: text,
      instance: text,
      pods: whole,
      'until?': text,
      requests: { type: 'object', additionalProperties: text },
    }),
  ),
  async run(context) {
    const [name] = context.args;
    const [apps, deployments] = await Promise.all([
      name === undefined ? appsThere(context) : appNamed(context, name).then((app) => [app]),
      deploymentsOf(context, name),
    ]);
    if (deployments instanceof Complaint) context.screen.note(`what they request is not known: ${deployments.message}`);
    const requests = deployments instanceof Complaint ? new Map<string, never>() : requestsIn(deployments);
    const all = apps.flatMap((app) => waitingIn(app, requests));
    const now = context.now();
    context.screen.show({
      value: all,
      names: all.map(({ instance }) => `deployment.apps/${instance}`),
      lines: (_paint, width) => [
        ...(all.length === 0 ? ['No pods wait.'] : []),
        ...columns(
          ['APP', 'VERSION', 'PODS', 'FOR', 'CPU', 'MEMORY'],
          all.map((each) => [
            `${each.namespace}/${each.name}`,
            each.called,
            String(each.pods),
            each.until === undefined ? '?' : `${span(Date.parse(each.until) - now)} more`,
            each.requests.cpu ?? '-',
            each.requests.memory ?? '-',
          ]),
          width,
        ),
      ],
    });
    return EXIT.done;
  },
};

export function waitingIn(app: AppObject, requests: ReadonlyMap<string, Readonly<Record<string, string>>>): Waiting[] {
  const { namespace, name } = app.metadata;
  const { promotion = {}, retention = {} } = app.spec;
  const keptMs = ((promotion.drainSeconds ?? 30) + (retention.warmSeconds ?? 600)) * 1000;
  return versionsOf(app).flatMap((version) =>
    (version.instances ?? [])
      .filter(({ role, desired = 0 }) => role === 'Warm' && desired > 0)
      .map((instance): Waiting => {
        const { servedUntil } = version;
        const until = servedUntil === undefined ? {} : { until: new Date(Date.parse(servedUntil) + keptMs).toISOString() };
        return {
          namespace,
          name,
          version: version.id,
          called: title(version),
          instance: instance.name,
          pods: instance.desired ?? 0,
          ...until,
          requests: requests.get(`${namespace}/${instance.name}`) ?? {},
        };
      }),
  );
}

interface DeploymentObject {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly resources?: { readonly requests?: Readonly<Record<string, string>> } }[] };
    };
  };
}

/** Why not, where they may not be listed. */
async function deploymentsOf(context: Context, app: string | undefined): Promise<readonly DeploymentObject[] | Complaint> {
  const cluster = await context.cluster();
  const where = context.options.is('allNamespaces') ? undefined : cluster.namespace;
  const labelSelector = app === undefined ? LABEL.app : `${LABEL.app}=${bareName(app)}`;
  try {
    return await cluster.list<DeploymentObject>('Deployment', where, { labelSelector });
  } catch (error) {
    if (error instanceof Complaint && error.exit === EXIT.forbidden) return error;
    throw error;
  }
}

/** Of all pods of each instance together. */
const requestsIn = (all: readonly DeploymentObject[]): Map<string, Record<string, string>> =>
  new Map(all.map(({ metadata, spec }) => [`${metadata.namespace}/${metadata.name}`, sum(spec)]));

function sum({ replicas = 0, template }: DeploymentObject['spec']): Record<string, string> {
  const each = template.spec.containers.map(({ resources }) => resources?.requests ?? {});
  const kinds = [...new Set(each.flatMap((requests) => Object.keys(requests)))];
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      addQuantities(
        each.flatMap((requests) => requests[kind] ?? []),
        replicas,
      ),
    ]),
  );
}

export const cool: Command = {
  name: 'cool',
  group: 'Look after',
  summary: 'delete the pods kept for a rollback; a rollback then starts pods first',
  about: 'Writes spec.retention.warm, and it stays so: --keep 1 keeps one version warm again, from the next move on.',
  arguments: [THE_APP],
  options: [{ flags: '--keep <versions>', about: 'how many stay warm', fallback: '0' }, ...WRITE_OPTIONS],
  examples: [{ line: 'kubectl iapp cool web', about: 'Free the pods that only wait' }],
  rights: WRITE_APP,
  shape: WRITTEN,
  run: cooled,
};

async function cooled(context: Context): Promise<Exit> {
  const typed = context.options.text('keep') ?? '0';
  if (!/^\d{1,3}$/.test(typed)) throw new Complaint(`--keep takes a whole number, not "${typed}"`, EXIT.usage);
  const keep = Number(typed);
  const app = await appNamed(context, context.args[0]);
  const count = waitingIn(app, new Map()).reduce((sum, { pods }) => sum + pods, 0);
  return write(context, {
    app,
    what: `${app.metadata.name} (${app.metadata.namespace}): ${plural(count, 'pod')} that only wait; ${keep === 0 ? 'all go, and a way back is cold' : `${plural(keep, 'version')} may stay warm`}`,
    field: ['spec', 'retention', 'warm'],
    value: keep,
    movesTraffic: false,
    judge:
      ({ metadata }) =>
      (now) => {
        if ((now.status?.observedGeneration ?? 0) < metadata.generation) return WAIT;
        return versionsWarm(now) <= keep ? DONE : WAIT;
      },
  });
}

const versionsWarm = (app: AppObject): number => new Set(waitingIn(app, new Map()).map(({ version }) => version)).size;

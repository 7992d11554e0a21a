// kubectl iapp glass: what cannot wait while the operator is down. Writes past the policies as a member of the break-glass group, which the audit
// log tells of by name; what is published stays as it is even so.
import { LABEL } from '../../model/vocabulary.ts';
import { appNamed, versionsOf } from '../apps.ts';
import type { Cluster } from '../cluster.ts';
import type { Command, Context } from '../command.ts';
import { Complaint, EXIT, type Exit } from '../exit.ts';
import { livenessOf, OPERATOR_NAMESPACE, READ_LEASE } from '../operator.ts';
import { KINDS, pathOf, type Kind } from '../paths.ts';
import { object, text, bool } from '../shapes.ts';
import { quoted } from '../text.ts';
import { DRY, DRY_RUN, managerOf } from '../writing.ts';

const GROUPS = ['immutableapp:break-glass', 'system:masters'];

export const glass: Command = {
  name: 'glass',
  group: 'Look after',
  summary: 'the operator is down, and something must be done now',
  about:
    'Three writes: `scale INSTANCE PODS`, `point SERVICE INSTANCE`, `delete KIND NAME` (deployment, service, configmap, controllerrevision). You need the right to impersonate; the audit log has your name. When the operator is back it sets size and selector to what spec says again: to keep a change, write it into the App, too, which needs no glass.',
  arguments: [
    { name: 'what', about: 'scale, point or delete' },
    { name: 'object', about: 'an instance, a Service, or a kind' },
    { name: 'to', about: 'pods, an instance, or a name' },
  ],
  options: [
    DRY_RUN,
    { flags: '--reason <text>', about: 'why; it goes with your name into the field manager' },
    { flags: '-y, --yes', about: 'do not ask' },
    OPERATOR_NAMESPACE,
  ],
  examples: [
    { line: 'kubectl iapp glass scale web-dgbxfth96n 6', about: 'More pods of what serves' },
    { line: 'kubectl iapp glass point web web-kj2s4f45hj', about: 'Traffic to another instance that has pods' },
    { line: 'kubectl iapp glass delete deployment web-kj2s4f45hj', about: 'Away with it' },
  ],
  rights: [
    { group: '', resource: 'users', verbs: ['impersonate'], where: 'cluster' },
    { group: '', resource: 'groups', verbs: ['impersonate'], where: 'cluster' },
    READ_LEASE,
  ],
  shape: object({ what: text, command: text, dryRun: bool }),
  run,
};

interface Deed {
  readonly what: string;
  readonly command: string;
  readonly afterwards: string;
  readonly act: (cluster: Cluster, dryRun: boolean) => Promise<unknown>;
}

async function run(context: Context): Promise<Exit> {
  const [what = '', name = '', to = ''] = context.args;
  const { screen, options } = context;
  const user = context.person.replace(/^oncall-/, '');
  const cluster = await context.cluster({ user, groups: GROUPS });
  const who = `kubectl --as=${user} ${GROUPS.map((group) => `--as-group=${group}`).join(' ')} -n ${cluster.namespace}`;
  const deed = await deedOf(context, cluster, what, name, to, who);
  const tell = screen.format === 'text' ? screen.say : screen.note;
  const operator = await livenessOf(await context.cluster(), options.text('operatorNamespace') ?? '', context.now());
  const dryRun = options.is('dryRun');
  if (dryRun) tell(DRY.above);
  for (const line of [`! ${operator.message}`, deed.what, `$ ${deed.command}`, deed.afterwards]) tell(line);
  if (!dryRun && !options.is('yes')) {
    const answer = await context.ask('Break the glass? [y/N] ');
    if (answer === undefined) throw new Complaint('there is nobody to ask: say --yes', EXIT.usage);
    if (!/^y(es)?$/i.test(answer.trim())) throw new Complaint('nothing was written');
  }
  await deed.act(cluster, dryRun);
  tell(dryRun ? DRY.below : 'Done.');
  if (screen.format !== 'text') screen.show({ value: { what: deed.what, command: deed.command, dryRun }, names: [name], lines: () => [] });
  return EXIT.done;
}

async function deedOf(context: Context, cluster: Cluster, what: string, name: string, to: string, who: string): Promise<Deed> {
  switch (what) {
    case 'scale':
      return scaling(context, cluster, name, to, who);
    case 'point':
      return pointing(context, cluster, name, to, who);
    case 'delete':
      return deleting(cluster, name, to, who);
    default:
      throw new Complaint(`glass can scale, point and delete, not ${what}`, EXIT.usage);
  }
}

function scaling(context: Context, { namespace }: Cluster, name: string, to: string, who: string): Deed {
  if (!/^\d{1,6}$/.test(to)) throw new Complaint(`how many pods? A whole number, not "${to}"`, EXIT.usage);
  const manager = managerOf(context);
  const body = { spec: { replicas: Number(to) } };
  return {
    what: `Deployment ${name} gets ${to} pods.`,
    // `kubectl scale` has no --field-manager.
    command: patchLine(who, `deployment/${name} --subresource=scale`, manager, body),
    afterwards: 'When the operator is back it has the size that spec says: to keep this one, kubectl iapp scale.',
    act: (cluster, dryRun) =>
      cluster.patch(`${pathOf('Deployment', namespace, name)}/scale`, {
        body,
        type: 'merge',
        manager,
        dryRun,
      }),
  };
}

const patchLine = (who: string, what: string, manager: string, body: object): string =>
  `${who} patch ${what} --type=merge --field-manager=${quoted(manager)} -p ${quoted(JSON.stringify(body))}`;

interface DeploymentObject {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly status?: { readonly availableReplicas?: number };
}

/** Only where there are pods: a Service that selects nothing answers nobody. */
async function pointing(context: Context, cluster: Cluster, service: string, to: string, who: string): Promise<Deed> {
  const { namespace } = cluster;
  const instance = await cluster.find<DeploymentObject>(pathOf('Deployment', namespace, to));
  if (instance?.metadata.labels?.[LABEL.instance] !== to)
    throw new Complaint(`there is no instance ${to} in namespace ${namespace}: ${await instancesThere(context)}`);
  const available = instance.status?.availableReplicas ?? 0;
  if (available === 0) throw new Complaint(`${to} has no available pod: scale it first, kubectl iapp glass scale ${to} N`);
  const manager = managerOf(context);
  const body = { spec: { selector: { [LABEL.instance]: to } } };
  return {
    what: `Service ${service} sends its traffic to ${to}, which has ${available} available pods.`,
    command: patchLine(who, `service/${service}`, manager, body),
    afterwards: 'When the operator is back it points to what spec says: to keep this, kubectl iapp go.',
    act: (as, dryRun) => as.patch(pathOf('Service', namespace, service), { body, type: 'merge', manager, dryRun }),
  };
}

async function instancesThere(context: Context): Promise<string> {
  const app = await appNamed(context, undefined).catch(() => undefined);
  const names = app === undefined ? [] : versionsOf(app).flatMap(({ instances = [] }) => instances.map(({ name }) => name));
  return names.length === 0 ? 'kubectl get deploy -l immutableapp.io/app lists them' : `there are ${names.join(', ')}`;
}

const DELETABLE: Readonly<Record<string, Kind>> = {
  deployment: 'Deployment',
  service: 'Service',
  configmap: 'ConfigMap',
  controllerrevision: 'ControllerRevision',
};

function deleting({ namespace }: Cluster, word: string, name: string, who: string): Deed {
  const kind = DELETABLE[word.toLowerCase().replace(/s$/, '')];
  if (kind === undefined) throw new Complaint(`glass deletes ${Object.keys(DELETABLE).join(', ')}, not ${word}`, EXIT.usage);
  return {
    what: `${kind} ${name} is deleted.`,
    command: `${who} delete ${KINDS[kind][1]}/${name}`,
    afterwards: 'When the operator is back it makes anew what spec asks for, under another name.',
    act: (cluster, dryRun) =>
      dryRun
        ? cluster.get(pathOf(kind, namespace, name))
        : cluster.remove(pathOf(kind, namespace, name), { propagationPolicy: 'Background' }),
  };
}

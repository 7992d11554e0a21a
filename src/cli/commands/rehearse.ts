// kubectl iapp rehearse: whether the way back would work, before anybody needs it.
import { list, obj, type Obj } from '../../model/json.ts';
import type { VersionStatus } from '../../model/spec.ts';
import { appNamed, serving, title, versionNamed, versionsOf, wayBack, type AppObject } from '../apps.ts';
import { AN_APP } from '../arguments.ts';
import type { Cluster } from '../cluster.ts';
import type { Command, Context } from '../command.ts';
import { differences, recorded } from '../differences.ts';
import { Complaint, EXIT, type Exit } from '../exit.ts';
import { pathOf } from '../paths.ts';
import { durationOf, waited } from '../progress.ts';
import { finders, rehearsalOf, type Rehearsal } from '../rehearsal.ts';
import { LIST_RECORDS, READ_APP, SEE_SECRETS, WAIT_APP } from '../rights.ts';
import { secretsGone } from '../secrets.ts';
import { listOf, object, text, whole } from '../shapes.ts';
import { span, wrap } from '../text.ts';
import { GROUP } from '../../model/vocabulary.ts';
import { DRY, DRY_RUN } from '../writing.ts';
import { pushed } from './wait.ts';

export const rehearse: Command = {
  name: 'rehearse',
  group: 'See',
  summary: 'try a kept version: one pod beside what serves, no traffic',
  about:
    'Makes a second App from the record of the version, <app>-rehearsal, of one pod and without a Service, waits until that pod is up and its gates before have passed, says how long it took, and takes it away again, also after Ctrl-C. http and prometheus gates are asked; people, hours and webhooks are not, and Jobs only with --with-jobs, since they may change what all versions share. It is refused where a Service would find its pod, for an App without Services, whose pod would do work, and for one that never runs twice.',
  arguments: [
    AN_APP,
    { name: 'version', about: 'name or id; without one, where the way back leads', optional: true, completes: 'versions' },
  ],
  options: [
    { flags: '--with-jobs', about: 'run Job gates, too' },
    DRY_RUN,
    { flags: '--timeout <duration>', about: 'how long at most', fallback: '15m' },
  ],
  examples: [
    { line: 'kubectl iapp rehearse web', about: 'Could we go back tonight?' },
    { line: 'kubectl iapp rehearse web 2.3.0 --with-jobs', about: 'To this one, with its Jobs' },
  ],
  rights: [
    ...READ_APP,
    LIST_RECORDS,
    { group: '', resource: 'services', verbs: ['list'] },
    { group: GROUP, resource: 'immutableapps', verbs: ['create', 'delete'] },
    { group: 'apps', resource: 'deployments', verbs: ['create'] },
    ...WAIT_APP,
    SEE_SECRETS,
  ],
  shape: object({
    namespace: text,
    name: text,
    version: text,
    called: text,
    outcome: { enum: ['done', 'dryRun', 'failed', 'timedOut', 'stalled', 'held', 'interrupted'] },
    'seconds?': whole,
    gates: listOf(object({ name: text, 'verdict?': text, 'message?': text })),
    leftOut: listOf(text),
    problems: listOf(text),
    'why?': text,
  }),
  run,
};

async function run(context: Context): Promise<Exit> {
  const [name, typed] = context.args;
  const app = await appNamed(context, name);
  const version = typed === undefined ? wayBack(app) : versionNamed(app, typed).version;
  if (version === undefined) throw new Complaint(`${app.metadata.name} has no way back to rehearse: name a version`);
  refuseUnfit(app, version);
  const { screen, options } = context;
  const contents = await recorded(context, app, version.id);
  const cluster = await context.cluster();
  const { namespace } = app.metadata;
  const found = finders(await cluster.list<Obj>('Service', namespace), contents.template);
  if (found.length > 0)
    throw new Complaint(
      `Service ${found.join(', ')} would send traffic to the rehearsal: its selector finds pods of ${title(version)} by their labels alone`,
    );
  const rehearsal = rehearsalOf(app, version, contents, options.is('withJobs'));
  const problems = await secretsGone(context, app, version);
  const tell = screen.format === 'text' ? screen.say : screen.note;
  const what = `one pod of ${title(version)} comes up beside what serves, as App ${rehearsal.manifest.metadata.name}; no traffic moves`;
  if (options.is('dryRun')) tell(DRY.above);
  for (const line of [...wrap(what, screen.width, '  '), ...(await differences(context, app, serving(app)?.id, version.id)), ...problems])
    tell(line);
  if (rehearsal.leftOut.length > 0) tell(`  not asked: ${rehearsal.leftOut.join(', ')}`);
  return play(context, cluster, app, version, rehearsal, problems, tell);
}

function refuseUnfit({ metadata, spec }: AppObject, version: VersionStatus): void {
  if (version.state === 'Active') throw new Complaint(`${title(version)} serves: there is nothing to rehearse`);
  if (list(spec.services).length === 0)
    throw new Complaint(`${metadata.name} has no Service: a pod of ${title(version)} would do its work`);
  if (obj(spec.promotion).overlap === 'Never')
    throw new Complaint(
      `${metadata.name} never runs twice (promotion.overlap: Never): ${title(version)} cannot come up beside what serves`,
    );
}

async function play(
  context: Context,
  cluster: Cluster,
  app: AppObject,
  version: VersionStatus,
  { manifest, leftOut }: Rehearsal,
  problems: readonly string[],
  tell: (line: string) => void,
): Promise<Exit> {
  const { screen, options, now } = context;
  const { namespace, name } = app.metadata;
  const show = (outcome: string, more: { seconds?: number; gates?: readonly Judged[]; why?: string } = {}): void => {
    if (screen.format === 'text') return;
    const { gates = [], ...rest } = more;
    const value = { namespace, name, version: version.id, called: title(version), outcome, gates, leftOut, problems, ...rest };
    screen.show({ value, names: [version.id], lines: () => [] });
  };
  const path = pathOf('ImmutableApp', namespace);
  if (options.is('dryRun')) {
    await cluster.post(`${path}?dryRun=All`, manifest);
    tell(DRY.below);
    show('dryRun');
    return EXIT.done;
  }
  const timeoutMs = durationOf(context, 'timeout', 'timeout');
  const began = now();
  const made = await cluster.post<AppObject>(path, manifest);
  try {
    const judge = (seen: AppObject) => pushed(seen, made.metadata.generation);
    const { exit, app: last, why } = await waited(context, { app: made, judge, timeoutMs, tell });
    const seconds = Math.ceil((now() - began) / 1000);
    const gates = last === undefined ? [] : judged(last);
    for (const { name: gate, verdict = 'not asked', message = '' } of gates)
      tell(`  gate ${gate}: ${verdict}${message === '' ? '' : `, ${message}`}`);
    if (exit === EXIT.done) for (const line of wrap(way(version, seconds), screen.width, '')) tell(line);
    else screen.note(`${title(version)} did not come up: ${why}`);
    const outcome = Object.entries(EXIT).find(([, code]) => code === exit)?.[0] ?? 'failed';
    show(outcome, { seconds, gates, ...(why === '' ? {} : { why }) });
    return exit;
  } finally {
    await cluster.remove(pathOf('ImmutableApp', namespace, manifest.metadata.name), { preconditions: { uid: made.metadata.uid } });
    tell('  the rehearsal was taken away');
  }
}

interface Judged {
  readonly name: string;
  readonly verdict?: string;
  readonly message?: string;
}

const judged = (app: AppObject): Judged[] =>
  (versionsOf(app)[0]?.gates ?? []).map(({ name, verdict, message }) => ({
    name,
    ...(verdict === undefined ? {} : { verdict }),
    ...(message === undefined || message === '' ? {} : { message }),
  }));

/** The way back, in a sentence. */
function way(version: VersionStatus, seconds: number): string {
  const pods = (version.instances ?? []).reduce((sum, { ready = 0 }) => sum + ready, 0);
  const up = `one pod of ${title(version)} was up and judged after ${span(seconds * 1000)}`;
  return pods > 0
    ? `${up}. The way back takes no time: ${String(pods)} of its pods are warm.`
    : `${up}. It has no warm pods: the way back takes about as long, and traffic moves once all of them are up.`;
}

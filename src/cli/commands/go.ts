// kubectl iapp go: traffic to a version, and there it stays; or back to following what is newest.
import type { VersionStatus } from '../../model/spec.ts';
import { CONDITION } from '../../model/vocabulary.ts';
import { appNamed, conditionOf, isPassedOver, serving, title, versionNamed, type AppObject } from '../apps.ts';
import { THE_APP } from '../arguments.ts';
import { differences } from '../differences.ts';
import type { Command, Context } from '../command.ts';
import { Complaint, EXIT, type Exit } from '../exit.ts';
import { podsOf, podsText } from '../overview.ts';
import { DONE, stalledAt, WAIT, type Verdict } from '../progress.ts';
import { LIST_RECORDS, SEE_SECRETS, WRITE_APP } from '../rights.ts';
import { secretsGone } from '../secrets.ts';
import { already, appAndVersion, write, WRITE_OPTIONS, WRITTEN } from '../writing.ts';

export const POINTER = ['spec', 'activeVersion'] as const;

export const go: Command = {
  name: 'go',
  group: 'Move',
  summary: 'switch to a version, and stay there until somebody decides otherwise',
  about:
    'Writes spec.activeVersion. What is different is shown first, and whether the version is warm. For tonight only, or where Git says activeVersion: `pin`.',
  arguments: [
    THE_APP,
    { name: 'version', about: 'name or id of the version; `latest` is the content of spec', optional: true, completes: 'versions' },
  ],
  options: [{ flags: '--newest', about: 'name no version any more: what promotion.mode says goes' }, ...WRITE_OPTIONS],
  examples: [
    { line: 'kubectl iapp go web 2.4.0', about: 'Go to a known good version and stay there' },
    { line: 'kubectl iapp go web latest --reason "CHG-1234 approved"', about: 'Under Manual: let the newest serve' },
    { line: 'kubectl iapp go web --newest', about: 'Follow the newest again' },
  ],
  rights: [...WRITE_APP, { ...LIST_RECORDS, without: 'differences are not shown' }, SEE_SECRETS],
  shape: WRITTEN,
  run,
};

async function run(context: Context): Promise<Exit> {
  if (context.options.is('newest')) return follow(context);
  const { app: name, version: typed } = appAndVersion(context.args);
  if (typed === undefined) throw new Complaint('which version? kubectl iapp versions lists them', EXIT.usage);
  const app = await appNamed(context, name);
  const { version, written } = versionNamed(app, typed);
  return point(context, app, version, written);
}

/** Also the way back. */
export async function point(
  context: Context,
  app: AppObject,
  version: VersionStatus,
  written: string,
  more: readonly string[] = [],
): Promise<Exit> {
  return write(context, {
    app,
    what: moving(app, version),
    field: POINTER,
    value: written,
    before: [
      ...(await differences(context, app, serving(app)?.id, version.id)),
      ...warning(version),
      ...(await secretsGone(context, app, version)),
      ...more,
    ],
    movesTraffic: version.id !== app.status?.activeVersion,
    instead: `pin it: kubectl iapp pin ${app.metadata.name} ${written} --for 4h -n ${app.metadata.namespace}`,
    judge: (after) => (now) => served(now, version.id, after.metadata.generation),
  });
}

async function follow(context: Context): Promise<Exit> {
  const app = await appNamed(context, context.args[0]);
  const { activeVersion = '' } = app.spec;
  if (activeVersion === '') return already(context, app, `${app.metadata.name} names no version: promotion.mode decides already.`);
  return write(context, {
    app,
    what: `${app.metadata.name} no longer stays at ${activeVersion}: promotion.mode decides, and what was passed over meanwhile stays so`,
    field: POINTER,
    value: null,
    movesTraffic: true,
    judge: (after) => (now) => {
      const reported = (now.status?.observedGeneration ?? 0) >= after.metadata.generation;
      return reported && conditionOf(now, CONDITION.ready)?.status === 'True' ? DONE : (stalledAt(now, after.metadata.generation) ?? WAIT);
    },
  });
}

/** `web: 2.4.1 (…) → 2.4.0 (…), Warm, 3/3 pods`. */
export function moving(app: AppObject, version: VersionStatus): string {
  const from = serving(app);
  const pods = podsOf(version);
  const ready = pods.ready > 0 ? podsText(pods) : 'its pods start first';
  const head = `${app.metadata.name} (${app.metadata.namespace})`;
  if (from?.id === version.id) return `${head}: ${title(version)} serves already, and stays`;
  return `${head}: ${from === undefined ? 'nothing' : title(from)} → ${title(version)}, ${version.state ?? 'state unknown'}, ${ready}`;
}

const warning = (version: VersionStatus): string[] =>
  isPassedOver(version) ? [`! ${title(version)} is ${version.reason ?? version.state ?? ''}: ${version.message ?? ''}`] : [];

/** Whether it serves, on every Service. */
export function served(app: AppObject, id: string, generation: number): Verdict {
  const { activeVersion, services = [], observedGeneration = 0 } = app.status ?? {};
  const arrived = services.every(({ role, converged }) => role === 'Preview' || converged === true);
  if (activeVersion === id && arrived && observedGeneration >= generation) return DONE;
  return stalledAt(app, generation) ?? WAIT;
}

// kubectl iapp back: to what served before.
import { ANNOTATION, REASON } from '../../model/vocabulary.ts';
import { appNamed, formerly, isPassedOver, serving, title, wayBack, type AppObject } from '../apps.ts';
import { THE_APP } from '../arguments.ts';
import { differences } from '../differences.ts';
import type { Command, Context } from '../command.ts';
import { Complaint, EXIT, type Exit } from '../exit.ts';
import { LIST_RECORDS, SEE_SECRETS, WRITE_APP } from '../rights.ts';
import { secretsGone } from '../secrets.ts';
import { wrap } from '../text.ts';
import { write, WRITE_OPTIONS, WRITTEN } from '../writing.ts';
import { moving, point } from './go.ts';
import { pinnedTo } from './pin.ts';
import { rejecting } from './reject.ts';

/** Until the people are there who know. */
const NIGHT_MS = 12 * 3_600_000;

export const back: Command = {
  name: 'back',
  group: 'Move',
  summary: 'roll back to the version that served before',
  about:
    'To the last version that served, is not what serves, and that nobody decided against. It stays there, whatever is pushed or changed in ConfigMaps, until somebody says otherwise; with --tonight for twelve hours. With --reject what serves is rejected instead: its predecessor serves, and a fix that is pushed goes forward by itself.',
  arguments: [THE_APP],
  options: [
    { flags: '--tonight', about: 'by a pin that ends in twelve hours, whatever Git says' },
    { flags: '--reject', about: 'reject what serves, so that it never serves again, and a fix goes forward by itself' },
    ...WRITE_OPTIONS,
  ],
  examples: [
    { line: 'kubectl iapp back web', about: 'The new version is bad: roll back now' },
    { line: 'kubectl iapp back web --tonight --yes --reason "p99 doubled"', about: 'Until tomorrow, without touching what Git says' },
    { line: 'kubectl iapp back web --reject', about: 'And never again to this one' },
  ],
  rights: [...WRITE_APP, { ...LIST_RECORDS, without: 'differences are not shown' }, SEE_SECRETS],
  shape: WRITTEN,
  run,
};

async function run(context: Context): Promise<Exit> {
  const app = await appNamed(context, context.args[0]);
  const { options } = context;
  if (options.is('tonight') && options.is('reject')) throw new Complaint('--tonight or --reject, not both', EXIT.usage);
  const version = wayBack(app);
  if (version === undefined) throw new Complaint(nowhere(app));
  if (options.is('reject')) return reject(context, app);
  const skipped = formerly(app).slice(0, formerly(app).indexOf(version)).filter(isPassedOver);
  const notes = skipped.map((each) => `  passed over: ${title(each)}, ${each.reason ?? each.state ?? ''}`);
  if (options.is('tonight')) return pinnedTo(context, app, version, version.id, NIGHT_MS, notes);
  const newest = `kubectl iapp go ${app.metadata.name} --newest -n ${app.metadata.namespace}`;
  const stays = `it stays there, whatever is pushed or changed in a ConfigMap; to follow the newest again: ${newest}`;
  const wrapped = wrap(stays, context.screen.width - 2).map((line) => `  ${line}`);
  return point(context, app, version, version.names?.[0] ?? version.id, [...notes, ...wrapped]);
}

function nowhere(app: AppObject): string {
  const others = formerly(app).map((each) => `${title(each)} (${each.reason ?? each.state ?? ''})`);
  const why = others.length === 0 ? 'nothing else has served' : `what served was decided against: ${others.join(', ')}`;
  return `${app.metadata.name} has no way back: ${why}. kubectl iapp go names a version all the same`;
}

/** What serves goes, and the operator finds its predecessor. */
async function reject(context: Context, app: AppObject): Promise<Exit> {
  const bad = serving(app);
  const good = wayBack(app);
  if (bad === undefined || good === undefined) throw new Complaint(nowhere(app));
  return write(context, {
    app,
    what: `${moving(app, good)}; ${title(bad)} is rejected`,
    field: ['metadata', 'annotations', ANNOTATION.reject],
    value: rejecting(app, bad.id),
    before: [...(await differences(context, app, bad.id, good.id)), ...(await secretsGone(context, app, good))],
    movesTraffic: true,
    judge: () => (now) => {
      const rejected = now.status?.versions?.find(({ id }) => id === bad.id)?.state === REASON.Rejected;
      return rejected && now.status.activeVersion !== bad.id ? { is: 'done' } : { is: 'wait' };
    },
  });
}

// kubectl iapp pin, unpin: traffic to a version for a while, whatever spec says.
import type { VersionStatus } from '../../model/spec.ts';
import { ANNOTATION } from '../../model/vocabulary.ts';
import { appNamed, serving, title, versionNamed, type AppObject } from '../apps.ts';
import { A_VERSION, THE_APP } from '../arguments.ts';
import { differences } from '../differences.ts';
import type { Command, Context } from '../command.ts';
import { Complaint, EXIT, type Exit } from '../exit.ts';
import { DONE, durationOf, stalledAt, WAIT } from '../progress.ts';
import { LIST_RECORDS, SEE_SECRETS, WRITE_APP } from '../rights.ts';
import { secretsGone } from '../secrets.ts';
import { span } from '../text.ts';
import { already, appAndVersion, write, WRITE_OPTIONS, WRITTEN } from '../writing.ts';
import { moving, served } from './go.ts';

const PIN = ['metadata', 'annotations', ANNOTATION.pin] as const;

export const pin: Command = {
  name: 'pin',
  group: 'Move',
  summary: 'switch to a version for some time, whatever spec and Git say',
  about: 'Ends by itself. Then the version that it replaced stays on hold; a version that was pushed meanwhile serves.',
  arguments: [THE_APP, A_VERSION],
  options: [{ flags: '--for <duration>', about: 'for how long', fallback: '4h' }, ...WRITE_OPTIONS],
  examples: [{ line: 'kubectl iapp pin web 2.4.0 --for 4h', about: 'For tonight only, without touching what Git says' }],
  rights: [...WRITE_APP, { ...LIST_RECORDS, without: 'differences are not shown' }, SEE_SECRETS],
  shape: WRITTEN,
  async run(context) {
    const { app: name, version: typed } = appAndVersion(context.args);
    if (typed === undefined) throw new Complaint('which version? kubectl iapp versions lists them', EXIT.usage);
    const app = await appNamed(context, name);
    const { version, written } = versionNamed(app, typed);
    return pinnedTo(context, app, version, written, durationOf(context, 'for', 'for'));
  },
};

export async function pinnedTo(
  context: Context,
  app: AppObject,
  version: VersionStatus,
  written: string,
  ms: number,
  more: readonly string[] = [],
): Promise<Exit> {
  const until = new Date(context.now() + ms).toISOString().replace(/\.\d+Z$/, 'Z');
  const value = `${written} until ${until}`;
  return write(context, {
    app,
    what: `${moving(app, version)}; for ${span(ms)}, until ${until}`,
    field: PIN,
    value,
    before: [...(await differences(context, app, serving(app)?.id, version.id)), ...(await secretsGone(context, app, version)), ...more],
    movesTraffic: version.id !== app.status?.activeVersion,
    judge: () => (now) => {
      if (now.status?.pinned !== value) return WAIT;
      return served(now, version.id, 0).is === 'done' ? DONE : (stalledAt(now, 0) ?? WAIT);
    },
  });
}

export const unpin: Command = {
  name: 'unpin',
  group: 'Move',
  summary: 'end a pin: spec decides again',
  about: 'The version that the pin replaced stays on hold; a version that was pushed meanwhile serves.',
  arguments: [THE_APP],
  options: WRITE_OPTIONS,
  examples: [{ line: 'kubectl iapp unpin web', about: 'Before it ends by itself' }],
  rights: WRITE_APP,
  shape: WRITTEN,
  async run(context) {
    const app = await appNamed(context, context.args[0]);
    const typed = app.metadata.annotations?.[ANNOTATION.pin];
    if (typed === undefined) return already(context, app, `${app.metadata.name} has no pin.`);
    const active = serving(app);
    return write(context, {
      app,
      what: `${app.metadata.name} is pinned no more ("${typed}"): spec decides${active === undefined ? '' : `; ${title(active)} serves now`}`,
      field: PIN,
      value: null,
      movesTraffic: true,
      judge: () => (now) => ((now.status?.pinned ?? '') === '' ? DONE : WAIT),
    });
  },
};

// kubectl iapp reject, renew: what a person says of a version, and takes back.
import { ANNOTATION, REASON } from '../../model/vocabulary.ts';
import { appNamed, title, versionNamed, type AppObject } from '../apps.ts';
import { A_VERSION, THE_APP } from '../arguments.ts';
import type { Command } from '../command.ts';
import { Complaint, EXIT } from '../exit.ts';
import { DONE, stalledAt, WAIT } from '../progress.ts';
import { LIST_RECORDS, SEE_SECRETS, WRITE_APP } from '../rights.ts';
import { secretsGone } from '../secrets.ts';
import { appAndVersion, write, WRITE_OPTIONS, WRITTEN } from '../writing.ts';

const WORDS = [THE_APP, A_VERSION] as const;

/** The annotation with one more version in it: a rejection is taken back by a renewal, and not by leaving it out. */
export function rejecting({ metadata }: AppObject, id: string): string {
  const before = (metadata.annotations?.[ANNOTATION.reject] ?? '').split(',').map((each) => each.trim());
  return [...new Set([...before.filter((each) => each !== ''), id])].join(',');
}

export const reject: Command = {
  name: 'reject',
  group: 'Move',
  summary: 'block a version: it never serves again',
  about: 'If it serves, traffic goes back to its predecessor. A fix that you push serves by itself. `renew` ends the rejection.',
  arguments: WORDS,
  options: WRITE_OPTIONS,
  examples: [{ line: 'kubectl iapp reject web 2.4.1 --reason "loses orders"', about: 'Never again this one' }],
  rights: WRITE_APP,
  shape: WRITTEN,
  async run(context) {
    const { app: name, version: typed } = appAndVersion(context.args);
    if (typed === undefined) throw new Complaint('which version? kubectl iapp versions lists them', EXIT.usage);
    const app = await appNamed(context, name);
    const { version } = versionNamed(app, typed);
    const serves = version.id === app.status?.activeVersion;
    return write(context, {
      app,
      what: `${app.metadata.name} (${app.metadata.namespace}): ${title(version)} is rejected${serves ? ', and its predecessor serves' : ''}`,
      field: ['metadata', 'annotations', ANNOTATION.reject],
      value: rejecting(app, version.id),
      anew: (latest) => rejecting(latest, version.id),
      movesTraffic: serves,
      judge: () => (now) => {
        const rejected = now.status?.versions?.find(({ id }) => id === version.id)?.state === REASON.Rejected;
        if (!rejected) return WAIT;
        return now.status.activeVersion === version.id ? (stalledAt(now, 0) ?? WAIT) : DONE;
      },
    });
  },
};

export const renew: Command = {
  name: 'renew',
  group: 'Move',
  summary: 'retry or restart a version, also a failed, held or rejected one',
  about:
    'Of what serves, a fresh instance comes up beside it, traffic moves without a gap, the old one goes: a restart, also for a rotated credential. Of what failed, was rejected or is held, that is forgotten, and it is tried again.',
  arguments: WORDS,
  options: WRITE_OPTIONS,
  examples: [
    { line: 'kubectl iapp renew web active', about: 'Restart what serves, without a gap' },
    { line: 'kubectl iapp renew web 2.4.1', about: 'Try a failed, held or rejected version again' },
  ],
  rights: [...WRITE_APP, { ...LIST_RECORDS, without: 'Secrets that are gone are not told of' }, SEE_SECRETS],
  shape: WRITTEN,
  async run(context) {
    const { app: name, version: typed } = appAndVersion(context.args);
    if (typed === undefined) throw new Complaint('which version? `active` is what serves', EXIT.usage);
    const app = await appNamed(context, name);
    const { version } = versionNamed(app, typed);
    const { activeVersion, activeInstance } = app.status ?? {};
    const serves = version.id === activeVersion;
    const then = serves ? 'a fresh instance of it comes up beside it and takes over' : 'what was said of it is forgotten';
    return write(context, {
      app,
      before: await secretsGone(context, app, version),
      what: `${app.metadata.name} (${app.metadata.namespace}): ${title(version)} is renewed: ${then}`,
      field: ['metadata', 'annotations', ANNOTATION.renew],
      value: `${version.id}@${Math.floor(context.now() / 1000)}`,
      movesTraffic: serves,
      judge: (written) => (now) => {
        if (serves && now.status?.activeInstance !== activeInstance) return DONE;
        const { state, reason } = now.status?.versions?.find(({ id }) => id === version.id) ?? {};
        const tainted = state === REASON.Rejected || state === 'Failed' || reason === REASON.Held || reason === REASON.HeldAlong;
        return serves || tainted ? (serves ? (stalledAt(now, written.metadata.generation) ?? WAIT) : WAIT) : DONE;
      },
    });
  },
};

// kubectl iapp scale: the size of an App.
import { appNamed } from '../apps.ts';
import { THE_APP } from '../arguments.ts';
import type { Command } from '../command.ts';
import { Complaint, EXIT } from '../exit.ts';
import { DONE, stalledAt, WAIT } from '../progress.ts';
import { WRITE_APP } from '../rights.ts';
import { plural } from '../text.ts';
import { appAndVersion, write, WRITE_OPTIONS, WRITTEN } from '../writing.ts';

export const scale: Command = {
  name: 'scale',
  group: 'Move',
  summary: 'set the number of pods of the version that serves',
  about: 'Writes spec.replicas. An autoscaler sets it again.',
  arguments: [THE_APP, { name: 'pods', about: 'how many', optional: true }],
  options: WRITE_OPTIONS,
  examples: [{ line: 'kubectl iapp scale web 6', about: 'Six pods' }],
  rights: WRITE_APP,
  shape: WRITTEN,
  async run(context) {
    const { app: name, version: typed = '' } = appAndVersion(context.args);
    if (!/^\d{1,6}$/.test(typed)) throw new Complaint(`how many pods? A whole number, not "${typed}"`, EXIT.usage);
    const pods = Number(typed);
    const app = await appNamed(context, name);
    return write(context, {
      app,
      what: `${app.metadata.name} (${app.metadata.namespace}): ${app.spec.replicas ?? 1} → ${plural(pods, 'pod')}${pods === 0 ? '; nobody is answered any more' : ''}`,
      field: ['spec', 'replicas'],
      value: pods,
      movesTraffic: pods === 0,
      judge:
        ({ metadata }) =>
        (now) => {
          const { observedGeneration = 0, replicas, readyReplicas } = now.status ?? {};
          if (observedGeneration >= metadata.generation && replicas === pods && readyReplicas === pods) return DONE;
          return stalledAt(now, metadata.generation) ?? WAIT;
        },
    });
  },
};

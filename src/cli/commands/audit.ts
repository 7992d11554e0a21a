// kubectl iapp audit: is what was published protected, was any of it changed, and by whom.
import { CONDITION, REASON } from '../../model/vocabulary.ts';
import { appNamed, appsThere, conditionOf, title, versionsOf, type AppObject } from '../apps.ts';
import { APPS } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, type Exit } from '../exit.ts';
import { LIST_APPS, READ_APP } from '../rights.ts';
import { listOf, object, text } from '../shapes.ts';
import { ago, columns } from '../text.ts';

export const audit: Command = {
  name: 'audit',
  group: 'Look after',
  summary: 'protected? changed now, or ever, by whom? foreign pods?',
  about:
    'What was found once is told as long as the version is on record. The audit log of the API server has users, where this has field managers.',
  arguments: [APPS],
  options: [],
  examples: [
    { line: 'kubectl iapp audit web', about: 'Somebody changed what serves' },
    { line: 'kubectl iapp audit -A', about: 'Everywhere, now and in the past' },
  ],
  rights: [...READ_APP, { ...LIST_APPS[0]!, where: 'cluster', without: 'no -A' }],
  shape: object({
    unprotected: listOf(object({ namespace: text, name: text, reason: text, message: text })),
    findings: listOf(
      object({ namespace: text, name: text, when: text, 'at?': text, what: text, reason: text, 'by?': text, message: text }),
    ),
  }),
  run,
};

/** What tells of tampering that is there now. */
const NOW: ReadonlySet<string> = new Set([
  REASON.Compromised,
  REASON.DriftLoop,
  REASON.CircuitOpen,
  REASON.ForeignEndpoint,
  REASON.RecordUnreadable,
  REASON.Debugged,
  REASON.SelectorContended,
  REASON.SelectedByOthers,
]);

interface Found {
  readonly namespace: string;
  readonly name: string;
  readonly when: 'now' | 'then';
  readonly at?: string;
  readonly what: string;
  readonly reason: string;
  readonly by?: string;
  readonly message: string;
}

async function run(context: Context): Promise<Exit> {
  const [name] = context.args;
  const apps = name === undefined ? await appsThere(context) : [await appNamed(context, name)];
  const unprotected = apps.flatMap(unprotectedOf);
  const findings = apps.flatMap(foundIn);
  const now = context.now();
  context.screen.show({
    value: { unprotected, findings },
    names: [...new Set([...unprotected, ...findings].map((each) => `immutableapp.immutableapp.io/${each.name}`))],
    lines: (paint, width) => [
      unprotected.length === 0
        ? paint('green', 'The admission policies are in force.')
        : paint('red', `Not protected: ${unprotected[0]!.message}`),
      ...(unprotected.length > 0 ? [`  ${unprotected.map((each) => `${each.namespace}/${each.name}`).join(', ')}`] : []),
      ...(findings.length === 0 ? ['Nothing was changed, as far as anything remembers.'] : []),
      ...columns(
        ['WHEN', 'APP', 'WHAT', 'BY', 'MESSAGE'],
        findings.map((each) => [
          each.when === 'now' ? paint('red', 'now') : `${ago(each.at, now)} ago`,
          `${each.namespace}/${each.name}`,
          each.what,
          each.by ?? '?',
          `${each.reason}: ${each.message}`,
        ]),
        width,
      ),
    ],
  });
  return EXIT.done;
}

function unprotectedOf(app: AppObject): { namespace: string; name: string; reason: string; message: string }[] {
  const { status, reason = '', message = '' } = conditionOf(app, CONDITION.enforced) ?? {};
  const { namespace, name } = app.metadata;
  return status === 'True' ? [] : [{ namespace, name, reason, message: message === '' ? 'nobody has asked the API server yet' : message }];
}

export function foundIn(app: AppObject): Found[] {
  const { namespace, name } = app.metadata;
  const stalled = conditionOf(app, CONDITION.stalled);
  const said = [...(stalled?.status === 'True' ? [stalled] : []), ...(app.status?.warnings ?? [])];
  const now = said.flatMap(({ reason = '', message = '' }): Found[] =>
    NOW.has(reason) ? [{ namespace, name, when: 'now', what: name, reason, message }] : [],
  );
  const then = versionsOf(app).flatMap((version) =>
    (version.discarded ?? []).map(({ at, instance, by, message = '' }): Found => ({
      namespace,
      name,
      when: 'then',
      ...(at === undefined ? {} : { at }),
      what: instance ?? title(version),
      reason: REASON.Compromised,
      ...(by === undefined ? {} : { by }),
      message,
    })),
  );
  return [...now, ...then.toSorted((a, b) => ((a.at ?? '') < (b.at ?? '') ? 1 : -1))];
}

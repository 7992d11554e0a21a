// kubectl iapp doctor: is the installation sound?
import { appsThere } from '../apps.ts';
import { examine } from '../checks.ts';
import type { Command, Context, Right } from '../command.ts';
import { EXIT, type Exit } from '../exit.ts';
import { OPERATOR_NAMESPACE, READ_LEASE } from '../operator.ts';
import { LIST_APPS, LIST_RECORDS } from '../rights.ts';
import { listOf, object, text } from '../shapes.ts';
import { wrap } from '../text.ts';

const UNKNOWN = 'that check says unknown';
const look = (group: string, resource: string, verb: string, where?: Right['where']): Right => ({
  group,
  resource,
  verbs: [verb],
  ...(where === undefined ? {} : { where }),
  without: UNKNOWN,
});

export const doctor: Command = {
  name: 'doctor',
  group: 'Look after',
  summary: 'is the installation sound? CRD, operator, policies, rights, Secrets',
  about:
    'Each check is well, ill or unknown; exit code 1 if one is ill. Secrets that kept versions need are looked for with your rights, by their metadata: no value travels.',
  arguments: [],
  options: [OPERATOR_NAMESPACE],
  examples: [{ line: 'kubectl iapp doctor -A', about: 'After an installation or an upgrade' }],
  rights: [
    ...LIST_APPS,
    look('apiextensions.k8s.io', 'customresourcedefinitions', 'get', 'cluster'),
    { ...READ_LEASE, without: UNKNOWN },
    look('', 'pods', 'list', 'operator'),
    look('', 'configmaps', 'get', 'operator'),
    look('admissionregistration.k8s.io', 'validatingadmissionpolicies', 'list', 'cluster'),
    look('admissionregistration.k8s.io', 'validatingadmissionpolicybindings', 'list', 'cluster'),
    { ...LIST_RECORDS, without: UNKNOWN },
    look('', 'secrets', 'get'),
  ],
  shape: listOf(object({ check: text, is: { enum: ['well', 'ill', 'unknown'] }, message: text, 'next?': text })),
  run,
};

const TONES = { well: 'green', ill: 'red', unknown: 'yellow' } as const;
const MARKS = { well: '✓', ill: '✗', unknown: '?' } as const;

async function run(context: Context): Promise<Exit> {
  const cluster = await context.cluster();
  const apps = await appsThere(context);
  const namespace = context.options.text('operatorNamespace') ?? '';
  const checks = await examine({ context, cluster, namespace, apps });
  context.screen.show({
    value: checks,
    names: checks.filter(({ is }) => is !== 'well').map(({ check }) => check),
    lines: (paint, width) =>
      checks.flatMap(({ check, is, message, next }) => [
        ...wrap(`${check}: ${message}`, width - 2, '  ').map((line, i) => `${i === 0 ? paint(TONES[is], MARKS[is]) : ' '} ${line}`),
        ...(next === undefined ? [] : wrap(`→ ${next}`, width - 4, '  ').map((line) => `    ${paint('cyan', line)}`)),
      ]),
  });
  return checks.some(({ is }) => is === 'ill') ? EXIT.failed : EXIT.done;
}

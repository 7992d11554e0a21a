// Rules that hold for every status any decision produces. Each has a number, so that a failure can be looked up and a rule be cited.
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import type { Condition, Status } from '../src/model/app.ts';
import { CONDITION, LABEL, REASON, ROLES } from '../src/model/vocabulary.ts';

export interface Report {
  readonly before: Status;
  readonly after: Status;
  readonly generation: number;
  readonly now: number;
}

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

const SCHEMA = (
  parseYaml(readFileSync(new URL('../crds/immutableapp.yaml', import.meta.url), 'utf8')) as {
    spec: { versions: [{ schema: { openAPIV3Schema: { properties: { status: Schema } } } }] };
  }
).spec.versions[0].schema.openAPIV3Schema.properties.status;

const REASONS = new Set<string>(Object.values(REASON));
const ALWAYS: readonly string[] = [CONDITION.available, CONDITION.ready, CONDITION.upToDate, CONDITION.enforced];
const WHILE_TRUE: readonly string[] = [CONDITION.reconciling, CONDITION.stalled];
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/** The report in a status: what the schema says before there is one is none. */
export const reported = (status: Status = {}): Status => (status.observedGeneration === -1 ? {} : status);

/** Every broken rule, one line each. */
export function lint(report: Report): string[] {
  return RULES.flatMap(([rule, check]) => check(report).map((what) => `${rule}: ${what}`));
}

type Rule = readonly [name: string, check: (report: Report) => string[]];

const conditions = ({ after }: Report): readonly Condition[] => after.conditions ?? [];
const each = (report: Report, judge: (condition: Condition) => string | false | undefined): string[] =>
  conditions(report).flatMap((condition) => {
    const what = judge(condition);
    return what === false || what === undefined ? [] : [`${condition.type} ${what}`];
  });
const find = (status: Status, type: string): Condition | undefined => status.conditions?.find((condition) => condition.type === type);
const broken = (is: boolean, what: string): string[] => (is ? [what] : []);

const RULES: readonly Rule[] = [
  [
    'SL001 status says which generation it judges',
    ({ after, generation }) =>
      broken(after.observedGeneration !== generation, `${String(after.observedGeneration)} is not ${String(generation)}`),
  ],
  [
    'SL002 Available, Ready, UpToDate and Enforced are always there',
    (report) => ALWAYS.filter((type) => find(report.after, type) === undefined),
  ],
  [
    'SL003 no condition twice, none unheard of',
    (report) => {
      const types = conditions(report).map(({ type }) => type);
      const known = new Set<string>(Object.values(CONDITION));
      return types.filter((type, i) => types.indexOf(type) !== i || !known.has(type));
    },
  ],
  [
    'SL004 Reconciling and Stalled only while true',
    (report) => each(report, ({ type, status }) => WHILE_TRUE.includes(type) && status !== 'True' && `is ${String(status)}`),
  ],
  [
    'SL005 never Reconciling and Stalled at once',
    ({ after }) =>
      broken(
        WHILE_TRUE.every((type) => find(after, type) !== undefined),
        'both',
      ),
  ],
  [
    'SL006 every condition says which generation it judges',
    (report) => each(report, ({ observedGeneration }) => observedGeneration !== report.generation && `is of ${String(observedGeneration)}`),
  ],
  ['SL007 reasons come from the vocabulary', (report) => reasonsOf(report.after).filter((reason) => !REASONS.has(reason))],
  [
    'SL008 messages say something, on one line, and fit',
    (report) =>
      each(
        report,
        ({ message = '' }) => (message.trim() !== message || message === '' || message.length > 32768) && `says ${JSON.stringify(message)}`,
      ),
  ],
  [
    'SL009 lastTransitionTime moves with status, and only then',
    (report) =>
      each(report, ({ type, status, lastTransitionTime = '' }) => {
        const before = find(report.before, type);
        const kept = before?.status === status && before?.lastTransitionTime !== undefined;
        const right = kept ? before.lastTransitionTime : new Date(report.now).toISOString();
        return lastTransitionTime !== right && `says ${lastTransitionTime} instead of ${String(right)}`;
      }),
  ],
  [
    'SL010 history has 20 switches at most, descending',
    ({ after }) => {
      const switches = (after.history ?? []).map(({ switchNumber }) => switchNumber ?? -1);
      return broken(
        switches.length > 20 || switches.some((switchNumber, i) => i > 0 && switchNumber >= switches[i - 1]!),
        switches.join(','),
      );
    },
  ],
  [
    'SL011 history is never rewritten',
    ({ before, after }) => {
      const last = after.history ?? [];
      const old = before.history ?? [];
      const added = last.length > 0 && last[0]?.switchNumber !== old[0]?.switchNumber ? 1 : 0;
      return broken(JSON.stringify(last.slice(added)) !== JSON.stringify(old.slice(0, last.length - added)), JSON.stringify(last));
    },
  ],
  [
    'SL012 roles come from the vocabulary, one instance at most is Active, one Target',
    ({ after }) => {
      const roles = (after.versions ?? []).flatMap(({ instances = [] }) => instances.map(({ role }) => role ?? ''));
      const twice = ['Active', 'Target'].filter((role) => roles.filter((each) => each === role).length > 1);
      return [...roles.filter((role) => !(ROLES as readonly string[]).includes(role)), ...twice];
    },
  ],
  [
    'SL013 activeVersion and activeInstance agree',
    ({ after: { activeVersion, activeInstance } }) =>
      broken(
        (activeVersion === undefined) !== (activeInstance === undefined) || activeInstance?.startsWith(activeVersion ?? '?') === false,
        `${String(activeVersion)} and ${String(activeInstance)}`,
      ),
  ],
  [
    'SL014 what is Ready is Available',
    ({ after }) =>
      broken(
        find(after, CONDITION.ready)?.status === 'True' && find(after, CONDITION.available)?.status !== 'True',
        'Ready and not Available',
      ),
  ],
  [
    'SL019 what is up to date is what spec says: it serves, and is latest',
    ({ after }) =>
      broken(
        find(after, CONDITION.upToDate)?.status === 'True' &&
          (after.activeVersion === undefined || after.activeVersion !== after.latestVersion),
        `${String(after.activeVersion)} and ${String(after.latestVersion)}`,
      ),
  ],
  [
    'SL015 the selector selects by labels of ours',
    ({ after: { selector } }) => broken(selector?.includes(LABEL.instance) === false, String(selector)),
  ],
  ['SL016 the CRD knows every field', ({ after }) => misfits(SCHEMA, after, 'status')],
  [
    'SL017 what is written is what was meant',
    ({ after }) => broken(JSON.stringify(clean(after)) !== JSON.stringify(after), 'holds what JSON cannot say'),
  ],
  [
    'SL018 nothing is shown under an id that nobody bears',
    ({ after }) => [after.latestVersion, ...(after.versions ?? []).map(({ id }) => id)].filter((id) => id === '').map(() => 'an empty id'),
  ],
];

/** Every reason a status gives, wherever it gives one. */
export const reasonsOf = (status: Status): string[] => [
  ...(status.conditions ?? []).map(({ reason }) => reason ?? ''),
  ...(status.versions ?? []).flatMap(({ reason, failure, gates = [] }) => [
    ...(reason === undefined ? [] : [reason]),
    ...(failure?.reason === undefined ? [] : [failure.reason]),
    ...gates.flatMap((gate) => (gate.reason === undefined ? [] : [gate.reason])),
  ]),
  ...(status.history ?? []).map(({ reason }) => reason ?? ''),
  ...(status.warnings ?? []).map(({ reason }) => reason ?? ''),
];

const clean = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Structural validation as the API server does it, of the few keywords that status uses. */
function misfits(schema: Schema, value: unknown, path: string): string[] {
  const wrong = (what: string): string[] => [`${path} ${what}`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) return wrong(`is ${String(value)}`);
  if (schema.type === 'string') {
    if (typeof value !== 'string') return wrong('is not a string');
    return schema.format === 'date-time' && !RFC3339.test(value) ? wrong(`is no instant: ${value}`) : [];
  }
  if (schema.type === 'integer') return Number.isSafeInteger(value) && (value as number) >= 0 ? [] : wrong(`is ${String(value)}`);
  if (schema.type === 'boolean') return typeof value === 'boolean' ? [] : wrong('is not a boolean');
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return wrong('is not a list');
    const keys = schema['x-kubernetes-list-map-keys'];
    const names = keys === undefined ? [] : value.map((item: Record<string, unknown>) => keys.map((key) => item[key]).join('/'));
    const twice = names.filter((name, i) => names.indexOf(name) !== i).map((name) => `${path} lists ${name} twice`);
    return [...twice, ...value.flatMap((item, i) => misfits(schema.items ?? {}, item, `${path}[${String(i)}]`))];
  }
  if (schema.type !== 'object') return [];
  if (typeof value !== 'object' || value === null) return wrong('is not an object');
  const missing = (schema.required ?? []).filter((key) => !(key in value)).map((key) => `${path}.${key} is missing`);
  return [
    ...missing,
    ...Object.entries(value).flatMap(([key, item]) => {
      const member = schema.properties?.[key];
      return member === undefined ? [`${path}.${key} is unknown`] : misfits(member, item, `${path}.${key}`);
    }),
  ];
}

// Every field of spec, as the schema lists them, left null by a server-side apply on a real API server: it is accepted and means what
// leaving the field out means. So does a field that an applier no longer has, or has emptied, whatever the API server leaves of it.
// An API server of its own: it asks the CRD alone, without the policies; no node is needed.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { until } from '../../deploy/local/api.ts';
import { startCluster, type Cluster } from '../../deploy/local/cluster.ts';
import type { Schema } from '../../scripts/crd-template.ts';
import { parse } from '../../src/model/app.ts';
import { adminOf, type Admin } from '../cluster/admin.ts';

const PATH = '/apis/immutableapp.io/v1alpha1/namespaces/default/immutableapps';
const START_MS = 15 * 60_000; // The cluster's programs may have to be built first.
const TEST_MS = 5 * 60_000;

let cluster: Cluster;
let admin: Admin;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0, log: (line) => process.stderr.write(`${line}\n`) });
  await cluster.kubectl(['apply', '--server-side', '-f', 'crds/immutableapp.yaml']);
  await until(AbortSignal.timeout(30_000), async () => (await cluster.call('GET', PATH)).code === 200 || undefined);
  admin = adminOf(cluster);
}, START_MS);
afterAll(async () => {
  await (admin as Admin | undefined)?.close();
  await (cluster as Cluster | undefined)?.stop();
});

type Tree = Readonly<Record<string, unknown>>;

const crd = parseYaml(readFileSync('crds/immutableapp.yaml', 'utf8')) as {
  spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: Schema } } } }[] };
};
const { spec } = crd.spec.versions[0]!.schema.openAPIV3Schema.properties;

/** A place in spec: names of members, `[]` for the element of a list, `{}` for a member of a map. */
type Steps = readonly string[];
const said = (steps: Steps): string => steps.join('.').replaceAll('.[]', '[]').replaceAll('.{}', '{}');

/** What a gate is: it has to be one of these. What is refused in any case is not tried with a value. */
const KIND = /^promotion\.(before|after)\[\]\.(window|http|prometheus|webhook|approval|job|job\.spec\.(ttlSecondsAfterFinished|suspend))$/;

/** All that may be left out. */
function optional(schema: Schema, at: Steps = []): { steps: Steps; schema: Schema }[] {
  const members = Object.entries(schema.properties ?? {});
  return [
    ...members.flatMap(([name, child]) =>
      schema.required?.includes(name) || KIND.test(said([...at, name])) ? [] : [{ steps: [...at, name], schema: child }],
    ),
    ...(schema.additionalProperties ? [{ steps: [...at, '{}'], schema: schema.additionalProperties }] : []),
    ...members.flatMap(([name, child]) => optional(child, [...at, name])),
    ...(schema.items ? optional(schema.items, [...at, '[]']) : []),
    ...(schema.additionalProperties ? optional(schema.additionalProperties, [...at, '{}']) : []),
  ];
}

const WINDOW = { timeZone: 'UTC', from: '09:00', to: '16:00' };
/** Values where the least that the type allows is refused; of a Service, ports, without which the rest of it may not be set. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  'config[].mountPath': '/a',
  'config[].binaryData{}': 'AA==',
  'services[]': { name: 'a', ports: [{ port: 80 }] },
  'services[].ladder': [{ percent: 1, seconds: 1 }, { percent: 100 }],
  ...Object.fromEntries(
    ['before', 'after'].flatMap((phase): [string, unknown][] => [
      [`promotion.${phase}[]`, { name: 'a', window: WINDOW }],
      [`promotion.${phase}[].window`, WINDOW],
      [`promotion.${phase}[].window.except[]`, '2026-12-24'],
      [`promotion.${phase}[].http.path`, '/a'],
      // One bound at least.
      [`promotion.${phase}[].prometheus`, { source: 'a', query: 'up', max: 1, min: 1 }],
    ]),
  ),
};

/** Values that are not empty, where all members together are refused. */
const FULL: Readonly<Record<string, unknown>> = { promotion: { mode: 'Manual' }, disruption: { maxUnavailable: 1 } };

/** In a Deployment, too, a claim that says nothing is refused. */
const CLAIM = /\.volumeClaimTemplate\.spec\.\w+$/;

/** With its only list the map around it goes as well, and whether an empty map means something only a pod knows. */
const ALONE = /\.resources\.claims$/;

/** The least that the schema takes there. */
function sample(schema: Schema, at: Steps): unknown {
  const given = SAMPLES[said(at)];
  if (given !== undefined) return given;
  const word = wordsOf(schema).find((each) => each !== '');
  if (word !== undefined) return word;
  if (schema.items) return [sample(schema.items, [...at, '[]'])];
  if (schema.additionalProperties) return { a: sample(schema.additionalProperties, [...at, '{}']) };
  if (schema.type === 'object') {
    const required = (schema.required ?? []).map((name) => [name, sample(schema.properties![name]!, [...at, name])]);
    return Object.fromEntries(required);
  }
  if (schema.type === 'string') return 'a';
  return schema.type === 'boolean' ? true : Math.max(1, Number(schema['minimum'] ?? 1));
}

function wordsOf(schema: Schema): string[] {
  const rules = (schema['x-kubernetes-validations'] ?? []) as { rule: string }[];
  const listed = rules.flatMap(({ rule }) => /^self in \['(.*)'\]$/.exec(rule)?.[1]?.split("', '") ?? []);
  return [...((schema['enum'] as string[] | undefined) ?? []), ...listed];
}

/** The least spec that has this value at a place; undefined takes the member out. */
function withValue(schema: Schema, steps: Steps, value: unknown, at: Steps = []): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  const below = [...at, step];
  if (step === '[]') return [withValue(schema.items!, rest, value, below)];
  const child = step === '{}' ? schema.additionalProperties! : schema.properties![step]!;
  const others = step === '{}' ? {} : KIND.test(said(below)) ? { name: 'a' } : (sample(schema, at) as Tree);
  return { ...others, [step === '{}' ? 'a' : step]: withValue(child, rest, value, below) };
}

/** Of a ladder, the time of the last rung may only be null; `during` needs a ladder, and what is of a comparison needs `during` (admission.test.ts). */
const REFUSED =
  /^(promotion\.(during\b|(before|after)\[\]\.prometheus\.(query|compare|alpha|minimumRequests)\b)|services\[\]\.ladder\[\]\.seconds)/;
const FIELDS = optional(spec).filter(({ steps }) => !REFUSED.test(said(steps)));
/** JSON has no undefined. */
const specOf = (steps: Steps, value: unknown): Tree => JSON.parse(JSON.stringify(withValue(spec, steps, value))) as Tree;

/** Applies one spec after another by the same hands, and returns what is stored in the end, or what the API server says against one. */
async function applied(name: string, ...specs: readonly Tree[]): Promise<{ spec: Tree } | { refused: string }> {
  for (const [i, each] of specs.entries()) {
    const app = { apiVersion: 'immutableapp.io/v1alpha1', kind: 'ImmutableApp', metadata: { name }, spec: each };
    const { code, body } = await admin.apply<{ spec: Tree; message?: string }>(`${PATH}/${name}`, app);
    if (code > 299) return { refused: body.message ?? String(code) };
    if (i === specs.length - 1) return { spec: body.spec };
  }
  return { refused: 'nothing was applied' };
}

/** What differs between what is stored and what was meant: the version it is, or the rest of the App. */
function difference(stored: Tree, meant: Tree): string | undefined {
  const [one, other] = [stored, meant].map((each) => parse({ metadata: { namespace: 'default', name: 'a' }, spec: each }));
  if (one?.is !== 'app' || other?.is !== 'app') return 'no App';
  const { content: _c, fingerprint: _f, fingerprints, inlines: _i, meanings, ...rest } = one;
  const {
    content: _d,
    fingerprint,
    fingerprints: _g,
    inlines: _j,
    meanings: [meaning],
    ...wanted
  } = other;
  if (!fingerprints.includes(fingerprint) && !meanings.includes(meaning!)) return `another version: ${JSON.stringify(stored)}`;
  return JSON.stringify(rest) === JSON.stringify(wanted) ? undefined : `${JSON.stringify(rest)} is not ${JSON.stringify(wanted)}`;
}

/** Where it does not hold, and why: for each field, specs to apply, the last of which means the same as `meant`. */
async function faults(name: string, of: (field: { steps: Steps; schema: Schema }) => { applies: Tree[]; meant: Tree } | undefined) {
  const found: string[] = [];
  for (const field of FIELDS) {
    const story = of(field);
    if (story === undefined) continue;
    const answer = await applied(name, ...story.applies);
    const fault = 'refused' in answer ? answer.refused : difference(answer.spec, story.meant);
    if (fault !== undefined) found.push(`${said(field.steps)}: ${fault}`);
  }
  return found;
}

/** Without it; of a map with one member, an empty map. */
const without = (steps: Steps): Tree => specOf(steps, undefined);

test('there are fields of every kind', () => {
  const places = FIELDS.map(({ steps }) => said(steps));
  expect(places).toEqual(expect.arrayContaining(['services', 'services[].ports[].protocol', 'config[].data{}', 'disruption.minAvailable']));
  expect(places).toEqual(expect.arrayContaining(['onDrift', 'template.spec.containers[].resources.limits{}', 'replicas']));
});

test(
  'null is as good as absent',
  async () => {
    const nulls = await faults('nulls', ({ steps }) => ({ applies: [specOf(steps, null)], meant: without(steps) }));
    expect(nulls).toEqual([]);
  },
  TEST_MS,
);

test(
  'an empty word is as good as absent: a chart whose value is not set writes one',
  async () => {
    const words = FIELDS.filter(({ steps, schema }) => steps[0] !== 'template' && wordsOf(schema).length > 0).map(({ steps }) =>
      said(steps),
    );
    expect(words).toEqual(
      expect.arrayContaining(['services[].type', 'services[].role', 'promotion.mode', 'references.secrets', 'onDrift']),
    );
    const empty = await faults('empty', ({ steps }) =>
      words.includes(said(steps)) ? { applies: [specOf(steps, '')], meant: without(steps) } : undefined,
    );
    expect(empty).toEqual([]);
  },
  TEST_MS,
);

test(
  'what an applier no longer has is absent',
  async () => {
    const gone = await faults('gone', ({ steps, schema }) =>
      CLAIM.test(said(steps)) ? undefined : { applies: [specOf(steps, sample(schema, steps)), without(steps)], meant: without(steps) },
    );
    expect(gone).toEqual([]);
  },
  TEST_MS,
);

test(
  'what an applier emptied is empty',
  async () => {
    const emptied = await faults('emptied', ({ steps, schema }) => {
      const empty = schema.type === 'array' ? [] : schema.type === 'object' && !schema.required?.length ? {} : undefined;
      if (empty === undefined || schema['minItems'] !== undefined || ALONE.test(said(steps))) return undefined;
      const full = { ...schema, required: Object.keys(schema.properties ?? {}) };
      const meant = specOf(steps, empty);
      return { applies: [specOf(steps, FULL[said(steps)] ?? sample(schema.type === 'array' ? schema : full, steps)), meant], meant };
    });
    expect(emptied).toEqual([]);
  },
  TEST_MS,
);

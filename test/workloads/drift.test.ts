// What is made of an instance's objects: what differs is said by name and without secrets, and what admission did is nobody's fault.
import { describe, expect, test } from '@jest/globals';
import { FIELD_MANAGER, LABEL } from '../../src/model/vocabulary.ts';
import { compare, specWriters } from '../../src/workloads/drift.ts';
import { inWords } from '../../src/workloads/drift-words.ts';

type Raw = Readonly<Record<string, unknown>>;
const BORN = '2026-01-01T00:00:00Z';
const LATER = '2026-01-01T00:01:00Z';
const MAKER = 'k3s'; // one name for every controller, as in k3s

const entry = (manager: string, time: string, spec?: Raw, more: Raw = {}): Raw => ({
  ...{ manager, time, operation: 'Update', fieldsV1: spec ? { 'f:spec': spec } : { 'f:status': {} } },
  ...more,
});
const owns = (field: string, list = 'f:containers'): Raw => ({ [list]: { 'k:{"name":"web"}': { [`f:${field}`]: {} } } });
const made = (time = BORN, field = 'image'): Raw => ({
  ...entry(MAKER, time),
  fieldsV1: { 'f:metadata': { 'f:ownerReferences': {} }, 'f:spec': owns(field) },
});
const ownedBy = (uid: string): Raw => ({ ownerReferences: [{ controller: true, uid }] });
const template = (container: Raw = {}): Raw => ({
  metadata: { labels: { [LABEL.instance]: 'one' } },
  spec: { containers: [{ name: 'web', image: 'web:1', ...container }] },
});
const deployment = (container: Raw = {}, managedFields: readonly Raw[] = []): Raw => ({
  metadata: { uid: 'd', managedFields },
  spec: { replicas: 3, selector: { matchLabels: { [LABEL.instance]: 'one' } }, template: template(container) },
});
const set = (container: Raw = {}, metadata: Raw = {}): Raw => {
  const { metadata: labels, spec } = template(container) as { metadata: { labels: Raw }; spec: Raw };
  return {
    metadata: { uid: 'r', name: 'one-1', ...ownedBy('d'), ...metadata },
    spec: { template: { metadata: { labels: { ...labels.labels, 'pod-template-hash': '1' } }, spec } },
  };
};
const pod = (container: Raw = {}, managedFields: readonly Raw[] = [made()], metadata: Raw = {}): Raw => ({
  metadata: { name: 'p', generation: 2, creationTimestamp: BORN, managedFields, ...ownedBy('r'), ...metadata },
  spec: { containers: [{ name: 'web', image: 'web:1', ...container }] },
});
const untouched = (container: Raw = {}): Raw => pod(container, [made()], { name: 'q', generation: 1 });
const look = (specimen: { sets?: readonly Raw[]; pods?: readonly Raw[]; live?: Raw; published?: unknown }) =>
  compare({
    deployment: specimen.live ?? deployment(),
    published: specimen.published,
    replicaSets: specimen.sets ?? [set()],
    pods: specimen.pods ?? [],
  });

const CLEAN = { deployment: [], writers: [], replicaSets: [], pods: [], debugged: [] };
const evil = { image: 'evil:1' };
const mirror = { image: 'mirror/web:1' };
const resized = entry('vpa', LATER, owns('resources'), { subresource: 'resize' });

describe('a pod is evidence', () => {
  const told = 'pod p: image of web: "web:1" → "evil:1"';
  test.each<[string, readonly Raw[], string]>([
    ['when another wrote its image', [pod(evil, [made(), entry('kubectl-set', LATER, owns('image'))])], `${told}, by kubectl-set`],
    ['when another did at once', [pod(evil, [made(), entry('kubectl-set', BORN, owns('image'))])], `${told}, by kubectl-set`],
    ['when its maker wrote later', [pod(evil, [made(LATER)])], `${told}, by ${MAKER}`],
    ['when its maker applied it', [pod(evil, [made(), { ...made(), operation: 'Apply' }])], `${told}, by ${MAKER}`],
    ['when an untouched sibling differs', [pod(evil), untouched()], told],
    ['when it is resized too', [pod(evil, [made(LATER), resized])], `${told}, by ${MAKER}`],
    ['when its API server counts no generations', [pod(evil, [made(LATER)], { generation: undefined })], `${told}, by ${MAKER}`],
  ])('%s', (_what, pods, words) => {
    expect(look({ pods })).toEqual({ ...CLEAN, pods: [words] });
  });
  test('in an init container too, and what its env says stays unsaid', () => {
    const init = { initContainers: [{ name: 'web', env: [{ name: 'TOKEN', value: 'secret' }] }], containers: [] };
    const touched = { ...pod({}, [made(), entry('eve', LATER, owns('env', 'f:initContainers'))]), spec: init };
    expect(look({ pods: [touched] }).pods).toContain('pod p: env of web was changed, by eve');
  });
});

test.each<[string, readonly Raw[]]>([
  ['as its template', [pod()]],
  ['changed by admission', [pod(mirror)]],
  ['changed by admission, and resized', [pod(mirror, [made(), resized])]],
  ['changed by admission that left its sibling alone, and resized', [pod(mirror, [made(), resized]), untouched()]],
  ['changed by admission, adopted later, as a sibling shows', [pod(mirror, [made(LATER)]), untouched(mirror)]],
  ['never written to', [untouched(evil)]],
  ['going', [pod(evil, [made(LATER)], { deletionTimestamp: LATER })]],
  ['of somebody else', [pod(evil, [made(LATER)], ownedBy('other'))]],
  [
    'with one more container',
    [
      {
        ...pod(),
        spec: {
          containers: [
            { name: 'web', image: 'web:1' },
            { name: 'mesh', image: 'mesh:1' },
          ],
        },
      },
    ],
  ],
])('a pod is innocent: %s', (_what, pods) => {
  expect(look({ pods })).toEqual(CLEAN);
});

describe('a ReplicaSet', () => {
  type Change = (template: { metadata: Raw; spec: Raw }) => Raw;
  const copied = (change: Change, of: Raw = template()): Raw => change(of as { metadata: Raw; spec: Raw });
  const labelled =
    (labels: Raw): Change =>
    ({ metadata, spec }) => ({ metadata: { ...metadata, labels: { ...(metadata.labels as Raw), ...labels } }, spec });
  const live = (change: Change): Raw => ({ ...deployment(), spec: { ...(deployment().spec as Raw), template: copied(change) } });
  /** As the Deployment controller makes it: the template of its Deployment, with a hash of its own. */
  const madeFrom = (change: Change, of?: Raw): Raw => ({
    ...set(),
    spec: { template: copied(labelled({ 'pod-template-hash': '1' }), copied(change, of)) },
  });
  test.each<[string, Change]>([
    ['has the hash of the one that its author copied', labelled({ 'pod-template-hash': 'abc' })],
    ['has other labels that controllers give', labelled({ 'controller-revision-hash': 'abc', 'apps.kubernetes.io/pod-index': '0' })],
    [
      'has what else its author copied',
      ({ metadata, spec }) => ({
        metadata: { ...metadata, creationTimestamp: null, annotations: { 'kubectl.kubernetes.io/restartedAt': BORN } },
        spec: { ...spec, nodeName: 'node-1', tolerations: [{ key: 'x', operator: 'Exists', tolerationSeconds: 300 }] },
      }),
    ],
  ])('is innocent: its template %s', (_what, change) => {
    expect(look({ live: live(change), sets: [madeFrom(change)] })).toEqual(CLEAN);
    const edited = look({ live: live(change), sets: [madeFrom(change, template(evil))] });
    expect(edited.replicaSets).toEqual([expect.stringContaining('"web:1" → "evil:1"')]);
  });
  test('is innocent when another release of the API server writes what is not there as null', () => {
    const nulls: Change = ({ metadata, spec }) => ({ metadata: { ...metadata, creationTimestamp: null }, spec });
    expect(look({ live: deployment(), sets: [madeFrom(nulls)] })).toEqual(CLEAN);
    expect(look({ live: live(nulls) })).toEqual(CLEAN);
  });
  test('is told with who wrote it beside its maker', () => {
    const managedFields = [made(), entry('eve', LATER, { 'f:template': {} })];
    expect(look({ sets: [set(evil, { managedFields })] }).replicaSets).toEqual([
      'ReplicaSet one-1: spec.template.spec.containers[web].image: "web:1" → "evil:1", by eve',
    ]);
  });
  test('without traces is told with who wrote the Deployment', () => {
    const live = deployment({}, [entry('eve', LATER, { 'f:template': {} })]);
    expect(look({ live, sets: [set(), set(evil)] }).replicaSets).toEqual([expect.stringMatching(/, by eve$/)]);
  });
  test('that is not its own is none of ours', () => {
    expect(look({ sets: [set(evil, ownedBy('other')), set(evil, { ownerReferences: undefined })] })).toEqual(CLEAN);
  });
});

test('writers are those of the spec but its size, the last one first, and of a Deployment not us', () => {
  const written = { 'f:template': {} };
  const managedFields = [
    entry(FIELD_MANAGER, BORN, written),
    entry('first', BORN, written, { operation: 'Apply' }),
    entry('last', LATER, written),
    entry('sizer', LATER, { 'f:replicas': {} }),
    entry('scaler', LATER, written, { subresource: 'scale' }),
    entry('status', LATER),
  ];
  const { writers } = look({ live: deployment({}, managedFields) });
  expect(writers).toEqual([
    { by: 'last', how: 'Update', at: Date.parse(LATER) },
    { by: 'first', how: 'Apply', at: Date.parse(BORN) },
  ]);
  expect(specWriters({ metadata: { managedFields } }).map(({ by }) => by)).toContain(FIELD_MANAGER);
});

test('debug containers are told with who put each in and when, or when it began to run', () => {
  const subresource = 'ephemeralcontainers';
  const key = (name: string): Raw => ({ 'f:ephemeralContainers': { [`k:{"name":"${name}"}`]: {} } });
  const spec = { containers: [], ephemeralContainers: [{ name: 'a' }, { name: 'b' }] };
  const traced = { ...pod({}, [entry('x', BORN, key('a'), { subresource }), entry('y', LATER, key('b'), { subresource })]), spec };
  const debugged = (raw: Raw) => look({ pods: [raw] }).debugged.map(({ container, by, at }) => [container, by, at]);
  expect(debugged(traced)).toEqual([
    ['a', 'x', Date.parse(BORN)],
    ['b', 'y', Date.parse(LATER)],
  ]);
  const ephemeralContainerStatuses = [{ name: 'a', state: { running: { startedAt: LATER } } }];
  expect(debugged({ ...pod(), spec, status: { ephemeralContainerStatuses } })).toEqual([
    ['a', '', Date.parse(LATER)],
    ['b', '', Date.parse(BORN)],
  ]);
});

test('integers beyond 2^53 are compared and told as they are', () => {
  const spec = (seconds: unknown) => ({ template: { spec: { tolerations: [{ tolerationSeconds: seconds }] } } });
  expect(inWords(spec(9007199254740993n), spec(9007199254740993n))).toEqual([]);
  expect(inWords(spec(9007199254740993n), spec(9007199254740992n))).toEqual([
    'spec.template.spec.tolerations[0].tolerationSeconds: 9007199254740993 → 9007199254740992',
  ]);
});

describe('in words', () => {
  const web = { name: 'web', image: 'web:1' };
  const spec = (...containers: readonly Raw[]): Raw => ({ containers });
  const withEnv = (...env: readonly Raw[]): Raw => spec({ ...web, env });
  const [A, B] = [
    { name: 'A', value: 'hush' },
    { name: 'B', value: 'hush' },
  ];
  test.each<[string, Raw, Raw, readonly string[]]>([
    ['nothing', spec(web), spec(web), []],
    ['a value', { replicas: 1 }, { replicas: 2 }, ['spec.replicas: 1 → 2']],
    ['one that is new', {}, { paused: true }, ['spec.paused: nothing → true']],
    ['an element before others', spec(web), spec({ name: 'a', image: 'x' }, web), ['spec.containers[a]: nothing → {name, image}']],
    ['a variable', withEnv(A), withEnv({ ...A, value: 'psst' }), ['spec.containers[web].env[A].value was changed']],
    ['the order of variables', withEnv(A, B), withEnv(B, A), ['spec.containers[web].env[order] was changed']],
    ['a command', spec({ ...web, command: ['a'] }), spec({ ...web, command: ['hush'] }), ['spec.containers[web].command[0] was changed']],
    [
      'a container with secrets',
      spec(),
      spec({ ...web, env: [A], args: ['hush'] }),
      ['spec.containers[web]: nothing → {name, image, env, args}'],
    ],
    [
      'much at once',
      {},
      { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 },
      'a b c d e'
        .split(' ')
        .map((k) => `spec.${k}: nothing → 1`)
        .concat('and 2 more'),
    ],
    ['a long value', { a: '' }, { a: 'x'.repeat(99) }, [`spec.a: "" → "${'x'.repeat(59)}…`]],
    ['a word of the language', {}, { constructor: 'x' }, ['spec.constructor: nothing → "x"']],
  ])('%s', (_what, before, after, words) => {
    expect(inWords(before, after)).toEqual(words);
    expect(inWords(before, after).join(' ')).not.toContain('hush');
  });
});

test('of a Deployment neither its size nor its name counts', () => {
  const other = JSON.parse(JSON.stringify(deployment()).replaceAll('"one"', '"two"').replace('"replicas":3', '"replicas":1')) as Raw;
  expect(look({ published: other })).toEqual(CLEAN);
  expect(look({ published: other, live: deployment(evil), sets: [] }).deployment).toEqual([
    'spec.template.spec.containers[web].image: "web:1" → "evil:1"',
  ]);
});

test.each([undefined, null, 7, '', [], {}, { metadata: null, spec: [] }, { metadata: { managedFields: [null, { fieldsV1: 'x' }] } }])(
  'what is missing is empty: %j',
  (odd) => {
    expect(compare({ deployment: odd, published: odd, replicaSets: [odd], pods: [odd] })).toMatchObject({ deployment: [], writers: [] });
    expect(specWriters(odd)).toEqual([]);
  },
);

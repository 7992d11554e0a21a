// The oracle of safety on made-up histories: what it must see, and what is nobody's doing.
import { expect, test } from '@jest/globals';
import { ANNOTATION, LABEL } from '../../src/model/vocabulary.ts';
import type { Kind, Kinds } from './objects.ts';
import { movesAreAskedFor } from './asked.ts';
import type { Entry, Recorder } from './recorder.ts';
import { violations } from './safety.ts';

const NAMESPACE = 'made-up';
type Write = readonly [kind: Kind, name: string, object: object | undefined, at?: number];

/** As a recorder would have it: the writes in order, each at its own version. */
function recorded(writes: readonly Write[]): Recorder {
  const entries = writes.map(([kind, name, object, at = 0], index): Entry => {
    const { metadata = {} } = (object ?? {}) as { metadata?: object };
    const stored = { ...object, metadata: { uid: name, ...metadata, name, namespace: NAMESPACE } } as unknown as Kinds[Kind];
    return { kind, namespace: NAMESPACE, name, version: index + 1, gone: object === undefined, object: stored, at };
  });
  return { history: (kind: Kind) => entries.filter((entry) => entry.kind === kind) } as unknown as Recorder;
}

const stamp = (switchNumber: number, instance: string) => ({
  [ANNOTATION.stamp]: JSON.stringify({ switchNumber, instance, previous: '' }),
});
const service = (switchNumber: number, instance: string): Write => [
  'Service',
  'web',
  { metadata: { annotations: stamp(switchNumber, instance) }, spec: { selector: { 'immutableapp.io/instance': instance } } },
];
const pod = (name: string, status: 'True' | 'False', leaving = false): Write => [
  'Pod',
  name,
  { metadata: leaving ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}, status: { conditions: [{ type: 'Ready', status }] } },
];
const slice = (...ready: readonly string[]): Write => [
  'EndpointSlice',
  'web-1',
  {
    metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
    endpoints: ready.map((name) => ({ conditions: { ready: true }, targetRef: { name, uid: name } })),
  },
];
const app: Write = ['ImmutableApp', 'shop', { spec: {} }];
const deployment = (name: string): Write => ['Deployment', name, { spec: { replicas: 1 }, status: { availableReplicas: 1 } }];
const serving: readonly Write[] = [app, deployment('old'), service(1, 'old'), pod('a', 'True'), pod('b', 'True'), slice('a', 'b')];

const gaps = (...then: readonly Write[]): string[] =>
  violations(recorded([...serving, ...then]), NAMESPACE, { hostile: true }).filter((line) => line.includes('no ready endpoint'));

test.each<[string, readonly Write[], number]>([
  ['pods that are called unready where they are took themselves away', [pod('a', 'False'), pod('b', 'False'), slice()], 0],
  ['one pod is enough', [pod('a', 'False'), slice('b')], 0],
  ['pods that are deleted while nothing else serves', [pod('a', 'True', true), pod('b', 'True', true), slice()], 1],
  ['one was called unready, the other one is deleted', [pod('a', 'False'), slice('b'), pod('b', 'True', true), slice()], 1],
  ['a Service that moved to where nothing is ready', [service(2, 'new'), slice()], 1],
  ['unready and deleted at once', [pod('a', 'False', true), pod('b', 'False'), slice()], 1],
  ['pods that are gone', [['Pod', 'a', undefined], ['Pod', 'b', undefined], slice()], 1],
])('%s', (_, then, expected) => {
  expect(gaps(...then)).toHaveLength(expected);
});

const asking = (template: string, at: number): Write => ['ImmutableApp', 'shop', { spec: { template } }, at];
const versioned = (template: string): readonly Write[] => [
  ['ControllerRevision', template, { metadata: { labels: { [LABEL.version]: template } }, data: { content: { template } } }],
  ['Deployment', template, { metadata: { labels: { [LABEL.version]: template } } }],
];
const stamped = (instance: string, at: number): Write => [
  'Service',
  'web',
  { metadata: { annotations: { [ANNOTATION.stamp]: JSON.stringify({ uid: 'shop', instance, previous: '', switchNumber: 1 }) } } },
  at,
];

test.each<[string, readonly Write[], number]>([
  ['what spec says', [asking('new', 0), stamped('new', 60_000)], 0],
  ['what spec has never said', [asking('old', 0), stamped('new', 60_000)], 1],
  ['what spec said for a minute, until a moment ago', [asking('new', 0), asking('old', 59_000), stamped('new', 60_000)], 0],
  ['what spec said until long ago', [asking('new', 0), asking('old', 30_000), stamped('new', 60_000)], 1],
  ['what spec said for a moment, long ago', [asking('new', 0), asking('old', 100), asking('old', 59_000), stamped('new', 60_000)], 1],
])('traffic moves to %s', (_, moves, wrong) => {
  const recorder = recorded([...versioned('old'), ...versioned('new'), ...moves]);
  const of = <K extends Kind>(kind: K): Entry<K>[] => recorder.history(kind, NAMESPACE);
  expect(movesAreAskedFor({ of, before: () => undefined })).toHaveLength(wrong);
});

// The policy that refuses what nobody could read, on a real API server: the same words are accepted and refused as by the operator's own
// reading, and an App that carries such words already can still be edited.
// An API server of its own: an App is there before the policies.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../deploy/local/api.ts';
import { startCluster, type Cluster } from '../../deploy/local/cluster.ts';
import { readAnnotations } from '../../src/model/annotations.ts';

const START_MS = 15 * 60_000; // The cluster's programs may have to be built first.
const PATH = '/apis/immutableapp.io/v1alpha1/namespaces/default/immutableapps';

let cluster: Cluster;
const app = (annotations: Readonly<Record<string, string>>, name = 'shop') => ({
  apiVersion: 'immutableapp.io/v1alpha1',
  kind: 'ImmutableApp',
  metadata: { name, annotations },
  spec: { template: { spec: { containers: [{ name: 'web', image: 'web:1' }] } } },
});
const tried = async (annotations: Readonly<Record<string, string>>) => {
  const { code, body } = await cluster.call('POST', `${PATH}?dryRun=All`, app(annotations));
  return { code, message: (body as { message?: string }).message ?? '' };
};

const edit = (patch: object) => cluster.kubectl(['patch', 'iapp', 'old', '--type=merge', '-p', JSON.stringify(patch)]);

beforeAll(async () => {
  cluster = await startCluster({ nodes: 0, log: (line) => process.stderr.write(`${line}\n`) });
  await cluster.kubectl(['apply', '--server-side', '-f', 'crds/immutableapp.yaml']);
  await until(AbortSignal.timeout(30_000), async () => (await cluster.call('GET', PATH)).code === 200 || undefined);
  await cluster.call('POST', PATH, app({ 'immutableapp.io/pin': 'as it was before the policy', 'immutableapp.io/renwe': 'x@1' }, 'old'));
  await cluster.kubectl(['apply', '-k', 'deploy/policies']);
  // A policy takes hold a moment after it is stored.
  await until(AbortSignal.timeout(30_000), async () => (await tried({ 'immutableapp.io/pin': 'x' })).code === 422 || undefined);
}, START_MS);
afterAll(() => (cluster as Cluster | undefined)?.stop());

const DAYS = ['2026-02-28', '2026-02-29', '2024-02-29', '1900-02-29', '2026-04-31', '2026-12-31'];
const HOURS = ['00:00:00Z', '23:59:59Z', '24:00:00Z', '23:59:60Z', '12:00:00.123456789Z', '12:00:00.1234567890Z', '12:00Z'];
const OFFSETS = ['+00:00', '-00:00', '+23:59', '+24:00', '+25:00', '+99:99', '+00:60', '+0100', 'z', ''].map(
  (offset) => `12:00:00${offset}`,
);

const WORDS: readonly (readonly [annotation: 'pin' | 'reject' | 'renew' | 'approve' | 'waive', typed: string])[] = [
  ['pin', '2.4.1 until 2026-03-01T12:00:00Z'],
  ['pin', ' shop-bcdfghjklm until 2026-03-01T12:00:00.5+02:00 '],
  ['pin', 'tomorrow'],
  ['pin', '1.0 until tomorrow'],
  ['pin', '1.0 until 2026-13-01T12:00:00Z'],
  ['pin', '1.0 until 2026-03-01'],
  ['pin', '1.0 for 1h'],
  ['reject', 'shop-bcdfghjklm'],
  ['reject', 'a-1, b-2,c-3'],
  ['reject', 'a b'],
  ['reject', 'a,,b'],
  ['reject', ','],
  ['renew', 'shop-bcdfghjklm@1'],
  ['renew', '2.4.1@2026-03-01'],
  ['renew', 'shop-bcdfghjklm'],
  ['renew', '@1'],
  ['renew', 'a@b@c'],
  ['approve', 'shop-bcdfghjklm by admin'],
  ['approve', 'shop-bcdfghjklm'],
  ['approve', 'shop-bcdfghjklm by admin,'],
  ['approve', 'shop-bcdfghjklm by admin, a-bcdfghjklm by admin'],
  ['approve', '2.4.1 by admin'],
  ['waive', 'shop-bcdfghjklm/errors'],
  ['waive', 'shop-bcdfghjklm/errors, b-bcdfghjklm/c'],
  ['waive', '2.4.1/errors'],
  ['waive', 'shop-bcdfghjklm errors'],
  ['waive', 'a/b/c'],
  ['pin', ''],
  ['pin', ' \t\n'],
  ['pin', '\u00a01.0 until 2026-03-01T12:00:00Z'],
  ['pin', '1.0 until 2026-03-01T12:00:00Z\u0085'],
  ['renew', '\ufeffa@1'],
  ...DAYS.flatMap((day) => [...HOURS, ...OFFSETS].map((rest) => ['pin', `1.0 until ${day}T${rest}`] as const)),
];

test.each(WORDS)('%s "%s" is refused exactly when the operator could not read it', async (annotation, typed) => {
  const annotations = { [`immutableapp.io/${annotation}`]: typed };
  const [problem] = readAnnotations(annotations).unreadable;
  const { code, message } = await tried(annotations);
  expect(code).toBe(problem === undefined ? 201 : 422);
  // In the same words: what it says, and the form it should have.
  if (problem !== undefined) expect(message).toContain(problem.slice(problem.lastIndexOf('write ')));
});

test('an annotation with our prefix that nobody reads is refused, and one that stands there already is left alone', async () => {
  expect(await tried({ 'immutableapp.io/rejected': '2.0' })).toMatchObject({
    code: 422,
    message: expect.stringContaining('annotation immutableapp.io/rejected is not read on an ImmutableApp and does nothing'),
  });
  expect(await tried({ 'example.com/rejected': '2.0', 'immutableapp.io.example/x': 'y' })).toMatchObject({ code: 201 });
  expect((await edit({ metadata: { annotations: { 'immutableapp.io/renwe': 'x@2' } } })).code).toBe(0);
});

const WELL = { code: 0, message: '' };

describe('a name', () => {
  const named = (more: object, image = 'web:1') => ({
    ...app({}, 'named'),
    spec: { version: '7', template: { spec: { containers: [{ name: 'web', image }] } }, ...more },
  });
  const report = (servedFrom?: string) => ({
    status: {
      observedGeneration: 1,
      latestVersion: 'named-bcdfghjklm',
      versions: [{ id: 'named-bcdfghjklm', names: ['7'], ...(servedFrom === undefined ? {} : { servedFrom }) }],
    },
  });
  /** Exit code, and what went wrong. */
  const as = async (change: object, ...more: readonly string[]): Promise<{ code: number; message: string }> => {
    const { code, stderr } = await cluster.kubectl(['patch', 'iapp', 'named', '--type=merge', ...more, '-p', JSON.stringify(change)]);
    return { code, message: stderr };
  };
  const other = { spec: { template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } } } };

  test('of content that never served follows new content', async () => {
    expect((await cluster.call('POST', PATH, named({}))).code).toBe(201);
    expect(await as(report(), '--subresource=status')).toEqual(WELL);
    expect(await as(other)).toEqual(WELL);
  });
  test('of content that served stays, and the way out is told', async () => {
    expect(await as(report('2026-03-01T12:00:00Z'), '--subresource=status')).toEqual(WELL);
    expect(await as({ spec: { template: { spec: { containers: [{ name: 'web', image: 'web:3' }] } } } })).toMatchObject({
      code: 1,
      message: expect.stringContaining(
        'spec.version "7" is the name of named-bcdfghjklm, which has served, and stays its name: call the new content "7-2", or leave spec.version out',
      ),
    });
    expect((await as({ spec: { config: [{ name: 'a', data: { a: 'b' } }] } })).code).toBe(1);
  });
  describe('in other words', () => {
    const containers = [{ name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }], resources: { limits: { cpu: '1' } } }];
    const config = [{ name: 'f', data: { a: 'x' }, binaryData: { png: 'AAECAwQFBgc=' } }];
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers } };
    const [web] = containers;
    const [file] = config;
    const worded = (spec: object): object => ({ ...app({}, 'worded'), spec: { version: '7', template, config, ...spec } });
    const env = Array.from({ length: 40 }, (_, i) => ({ name: `A${String(i)}`, value: '1'.repeat(100) }));
    const large = (more: object) =>
      Array.from({ length: 10 }, (_, i) => ({ name: `c${String(i)}`, env: env.map((each) => ({ ...each, ...more })) }));
    const of = (more: object, pod: object = {}): object => ({
      template: { ...template, spec: { containers: [{ ...web, ...more }], ...pod } },
    });
    const said = async (before: object, after: object): Promise<number> => {
      await cluster.call('DELETE', `${PATH}/worded`);
      expect((await cluster.call('POST', PATH, worded(before))).code).toBe(201);
      const { status } = report('2026-03-01T12:00:00Z');
      const stored = (await cluster.call('GET', `${PATH}/worded`)).body as object;
      expect((await cluster.call('PUT', `${PATH}/worded/status`, { ...stored, status })).code).toBe(200);
      const { metadata } = (await cluster.call('GET', `${PATH}/worded`)).body as { metadata: object };
      return (await cluster.call('PUT', `${PATH}/worded?dryRun=All`, { ...worded(after), metadata })).code;
    };

    test.each([
      [
        'null deep in a container',
        {},
        of({
          resources: { limits: { cpu: '1' }, requests: null, claims: null },
          env: [{ ...env[0], name: 'A', value: '1', valueFrom: null }],
        }),
      ],
      ['null for an empty map', of({}, { nodeSelector: {} }), of({}, { nodeSelector: null })],
      ['an empty list left out', of({}, { volumes: [] }), {}],
      [
        'null in metadata',
        {},
        { template: { ...template, metadata: { ...template.metadata, annotations: null, creationTimestamp: null } } },
      ],
      ['null in config', {}, { config: [{ ...file, mountPath: null, env: null, data: { a: 'x', b: null } }] }],
      ['bytes on several lines', {}, { config: [{ ...file, binaryData: { png: 'AAEC\nAwQF\r\nBgc=\n', gif: null } }] }],
      [
        'a large pod full of nulls',
        { template: { spec: { containers: large({}) } } },
        { template: { spec: { containers: large({ valueFrom: null }) } } },
      ],
    ])('it is the same content: %s', async (_what, before, after) => {
      expect(await said(before, after)).toBe(200);
    });

    test.each([
      ['a limit', of({ resources: { limits: { cpu: '2' } } })],
      ['a limit that is null', of({ resources: { limits: { cpu: null } } })],
      ['a variable', of({ env: [{ name: 'A', value: '2' }] })],
      ['one variable more', of({ env: [...web!.env, { name: 'B' }] })],
      ['one container more', of({}, { containers: [...containers, { name: 'b' }] })],
      ['another kind of value', of({}, { terminationGracePeriodSeconds: 0 })],
      ['a label', { template: { ...template, metadata: { labels: { a: 'c' } } } }],
      ['an annotation', { template: { ...template, metadata: { ...template.metadata, annotations: { a: 'c' } } } }],
      ['text in config', { config: [{ ...file, data: { a: 'y' } }] }],
      ['where config is mounted', { config: [{ ...file, mountPath: '/a' }] }],
      ['a byte', { config: [{ ...file, binaryData: { png: 'AAECAwQFBgg=' } }] }],
      ['bytes under another key', { config: [{ ...file, binaryData: { gif: 'AAECAwQFBgc=' } }] }],
      ['bytes that are gone', { config: [{ ...file, binaryData: {} }] }],
      ['config that is gone', { config: null }],
    ])('it is other content: %s', async (_what, after) => {
      expect(await said({}, after)).toBe(422);
    });
  });
  test.each([
    ['a new name', { spec: { ...other.spec, version: '7-2' } }],
    ['no name', { spec: { template: { spec: { containers: [{ name: 'web', image: 'web:4' }] } }, version: null } }],
  ])('%s is no obstacle', async (_what, change) => {
    expect(await as(change)).toEqual(WELL);
    expect(await as({ spec: { version: '7' } })).toEqual(WELL);
  });
  test('says nothing to what is not content, to status, finalizers and the end', async () => {
    expect(await as({ spec: { replicas: 4, activeVersion: '7' } })).toEqual(WELL);
    expect(await as({ spec: { template: { metadata: { labels: null } } } })).toEqual(WELL);
    expect(await as({ metadata: { finalizers: ['example.com/wait'], annotations: { 'immutableapp.io/reject': 'x' } } })).toEqual(WELL);
    expect((await cluster.call('DELETE', `${PATH}/named`)).code).toBe(200);
    expect(await as(report('2026-03-02T12:00:00Z'), '--subresource=status')).toEqual(WELL);
    expect(await as({ metadata: { finalizers: null } })).toEqual(WELL);
    expect((await cluster.call('GET', `${PATH}/named`)).code).toBe(404);
  });
});

test('what stood there before the policy does not stand in the way of other edits, and may go', async () => {
  expect(await edit({ spec: { replicas: 3 } })).toMatchObject({ code: 0 });
  expect(await edit({ metadata: { annotations: { 'immutableapp.io/pin': 'as bad as before' } } })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('write "<version> until 2030-01-31T04:00:00Z"'),
  });
  expect(await edit({ metadata: { annotations: { 'immutableapp.io/pin': null } } })).toMatchObject({ code: 0 });
});

describe('approvals', () => {
  const ID = 'signed-bcdfghjklm';
  const AT = `${PATH}/signed`;
  const as: Record<string, (patch: object) => Promise<{ code: number; message: string }>> = {};
  const annotated = (annotations: Readonly<Record<string, string | null>>): object => ({ metadata: { annotations } });
  const approve = (typed: string | null): object => annotated({ 'immutableapp.io/approve': typed });

  beforeAll(async () => {
    await cluster.kubectl(['apply', '-f', 'deploy/base/people.yaml']);
    expect((await cluster.call('POST', PATH, app({}, 'signed'))).code).toBe(201);
    const bind = (role: string, user: string) =>
      cluster.kubectl(['create', 'rolebinding', `${role}-${user}`, `--clusterrole=${role}`, `--user=${user}`]);
    for (const [user, ...roles] of [
      ['ann', 'edit', 'immutableapp-approve'],
      ['bob', 'edit', 'immutableapp-approve'],
      ['roy', 'immutableapp-approve'],
      ['eve', 'edit'],
    ] as const) {
      for (const role of roles) expect((await bind(role, user)).code).toBe(0);
      const kubeconfig = await cluster.kubeconfigFor({ name: user });
      as[user] = async (patch) => {
        const args = [`--kubeconfig=${kubeconfig}`, 'patch', 'iapp', 'signed', '--type=merge', '-p', JSON.stringify(patch)];
        const { code, stderr } = await cluster.kubectl(args);
        return { code, message: stderr };
      };
    }
    // Rights take hold a moment after they are given.
    for (const patch of Object.values(as))
      await until(AbortSignal.timeout(30_000), async () => ((await patch(annotated({ x: 'y' }))).code === 0 ? true : undefined));
    await until(AbortSignal.timeout(30_000), async () => ((await as.ann!(approve(`${ID} by ann`))).code === 0 ? true : undefined));
  });

  test('of one person are added and taken away by that person alone', async () => {
    expect(await as.ann!(approve(`${ID} by ann`))).toEqual(WELL);
    expect(await as.bob!(approve(`${ID} by ann, ${ID} by bob`))).toEqual(WELL);
    const others = { code: 1, message: expect.stringContaining('add and take away only what ends in " by bob"') };
    expect(await as.bob!(approve(`${ID} by bob`))).toMatchObject(others);
    expect(await as.bob!(approve(null))).toMatchObject(others);
    expect(await as.bob!(approve(`${ID} by ann, ${ID} by bob, ${ID} by eve`))).toMatchObject(others);
    // Read as the operator reads it: bob would be two people.
    expect(await as.bob!(approve(`${ID} by ann, ${ID} by bob, ${ID} by zoe by bob`))).toMatchObject(others);
    // A blank to CEL, and to JavaScript part of the name.
    expect(await as.bob!(approve(`${ID} by ann, ${ID} by bob, ${ID} by bob\u0085`))).toMatchObject(others);
    expect(await as.bob!(approve(`${ID} by ann`))).toEqual(WELL);
  });

  test('need the verb, and so does a waiver', async () => {
    const missing = { code: 1, message: expect.stringContaining('eve may not approve versions of signed, nor waive their gates') };
    expect(await as.eve!(approve(`${ID} by ann, ${ID} by eve`))).toMatchObject(missing);
    expect(await as.eve!(annotated({ 'immutableapp.io/waive': `${ID}/smoke` }))).toMatchObject(missing);
    expect(await as.ann!(annotated({ 'immutableapp.io/waive': `${ID}/smoke` }))).toEqual(WELL);
    expect(await as.eve!(annotated({ 'immutableapp.io/waive': null }))).toMatchObject(missing);
    // Who may edit still may, with others' approvals in place.
    expect(await as.eve!({ spec: { replicas: 3 } })).toEqual(WELL);
  });

  test('are given by who may do nothing else', async () => {
    expect(await as.roy!(approve(`${ID} by ann, ${ID} by roy`))).toEqual(WELL);
    const template = { spec: { containers: [{ name: 'web', image: 'evil:1' }] } };
    const refused = { code: 1, message: expect.stringContaining('only who may create Deployments in default may write it') };
    expect(await as.roy!({ spec: { template } })).toMatchObject(refused);
  });

  test('do not come with the change that they are about', async () => {
    const both = { ...approve(`${ID} by ann, ${ID} by roy, other-bcdfghjklm by ann`), spec: { replicas: 4 } };
    expect(await as.ann!(both)).toMatchObject({
      code: 1,
      message: expect.stringContaining('who changes spec does not approve it with the same request'),
    });
  });

  test('of others are in no App that is new, but where it is restored by who may speak for anybody', async () => {
    const forged = app({ 'immutableapp.io/approve': `${ID} by bob` }, 'forged');
    const kubeconfig = await cluster.kubeconfigFor({ name: 'ann' });
    const made = await cluster.kubectl([`--kubeconfig=${kubeconfig}`, 'create', '-f', '-'], { input: JSON.stringify(forged) });
    expect(made).toMatchObject({ code: 1, stderr: expect.stringContaining('add and take away only what ends in " by ann"') });
    expect((await cluster.call('POST', `${PATH}?dryRun=All`, forged)).code).toBe(201);
    expect((await cluster.call('GET', AT)).code).toBe(200);
  });
});

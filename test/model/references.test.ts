// What a template refers to, wherever a pod spec can hold a reference, and what of a ConfigMap goes into a version.
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { readContent, sourceText, withCaptured } from '../../src/model/app.ts';
import type { ConfigWish } from '../../src/model/app.ts';
import { isPinned, policyOf, referencesOf, renamed } from '../../src/model/references.ts';
import type { JsonObject } from '../../src/model/version.ts';
import { canonical, fingerprintOf } from '../../src/model/version.ts';
import { projectSource } from '../../src/workloads/configmap.ts';
import { bindConfig } from '../../src/workloads/references.ts';

const container = (n: string): JsonObject => ({
  name: n,
  image: `image-${n}`,
  envFrom: [{ configMapRef: { name: `from-${n}` } }, { secretRef: { name: `secret-from-${n}` } }],
  env: [
    { name: 'A', valueFrom: { configMapKeyRef: { name: `key-${n}`, key: 'k' } } },
    { name: 'B', valueFrom: { secretKeyRef: { name: `secret-key-${n}`, key: 'k' } } },
    { name: 'C', value: 'plain' },
  ],
});
const podSpec: JsonObject = {
  containers: [container('main')],
  initContainers: [container('init')],
  imagePullSecrets: [{ name: 'registry' }],
  volumes: [
    { name: 'a', configMap: { name: 'volume' } },
    {
      name: 'b',
      projected: { sources: [{ configMap: { name: 'projected' } }, { secret: { name: 'secret-projected' } }, { downwardAPI: {} }] },
    },
    { name: 'c', secret: { secretName: 'secret-volume' } },
    { name: 'd', image: { reference: 'image-volume' } },
    { name: 'e', emptyDir: {} },
  ],
};
const found = (spec: unknown, ...defined: string[]) => referencesOf({ spec }, new Set(defined));
const required = (...names: string[]) => names.map((name) => ({ name, optional: false }));

describe('a template refers to', () => {
  test('ConfigMaps, Secrets and images, of every container and volume, each once and in order', () => {
    expect(found(podSpec)).toEqual({
      configMaps: required('from-init', 'from-main', 'key-init', 'key-main', 'projected', 'volume'),
      secrets: ['secret-from-init', 'secret-from-main', 'secret-key-init', 'secret-key-main', 'secret-projected', 'secret-volume'],
      images: ['image-init', 'image-main', 'image-volume'],
      bundles: [],
    });
  });
  test('exactly the ConfigMaps that are rewritten to copies', () => {
    const names = found(podSpec).configMaps.map(({ name }) => name);
    const bound = new Set<string>();
    const config = [...names, 'unused'].map((name): ConfigWish => ({ name, data: {}, binaryData: {}, mountPath: '', env: false }));
    bindConfig(podSpec, config, (name) => (bound.add(name), name));
    expect([...bound].sort()).toEqual(names);
  });
  test('nothing of what spec.config defines', () => {
    expect(found(podSpec, 'volume', 'projected', 'key-main').configMaps).toEqual(required('from-init', 'from-main', 'key-init'));
  });
  test('a ConfigMap that is optional only if it is everywhere', () => {
    const volume = (name: string, optional?: boolean) => ({
      name,
      configMap: { name: 'site', ...(optional === undefined ? {} : { optional }) },
    });
    expect(found({ volumes: [volume('a', true), volume('b', true)] }).configMaps).toEqual([{ name: 'site', optional: true }]);
    expect(found({ volumes: [volume('a', true), volume('b')] }).configMaps).toEqual(required('site'));
    expect(found({ volumes: [volume('a', false)] }).configMaps).toEqual(required('site'));
    const other = { name: 'b', configMap: { name: 'other' } };
    expect(found({ volumes: [volume('a', true), other] }).configMaps).toEqual([...required('other'), { name: 'site', optional: true }]);
  });
  test('bundles of trust: one by its name, or all those of a signer, which are named after it', () => {
    const sources = [
      { clusterTrustBundle: { name: 'roots', path: 'a.pem' } },
      { clusterTrustBundle: { signerName: 'example.com/mesh/ca', labelSelector: { matchLabels: { live: 'yes' } }, path: 'b.pem' } },
      { clusterTrustBundle: { name: 'roots', path: 'c.pem', optional: true } },
      { clusterTrustBundle: {} },
    ];
    expect(found({ volumes: [{ name: 'a', projected: { sources } }] })).toEqual({
      configMaps: [],
      secrets: [],
      images: [],
      bundles: ['example.com:mesh:ca:*', 'roots'],
    });
  });
  test.each<[string, unknown]>([
    ['no spec', undefined],
    ['lists that are none', { containers: 7, volumes: 'x' }],
    [
      'references without a name',
      { volumes: [{ configMap: {} }, { projected: { sources: [{}] } }, 3], containers: [{ envFrom: [{ configMapRef: null }] }] },
    ],
  ])('nothing with %s', (_what, spec) => {
    expect(found(spec)).toEqual({ configMaps: [], secrets: [], images: [], bundles: [] });
  });
});

describe('what a pod spec says in another form than the schema’s', () => {
  test.each<[string, Record<string, unknown>]>([
    ['a text where a list belongs', { volumes: 'site', containers: 'web', initContainers: 7 }],
    ['a text where an object belongs', { volumes: [{ configMap: 'site' }], containers: [{ envFrom: ['site'] }] }],
    ['a list where an object belongs', { volumes: [{ configMap: ['site'] }, { secret: ['key'] }], containers: [{ envFrom: [['site']] }] }],
    ['a name that is no text', { volumes: [{ configMap: { name: 5 } }, { configMap: { name: ['site'] } }] }],
  ])('refers to nothing and stays as it is: %s', (_what, spec) => {
    expect(found(spec)).toEqual({ configMaps: [], secrets: [], images: [], bundles: [] });
    expect(renamed(spec, 'configMap', (name) => `id.${name}`)).toEqual(spec);
  });
});

test.each<[string, boolean]>([
  [`web@sha256:${'a'.repeat(64)}`, true],
  [`registry.example:5000/team/web:1.2@sha256:${'0'.repeat(64)}`, true],
  [`web@sha512:${'a'.repeat(128)}`, true],
  [`web@sha256+b64u-x:${'a'.repeat(32)}`, true],
  [`web@sha256+B64:${'a'.repeat(32)}`, false],
  [`web@sha256:${'a'.repeat(64)}-debug`, false],
  ['web', false],
  ['web:1.2', false],
  ['web@sha256:abc', false],
  [`web:sha256-${'a'.repeat(64)}`, false],
])('%s is pinned: %s', (image, pinned) => {
  expect(isPinned(image)).toBe(pinned);
});

describe('a Secret that a volume is mounted with counts, whatever the volume is', () => {
  test.each<[string, Record<string, unknown>]>([
    ['secret', { secretName: 'key' }],
    ['azureFile', { secretName: 'key', shareName: 's' }],
    ['cephfs', { monitors: ['m'], secretRef: { name: 'key' } }],
    ['cinder', { volumeID: 'v', secretRef: { name: 'key' } }],
    ['csi', { driver: 'd', nodePublishSecretRef: { name: 'key' }, volumeAttributes: { secretName: 'not-one' } }],
    ['flexVolume', { driver: 'd', secretRef: { name: 'key' }, options: { secretName: 'not-one' } }],
    ['iscsi', { targetPortal: 't', secretRef: { name: 'key' } }],
    ['rbd', { image: 'i', secretRef: { name: 'key' } }],
    ['scaleIO', { system: 's', secretRef: { name: 'key' } }],
    ['storageos', { volumeName: 'v', secretRef: { name: 'key' } }],
  ])('%s', (kind, source) => {
    const spec = { containers: [], volumes: [{ name: 'v', [kind]: source }] };
    expect(referencesOf({ spec }, new Set()).secrets).toEqual(['key']);
  });
  test('every field of a volume that names a Secret is known: the schema has no other', () => {
    const { schemas } = JSON.parse(readFileSync('crds/podtemplate.openapi.json', 'utf8')) as {
      schemas: Record<string, { properties?: Record<string, unknown> }>;
    };
    const named = Object.entries(schemas)
      .filter(([name]) => name.endsWith('VolumeSource'))
      .flatMap(([, { properties }]) => Object.keys(properties ?? {}).filter((field) => /secret/i.test(field)));
    // `secretFile` of cephfs is a path on the node.
    expect([...new Set(named)].sort()).toEqual(['nodePublishSecretRef', 'secretFile', 'secretName', 'secretRef']);
  });
});

test('ConfigMaps are captured, Secrets and images live, unless spec says otherwise', () => {
  expect(policyOf({})).toEqual({ configMaps: 'Capture', secrets: 'Live', images: 'Live', imagesSaidBy: 'nobody' });
  const strict = { configMaps: 'Forbid', secrets: 'Forbid', images: 'Digest' };
  expect(policyOf(strict)).toEqual({ ...strict, imagesSaidBy: 'app' });
  expect(policyOf({ configMaps: 'Live' }).configMaps).toBe('Live');
});

test.each([
  ['Live', 'Live'],
  ['Watched', 'Watched'],
  ['Pinned', 'Pinned'],
  ['Digest', 'Digest'],
  ['Frozen', 'Live'],
])('of images that are to be %s holds: %s', (said, images) => {
  expect(policyOf({ images })).toMatchObject({ images, imagesSaidBy: 'app' });
  expect(policyOf({ images: said }).images).toBe(images);
});

test.each([
  ['says nothing', {}, 'nobody'],
  ['leaves it empty', { images: '' }, 'nobody'],
  ['has null there', { images: null }, 'nobody'],
  ['says no', { images: 'Live' }, 'app'],
  ['asks for more', { images: 'Digest' }, 'app'],
])('who says what holds of images where the App %s', (_, references, imagesSaidBy) => {
  expect(policyOf(references).imagesSaidBy).toBe(imagesSaidBy);
});

test.each<[string, string, Record<string, string>, boolean]>([
  ['anybody’s', 'site', { app: 'web' }, false],
  ['one that its owner exempts', 'site', { 'immutableapp.io/capture': 'false' }, true],
  ['one whose owner says it may be', 'site', { 'immutableapp.io/capture': 'true' }, false],
  ['the cluster’s CA', 'kube-root-ca.crt', {}, true],
  ['OpenShift’s CA', 'openshift-service-ca.crt', {}, true],
  ['a mesh’s CA', 'istio-ca-root-cert', {}, true],
  ['what a mesh revoked', 'istio-ca-crl', {}, true],
  ['another mesh’s CA', 'linkerd-identity-trust-roots', {}, true],
  ['a bundle of OpenShift', 'trust', { 'config.openshift.io/inject-trusted-cabundle': 'true' }, true],
  ['a bundle of trust-manager', 'trust', { 'trust.cert-manager.io/bundle': 'ca' }, true],
])('a ConfigMap, %s: stays live or not', (_what, name, labels, exempt) => {
  expect(projectSource({ metadata: { name, uid: 'u', resourceVersion: '1', labels }, data: { a: 'b' } })).toEqual({
    name,
    uid: 'u',
    resourceVersion: '1',
    exempt,
  });
});

describe('captured content', () => {
  const inline = canonical({ template: { spec: {} }, config: [{ name: 'own' }] });
  const one = sourceText({ metadata: { labels: { l: '1' } }, data: { k: 'v' } });
  test('is data and binaryData and nothing else of a ConfigMap', () => {
    expect(sourceText({ kind: 'ConfigMap', metadata: { resourceVersion: '9' }, immutable: true, data: { k: 'v' } })).toBe(one);
    expect(sourceText({ data: { k: 'v' }, binaryData: { b: 'AA==' } })).not.toBe(one);
    expect(sourceText({})).toBe(sourceText({ data: {}, binaryData: {} }));
  });
  test('is none where nothing was captured: the fingerprint is that of spec', () => {
    expect(withCaptured(inline, [])).toBe(inline);
  });
  test('does not depend on the order in which it was read', () => {
    const [a, b] = [{ name: 'a', text: one }, { name: 'b' }];
    expect(withCaptured(inline, [a, b])).toBe(withCaptured(inline, [b, a]));
  });
  test('reads back as config of the version, and what was not there as absent', () => {
    const { config, absent } = readContent(withCaptured(inline, [{ name: 'site', text: one }, { name: 'gone' }]));
    expect(config.map(({ name, data, mountPath, env }) => ({ name, data, mountPath, env }))).toEqual([
      { name: 'own', data: {}, mountPath: '', env: false },
      { name: 'site', data: { k: 'v' }, mountPath: '', env: false },
    ]);
    expect(absent).toEqual(['gone']);
    const env = readContent(canonical({ config: [{ name: 'own', env: true }] })).config.map((entry) => entry.env);
    expect(env).toEqual([true]);
  });
  test('what was absent is bound to a name that nobody holds', () => {
    const bound = bindConfig({ volumes: [{ name: 'v', configMap: { name: 'gone', optional: true } }] }, [], (name) => `id.${name}`, [
      'gone',
    ]);
    expect(bound).toEqual({ volumes: [{ name: 'v', configMap: { name: 'id.gone', optional: true } }] });
  });
  // A change of this rolls every App that captures anything.
  test('has the fingerprint it always had', () => {
    const content = withCaptured(inline, [{ name: 'site', text: one }, { name: 'gone' }]);
    expect(content).toBe(
      '{"captured":[{"absent":true,"name":"gone"},{"binaryData":{},"data":{"k":"v"},"name":"site"}],"config":[{"name":"own"}],"template":{"spec":{}}}',
    );
    expect(fingerprintOf(content)).toBe('v1:d4mrzhpl264xsbpdh4c6l6d8kxph4k2zcdrzfcmwlhsgxqng4dv2mb');
  });
});

// References to configs become references to the version's own copies, wherever a pod spec can hold one; nothing else is touched.
import { describe, expect, test } from '@jest/globals';
import type { ConfigWish } from '../../src/model/app.ts';
import type { JsonObject } from '../../src/model/version.ts';
import { namesIn } from '../../src/model/references.ts';
import { bindConfig } from '../../src/workloads/references.ts';

const config = (name: string, more: Partial<ConfigWish> = {}): ConfigWish => ({
  name,
  data: {},
  binaryData: {},
  mountPath: '',
  env: false,
  ...more,
});
const own = (name: string): string => `v1.${name}`;
const bind = (podSpec: JsonObject, ...configs: ConfigWish[]): JsonObject =>
  bindConfig(podSpec, configs.length === 0 ? [config('web')] : configs, own);

describe('a reference to a config', () => {
  const container = (name: string): JsonObject => ({
    name: 'c',
    envFrom: [{ prefix: 'P_', configMapRef: { name, optional: true } }, { secretRef: { name } }],
    env: [
      { name: 'A', valueFrom: { configMapKeyRef: { name, key: 'k' } } },
      { name: 'B', valueFrom: { secretKeyRef: { name, key: 'k' } } },
      { name: 'C', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'D', value: name },
    ],
  });
  const volumes = (name: string): JsonObject[] => [
    { name: 'plain', configMap: { name, defaultMode: 420, items: [{ key: 'a', path: 'b' }] } },
    {
      name: 'projected',
      projected: {
        defaultMode: 420,
        sources: [{ configMap: { name, optional: true } }, { secret: { name } }, { serviceAccountToken: { path: 't' } }],
      },
    },
    { name: 'secret', secret: { secretName: name } },
    { name: 'scratch', emptyDir: {} },
  ];
  const podSpec = (name: string): JsonObject => ({
    volumes: volumes(name),
    containers: [container(name)],
    initContainers: [{ ...container(name), restartPolicy: 'Always' }, container(name)],
    nodeSelector: { name },
  });
  /** The same with the four references replaced by hand. */
  const rewritten = JSON.parse(
    JSON.stringify(podSpec('web'))
      .replaceAll('"configMap":{"name":"web"', '"configMap":{"name":"v1.web"')
      .replaceAll('"configMapRef":{"name":"web"', '"configMapRef":{"name":"v1.web"')
      .replaceAll('"configMapKeyRef":{"name":"web"', '"configMapKeyRef":{"name":"v1.web"'),
  ) as JsonObject;

  test('is rewritten in volumes, projections, envFrom and valueFrom, of containers, init containers and sidecars', () => {
    expect(bind(podSpec('web'))).toEqual(rewritten);
    expect(JSON.stringify(rewritten).match(/v1\.web/g)).toHaveLength(8);
  });
  test('of another name stays as it is, and so do Secrets of the same name', () => {
    expect(bind(podSpec('other'))).toEqual(podSpec('other'));
  });
  test('is rewritten without touching what was given', () => {
    const given = podSpec('web');
    bind(given);
    expect(given).toEqual(podSpec('web'));
  });
});

describe('mountPath', () => {
  test('mounts each key by subPath in every container, after the mounts there are', () => {
    const files = config('web', { data: { 'b.conf': '', 'a.conf': '' }, binaryData: { 'c.bin': '' }, mountPath: '/etc/web/' });
    const bound = bind(
      {
        containers: [{ name: 'a', volumeMounts: [{ name: 'x', mountPath: '/x' }] }],
        initContainers: [{ name: 'b' }],
        volumes: [{ name: 'x', emptyDir: {} }],
      },
      files,
    );
    const mounts = ['a.conf', 'b.conf', 'c.bin'].map((key) => ({
      name: 'immutableapp-config-0',
      mountPath: `/etc/web/${key}`,
      subPath: key,
      readOnly: true,
    }));
    expect(bound).toEqual({
      volumes: [
        { name: 'x', emptyDir: {} },
        { name: 'immutableapp-config-0', configMap: { name: 'v1.web' } },
      ],
      containers: [{ name: 'a', volumeMounts: [{ name: 'x', mountPath: '/x' }, ...mounts] }],
      initContainers: [{ name: 'b', volumeMounts: mounts }],
    });
  });
  test('of several configs are several volumes', () => {
    const bound = bind(
      { containers: [{ name: 'a' }] },
      config('plain'),
      config('p', { data: { k: '' }, mountPath: '/p' }),
      config('q', { data: { k: '' }, mountPath: '/q' }),
    );
    expect(bound.volumes).toEqual([
      { name: 'immutableapp-config-0', configMap: { name: 'v1.p' } },
      { name: 'immutableapp-config-1', configMap: { name: 'v1.q' } },
    ]);
  });
});

describe('env', () => {
  test('comes before a container’s own sources, so that the container’s own words win', () => {
    const bound = bind(
      { containers: [{ name: 'a', envFrom: [{ secretRef: { name: 's' } }] }, { name: 'b' }] },
      config('web', { env: true }),
    );
    expect(bound.containers).toEqual([
      { name: 'a', envFrom: [{ configMapRef: { name: 'v1.web' } }, { secretRef: { name: 's' } }] },
      { name: 'b', envFrom: [{ configMapRef: { name: 'v1.web' } }] },
    ]);
  });
});

describe('what makes no sense', () => {
  test('passes through for the API server to judge', () => {
    const odd = {
      containers: [null, 'x', { env: [null, { valueFrom: 'y' }], envFrom: [null] }],
      volumes: [null, { configMap: 'z' }],
      unknown: { field: [1] },
    };
    expect(() => bind(odd as unknown as JsonObject)).not.toThrow();
    expect(bind({ unknown: { field: [1] } })).toEqual({ unknown: { field: [1] } });
  });
});

test('every place that names a ConfigMap is found, each name once', () => {
  const podSpec = {
    volumes: [
      { name: 'a', configMap: { name: 'volume' } },
      { name: 'b', projected: { sources: [{ configMap: { name: 'projected' } }, { secret: { name: 'secret' } }] } },
      { name: 'c', emptyDir: {} },
    ],
    initContainers: [{ name: 'i', envFrom: [{ configMapRef: { name: 'from' } }, { secretRef: { name: 'secret' } }] }],
    containers: [
      {
        name: 'm',
        env: [
          { name: 'X', valueFrom: { configMapKeyRef: { name: 'key', key: 'x' } } },
          { name: 'Y', value: 'volume' },
        ],
      },
      { name: 'n', envFrom: [{ configMapRef: { name: 'volume' } }] },
    ],
  };
  expect(namesIn(podSpec, 'configMap')).toEqual(['from', 'key', 'projected', 'volume']);
  expect(namesIn({}, 'configMap')).toEqual([]);
});

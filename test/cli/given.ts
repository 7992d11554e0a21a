// An App for tests of the plugin: as the API server has it, from a few words.
import type { AppObject } from '../../src/cli/apps.ts';
import type { ImmutableAppStatus } from '../../src/model/spec.ts';

export const AT = Date.parse('2030-01-31T04:00:00Z');
export const iso = (secondsAgo: number): string => new Date(AT - secondsAgo * 1000).toISOString();

export const condition = (type: string, status: 'True' | 'False' | 'Unknown', reason: string, message = '') => ({
  type,
  status,
  reason,
  message,
});

/** Version 2.4.1 serves since three hours, 2.4.0 is warm, 2.3.0 cold. */
export const STATUS: ImmutableAppStatus = {
  observedGeneration: 7,
  activeVersion: 'web-kj2s4f45hj',
  activeName: '2.4.1',
  activeInstance: 'web-kj2s4f45hj',
  latestVersion: 'web-kj2s4f45hj',
  serves: '2.4.1 (kj2s4f45hj)',
  latest: '2.4.1 (kj2s4f45hj)',
  pods: '3/3',
  replicas: 3,
  readyReplicas: 3,
  conditions: [
    condition('Available', 'True', 'Serving'),
    condition('Ready', 'True', 'Serving', '2.4.1 serves'),
    condition('UpToDate', 'True', 'Serving'),
    condition('Enforced', 'True', 'PoliciesInForce'),
  ],
  versions: [
    {
      id: 'web-kj2s4f45hj',
      called: '2.4.1 (kj2s4f45hj)',
      names: ['2.4.1'],
      state: 'Active',
      createdAt: iso(11_000),
      servedFrom: iso(10_800),
      images: [{ container: 'web', image: 'example/web:2.4.1' }],
      instances: [{ name: 'web-kj2s4f45hj', role: 'Active', replicas: 3, ready: 3, desired: 3 }],
    },
    {
      id: 'web-dgbxfth96n',
      called: '2.4.0 (dgbxfth96n)',
      names: ['2.4.0'],
      state: 'Warm',
      createdAt: iso(90_000),
      servedFrom: iso(86_400),
      servedUntil: iso(10_800),
      images: [{ container: 'web', image: 'example/web:2.4.0' }],
      instances: [{ name: 'web-dgbxfth96n-2', role: 'Warm', replicas: 3, ready: 3, desired: 3 }],
    },
    {
      id: 'web-c56lcd8llx',
      called: '2.3.0 (c56lcd8llx)',
      names: ['2.3.0'],
      state: 'Cold',
      createdAt: iso(200_000),
      servedFrom: iso(190_000),
      servedUntil: iso(86_400),
      images: [{ container: 'web', image: 'example/web:2.3.0' }],
    },
  ],
  services: [{ name: 'web', role: 'Active', instance: 'web-kj2s4f45hj', converged: true }],
  history: [
    {
      switchNumber: 3,
      at: iso(10_800),
      from: 'web-dgbxfth96n-2',
      to: 'web-kj2s4f45hj',
      name: '2.4.1',
      reason: 'Automatic',
      by: 'argocd-controller',
    },
    {
      switchNumber: 2,
      at: iso(86_400),
      from: 'web-c56lcd8llx',
      to: 'web-dgbxfth96n-2',
      name: '2.4.0',
      reason: 'Activated',
      by: 'oncall-bob: p99 doubled',
    },
    { switchNumber: 1, at: iso(190_000), from: '', to: 'web-c56lcd8llx', name: '2.3.0', reason: 'Automatic', by: 'argocd-controller' },
  ],
  warnings: [],
};

export function app(
  status: ImmutableAppStatus = {},
  spec: Partial<AppObject['spec']> = {},
  metadata: Partial<AppObject['metadata']> = {},
): AppObject {
  const raw: unknown = {
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '1',
      generation: 7,
      creationTimestamp: iso(300_000),
      ...metadata,
    },
    spec: { template: { metadata: { labels: { app: 'web' } } }, replicas: 3, ...spec },
    status: { ...STATUS, ...status },
  };
  return raw as AppObject;
}

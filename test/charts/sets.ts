// Values that people would set together, each with what it is for.
import type { Values } from './chart.ts';

/** Nothing cluster-wide but what has to be. */
export const NAMESPACED: Values = { watchNamespaces: ['shop', 'blog'], people: { install: false }, policies: { handsOff: true } };

/** One operator, for a laptop. */
export const SMALL: Values = {
  replicas: 1,
  resources: { requests: { cpu: '10m' } },
  topologySpreadConstraints: [],
  flags: { 'log-level': 'debug' },
};

/** Everything that is off by default, or empty. */
export const ALL: Values = {
  image: {
    repository: 'registry.example/platform/immutableapp',
    digest: `sha256:${'0123456789abcdef'.repeat(4)}`,
    pullPolicy: 'Always',
    pullSecrets: [{ name: 'registry' }],
  },
  policies: {
    handsOff: true,
    identities: {
      controllers: ['system:serviceaccount:kruise-system:kruise-manager'],
      collectors: ['system:serviceaccount:platform:reaper'],
      breakGlass: ['system:serviceaccounts:velero', 'oncall'],
    },
  },
  flags: { concurrency: 64, 'max-candidates': 20, 'debug-grace': 604800, 'probe-host': '::', 'cluster-name': 'prod-eu', 'log-format': 'json', 'log-level': 'warn', require: 'images=Digest', default: 'images=Pinned' },
  sources: [{ name: 'main', url: 'https://prometheus.monitoring:9090', caFile: 'main/ca.crt', tokenFile: 'main/token', namespaces: ['shop'] }, { name: 'chat', urlFile: 'main/url', format: 'slack' }],
  notify: ['chat'],
  sourceSecrets: ['main'],
  env: [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=400' }],
  replicas: 3,
  serviceAccount: { annotations: { 'example.com/role': 'operator' } },
  podAnnotations: { 'example.com/mesh': 'off' },
  podLabels: { team: 'platform', 'app.kubernetes.io/name': 'not-this' },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, preference: { matchExpressions: [{ key: 'infra', operator: 'Exists' }] } },
      ],
    },
  },
  priorityClassName: 'system-cluster-critical',
  networkPolicy: {
    enabled: true,
    apiServerPorts: [8443],
    egress: [{ to: [{ podSelector: {}, namespaceSelector: {} }] }],
    metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
  },
  page: {
    enabled: true,
    hosts: ['apps.example.com'],
    audiences: ['immutableapp-page'],
    from: [{ podSelector: { matchLabels: { app: 'oauth2-proxy' } } }],
  },
  metrics: {
    serviceMonitor: { enabled: true, interval: '15s', labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
    dashboard: { enabled: true, annotations: { grafana_folder: 'Platform' } },
  },
};

/** Brought by others, and guarded by nobody. */
export const BARE: Values = { crds: { install: false }, policies: { install: false }, image: { tag: 'edge' } };

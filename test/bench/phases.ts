// What is done to the Apps, one phase after the other, and how a phase is known to be over. The order matters: each finds the
// versions that those before it left behind.

/** Of `spec`, as a JSON merge patch. */
type Change = Readonly<Record<string, unknown>>;

/** A change of Apps, and by what it is known that each came to rest. */
export interface Step {
  readonly name: string;
  /** Undefined where the Apps are created. */
  readonly change: ((key: string) => Change) | undefined;
  /** Name of the version that serves afterwards, and how many Deployments each App has then. */
  readonly serves: string;
  readonly instances: number;
}

export interface Phase extends Step {
  readonly name: PhaseName;
  readonly what: string;
  /** One App after the other, this many at most, each when the one before has come to rest: light load. */
  readonly oneByOne?: number;
}

export const PHASE_NAMES = ['create', 'light', 'update', 'switch cold', 'update warm', 'switch warm', 'switch back'] as const;
export type PhaseName = (typeof PHASE_NAMES)[number];

const GO_AT_ONCE = { warm: 1, warmSeconds: 0 };
const STAY_WARM = { warm: 1, warmSeconds: 3600 };
const LIGHT = 20;

/** A config of its own for each App and version. */
export const content = (key: string, version: string): Change => ({
  version,
  config: [{ name: 'httpd', mountPath: '/usr/local/apache2/conf', data: { 'httpd.conf': configOf(key, version) } }],
});

/** Of the size of a small real one. */
export const configOf = (key: string, version: string): string =>
  `# ${key} ${version}\n${Array.from({ length: 20 }, (_, line) => `LoadModule module_${line}_module modules/mod_${line}.so\n`).join('')}`;

export const CONTAINER = {
  name: 'web',
  image: 'httpd:2.4',
  ports: [{ name: 'http', containerPort: 80 }],
  readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
  resources: { requests: { cpu: '1m', memory: '1Mi' } },
};
export const PORT = { name: 'http', port: 80, targetPort: 'http' };

export const PHASES: readonly Phase[] = [
  { name: 'create', what: 'all are created', change: undefined, serves: 'v1', instances: 1 },
  {
    name: 'light',
    what: `up to ${LIGHT} of them get a new config, one after the other`,
    change: (key) => content(key, 'v2'),
    serves: 'v2',
    instances: 1,
    oneByOne: LIGHT,
  },
  { name: 'update', what: 'all get a new config at once', change: (key) => content(key, 'v3'), serves: 'v3', instances: 1 },
  {
    name: 'switch cold',
    what: 'all are pointed at their first version, of which only the record is left',
    change: () => ({ activeVersion: 'v1' }),
    serves: 'v1',
    instances: 1,
  },
  {
    name: 'update warm',
    what: 'all get a new config at once, the old version stays warm',
    change: (key) => ({ ...content(key, 'v4'), activeVersion: null, retention: STAY_WARM }),
    serves: 'v4',
    instances: 2,
  },
  {
    name: 'switch warm',
    what: 'all are pointed at the warm version',
    change: () => ({ activeVersion: 'v1' }),
    serves: 'v1',
    instances: 2,
  },
  { name: 'switch back', what: 'and back', change: () => ({ activeVersion: 'v4' }), serves: 'v4', instances: 2 },
];

export function appOf(namespace: string, name: string, replicas: number): object {
  return {
    apiVersion: 'immutableapp.io/v1alpha1',
    kind: 'ImmutableApp',
    metadata: { name, namespace },
    spec: {
      ...content(`${namespace}/${name}`, 'v1'),
      replicas,
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [CONTAINER],
        },
      },
      services: [{ name, ports: [PORT] }],
      promotion: { drainSeconds: 0 },
      retention: GO_AT_ONCE,
    },
  };
}

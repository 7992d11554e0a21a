// What the API server writes into an object that its author left out: enough that what is stored differs from what was sent.
import { list, obj } from '../../src/model/json.ts';
import type { Fields, Stored, StoredKind } from './store.ts';

const set = (target: Fields, defaults: Fields): void => {
  for (const [key, value] of Object.entries(defaults)) target[key] ??= value;
};

export function applyDefaults(kind: StoredKind, object: Stored, serial: number): void {
  if (kind === 'Deployment') defaultDeployment(object);
  if (kind === 'Service') defaultService(object, serial);
  applyStatusDefault(kind, object);
}

/** Of an App of which nothing is reported the schema says so. */
export function applyStatusDefault(kind: StoredKind, object: Stored): void {
  if (kind === 'ImmutableApp') object.status ??= { observedGeneration: -1 };
}

function defaultDeployment(object: Stored): void {
  const spec = (object.spec ??= {});
  set(spec, {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
  });
  const template = obj(spec.template) as Fields;
  const podSpec = obj(template.spec) as Fields;
  set(template, { metadata: {} });
  set(podSpec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  for (const container of [...list(podSpec.containers), ...list(podSpec.initContainers)] as Fields[]) {
    set(container, {
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: 'IfNotPresent',
      resources: {},
    });
    for (const port of list(container.ports) as Fields[]) set(port, { protocol: 'TCP' });
  }
  for (const volume of list(podSpec.volumes) as Fields[])
    if (volume.configMap !== undefined) set(obj(volume.configMap), { defaultMode: 420 });
}

function defaultService(object: Stored, serial: number): void {
  const spec = (object.spec ??= {});
  set(spec, {
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    clusterIP: `10.0.0.${String(serial)}`,
  });
  for (const port of list(spec.ports) as Fields[]) set(port, { protocol: 'TCP', targetPort: port.port });
  // An empty map is not stored.
  if (Object.keys(obj(spec.selector)).length === 0) Reflect.deleteProperty(spec, 'selector');
}

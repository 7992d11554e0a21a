// A Knative Service, read as what becomes an App: its container gets the port that Knative would have given it, and a Service of its own, since
// Knative's bears the name already. Decides nothing about its route.
import type { Obj } from '../../model/json.ts';
import { int, list, obj, text, texts } from '../../model/json.ts';
import type { Manifest } from '../documents.ts';
import { nameOf } from '../documents.ts';
import type { Note } from './note.ts';
import { changed, listed, look, lost } from './note.ts';
import type { Workload } from './workload.ts';

const DEFAULT_PORT = 8080;
/** Members of a revision that no pod has. */
const REVISION_ONLY = ['containerConcurrency', 'timeoutSeconds', 'responseStartTimeoutSeconds', 'idleTimeoutSeconds'];
const SCALE = 'autoscaling.knative.dev/';

export function readKnative(service: Manifest): Omit<Workload, 'object' | 'name' | 'namespace'> {
  const { template, traffic } = obj(service.spec);
  const { metadata, spec } = obj(template);
  const podSpec = Object.fromEntries(Object.entries(obj(spec)).filter(([field]) => !REVISION_ONLY.includes(field)));
  const { containers, port, notes } = serving(list(podSpec.containers));
  const annotations = texts(obj(metadata).annotations);
  const least = Number(annotations[`${SCALE}min-scale`] ?? annotations[`${SCALE}minScale`] ?? 0);
  return {
    kind: 'Knative Service',
    template: {
      metadata: { ...obj(metadata), name: undefined, labels: { app: nameOf(service), ...texts(obj(metadata).labels) } },
      spec: { ...podSpec, containers },
    },
    replicas: Math.max(1, least),
    services: [{ name: `${nameOf(service)}-app`, ports: [{ name: port.startsWith('h2c') ? 'h2c' : 'http', port: 80, targetPort: port }] }],
    stopsFirst: false,
    part: { notes: [...notes, ...notesOn(obj(spec), annotations, list(traffic), nameOf(service))] },
  };
}

/** The container with a port is the one that serves; it is told by PORT which one, and the port has a name. */
function serving(containers: readonly Obj[]): {
  readonly containers: readonly Obj[];
  readonly port: string;
  readonly notes: readonly Note[];
} {
  const at = Math.max(
    0,
    containers.findIndex(({ ports }) => list(ports).length > 0),
  );
  const [declared] = list(containers[at]?.ports);
  const name = text(declared?.name) || 'http';
  const containerPort = int(declared?.containerPort, DEFAULT_PORT);
  const changes = (container: Obj): Obj => ({
    ...container,
    // Knative lets a container go without a name.
    name: text(container.name) || 'user-container',
    ports: [{ ...declared, name, containerPort }],
    env: [...list(container.env), { name: 'PORT', value: String(containerPort) }],
  });
  return {
    containers: containers.map((container, index) => (index === at ? changes(container) : container)),
    port: name,
    notes: [changed(`PORT=${String(containerPort)} and container port ${name}: Knative set them by itself`)],
  };
}

function notesOn(spec: Obj, annotations: Readonly<Record<string, string>>, traffic: readonly Obj[], name: string): Note[] {
  const limits = REVISION_ONLY.filter((field) => spec[field] !== undefined);
  const scaling = Object.keys(annotations).filter((key) => key.startsWith(SCALE));
  const split = traffic.filter(
    ({ percent, tag, revisionName }) => int(percent, 0) < 100 || tag !== undefined || revisionName !== undefined,
  );
  return [
    lost('scaling to zero, and by requests: let a HorizontalPodAutoscaler or KEDA target the App'),
    ...(scaling.length > 0 ? [lost(`${listed(scaling)}: min-scale became replicas, the rest has no place`)] : []),
    ...(limits.length > 0 ? [lost(`${listed(limits)}: the queue proxy saw to it; your server or gateway has to`)] : []),
    ...(split.length > 0 ? [lost('traffic by revision: all of it goes to the version that serves')] : []),
    lost('K_SERVICE, K_REVISION and K_CONFIGURATION are not set any more'),
    look(
      `Knative answers at its own host, and Service ${name} is its own: the App makes Service ${name}-app, and your route or DNS has to follow`,
    ),
    look('its probes were made by the queue proxy: without a readinessProbe a pod counts as ready as soon as it runs'),
  ];
}

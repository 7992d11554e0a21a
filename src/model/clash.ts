// What of a template cannot run twice at the same time, as far as it says so itself. Whether a claim has one writer only the claim knows,
// and that would take a right to read it. Volumes that each pod has for itself clash with nothing.
import { list, obj, text } from './json.ts';

export interface Clashes {
  /** PersistentVolumeClaims that it mounts, by name. */
  readonly claims: readonly string[];
  /** Ports that it takes on the node. */
  readonly hostPorts: readonly number[];
}

export function clashesOf(template: unknown): Clashes {
  const { volumes, containers, initContainers, hostNetwork } = obj(obj(template).spec);
  const ports = [...list(containers), ...list(initContainers)].flatMap((container) => list(obj(container).ports).map(obj));
  const taken = ports.map(({ hostPort, containerPort }) => (hostNetwork === true ? (hostPort ?? containerPort) : hostPort));
  return {
    claims: [...new Set(list(volumes).map((volume) => text(obj(obj(volume).persistentVolumeClaim).claimName)))].filter(
      (name) => name !== '',
    ),
    hostPorts: [...new Set(taken.filter((port): port is number => typeof port === 'number' && port > 0))],
  };
}

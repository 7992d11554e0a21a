// Container ports get names, and later their Service uses them: a version may then listen where it likes. A number would bind every version, and
// one that changes it cannot be gone back from. Decides names only; what a Service sends traffic to stays the same port.
import type { Obj } from '../../model/json.ts';
import { int, list, obj, text } from '../../model/json.ts';
import { TCP } from '../../model/port.ts';
import type { Manifest } from '../documents.ts';
import { nameOf } from '../documents.ts';
import type { Note } from './note.ts';
import { changed } from './note.ts';

/** A port of an existing Service that may use a name, once an App serves. */
export interface Renaming {
  readonly service: string;
  /** Place in spec.ports. */
  readonly at: number;
  readonly from: number;
  readonly to: string;
}

export interface Named {
  readonly podSpec: Obj;
  readonly renamings: readonly Renaming[];
  readonly notes: readonly Note[];
}

interface Wanted {
  readonly service: string;
  readonly at: number;
  readonly number: number;
  readonly protocol: string;
  /** What the Service calls it. */
  readonly called: string;
}

/** Every numeric target of these Services gets a name in the pods, if it has none. */
export function namePorts(podSpec: Obj, services: readonly Manifest[]): Named {
  return services.flatMap(numbersOf).reduce<Named>(nameOne, { podSpec, renamings: [], notes: [] });
}

function numbersOf(service: Manifest): Wanted[] {
  return list(obj(service.spec).ports).flatMap(({ name, port, targetPort, protocol }, at) => {
    const target = targetPort ?? port;
    if (typeof target !== 'number' || target === 0) return [];
    return [{ service: nameOf(service), at, number: target, protocol: text(protocol) || TCP, called: text(name) }];
  });
}

function nameOne({ podSpec, renamings, notes }: Named, wanted: Wanted): Named {
  const { service, at, number, protocol } = wanted;
  const declared = declarationsIn(podSpec).filter(
    (port) => int(port.containerPort, 0) === number && (text(port.protocol) || TCP) === protocol,
  );
  const known = declared.map(({ name }) => text(name)).find((name) => name !== '');
  const to = known ?? newName(wanted, podSpec);
  const renaming = { service, at, from: number, to };
  if (known !== undefined) return { podSpec, renamings: [...renamings, renaming], notes };
  const [first] = list(podSpec.containers);
  const words =
    declared.length > 0
      ? `container port ${String(number)} is called ${to} now`
      : `container port ${to} (${String(number)}) is declared, at container ${text(first?.name)}: no container did, and Service ${service} sends traffic there`;
  return {
    podSpec: withName(podSpec, wanted, to, declared.length > 0),
    renamings: [...renamings, renaming],
    notes: [...notes, changed(words)],
  };
}

/** As a Service looks names up: native sidecars count, init containers that end do not. */
const declarationsIn = (podSpec: Obj): readonly Obj[] =>
  [...list(podSpec.containers), ...list(podSpec.initContainers).filter(({ restartPolicy }) => restartPolicy === 'Always')].flatMap(
    ({ ports }) => list(ports),
  );

/** At most 15 letters, digits and hyphens, with a letter among them: what a container port may be called. */
const isPortName = (name: string): boolean => /^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/.test(name) && !name.includes('--');

function newName({ called, number, protocol }: Wanted, podSpec: Obj): string {
  const taken = new Set(declarationsIn(podSpec).map(({ name }) => text(name)));
  const plain = `p${String(number)}`;
  const names = [called, plain, `${plain}-${protocol.toLowerCase()}`];
  return names.find((name) => isPortName(name) && !taken.has(name)) ?? plain;
}

function withName(podSpec: Obj, { number, protocol }: Wanted, name: string, declared: boolean): Obj {
  const containers = list(podSpec.containers);
  const matches = (port: Obj): boolean =>
    int(port.containerPort, 0) === number && (text(port.protocol) || TCP) === protocol && text(port.name) === '';
  const named = (container: Obj, index: number): Obj => {
    if (!declared && index === 0) {
      const port = { name, containerPort: number, ...(protocol === TCP ? {} : { protocol }) };
      return { ...container, ports: [...list(container.ports), port] };
    }
    if (!list(container.ports).some(matches)) return container;
    return { ...container, ports: list(container.ports).map((port) => (matches(port) ? { name, ...port } : port)) };
  };
  const initContainers = list(podSpec.initContainers).map((container) =>
    declared && container.restartPolicy === 'Always' ? named(container, -1) : container,
  );
  return {
    ...podSpec,
    ...(podSpec.initContainers === undefined ? {} : { initContainers }),
    containers: containers.map(named),
  };
}

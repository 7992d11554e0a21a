// Under which ports a version serves: those of spec where it can, else those that it served under before. They are written down, in an
// fact of the version, when a switch or spec changes them, and travel with the selector, forward and back.
import type { Action } from '../../model/action.ts';
import type { ServiceWish } from '../../model/app.ts';
import type { Obj } from '../../model/json.ts';
import { list } from '../../model/json.ts';
import type { InstanceSeen, ServiceSeen } from '../../model/observed.ts';
import { portOf } from '../../model/port.ts';
import { ANNOTATION, REASON } from '../../model/vocabulary.ts';
import type { PortAsked } from '../../gates/gate.ts';
import { awaited, called, declares, fitted, sameTargets } from '../../routers/ports.ts';
import type { Route } from '../../routers/router.ts';
import { selected } from '../../routers/service.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import type { RoutedService, Scene } from './scene.ts';
import { traces } from './served.ts';
import type { Version } from './versions.ts';
import { attest, lift } from './facts.ts';
import { title } from './versions.ts';

/** An entry of spec as it holds for an instance. */
export function wishFor({ versions }: Scene, wish: ServiceWish, instance: InstanceSeen): ServiceWish {
  const version = versions.of(instance.name);
  return fitted(wish, instance, version && keptBy(version, wish.name), version === versions.latest);
}

/** The ports of a Service that a version is known to have served under. */
const keptBy = ({ ports: [last] }: Version, service: string): readonly Obj[] | undefined => last?.fact.services[service];

/**
 * Why the ports that spec asks for are not those of a Service while this instance is selected: it cannot serve them, or they are meant
 * for what comes.
 */
export function waiting(scene: Scene, wish: ServiceWish, service: ServiceSeen, behind: InstanceSeen): Finding | undefined {
  const { versions, capture } = scene;
  const settled = versions.of(behind.name) === versions.latest && capture.hold === undefined;
  const kept = wishFor(scene, wish, behind) !== wish;
  const port = kept ? wish.ports.find((asked) => !declares(behind, asked)) : awaited(wish, service, behind, settled);
  if (port === undefined) return undefined;
  const keeps = `Service ${wish.name} keeps ${kept ? `the ports that ${behind.name} served under` : 'its ports'}`;
  const until = declares(behind, port)
    ? `until ${versions.latest.id === '' ? 'the next version' : title(versions.latest)} serves: port ${String(port.port)} changes with it`
    : typeof port.targetPort === 'string'
      ? `until a version with a ${called(port)} serves: ${behind.name} has none`
      : `until another version serves: no container of ${behind.name} declares ${called(port)}. Name it, and use the name as targetPort`;
  return finding(REASON.PortMissing, `${keeps} ${until}`);
}

/**
 * Ports of a Service of somebody else at which nobody is reached while others of it are answered: only named ones can be told. Where all are
 * dark the endpoints say so (available.ts).
 */
export function darkPorts({ shape }: ServiceWish, service: ServiceSeen, behind: InstanceSeen): Finding[] {
  const dark = service.ports.filter((port) => typeof port.targetPort === 'string' && !declares(behind, port));
  if (shape !== undefined || dark.length === service.ports.length) return [];
  const way = 'let the Service send it to a port that there is, or name it in spec.template';
  return dark.map((port) => {
    const where = `port ${String(port.port)} of Service ${service.name}`;
    return finding(REASON.PortMissing, `${where} reaches nobody: no container of ${behind.name} has a ${called(port)}: ${way}`);
  });
}

/**
 * What is to be written down before Services get other ports: those of now, for the version that leaves and for all that served under them
 * and that nothing was written down of. Of a version that leaves without such a change only what is no longer true is said anew.
 */
export function keepPorts(scene: Scene, moves: readonly Action[], route: Route | undefined, goingTo?: Version): Action[] {
  const { app, seen, versions } = scene;
  const changes = moves.flatMap((move) => {
    if (move.do !== 'switch' && move.do !== 'reshape') return [];
    const service = seen.services.find(({ name }) => name === move.service);
    const isActive = app.services.some(({ name, role, shape }) => name === move.service && role === 'Active' && shape !== undefined);
    if (service === undefined || !isActive) return [];
    const { shape } = move;
    // Under the same mark it is somebody's edit that is put back: nobody served under that.
    const edited = shape?.annotations[ANNOTATION.shape] === service.annotations[ANNOTATION.shape];
    const changed = shape !== undefined && !edited && !sameTargets(service.ports, list(shape.spec.ports).map(portOf));
    return [{ service, changed, left: move.do === 'switch' ? versions.of(selected(service) ?? '') : undefined }];
  });
  const former = traces(app, route).flatMap((name) => versions.of(name) ?? []);
  const concerned = new Set([...changes.flatMap(({ left }) => left ?? []), ...former].filter((version) => version !== goingTo));
  return [...concerned].flatMap((version) => {
    const said = version.ports[0]?.fact;
    const news = changes.filter(({ service, changed, left }) => {
      const kept = keptBy(version, service.name);
      if (kept === undefined) return changed && (left === version || version !== versions.of(selected(service) ?? ''));
      return left === version && !sameTargets(service.ports, kept.map(portOf));
    });
    if (news.length === 0) return [];
    const services = { ...said?.services, ...Object.fromEntries(news.map(({ service }) => [service.name, portsOf(service)])) };
    const names = news.map(({ service }) => service.name).join(', ');
    return attest(scene, version, { is: 'ports', serial: (said?.serial ?? 0) + 1, services }, `ports of ${names} change`);
  });
}

/** Node ports belong to the Service, and are carried over from what it has. */
const portsOf = ({ spec }: ServiceSeen): Obj[] => list(spec.ports).map(({ nodePort: _, ...port }) => port);

/** What was said of ports before it was said anew. */
export const outdated = ({ versions }: Scene): Action[] =>
  versions.all.flatMap(({ ports: [, ...older] }) => older.map((factSeen) => lift(factSeen, 'they were written down anew')));

/**
 * The named ports that the pods of a candidate must have. On the way back none that what serves lacks as well: it would be no worse.
 */
export function portsAsked(
  scene: Scene,
  services: readonly RoutedService[],
  instance: InstanceSeen,
  active: InstanceSeen | undefined,
): PortAsked[] {
  const { latest } = scene.versions;
  const isLatest = scene.versions.of(instance.name) === latest;
  return services
    .filter(({ wish }) => isLatest || wish.role === 'Active')
    .flatMap(({ wish, seen }) => {
      const adopted = wish.shape === undefined;
      const asks = adopted ? `Service ${wish.name}` : `Service ${wish.name} of spec.services`;
      const change = adopted ? `let Service ${wish.name}` : 'let spec.services';
      const remedy = isLatest ? 'name it in spec.template' : `${change} send it to a port that this version has`;
      const ports = adopted ? (seen?.ports ?? []) : wishFor(scene, wish, instance).ports;
      return ports
        .filter((port) => isLatest || active === undefined || declares(active, port))
        .flatMap(({ targetPort, protocol }) => (typeof targetPort === 'string' ? [{ name: targetPort, protocol, asks, remedy }] : []));
    });
}

// The ports of a Service while it selects a version: those of spec if the version has them, else those that it served under before. They are
// recorded in a fact when a switch or spec changes them, and written together with the selector.
import type { Action } from '../../model/action.ts';
import type { ServiceWish } from '../../model/app.ts';
import type { Obj } from '../../model/json.ts';
import { list } from '../../model/json.ts';
import type { InstanceSeen, ServiceSeen } from '../../model/observed.ts';
import type { PortSeen } from '../../model/port.ts';
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
import { isKnown, title } from './versions.ts';

/** A Service entry of spec, with the ports for this instance. */
export function wishFor({ versions }: Scene, wish: ServiceWish, instance: InstanceSeen): ServiceWish {
  const version = versions.of(instance.name);
  return fitted(wish, instance, version && keptBy(version, wish.rung?.of ?? wish.name), version === versions.latest);
}

/** Of the first Active Service, while it selects this instance. Those of an adopted one are its own. */
export function servedPorts(scene: Scene, instance: InstanceSeen): readonly PortSeen[] {
  const wish = scene.app.services.find(({ role }) => role === 'Active');
  if (wish === undefined) return [];
  const { ports } = wishFor(scene, wish, instance);
  return ports.length > 0 ? ports : (scene.seen.services.find(({ name }) => name === wish.name)?.ports ?? []);
}

/** The ports of a Service that a version has served under, if recorded. */
const keptBy = ({ ports: [last] }: Version, service: string): readonly Obj[] | undefined => last?.fact.services[service];

/**
 * Why a Service does not get the ports of spec while it selects this instance: the instance has no such ports, or they belong to the next
 * version.
 */
export function waiting(scene: Scene, wish: ServiceWish, service: ServiceSeen, behind: InstanceSeen): Finding | undefined {
  const { versions, capture } = scene;
  const settled = versions.of(behind.name) === versions.latest && capture.hold === undefined;
  const kept = wishFor(scene, wish, behind) !== wish;
  const port = kept ? wish.ports.find((asked) => !declares(behind, asked)) : awaited(wish, service, behind, settled);
  if (port === undefined) return undefined;
  const keeps = `Service ${wish.name} keeps ${kept ? `the ports that ${behind.name} served under` : 'its ports'}`;
  const until = declares(behind, port)
    ? `until ${isKnown(versions.latest) ? title(versions.latest) : 'the next version'} serves: port ${String(port.port)} changes with it`
    : typeof port.targetPort === 'string'
      ? `until a version with a ${called(port)} serves: ${behind.name} has none`
      : `until another version serves: no container of ${behind.name} declares ${called(port)}. Name it, and use the name as targetPort`;
  return finding(REASON.PortMissing, `${keeps} ${until}`);
}

/**
 * Named ports of an adopted Service that no container has, while its other ports work. If none of its ports work, the endpoints show it
 * (available.ts).
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
 * Facts to record before Services get other ports: the present ports, for the version that serves and for all that served under them without
 * a fact. If the ports do not change, a fact is written only where an older one is no longer true.
 */
export function keepPorts(scene: Scene, moves: readonly Action[], route: Route | undefined, goingTo?: Version): Action[] {
  const { app, seen, versions } = scene;
  const changes = moves.flatMap((move) => {
    if (move.do !== 'switch' && move.do !== 'reshape') return [];
    const service = seen.services.find(({ name }) => name === move.service);
    const isActive = app.services.some(({ name, role, shape }) => name === move.service && role === 'Active' && shape !== undefined);
    if (service === undefined || !isActive) return [];
    const { shape } = move;
    // If the digest on the Service is that of spec, somebody edited the ports by hand and they are restored: no version served under those.
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
    return attest(version, { is: 'ports', serial: (said?.serial ?? 0) + 1, services }, `ports of ${names} change`);
  });
}

/** The ports of a Service as they are recorded: without node ports, which belong to the Service and not to a version. */
const portsOf = ({ spec }: ServiceSeen): Obj[] => list(spec.ports).map(({ nodePort: _, ...port }) => port);

/** Facts about ports that newer ones replace. */
export const outdated = ({ versions }: Scene): Action[] =>
  versions.all.flatMap(({ ports: [, ...older] }) => older.map((factSeen) => lift(factSeen, 'they were written down anew')));

/**
 * The named ports that a candidate must have. A rollback does not need those that the active version lacks, too: it would be no worse.
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
    .filter(({ wish: { role } }) => role === 'Active' || (isLatest && role === 'Preview'))
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

// Compares the ports of a Service with those of the pods behind it: which ports a version can serve, and which change has to wait for a switch.
// Judges; never acts.
import { withPorts } from '../model/app.ts';
import type { ServiceWish } from '../model/app.ts';
import type { Obj } from '../model/json.ts';
import type { InstanceSeen, ServiceSeen } from '../model/observed.ts';
import type { PortSeen } from '../model/port.ts';
import { TCP } from '../model/port.ts';

type Pods = Pick<InstanceSeen, 'ports'>;
type Target = Pick<PortSeen, 'targetPort' | 'protocol'>;

/** The container port that a Service's port sends traffic to, if one is declared: by name or number, and protocol. */
const declared = ({ ports }: Pods, { targetPort, protocol }: Target) =>
  ports.find((port) => port.protocol === protocol && targetPort === (typeof targetPort === 'string' ? port.name : port.number));

export const declares = (pods: Pods, port: Target): boolean => declared(pods, port) !== undefined;

/** A numeric targetPort needs no declared container port, so an undeclared one may work. */
const isNumber = ({ targetPort }: Target): boolean => typeof targetPort === 'number';

/**
 * A Service entry for one version: with the ports of spec if its pods have them, else with those it served under. For Latest an undeclared number
 * is accepted, because it was written together with the template.
 */
export function fitted(wish: ServiceWish, pods: Pods, kept: readonly Obj[] | undefined, isLatest: boolean): ServiceWish {
  const serves = wish.ports.every((port) => declares(pods, port) || (isLatest && isNumber(port)));
  return kept === undefined || serves ? wish : withPorts(wish, kept);
}

/** What distinguishes a port of a Service from the others. */
const placeOf = ({ port, protocol }: PortSeen): string => `${String(port)}/${protocol}`;

/** Whether a client that uses one list of ports reaches the same container ports with the other. */
export const sameTargets = (some: readonly PortSeen[], others: readonly PortSeen[]): boolean =>
  some.length === others.length &&
  some.every((port) => others.some((other) => placeOf(other) === placeOf(port) && other.targetPort === port.targetPort));

/**
 * The first port that cannot change while this instance is selected: it would send traffic where nothing listens or, while another version is on
 * its way, to another port than now, which may be meant for that version. `settled`: no other version is on its way.
 */
export function awaited({ ports }: ServiceWish, service: ServiceSeen, behind: Pods, settled: boolean): PortSeen | undefined {
  const held = ports.find((port) => {
    const before = service.ports.find((other) => placeOf(other) === placeOf(port));
    if (before === undefined) return !isNumber(port) && !declares(behind, port);
    if (before.targetPort === port.targetPort) return false;
    return !declares(behind, port) || (!settled && declared(behind, port)?.number !== numberOf(behind, before));
  });
  return held ?? (settled ? undefined : service.ports.find((before) => !ports.some((port) => placeOf(port) === placeOf(before))));
}

const numberOf = (pods: Pods, port: PortSeen): number | undefined =>
  typeof port.targetPort === 'number' ? port.targetPort : declared(pods, port)?.number;

/** A port of a container, in words. */
export const called = ({ targetPort, protocol }: Target): string =>
  `${protocol === TCP ? '' : `${protocol} `}port ${typeof targetPort === 'string' ? `named "${targetPort}"` : String(targetPort)}`;

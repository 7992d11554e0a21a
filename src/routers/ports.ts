// Ports of a Service against those of the pods behind it: what a version can serve, under which ports it does, and which change of them
// has to wait for a switch. Judges; never acts.
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

/** A number needs no declaration, so nothing is known of one that has none. */
const isNumber = ({ targetPort }: Target): boolean => typeof targetPort === 'number';

/**
 * An entry of spec as it holds for one version: with the ports of spec if its pods can serve them, else with those it served under. Of
 * Latest a number that no container declares is believed: spec and its content go together.
 */
export function fitted(wish: ServiceWish, pods: Pods, kept: readonly Obj[] | undefined, isLatest: boolean): ServiceWish {
  const serves = wish.ports.every((port) => declares(pods, port) || (isLatest && isNumber(port)));
  return kept === undefined || serves ? wish : withPorts(wish, kept);
}

/** What sets a port of a Service apart from the others. */
const placeOf = ({ port, protocol }: PortSeen): string => `${String(port)}/${protocol}`;

/** Whether somebody who knows one list of ports finds the same behind each in the other. */
export const sameTargets = (some: readonly PortSeen[], others: readonly PortSeen[]): boolean =>
  some.length === others.length &&
  some.every((port) => others.some((other) => placeOf(other) === placeOf(port) && other.targetPort === port.targetPort));

/**
 * The first port that cannot change while this instance is selected: it would send traffic where nobody listens, or, while a version is
 * on its way for which the change may be meant, elsewhere than it goes now. `settled`: there is none.
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

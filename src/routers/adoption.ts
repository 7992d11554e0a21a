// Existing Services: whether their owner consents, whether a selector can switch them, how they are released. Says why not, and what to do about it;
// never acts.
import type { Action } from '../model/action.ts';
import type { App, ServiceWish } from '../model/app.ts';
import { orphaning } from '../model/command.ts';
import type { InstanceSeen, Neighbour, ServiceSeen } from '../model/observed.ts';
import { leftOver } from '../model/observed.ts';
import { ANNOTATION, KIND, LABEL, REASON } from '../model/vocabulary.ts';
import type { Reason } from '../model/vocabulary.ts';
import { stampedBy } from './stamp.ts';

export interface Obstacle {
  readonly reason: Reason;
  readonly message: string;
}

const EXTERNAL_NAME = 'ExternalName';

/** An ExternalName sends clients to another name. The EndpointSlice controller ignores it, so old endpoints stay listed. */
export const isElsewhere = ({ type }: Pick<ServiceSeen, 'type'>): boolean => type === EXTERNAL_NAME;

/** Why a Service of spec cannot be switched, and what to do; undefined if it can. `foreign`: an EndpointSlice that somebody else manages. */
export function unfit(app: App, wish: ServiceWish, seen: ServiceSeen | undefined, foreign = ''): Obstacle | undefined {
  const named = `Service ${app.namespace}/${wish.name}`;
  const consent = consenting(app);
  if (seen === undefined || seen.deleting) {
    if (wish.shape !== undefined) return undefined;
    return {
      reason: REASON.ServiceMissing,
      message: `${named} does not exist: create it and ${consent}, or give it ports in spec.services to have it created`,
    };
  }
  if (owned(app, seen) || reclaimable(app, wish, seen)) return undefined;
  if (wish.rung !== undefined) {
    const message = `${named} exists and is not ours, and the ladder of ${wish.rung.of} needs that name: delete it, or name the Service in spec.services otherwise`;
    return { reason: REASON.ServiceNotOwned, message };
  }
  const rival = rivalOf(app, seen);
  if (rival !== undefined) {
    const first = wish.shape === undefined ? '' : 'leave its ports out of spec.services here, ';
    const way = `${first}${consent}, and ${orphaning({ namespace: app.namespace, name: rival })}, which keeps all that it made`;
    const message = `${named} is made and moved by ImmutableApp ${rival}, and deleted when it goes from spec.services there. To get it without a gap: ${way}`;
    return { reason: REASON.ServiceNotOwned, message };
  }
  if (wish.shape !== undefined) {
    return {
      reason: REASON.ServiceNotOwned,
      message: `${named} exists and is not ours: leave its ports out of spec.services and ${consent}, or, if nobody needs it, delete it`,
    };
  }
  if (seen.annotations[ANNOTATION.adopt] !== app.name) {
    const message = stampedBy(app, seen)
      ? `${named} stays where it is, for its owner's consent is gone: ${consent}, or take it out of spec.services, and our key leaves it`
      : `${named} is left alone until its owner consents: ${consent}`;
    return { reason: REASON.ServiceNotAdopted, message };
  }
  const flaw = flawOf(app, seen) ?? (foreign === '' ? undefined : `has ${foreign}`);
  if (flaw !== undefined)
    return {
      reason: REASON.ServiceUnfit,
      message: `${named} ${flaw}, so a selector cannot move its traffic safely: change that, or list another one`,
    };
  return stampedBy(app, seen) ? undefined : inGit(seen);
}

/** Name of another App that owns a Service. Then consent does not count: otherwise both Apps would switch it in turn. */
const rivalOf = (app: App, seen: ServiceSeen): string | undefined =>
  seen.owner?.kind === KIND && !leftOver(app, seen) ? seen.owner.name : undefined;

/** A Service of spec that a deleted App of the same name created: it has our label and shape annotation, and no owner now. */
export const reclaimable = (app: App, { shape }: ServiceWish, seen: ServiceSeen): boolean =>
  shape !== undefined &&
  !seen.deleting &&
  seen.labels[LABEL.app] === app.name &&
  seen.annotations[ANNOTATION.shape] !== undefined &&
  leftOver(app, seen);

/** Consent is an annotation, set by who owns the Service. */
const consenting = ({ name }: Pick<App, 'name'>): string => `annotate it with ${ANNOTATION.adopt}=${name}`;

function flawOf(app: App, seen: ServiceSeen): string | undefined {
  if (app.namespace === 'default' && seen.name === 'kubernetes') return "is the API server's own";
  if (isElsewhere(seen)) return 'is an ExternalName';
  if (seen.headless) return 'is headless';
  if (seen.publishNotReadyAddresses) return 'publishes addresses that are not ready';
  return undefined;
}

/** Who applies the selector from a manifest: each apply removes our key, and then every version would get traffic. */
export function inGit({ name, writers }: Pick<ServiceSeen, 'name' | 'writers'>): Obstacle | undefined {
  const applier = writers.find(({ applied }) => applied)?.by;
  return applier === undefined ? undefined : applies(name, applier);
}

export const applies = (service: string, manager: string): Obstacle => ({
  reason: REASON.SelectorInGit,
  message: `leave selector out of the manifest of Service ${service}, which ${manager} applies: each apply removes our key, and then every version gets its traffic`,
});

/** A key of an adopted Service's own selector that the instance's pods lack: the Service would select nothing. */
export function mismatch(app: App, service: ServiceSeen, instance: InstanceSeen): string | undefined {
  if (owned(app, service)) return undefined;
  const wrong = Object.entries(service.selector).find(([key, value]) => key !== LABEL.instance && instance.podLabels[key] !== value);
  return (
    wrong &&
    `selector of Service ${service.name} asks for ${wrong[0]}=${wrong[1]}, which the pods of ${instance.name} do not carry: add the label to spec.template or drop the key`
  );
}

export const owned = (app: Pick<App, 'uid'>, service: ServiceSeen): boolean => service.owner?.uid === app.uid;

/** Services that we switched and spec no longer lists: those we own are deleted, adopted ones get their own selector back. */
export function leftBehind(app: Pick<App, 'name' | 'uid' | 'services'>, services: readonly ServiceSeen[]): Action[] {
  const listed = new Set(app.services.map(({ name }) => name));
  return services
    .filter((service) => !listed.has(service.name) && !service.deleting && service.labels[LABEL.app] === app.name)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((service): Action[] => {
      const { name, uid, resourceVersion } = service;
      if (owned(app, service)) return [{ do: 'retire', kind: 'Service', name, uid, why: 'no longer in spec.services' }];
      return stampedBy(app, service) ? [{ do: 'release', service: name, resourceVersion }] : [];
    });
}

type Selecting = Pick<ServiceSeen, 'selector'> & { readonly type?: string };

/** Whether a Service's selector matches pods with these labels. An empty one matches none. */
export function finds({ selector, type }: Selecting, labels: Readonly<Record<string, string>>): boolean {
  const pairs = Object.entries(selector);
  return type !== EXTERNAL_NAME && pairs.length > 0 && pairs.every(([key, value]) => labels[key] === value);
}

/**
 * The warning about a Service that selects our pods and is not switched by us. A headless one cannot be switched, and is how metrics and peers find
 * pods; for a worker that is as it should be, and there is no warning.
 */
export function stray(app: App, { name, headless, publishNotReadyAddresses }: Neighbour, listed: boolean): Obstacle | undefined {
  const says = (what: string): Obstacle => ({
    reason: REASON.SelectedByOthers,
    message: `Service ${name} finds pods of every version, untested ones too${what}`,
  });
  if (headless) {
    const isWorker = !app.services.some(({ role }) => role === 'Active');
    return isWorker ? undefined : says(': right for metrics and for peers, as it is headless; send what users ask for to another one');
  }
  if (listed) return says(publishNotReadyAddresses ? '' : ', until our key is on its selector');
  const way = publishNotReadyAddresses
    ? 'let it publish ready addresses only, and list it in spec.services'
    : `list it in spec.services and ${consenting(app)}`;
  return says(`: ${way}, or change its selector`);
}

// Asks the ready pods of an instance over HTTP, each by its own address: the candidate itself is reached, and nothing else. An author says
// port and path, never where.
import type { Answered } from '../../gates/measured.ts';
import type { PodAnswer } from '../../gates/http.ts';
import { list, obj, text } from '../../model/json.ts';
import type { Measuring, Probe } from '../../model/measure.ts';
import type { AppKey } from '../../model/version.ts';
import { LABEL } from '../../model/vocabulary.ts';
import type { Kube } from '../api/kube.ts';
import type { Cache } from '../store/cache.ts';
import { call, MOST_BYTES } from './call.ts';
import type { Slots } from './slots.ts';

/** More of them are not asked in one round. */
const MOST_PODS = 500;
const LIST_MS = 5_000;
/** Instances whose pods are remembered. */
const MOST_KNOWN = 2_000;

export interface PodPlaces {
  readonly kube: Pick<Kube, 'list' | 'read' | 'create' | 'remove'>;
  readonly cache: Pick<Cache, 'podsOf' | 'instanceOf' | 'portOf'>;
  readonly slots: Slots;
  readonly userAgent: string;
}

interface Place {
  readonly pod: string;
  readonly address: string;
}

/** What the cache remembers of the pods of an instance is not where they are: that is asked, once for each change of a pod of its App. */
export function podAsker({ kube, cache, slots, userAgent }: PodPlaces) {
  const known = new Map<string, { readonly pods: string; readonly places: readonly Place[] }>();

  async function placesOf(key: AppKey, namespace: string, instance: string, signal: AbortSignal): Promise<readonly Place[] | string> {
    const pods = cache.podsOf(key);
    const about = `${namespace}/${instance}`;
    const before = known.get(about);
    if (before?.pods === pods) return before.places;
    const from = { kind: 'Pod', namespace, labelSelector: `${LABEL.instance}=${instance}` } as const;
    const answer = await kube.list(from, { limit: MOST_PODS }, AbortSignal.any([signal, AbortSignal.timeout(LIST_MS)]));
    if (answer.is === 'failure') return `its pods could not be listed: ${answer.message}`;
    // A label proves nothing: only what a Deployment of this name has made is asked.
    const { items } = answer.value;
    const own = items.filter((pod) => cache.instanceOf(text(obj(obj(pod).metadata).uid)) === instance);
    const places = own.flatMap(placeOf);
    known.delete(about);
    // Whose the others are may still be on its way.
    if (own.length === items.length) known.set(about, { pods, places });
    if (known.size > MOST_KNOWN) known.delete(known.keys().next().value!);
    return places;
  }

  return async (
    key: AppKey,
    namespace: string,
    { instance, uid }: Pick<Measuring, 'instance' | 'uid'>,
    { port: name, path, headers }: Extract<Probe, { is: 'http' }>,
    signal: AbortSignal,
  ): Promise<Answered> => {
    const port = cache.portOf(uid, name);
    if (port === undefined) return { is: 'error', message: `no container has a TCP port named "${name}"` };
    const places = await placesOf(key, namespace, instance, signal);
    if (typeof places === 'string') return { is: 'error', message: places };
    const sent = { 'user-agent': userAgent, ...headersOf(headers) };
    const asked = places.map(async ({ pod, address }): Promise<PodAnswer> => {
      const give = await slots.take(namespace);
      const reply = await call({ host: address, port, path, headers: sent }, signal).finally(give);
      if (reply.is === 'error') return { pod, ms: reply.ms, status: 0, bytes: 0, error: reply.message };
      return { pod, ms: reply.ms, status: reply.status, bytes: reply.isCut ? MOST_BYTES : reply.body.length };
    });
    return { is: 'pods', answers: await Promise.all(asked) };
  };
}

/** Several of one name are sent as several. */
function headersOf(headers: Extract<Probe, { is: 'http' }>['headers']): Record<string, string | readonly string[]> {
  const all = new Map<string, string[]>();
  for (const { name, value } of headers) all.set(name.toLowerCase(), [...(all.get(name.toLowerCase()) ?? []), value]);
  return Object.fromEntries([...all].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]));
}

/** Where a pod listens, if it is ready and stays. No pod has an address that only its own node knows, whatever its status says. */
function placeOf(pod: unknown): Place[] {
  const { metadata, status } = obj(pod);
  const { name, deletionTimestamp } = obj(metadata);
  const { podIP, conditions } = obj(status);
  const isReady = list(conditions).some(({ type, status: is }) => type === 'Ready' && is === 'True');
  const address = text(podIP);
  return isReady && deletionTimestamp === undefined && address !== '' && !isLinkLocal(address) ? [{ pod: text(name), address }] : [];
}

const isLinkLocal = (address: string): boolean => /^(::ffff:)?169\.254\.|^fe[89ab][0-9a-f]:/i.test(address);

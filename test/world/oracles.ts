// The promises of ARCHITECTURE.md, judged after every change of the store. Written from there and not from the code: nothing of
// src/plan is used here. The first broken promise throws, and with it ends the run.
import { gunzipSync } from 'node:zlib';
import { int, list, obj, text } from '../../src/model/json.ts';
import { lint, reported } from '../statuslint.ts';
import { isReady, ownedBy, podsOf } from './actors.ts';
import { unanswered } from './answers.ts';
import type { Witnessed } from './answers.ts';
import { Album, unpinned } from './images.ts';
import { hasEnded } from './jobs.ts';
import { RELIST_MS } from './operator.ts';
import type { Request } from './server.ts';
import { line } from './server.ts';
import type { Fields, Metadata, Store, Stored, Transition } from './store.ts';
import { brokenBy, placeOf } from './shares.ts';
import { same, stable } from './store.ts';
import type { Time } from './time.ts';

const APP_LABEL = 'immutableapp.io/app';
const VERSION_LABEL = 'immutableapp.io/version';
const INSTANCE_LABEL = 'immutableapp.io/instance';
const STAMP = 'immutableapp.io/stamp';

/** News may be this old when a decision is made that no live read backs: the slowest watch, and some. */
const SLOW_MS = 15_000;
/** Where news get lost: until everything is listed anew, and some. */
const LOSSY_MS = RELIST_MS + 5_000;
/** What the operator itself unmade need not be made anew so often within so long: what is made and unmade in turn goes on for ever. */
const CIRCLE_MS = 60_000;
const CIRCLE_TIMES = 4;
/** A request and its answer. */
const ROUND_TRIP_MS = 100;

interface Route {
  readonly instance: string;
  readonly switchNumber: number;
  readonly at: number;
}

/** The content that was Latest when somebody named a version; '' when nobody can tell. */
interface Decision {
  readonly latest: string;
}

export class Oracles {
  readonly #store: Store;
  readonly #stale: number;
  readonly #time: Time;
  readonly #requests: readonly Request[];
  /** Specs of Deployments as they were created, by uid. */
  readonly #born = new Map<string, unknown>();
  /** What a name or fingerprint has meant so far. */
  readonly #meanings = new Map<string, string>();
  /** Where the operator last sent the traffic of an App, by its uid; and every instance that had it before. */
  readonly #routes = new Map<string, Route>();
  readonly #served = new Map<string, number>();
  /** Deployments that a Service has selected, by uid: what is made anew under the name of one has served nobody. */
  readonly #selected = new Set<string>();
  /** What served right before, by App uid: the stamps know it whatever becomes of status. */
  readonly #before = new Map<string, string>();
  /** Jobs that have completed, by the uid of what owns them: what becomes of them later does not matter. */
  readonly #completed = new Map<string, unknown[]>();
  /** When somebody who is not the operator last touched an object, by uid. */
  readonly #touched = new Map<string, number>();
  /** What the operator was told of the available pods of a Deployment, by its uid, and when. */
  readonly #told = new Map<string, readonly { readonly at: number; readonly available: number }[]>();
  /** Sizes that were asked for, by the App's name, in whichever life: when each was last in force. */
  readonly #sizes = new Map<string, Map<number, number>>();
  /** ConfigMaps that the operator made, as `Kind/name`. */
  readonly #made: string[] = [];
  /** What was compromised, as `Kind/name`. */
  readonly #discarded = new Set<string>();
  /** Contents a human passed over, by App uid. */
  readonly #held = new Map<string, Set<string>>();
  /** The pointer that the operator has seen last, and what it passed over, by App uid. */
  readonly #acknowledged = new Map<string, { readonly pointer: string; readonly decision: Decision | undefined }>();
  /** The pointer that an App of this name had last, in whichever life. */
  readonly #pointers = new Map<string, string>();
  readonly #decisions = new Map<string, Decision>();
  /** Services that had a live endpoint, and those that somebody else has taken it from. */
  readonly #alive = new Set<string>();
  readonly #excused = new Set<string>();
  /** What the operator deleted, as `Kind/name`, and when it made such a thing anew: the last few times. */
  readonly #unmade = new Set<string>();
  readonly #makings = new Map<string, readonly number[]>();
  readonly #album = new Album();
  #current = 0;
  /** Namespaces that have or had an App. */
  readonly #namespaces = new Set<string>();
  /** When somebody last destroyed something whose uid is gone with it. */
  #harmedAt = -Infinity;
  /** Apps as last read live by the operator, by name. */
  readonly #confirmed = new Map<string, { readonly number: number; readonly at: number; readonly app: Stored }>();
  /** What the operator created and deleted, and where it moved Services: one line each. */
  readonly deeds: string[] = [];
  readonly moves: string[] = [];
  /** Every App as the operator reported on it. */
  readonly reports: Stored[] = [];

  constructor(store: Store, time: Time, requests: readonly Request[], lossy: boolean) {
    this.#stale = lossy ? LOSSY_MS : SLOW_MS;
    this.#store = store;
    this.#time = time;
    this.#requests = requests;
  }

  /** The request whose effect comes next. */
  beforeRequest(request: Request): void {
    this.#current = request.number;
    if (request.kind === 'Secret') this.#broken('no Secret is read', line(request));
    if (request.namespace !== '' && !this.#namespaces.has(request.namespace))
      this.#broken('nothing outside the App’s namespace', line(request));
  }

  afterRequest(request: Request): void {
    if (request.verb !== 'read' || request.kind !== 'ImmutableApp') return;
    const app = this.#store.get('ImmutableApp', request.namespace, request.name);
    if (app !== undefined) this.#confirmed.set(request.name, { number: request.number, at: this.#now, app });
  }

  /** A watch told the operator of a Deployment. */
  heard({ metadata: { uid }, status }: Stored): void {
    const told = this.#told.get(uid) ?? [];
    const still = told.filter((_, i) => (told[i + 1]?.at ?? Infinity) > this.#now - ROUND_TRIP_MS);
    this.#told.set(uid, [...still, { at: this.#now, available: int(obj(status).availableReplicas, 0) }]);
  }

  /** The fewest available pods that a decision of this round trip may have been told of. */
  #leastTold(uid = ''): number {
    const told = this.#told.get(uid) ?? [];
    const inForce = told.filter((_, i) => (told[i + 1]?.at ?? Infinity) > this.#now - ROUND_TRIP_MS);
    return Math.min(...inForce.map(({ available }) => available));
  }

  judge(transition: Transition): void {
    const { actor, kind, before, after } = transition;
    const { metadata } = (after ?? before)!;
    if (kind === 'ImmutableApp') this.#noteApp(transition);
    if (kind === 'Deployment' && before === undefined) this.#born.set(metadata.uid, sizeless(after!.spec));
    if (kind === 'Deployment' || kind === 'Service') this.#noteSelected();
    if (kind === 'Pod' && before === undefined) this.#oneAtATime(after!);
    if (kind === 'Job') this.#noteJob(transition);
    // A newer API server shows what nobody wrote: that is no change, and no generation counts it.
    if (kind === 'Deployment' && actor === 'upgrade' && this.#isBorn(before)) {
      this.#born.set(metadata.uid, sizeless(after!.spec));
      this.#meanings.delete(`runs ${metadata.labels?.[VERSION_LABEL] ?? ''}`);
    }
    this.#oneMeaning(transition);
    const broken = this.#album.judge(this.#store, transition, this.#appOf(metadata));
    if (broken !== undefined) this.#broken(...broken);
    if (actor === 'operator') this.#judgeOperator(transition);
    else if (actor === 'human') {
      this.#touched.set(metadata.uid, this.#now);
      // An App that goes takes everything with it, unless that is orphaned first.
      if (after === undefined || (kind !== 'ImmutableApp' && after.metadata.deletionTimestamp !== undefined)) this.#harmedAt = this.#now;
    }
    if (kind === 'Pod' && actor === 'kubelet' && before !== undefined && isReady(before)) this.#touched.set(metadata.uid, this.#now);
    if (kind === 'Pod' || kind === 'EndpointSlice' || kind === 'Service') this.#stillServed(transition);
  }

  /** Under promotion.overlap Never no pod starts while one of another instance is there, terminating or not. */
  #oneAtATime({ metadata }: Stored): void {
    const app = this.#appOf(metadata);
    if (app === undefined || !runsAlone(app) || this.#harmedAt > this.#now - this.#stale) return;
    const others = this.#store
      .list('Pod')
      .filter(
        ({ metadata: { labels } }) =>
          labels?.[APP_LABEL] === metadata.labels?.[APP_LABEL] && labels?.[INSTANCE_LABEL] !== metadata.labels?.[INSTANCE_LABEL],
      );
    if (others.length > 0) this.#broken('no two instances have pods at a time', `${metadata.name} beside ${others[0]!.metadata.name}`);
  }

  #noteSelected(): void {
    for (const service of this.#store.list('Service')) {
      if (isOwnService(service)) continue;
      const deployment = this.#store.get('Deployment', service.metadata.namespace, selectedBy(service) ?? '');
      if (deployment !== undefined) this.#selected.add(deployment.metadata.uid);
    }
  }

  #noteJob({ before, after }: Transition): void {
    if (before === undefined || after === undefined || hasEnded(before, 'Complete') || !hasEnded(after, 'Complete')) return;
    const owner = after.metadata.ownerReferences?.[0]?.uid ?? '';
    this.#completed.set(owner, [...(this.#completed.get(owner) ?? []), after.spec]);
  }

  #isBorn(deployment: Stored | undefined): boolean {
    return deployment !== undefined && same(this.#born.get(deployment.metadata.uid), sizeless(deployment.spec));
  }

  get #now(): number {
    return this.#time.monotonic();
  }

  #broken(promise: string, what: string): never {
    const last = this.#requests.slice(-12).map(line).join('\n');
    const error = new Error(`broken promise: ${promise}: ${what}\nat ${this.#now} ms, after\n${last}`);
    error.name = 'BrokenPromise';
    throw error;
  }

  #recently(uid: string, ms = this.#stale): boolean {
    return this.#now - (this.#touched.get(uid) ?? -Infinity) <= ms;
  }

  /** The record of a version that belongs to the App there is; a former life may have left one of its own. */
  #recordOf(namespace: string, id: string | undefined): Stored | undefined {
    const apps = [...this.#store.list('ImmutableApp'), ...[...this.#confirmed.values()].map(({ app }) => app)];
    return this.#store
      .list('ControllerRevision')
      .filter(
        ({ metadata, data }) => metadata.namespace === namespace && metadata.labels?.[VERSION_LABEL] === id && obj(data).fact === undefined,
      )
      .find((record) => apps.some(({ metadata }) => ownedBy(record, metadata.uid)));
  }

  #appOf({ namespace, labels }: Metadata): Stored | undefined {
    return this.#store.get('ImmutableApp', namespace, labels?.[APP_LABEL] ?? '');
  }

  #noteApp({ before, after, actor }: Transition): void {
    if (after === undefined) return;
    const { name, namespace } = after.metadata;
    this.#namespaces.add(namespace);
    const sizes = this.#sizes.get(name) ?? new Map<number, number>();
    this.#sizes.set(name, sizes);
    for (const [size, until] of sizes) if (until === Infinity) sizes.set(size, this.#now);
    sizes.set(int(after.spec?.replicas, 1), Infinity);
    if (actor === 'operator') this.#judgeStatus(before!, after);
    this.#noteDecision(before, after);
  }

  /** Naming a version passes over what is Latest then, not what comes later. It counts once the operator says that it has seen it. */
  #noteDecision(before: Stored | undefined, after: Stored): void {
    const { uid, generation } = after.metadata;
    this.#notePin(before, after);
    const pointer = text(after.spec?.activeVersion);
    // A pointer that went and came back unseen is no new decision, nor is one that an App has in its next life as it had in the last.
    const had = before === undefined ? this.#pointers.get(after.metadata.name) : text(before.spec?.activeVersion);
    this.#pointers.set(after.metadata.name, pointer);
    const seen = this.#acknowledged.get(uid);
    if (pointer !== had) this.#decisions.delete(uid);
    const decided = pointer === seen?.pointer ? seen.decision : { latest: contentOf(after.spec) };
    if (pointer !== '' && pointer !== had && decided !== undefined) this.#decisions.set(uid, decided);
    const decision = this.#decisions.get(uid);
    // Content that changed again before the decision was acted on: nobody can tell any more which of them was passed over. Without a record,
    // while paused or refused, there was no version yet that could have been.
    const acted = seen?.pointer === pointer && text(obj(before?.status).decision) === pointer;
    if (decision !== undefined && !acted && contentOf(after.spec) !== decision.latest) this.#decisions.set(uid, { latest: '' });
    if (obj(after.status).observedGeneration === generation) this.#acknowledged.set(uid, { pointer, decision: this.#decisions.get(uid) });
    const named = this.#store.list('ControllerRevision').find((record) => isNamed(record, pointer));
    if (named === undefined || decision === undefined || text(obj(after.status).decision) !== pointer) return;
    const held = this.#held.get(uid) ?? new Set<string>();
    this.#held.set(uid, held);
    held.delete(recordContent(named));
    if (recordContent(named) !== decision.latest) held.add(decision.latest);
  }

  /** A pin is no generation: that it was acted on is said by status, what it passed over by a fact. */
  #notePin(before: Stored | undefined, { metadata: { uid }, status }: Stored): void {
    const { pinned } = obj(status);
    const [typed = ''] = text(pinned).split(' ');
    if (typed === '' || pinned === obj(before?.status).pinned) return;
    const named = this.#store.list('ControllerRevision').find((record) => isNamed(record, typed));
    if (named !== undefined) this.#held.get(uid)?.delete(recordContent(named));
  }

  #judgeStatus(before: Stored, after: Stored): void {
    this.reports.push(after);
    if (!same(before.spec, after.spec)) this.#broken('the operator never writes spec', after.metadata.name);
    const { observedGeneration } = obj(after.status);
    const [was, is] = [reported(before.status), after.status ?? {}];
    const judgedAt = Math.max(...list(obj(is).conditions).map(({ lastTransitionTime }) => Date.parse(text(lastTransitionTime))));
    const broken = same(was, is) ? [] : lint({ before: was, after: is, generation: int(observedGeneration, 0), now: judgedAt });
    if (broken.length > 0) this.#broken('every report obeys the rules of reports', broken.join('; '));
    if (int(observedGeneration, 0) > int(after.metadata.generation, 0)) this.#broken('status judges what was seen', stable(after.status));
  }

  #oneMeaning({ actor, kind, after }: Transition): void {
    if (after === undefined || actor === 'human') return;
    const { name, labels, uid } = after.metadata;
    const app = labels?.[APP_LABEL] ?? '';
    const mean = (word: string, value: unknown): void => {
      const known = this.#meanings.get(word);
      if (known !== undefined && known !== stable(value))
        this.#broken('a fingerprint never has two contents', `${word}: ${known} and ${stable(value)}`);
      this.#meanings.set(word, stable(value));
    };
    if (kind === 'ControllerRevision' && obj(after.data).fingerprint !== undefined) {
      mean(`${app} ${text(obj(after.data).fingerprint)}`, contentIn(after));
      mean(`record ${name}`, obj(after.data).fingerprint);
    }
    if (kind === 'ConfigMap' && labels?.[VERSION_LABEL] !== undefined) mean(`config ${name}`, [after.data, after.binaryData]);
    if (kind === 'Deployment' && labels?.[VERSION_LABEL] !== undefined && same(this.#born.get(uid), sizeless(after.spec))) {
      // Config objects of one version may have other names in another life: their content is judged above.
      const runs = stable(nameless(after.spec)).replaceAll(
        new RegExp(`${labels[VERSION_LABEL]}-\\d+\\.`, 'g'),
        `${labels[VERSION_LABEL]}.`,
      );
      // So have its images, once they are pinned to what they were.
      mean(`runs ${labels[VERSION_LABEL]}`, unpinned(this.#store, labels[VERSION_LABEL], runs));
    }
  }

  #judgeOperator(transition: Transition): void {
    const { kind, before, after } = transition;
    const { metadata } = (after ?? before)!;
    if (!this.#namespaces.has(metadata.namespace)) this.#broken('nothing outside the App’s namespace', `${kind}/${metadata.name}`);
    if (before === undefined) {
      // The name of what gates said ends in a digest of a uid, and uids are drawn.
      this.deeds.push(`create ${kind}/${metadata.name.replace(/(?<=\.gates-(before|during|after))-\w+$/, '')}`);
      this.#madeAnew(`${kind}/${metadata.name}`);
      if (!this.#belongs(after!)) this.#broken('what the operator makes has an owner', `${kind}/${metadata.name}`);
      this.#attested(after!);
      if (kind === 'ConfigMap') this.#made.push(`ConfigMap/${metadata.name}`);
      if (this.#discarded.has(`${kind}/${metadata.name}`)) this.#broken('no name is reused after compromise', `${kind}/${metadata.name}`);
    }
    if (after === undefined || (after.metadata.deletionTimestamp !== undefined && before?.metadata.deletionTimestamp === undefined)) {
      // It may outlive its Job, and goes with its Deployment.
      if (!isOwnService(before!)) this.deeds.push(`delete ${kind}/${metadata.name}`);
      this.#unmade.add(`${kind}/${metadata.name}`);
      this.#deleted(kind, before!);
    } else if (before !== undefined) this.#unchanged(kind, before, after);
    if (kind === 'Service' && before !== undefined && after !== undefined) this.#reclaimed(before, after);
    if (kind === 'Service' && after !== undefined) this.#moved(before, after);
    if (kind === 'Deployment' && before !== undefined && after !== undefined) this.#resized(before, after);
  }

  #madeAnew(what: string): void {
    if (!this.#unmade.delete(what)) return;
    const times = [...(this.#makings.get(what) ?? []), this.#now].slice(-CIRCLE_TIMES);
    this.#makings.set(what, times);
    if (times.length === CIRCLE_TIMES && this.#now - times[0]! < CIRCLE_MS) this.#broken('no write undoes another for ever', what);
  }

  /** Facts that change what may serve: a worker's route is one, a renewal releases what a human passed over. */
  #attested(object: Stored): void {
    const fact = factOf(object);
    const { namespace, labels } = object.metadata;
    const version = this.#recordOf(namespace, labels?.[VERSION_LABEL]);
    const app = this.#appOf(object.metadata);
    if (fact.is === 'gates') this.#judged(fact, object.metadata);
    if (fact.is === 'discarded') this.#discarded.add(`Deployment/${text(fact.instance)}`);
    if (fact.is === 'discarded' && fact.configs !== undefined) {
      const [id, ordinal] = [labels?.[VERSION_LABEL] ?? '', int(fact.configs, 1)];
      const names = this.#made.filter((name) => name.startsWith(`ConfigMap/${id}${ordinal === 1 ? '' : `-${ordinal}`}.`));
      for (const name of names) this.#discarded.add(name);
    }
    if (fact.is === 'route') this.#promoted(this.#live(labels?.[APP_LABEL] ?? ''), text(fact.instance), int(fact.switchNumber, 0), 'fact');
    if (version === undefined) return;
    const uid = app?.metadata.uid ?? '';
    const held = this.#held.get(uid) ?? new Set<string>();
    this.#held.set(uid, held);
    if (fact.is === 'held') held.add(recordContent(version));
    if (fact.is !== 'renewed') return;
    held.delete(recordContent(version));
    if (this.#decisions.get(uid)?.latest === recordContent(version)) this.#decisions.delete(uid);
    const seen = this.#acknowledged.get(uid);
    if (seen?.decision?.latest === recordContent(version)) this.#acknowledged.set(uid, { ...seen, decision: undefined });
  }

  /** What owns the rest: records their config objects and facts, Deployments their budgets. */
  get #parents(): Stored[] {
    return [...this.#store.list('ControllerRevision'), ...this.#store.list('Deployment')];
  }

  /** What a new object of ours belongs to: its App, or a parent of its version. */
  #belongs(object: Stored): boolean {
    const { namespace, labels } = object.metadata;
    // The Service by which a Job reaches its instance bears no label.
    const version = labels?.[VERSION_LABEL];
    const parents = this.#parents.filter((one) => version === undefined || one.metadata.labels?.[VERSION_LABEL] === version);
    const confirmed = this.#confirmed.get(labels?.[APP_LABEL] ?? '');
    const apps = [this.#appOf(object.metadata), confirmed?.app].map((app) => app?.metadata.uid);
    return (object.metadata.ownerReferences ?? []).some(
      ({ uid }) =>
        parents.some(({ metadata }) => metadata.uid === uid && metadata.namespace === namespace) ||
        apps.includes(uid) ||
        !this.#store.exists(uid),
    );
  }

  #unchanged(kind: string, before: Stored, after: Stored): void {
    if (!['Deployment', 'ConfigMap', 'ControllerRevision', 'PodDisruptionBudget'].includes(kind)) return;
    const strip = ({ metadata: { resourceVersion: _v, generation: _g, ...metadata }, spec, ...rest }: Stored) => ({
      ...rest,
      metadata,
      spec: sizeless(spec),
    });
    if (!same(strip(before), strip(after))) this.#broken('the operator never changes a published object', `${kind}/${after.metadata.name}`);
  }

  /** Active Services of an App, as its spec has them now or, when it is gone, as they are marked. */
  #actives(app: Stored): Stored[] {
    return list(app.spec?.services)
      .filter(({ role }) => role !== 'Preview')
      .flatMap(({ name }) => this.#store.get('Service', app.metadata.namespace, text(name)) ?? []);
  }

  /** Whose a Service is changes only from nobody's, or a dead App's, to that of the App that made it. */
  #reclaimed(before: Stored, after: Stored): void {
    if (same(before.metadata.ownerReferences ?? [], after.metadata.ownerReferences ?? [])) return;
    const app = this.#live(before.metadata.labels?.[APP_LABEL] ?? '').metadata;
    const free = (before.metadata.ownerReferences ?? []).every(({ uid }) => !this.#store.exists(uid));
    const made = before.metadata.labels?.[APP_LABEL] === app.name && before.metadata.annotations?.['immutableapp.io/shape'] !== undefined;
    if (!free || !made || !ownedBy(after, app.uid) || !same(before.spec, after.spec))
      this.#broken('a Service is owned again only by the App that had made it', after.metadata.name);
  }

  /** A rung goes to what comes up step by step, and back at once. */
  #lent(app: Stored, after: Stored): void {
    const route = this.#routes.get(app.metadata.uid);
    if (route === undefined) return;
    if (!ownedBy(after, app.metadata.uid)) this.#broken('a Service is moved by consent only', after.metadata.name);
    const sight = {
      ...{ store: this.#store, now: this.#time.now(), serving: route.instance, last: route.switchNumber },
      touched: ({ metadata }: Stored) => this.#touched.has(metadata.uid) || this.#harmedAt > 0,
    };
    const broken = brokenBy(sight, app, after);
    if (broken !== undefined) this.#broken(...broken);
  }

  #moved(before: Stored | undefined, after: Stored): void {
    const instance = selectedBy(after);
    const { name, namespace, annotations } = after.metadata;
    const stands = same(before?.spec?.selector, after.spec?.selector) && before?.metadata.annotations?.[STAMP] === annotations?.[STAMP];
    if (stands && same(before?.spec?.ports, after.spec?.ports)) return;
    const deaf = this.#deafPort(after, instance);
    if (deaf !== undefined)
      this.#broken('traffic moves only to what is whole, clean and asked for', `${name} → ${instance}: nobody listens on ${deaf}`);
    if (stands || instance === undefined || (before === undefined && isOwnService(after))) return;
    this.moves.push(`${name} → ${instance}`);
    const app = this.#store.list('ImmutableApp').find((candidate) => candidate.metadata.namespace === namespace && lists(candidate, name));
    const climbed = this.#store
      .list('ImmutableApp')
      .find((one) => one.metadata.namespace === namespace && placeOf(one, name) !== undefined);
    if (climbed !== undefined) this.#lent(climbed, after);
    if (app === undefined) return; // gone within the round trip: garbage collection has the last word
    const { owner, consent } = {
      owner: ownedBy(after, app.metadata.uid),
      consent: annotations?.['immutableapp.io/adopt'] === app.metadata.name,
    };
    if (!owner && !consent) this.#broken('a Service is moved by consent only', name);
    if (!list(app.spec?.services).some((wish) => wish.name === name && wish.role !== 'Preview')) return;
    const stamp = obj(JSON.parse(annotations?.[STAMP] ?? '{}'));
    if (stamp.instance !== instance || stamp.uid !== app.metadata.uid)
      this.#broken('the stamp says where and by whom', `${name}: ${stable(stamp)}`);
    if (this.#routes.get(app.metadata.uid)?.instance === instance) return; // put back, or the rest of a switch
    const [told] = list(obj(app.status).history);
    if (this.#touched.has(after.metadata.uid) && text(told?.to) === instance && told?.switchNumber === stamp.switchNumber) {
      // Who takes the stamp of a switch that no report tells of yet takes its only witness: it is restored to the switch before.
      this.#routes.set(app.metadata.uid, { instance, switchNumber: int(stamp.switchNumber, 0), at: this.#now });
      return;
    }
    if (before === undefined) {
      // Who deletes a Service right after a switch takes the only witness of it: then status knows the switch before.
      const [written] = list(obj(app.status).history);
      const witnessGone = this.#harmedAt >= (this.#routes.get(app.metadata.uid)?.at ?? Infinity);
      if (!witnessGone || text(written?.to) !== instance) this.#broken('a Service is born on the route', `${name} → ${instance}`);
      this.#routes.set(app.metadata.uid, { instance, switchNumber: int(stamp.switchNumber, 0), at: this.#now });
      return;
    }
    this.#promoted(this.#live(app.metadata.name), instance, int(stamp.switchNumber, 0), `Service ${name}`, selectedBy(before));
    if (text(stamp.previous) !== '') this.#before.set(app.metadata.uid, text(stamp.previous));
  }

  /** A number that a Service sends traffic to, and no container of the instance declares. */
  #deafPort({ metadata: { namespace }, spec }: Stored, instance = ''): number | undefined {
    const deployment = this.#store.get('Deployment', namespace, instance);
    if (deployment === undefined) return undefined;
    const heard = list(obj(obj(deployment.spec?.template).spec).containers).flatMap(({ ports }) =>
      list(ports).map(({ containerPort }) => containerPort),
    );
    const numbers = list(spec?.ports).map(({ targetPort }) => targetPort);
    return numbers.find((port): port is number => typeof port === 'number' && !heard.includes(port));
  }

  /** The App as it was read live right before this write: nothing but writes to Services may lie between, and what is asked for others. */
  #live(name: string): Stored {
    const { number, app, at } = this.#confirmed.get(name) ?? { number: 0, at: -Infinity };
    const between = this.#requests
      .slice(number, this.#current - 1)
      .filter((request) => (request.verb !== 'patch' || request.kind !== 'Service') && !this.#isForJob(request));
    const stale = this.#confirmed.size > 1 ? this.#now - at > ROUND_TRIP_MS : between.length > 0;
    if (app === undefined || stale) {
      this.#broken('a decision is no older than one round trip after a live read', `App read at #${number}, moved at #${this.#current}`);
    }
    return app;
  }

  /** The Job of a gate is begun and looked for beside the decisions. */
  #isForJob({ verb, kind, namespace, name }: Request): boolean {
    if (kind === 'Job') return true;
    if (kind === 'Service') return verb !== 'patch' && this.#store.get('Deployment', namespace, name) !== undefined;
    return verb === 'read' && /^(batch\.kubernetes\.io\/job-name|kubernetes\.io\/service-name)=/.test(name);
  }

  /** Traffic goes to an instance that did not have it: it must deserve it. */
  #promoted(app: Stored, instance: string, switchNumber: number, where: string, from?: string): void {
    const { namespace, uid } = app.metadata;
    const refuse = (why: string): never =>
      this.#broken('traffic moves only to what is whole, clean and asked for', `${where} → ${instance}: ${why}`);
    const known = this.#routes.get(uid);
    const last = this.#lastSwitch(app, known);
    if (switchNumber <= last) refuse(`switch ${switchNumber} after ${last}`);
    const deployment = this.#store.get('Deployment', namespace, instance);
    if (deployment === undefined) {
      if (this.#now - this.#harmedAt > this.#stale) refuse('there is no such Deployment');
      this.#routes.set(uid, { instance, switchNumber, at: this.#now }); // somebody took it while the news were under way
      return;
    }
    if (!ownedBy(deployment, uid)) refuse('it is not ours');
    const touched = this.#recently(deployment.metadata.uid);
    if (!touched && !same(this.#born.get(deployment.metadata.uid), sizeless(deployment.spec))) refuse('somebody changed it');
    const serving = this.#store.get('Deployment', namespace, known?.instance ?? '');
    const wanted = Math.max(int(app.spec?.replicas, 1), int(serving?.spec?.replicas, 0));
    const readyOf = (uid = ''): Stored[] => podsOf(this.#store, uid).filter(isReady);
    const ready = readyOf(deployment.metadata.uid);
    // A rescue goes by the news: both may be growing, and what serves may have caught up meanwhile.
    const left = Math.min(readyOf(serving?.metadata.uid).length, this.#leastTold(serving?.metadata.uid));
    const rescued = (this.#served.has(instance) || this.#before.get(uid) === instance) && ready.length > left;
    const gone = this.#now - this.#harmedAt <= this.#stale;
    // Pods that broke may be back already: a rescue goes by the news that they are not.
    const both = [deployment, ...(serving === undefined ? [] : [serving])].flatMap(({ metadata }) => podsOf(this.#store, metadata.uid));
    const killed = gone || both.some(({ metadata }) => this.#recently(metadata.uid));
    if (ready.length < wanted && !rescued && !killed && !touched && !this.#recently(serving?.metadata.uid ?? ''))
      refuse(`${ready.length} of ${wanted} pods are ready`);
    const closed = this.#notLetIn(app, deployment, known);
    if (closed !== undefined) this.#broken('no version gets traffic before its gates passed', `${where} → ${instance}: ${closed}`);
    const denied = this.#goesOn(app, deployment, from) ? undefined : this.#notAsked(app, deployment, known);
    if (denied !== undefined) refuse(denied);
    // Whoever took away status and stamps took with them what served before.
    if (known !== undefined && last >= known.switchNumber) this.#served.set(known.instance, this.#now);
    if (known !== undefined) this.#before.set(uid, known.instance);
    this.#routes.set(uid, { instance, switchNumber, at: this.#now });
  }

  /** A gate that cannot have passed. Nobody asks it by a pin, on the way back, or about what serves already. */
  #notLetIn(app: Stored, { metadata: { name, namespace, labels, uid } }: Stored, known: Route | undefined): string | undefined {
    const pinned = this.#pointerOf(app) !== text(app.spec?.activeVersion);
    const version = labels?.[VERSION_LABEL] ?? '-';
    const served = this.#served.has(name) || this.#before.get(app.metadata.uid) === name || known?.instance.startsWith(version) === true;
    if (pinned || served) return undefined;
    const settled = this.#store
      .list('ControllerRevision')
      .filter((record) => record.metadata.namespace === namespace && factOf(record).uid === uid && factOf(record).phase === 'before')
      .flatMap((record) => list(factOf(record).gates));
    const closed = list(obj(app.spec?.promotion).before)
      .filter(({ enforce }) => enforce !== false)
      .map((gate) =>
        unanswered(
          gate,
          this.#witnessed(app, version, uid),
          settled.flatMap((said) => (said.name === gate.name && said.verdict === 'pass' ? namesIn(said.by) : [])),
        ),
      );
    return closed.find((why) => why !== undefined);
  }

  #witnessed(app: Stored, version: string, uid: string): Witnessed {
    const clock = new Date(this.#time.now()).toISOString().slice(11, 16);
    return { app, version, clock, completed: this.#completed.get(uid) ?? [] };
  }

  /** What is said of an instance is said of it: by its uid, and beside the record of its own version. */
  #judged(fact: Fields, { namespace, labels }: Metadata): void {
    const deployment = this.#store.get('Deployment', namespace, text(fact.instance));
    const gone = this.#now - this.#harmedAt <= this.#stale;
    const isIts = deployment?.metadata.uid === fact.uid && deployment?.metadata.labels?.[VERSION_LABEL] === labels?.[VERSION_LABEL];
    if (!isIts && !gone) this.#broken('no gate’s answer is used for another version, instance or gate', stable(fact));
    const app = this.#confirmed.get(labels?.[APP_LABEL] ?? '')?.app ?? this.#appOf({ namespace, labels } as Metadata);
    if (app === undefined) return;
    const gates = list(obj(app.spec?.promotion)[text(fact.phase)]);
    for (const { name, verdict } of list(fact.gates)) {
      const gate = gates.find((one) => one.name === name);
      if (verdict !== 'pass' || gate === undefined) continue;
      const why = unanswered(gate, this.#witnessed(app, labels?.[VERSION_LABEL] ?? '-', text(fact.uid)));
      if (why !== undefined) this.#broken('an unanswered question is never a pass', why);
    }
  }

  /** The highest switch that is still written down somewhere: people may take away status, or stamps, or both. */
  #lastSwitch(app: Stored, known: Route | undefined): number {
    const now = this.#store.get('ImmutableApp', app.metadata.namespace, app.metadata.name);
    const written = list(obj(now?.status).history).map(({ switchNumber }) => int(switchNumber, 0));
    const tampered = this.#actives(app).some(({ metadata }) => this.#recently(metadata.uid, Infinity)) || this.#harmedAt > 0;
    return tampered ? Math.max(0, ...written) : (known?.switchNumber ?? 0);
  }

  /** What a former life of the App left serving is replaced by an instance of the same version. */
  #goesOn(app: Stored, { metadata: { namespace, labels } }: Stored, from: string | undefined): boolean {
    const version = labels?.[VERSION_LABEL];
    const record = this.#recordOf(namespace, version);
    if (record === undefined || this.#verdictsOn(record).length > 0) return false;
    const names = [from, ...this.#actives(app).map(selectedBy)];
    const left = this.#store
      .list('Deployment')
      .filter(({ metadata }) => metadata.labels?.[VERSION_LABEL] === version && !ownedBy({ metadata } as Stored, app.metadata.uid));
    // Of a worker no Service says what runs. And somebody may take what does while the news are under way.
    const taken = this.#now - this.#harmedAt <= this.#stale && names.some((name) => name?.replace(/-\d{1,3}$/, '') === version);
    return taken || left.some(({ metadata }) => from === undefined || names.includes(metadata.name));
  }

  #notAsked(app: Stored, deployment: Stored, known: Route | undefined): string | undefined {
    const { namespace, labels } = deployment.metadata;
    const record = this.#recordOf(namespace, labels?.[VERSION_LABEL]);
    if (record === undefined) return 'it has no record';
    const verdicts = this.#verdictsOn(record);
    if (verdicts.includes('rejected')) return 'it was rejected';
    // What serves and was rejected, or failed in traffic, goes back to what served before it.
    const left = this.#store.get('Deployment', namespace, known?.instance ?? '')?.metadata.labels?.[VERSION_LABEL];
    const leaving = this.#recordOf(namespace, left ?? known?.instance.replace(/-\d{1,3}$/, ''));
    const named = (app.metadata.annotations?.['immutableapp.io/reject'] ?? '').split(',');
    const listed = named.includes(leaving?.metadata.labels?.[VERSION_LABEL] ?? '-');
    if (
      leaving !== undefined &&
      (listed || this.#verdictsOn(leaving).length > 0 || this.#wasRefused(`${leaving.metadata.name}.failed`)) &&
      [this.#before.get(app.metadata.uid) ?? '', ...this.#served.keys()].some((former) => former.startsWith(labels?.[VERSION_LABEL] ?? '-'))
    )
      return undefined;
    if (leaving?.metadata.name === record.metadata.name) return undefined; // a fresh instance of what serves
    const ends = /until (\S+)$/.exec(app.metadata.annotations?.['immutableapp.io/pin'] ?? '')?.[1] ?? '';
    const ending = Math.abs(Date.parse(ends) - this.#time.now()) <= ROUND_TRIP_MS;
    if (ending) return undefined; // a pin that ends during a round trip counts either way
    const pointer = this.#pointerOf(app);
    const latest = recordContent(record) === contentOf(app.spec);
    if (pointer !== '')
      return isNamed(record, pointer) || (latest && app.spec?.version === pointer) ? undefined : `activeVersion names ${pointer}`;
    if (!latest) return 'it is not the latest version and nobody points at it';
    if (known === undefined) return undefined;
    if (obj(app.spec?.promotion).mode === 'Manual') return 'promotion is Manual and nobody points at it';
    // What captured something else than what was passed over came later.
    const captures = obj(contentIn(record)).captured !== undefined;
    return !captures && this.#held.get(app.metadata.uid)?.has(contentOf(app.spec)) === true ? 'a human passed it over' : undefined;
  }

  /** Traffic goes back from what collapsed even while the API server refuses to keep that on record: but it was tried. */
  #wasRefused(factSeen: string): boolean {
    return this.#requests.some(
      ({ verb, kind, name, outcome }) =>
        verb === 'create' && kind === 'ControllerRevision' && name === factSeen && outcome?.startsWith('Denied') === true,
    );
  }

  /** What a human names: an unexpired pin, or the pointer. */
  #pointerOf({ metadata, spec }: Stored): string {
    const [, pinned, until] = /^(\S+) until (\S+)$/.exec(metadata.annotations?.['immutableapp.io/pin'] ?? '') ?? [];
    return pinned !== undefined && Date.parse(until!) > this.#time.now() ? pinned : text(spec?.activeVersion);
  }

  /** Failed or rejected, as the facts of a record say. */
  #verdictsOn({ metadata: { uid } }: Stored): string[] {
    return this.#store
      .list('ControllerRevision')
      .filter((factSeen) => ownedBy(factSeen, uid))
      .map((factSeen) => text(factOf(factSeen).is))
      .filter((fact) => fact === 'failed' || fact === 'rejected');
  }

  #resized(before: Stored, after: Stored): void {
    const [from, to] = [int(before.spec?.replicas, 1), int(after.spec?.replicas, 1)];
    if (to < from) this.#shrunk(after, to);
  }

  #deleted(kind: string, before: Stored): void {
    const owners = before.metadata.ownerReferences ?? [];
    const parent = this.#parents.find(({ metadata }) => owners.some(({ uid }) => uid === metadata.uid));
    const app = this.#appOf((isOwnService(before) ? (parent ?? before) : before).metadata);
    const ours = app !== undefined && (ownedBy(before, app.metadata.uid) || (parent !== undefined && ownedBy(parent, app.metadata.uid)));
    // Orphaned right after it was read live, or what it belongs to was: it goes all the same.
    const read = this.#confirmed.get(before.metadata.labels?.[APP_LABEL] ?? '');
    const left = app?.metadata.uid !== read?.app.metadata.uid || app?.metadata.deletionTimestamp !== undefined;
    const since = this.#requests.slice(read?.number ?? 0, this.#current - 1);
    const orphaned = ((parent ?? before).metadata.ownerReferences ?? []).length === 0;
    const late = left && orphaned && read !== undefined && since.every(({ verb }) => verb === 'read' || verb === 'delete');
    if (!ours && !late) this.#broken('the operator deletes only what is its own', `${kind}/${before.metadata.name}`);
    if (kind === 'Deployment') this.#shrunk(before, undefined);
    if (
      kind === 'ControllerRevision' &&
      obj(before.data).fact === undefined &&
      app !== undefined &&
      this.#store
        .list('Deployment')
        .some((one) => one.metadata.labels?.[VERSION_LABEL] === before.metadata.labels?.[VERSION_LABEL] && ownedBy(one, app.metadata.uid))
    ) {
      this.#broken('a version that runs keeps its record', before.metadata.name);
    }
  }

  /** An instance loses pods, or all of itself (`to` undefined), by the operator's hand. */
  #shrunk(deployment: Stored, to: number | undefined): void {
    const app = this.#appOf(deployment.metadata);
    if (app === undefined || app.metadata.deletionTimestamp !== undefined) return;
    // Where no two may run, what serves stops before the next one starts: the one exception.
    if (runsAlone(app) && to === 0) return;
    const { name, uid } = deployment.metadata;
    const actives = this.#actives(app);
    const route = this.#routes.get(app.metadata.uid);
    const grace = to === undefined ? ROUND_TRIP_MS : this.#stale;
    const selecting = actives.find((service) => selectedBy(service) === name && !this.#recently(service.metadata.uid, grace));
    const worker = actives.length === 0;
    // Who takes away stamps and status takes the memory of what serves; then what no Service selects serves no more.
    const stamps = actives.map(({ metadata }) => obj(JSON.parse(metadata.annotations?.[STAMP] ?? '{}')).instance);
    const remembered = [...stamps, ...list(obj(app.status).history).map(({ to }) => to)].includes(name);
    if (selecting !== undefined || (route?.instance === name && !worker && remembered && this.#selected.has(uid))) {
      const asked = this.#asked(app);
      if (to !== undefined && asked.includes(to)) return;
      this.#broken('what serves is never scaled down or deleted', `${name} to ${String(to ?? 'nothing')}, asked for ${asked.join(', ')}`);
    }
    if (worker) {
      if (route?.instance === name && (to === undefined || !this.#asked(app).includes(to)))
        this.#broken('what serves is never scaled down or deleted', name);
      return;
    }
    const staying = podsOf(this.#store, uid).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (staying.length === 0) return; // there is nothing to lose
    const left = this.#served.get(name);
    // Who takes the stamp off a Service takes the memory of what served.
    const destroyed = this.#harmedAt >= (left ?? 0);
    const tampered = destroyed || actives.some(({ metadata }) => (this.#touched.get(metadata.uid) ?? -Infinity) >= (left ?? 0));
    const drain = int(obj(app.spec?.promotion).drainSeconds, 30) * 1000;
    const resized = to !== undefined && to === int(app.spec?.replicas, 1);
    if (left !== undefined && !resized && !tampered && this.#now - left < drain)
      this.#broken('drainSeconds', `${name} lost pods ${this.#now - left} ms after it served`);
    const listed = actives.find(
      (service) => selectedBy(service) !== undefined && this.#endpoints(service).some((pod) => podsOf(this.#store, uid).includes(pod)),
    );
    if (listed !== undefined && !resized && !this.#recently(listed.metadata.uid))
      this.#broken('nothing shrinks while endpoints list it', `${name} in ${listed.metadata.name}`);
  }

  /** Sizes that spec asks for or asked for until lately. */
  #asked(app: Stored): number[] {
    return [...(this.#sizes.get(app.metadata.name) ?? [])].filter(([, until]) => until > this.#now - this.#stale).map(([size]) => size);
  }

  /** Ready pods that the slices of a Service list as ready. */
  #endpoints(service: Stored): Stored[] {
    return this.#store
      .list('EndpointSlice')
      .filter(
        (slice) =>
          slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name &&
          slice.metadata.namespace === service.metadata.namespace,
      )
      .flatMap(({ endpoints }) => list(endpoints))
      .filter(({ conditions }) => obj(conditions).ready === true)
      .flatMap(({ targetRef }) => this.#store.byUid('Pod', text(obj(targetRef).uid)) ?? [])
      .filter(isReady);
  }

  #stillServed(transition: Transition): void {
    for (const app of this.#store.list('ImmutableApp')) {
      if (app.metadata.deletionTimestamp !== undefined || this.#store.terminating.has(app.metadata.namespace)) continue;
      for (const service of this.#actives(app)) {
        const { uid, name } = service.metadata;
        const endpoints = this.#endpoints(service);
        if (endpoints.length > 0) {
          // Before it was ever moved, an adopted Service may list our pods by their other labels: that is no promise of ours.
          if (selectedBy(service) === undefined && endpoints.every(({ metadata }) => metadata.labels?.[APP_LABEL] !== undefined)) continue;
          this.#alive.add(uid);
          this.#excused.delete(uid);
          continue;
        }
        if (this.#alive.has(uid) && !this.#excused.has(uid) && !this.#blameless(transition, app, service)) {
          this.#broken('one ready endpoint before is one ready endpoint after', `${name}, by ${transition.actor} ${transition.kind}`);
        }
        this.#alive.delete(uid);
      }
    }
  }

  /** Somebody else took the endpoints: a pod that broke, a Service, a Deployment that was edited, an App at size zero. */
  #blameless({ actor, kind }: Transition, app: Stored, service: Stored): boolean {
    const ours = [...this.#store.list('Deployment'), ...this.#store.list('Pod')];
    const harmed = [service, ...ours.filter(({ metadata }) => metadata.labels?.[APP_LABEL] === app.metadata.name)].some(({ metadata }) =>
      this.#recently(metadata.uid),
    );
    // An edit that was stuck rolls out long after, as soon as what it lacked is there.
    const edited = this.#store.get('Deployment', service.metadata.namespace, selectedBy(service) ?? '');
    const rolls = actor === 'deployments' && edited !== undefined && !this.#isBorn(edited);
    const broke = rolls || ((actor === 'kubelet' || actor === 'human') && kind === 'Pod');
    return runsAlone(app) || harmed || broke || this.#asked(app).includes(0) || this.#harmedAt > this.#now - this.#stale;
  }
}

const runsAlone = ({ spec }: Stored): boolean => obj(spec?.promotion).overlap === 'Never';
const sizeless = (spec: unknown): unknown => ({ ...obj(spec), replicas: null });

/** A Deployment's spec without its own name and size: what is the same for every instance of a version. */
function nameless(spec: unknown): unknown {
  const { template } = obj(spec);
  const metadata = obj(obj(template).metadata);
  return {
    ...obj(spec),
    replicas: null,
    selector: null,
    template: { ...obj(template), metadata: { ...metadata, labels: { ...obj(metadata.labels), [INSTANCE_LABEL]: null } } },
  };
}

const selectedBy = (service: Stored): string | undefined => obj(service.spec?.selector)[INSTANCE_LABEL] as string | undefined;
/** By which the Job of a gate reaches the one instance that it is named after; nobody else's traffic comes there. */
const isOwnService = (object: Stored): boolean =>
  object.kind === 'Service' &&
  object.metadata.labels === undefined &&
  object.metadata.ownerReferences?.[0]?.kind === 'Deployment' &&
  selectedBy(object) === object.metadata.name;
const lists = (app: Stored, service: string): boolean => list(app.spec?.services).some(({ name }) => name === service);
const contentOf = (spec: unknown): string => stable({ template: obj(spec).template, config: obj(spec).config });

function contentIn({ data }: Stored): unknown {
  const { gzip, content } = obj(data);
  return typeof gzip === 'string' ? JSON.parse(gunzipSync(Buffer.from(gzip, 'base64')).toString()) : content;
}

/** Template and config, as spec has them: what was captured beside them nobody asked for. */
const recordContent = (record: Stored): string => contentOf(contentIn(record));

const factOf = ({ data }: Stored): ReturnType<typeof obj> => obj(obj(data).fact);

const namesIn = (by: unknown): string[] => (Array.isArray(by) ? by.map(text) : []);

const isNamed = ({ metadata, data }: Stored, pointer: string): boolean =>
  pointer !== '' && obj(data).fact === undefined && (metadata.labels?.[VERSION_LABEL] === pointer || obj(data).name === pointer);

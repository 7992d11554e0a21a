// What one decision may look at, built from raw objects as the API server serves them, run through the real parse and projections and
// deeply frozen. A version is called by a nickname (`one`, `two`, …), which also picks its content; `nick` turns ids back into nicknames.
import type { Blueprint } from '../src/model/action.ts';
import type { Series, Tally } from '../src/model/measure.ts';
import { seriesOf } from '../src/model/measure.ts';
import type { KubeObject } from '../src/model/object.ts';
import type { App, Status } from '../src/model/app.ts';
import { parse } from '../src/model/app.ts';
import type { DefaultImages } from '../src/model/references.ts';
import type {
  FactSeen,
  BudgetSeen,
  EndpointSeen,
  Fact,
  InstanceSeen,
  Notes,
  RecordSeen,
  Refused,
  ServiceSeen,
  Snapshot,
} from '../src/model/observed.ts';
import type { Answers, Comparison, Evidence, SourceRead, Symptom, Trial } from '../src/model/question.ts';
import type { GatesFact } from '../src/model/measure.ts';
import type { SourceFact } from '../src/model/source.ts';
import type { InstanceName, Json, VersionId } from '../src/model/version.ts';
import { appKey, canonical, configObjectName, digest, fingerprintOf, idOf, instanceName } from '../src/model/version.ts';
import type { Reason } from '../src/model/vocabulary.ts';
import { ANNOTATION, API_VERSION, KIND, LABEL, REASON } from '../src/model/vocabulary.ts';
import type { LatestContent } from '../src/plan/read/versions.ts';
import { stateOf } from '../src/plan/steps/drift.ts';
import { projectService } from '../src/routers/endpoints.ts';
import { expose } from '../src/routers/service.ts';
import { pinned } from '../src/workloads/images.ts';
import { projectBudget } from '../src/workloads/budget.ts';
import { projectConfigMap, projectSource, renderConfigMap } from '../src/workloads/configmap.ts';
import { projectDeployment, renderDeployment, specHashOf } from '../src/workloads/deployment.ts';
import { projectRevision, renderFact, renderRecord } from '../src/workloads/record.ts';
import { readContent, sourceText, withCaptured } from '../src/model/app.ts';

export const NOW = Date.parse('2026-03-01T12:00:00Z');
export const NAMESPACE = 'prod';
export const APP = 'shop';
export const APP_UID = 'uid-app';

type Raw = Record<string, unknown>;
export interface Content {
  readonly template: Raw;
  readonly config?: readonly Raw[];
  /** What `site` and the like said when they were captured; '' for what was optional and not there. */
  readonly captured?: Readonly<Record<string, string>>;
}

/** A template that mounts the ConfigMap `site`; `more` goes into its pod spec. */
export const siteOf = (image: string, captured?: Readonly<Record<string, string>>, more: Raw = {}): Content => ({
  template: {
    metadata: { labels: { app: APP } },
    spec: {
      containers: [{ name: 'main', image, ports: [{ name: 'http', containerPort: 8080 }] }],
      volumes: [{ name: 'site', configMap: { name: 'site' } }],
      ...more,
    },
  },
  ...(captured === undefined ? {} : { captured }),
});

function pairOf(captured: Readonly<Record<string, string>>): Content {
  return siteOf('httpd:2.4', captured, { volumes: ['site', 'extra'].map((name) => ({ name, configMap: { name } })) });
}

/** A template that may say what means nothing, and a file of bytes in this spelling. */
export const bytesIn = (base64: string, more: Raw = {}, image = 'httpd:2.4'): Content => ({
  template: { spec: { containers: [{ name: 'main', image, ports: [{ name: 'http', containerPort: 8080 }] }], ...more } },
  config: [{ name: 'logo', binaryData: { png: base64 } }],
});

/** Versions of one spec that captured different texts, and one of another spec. */
const CAPTURED: Readonly<Record<string, Content>> = {
  sitea: siteOf('httpd:2.4', { site: 'a' }),
  siteb: siteOf('httpd:2.4', { site: 'b' }),
  sitec: siteOf('httpd:2.4', { site: 'c' }),
  sited: siteOf('httpd:2.4', { site: 'd' }),
  sitee: siteOf('httpd:2.4', { site: 'e' }),
  open: { ...siteOf('httpd:2.4', { site: '' }, { volumes: [{ name: 'site', configMap: { name: 'site', optional: true } }] }) },
  pair: pairOf({ extra: 'e', site: 'a' }),
  pairb: pairOf({ extra: 'f', site: 'a' }),
  pairc: pairOf({ extra: 'f', site: 'b' }),
  live: siteOf('httpd:2.4'),
  bundle: siteOf('httpd:2.4', undefined, { volumes: [{ name: 'ca', configMap: { name: 'kube-root-ca.crt' } }] }),
  secret: siteOf('httpd:2.4', undefined, { volumes: [{ name: 'key', secret: { secretName: 'key' } }] }),
  trust: siteOf('httpd:2.4', undefined, {
    volumes: [{ name: 'trust', projected: { sources: [{ clusterTrustBundle: { name: 'roots', path: 'roots.pem' } }] } }],
  }),
  newsitea: siteOf('nginx:1.27', { site: 'a' }),
  newsiteb: siteOf('nginx:1.27', { site: 'b' }),
  newsitec: siteOf('nginx:1.27', { site: 'c' }),
};

/** Container ports of versions that are about them. */
const PORTED: Readonly<Record<string, readonly Raw[]>> = {
  numbered: [{ containerPort: 8079 }],
  mute: [],
  dns: [{ name: 'dns', containerPort: 53, protocol: 'UDP' }],
  mistaken: [{ name: 'dns', containerPort: 53 }],
  both: [
    { name: 'http', containerPort: 8080 },
    { name: 'admin', containerPort: 9000 },
  ],
};

/** What keeps pods of versions that are about it off nodes. */
const APART: Readonly<Record<string, Raw>> = {
  apart: {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: APP } }, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    },
  },
  spread: {
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: APP } } },
    ],
  },
};

/** What is the same each time it is computed, computed once: hashes are what takes longest about making a snapshot. */
function memo<K, V>(of: { get(key: K): V | undefined; set(key: K, value: V): unknown }, key: K, compute: () => V): V {
  let value = of.get(key);
  if (value === undefined) of.set(key, (value = compute()));
  return value;
}

const contents = new Map<string, Content>();
/** One and two differ in configuration, three in everything, renamed and a few more in their ports, any other nickname in its image. */
export const contentOf = (nickname: string): Content => memo(contents, nickname, () => freeze(newContent(nickname)));

function newContent(nickname: string): Content {
  const capturing = CAPTURED[nickname];
  if (capturing !== undefined) return capturing;
  const template = (image: string): Raw => ({
    metadata: { labels: { app: APP } },
    spec: { containers: [{ name: 'main', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
  });
  const config = (name: string, text: string): Raw[] => [{ name, data: { [`${name}.conf`]: text }, mountPath: `/etc/${name}` }];
  if (nickname === 'one') return { template: template('httpd:2.4'), config: config('httpd', 'Listen 8080') };
  if (nickname === 'two') return { template: template('httpd:2.4'), config: config('httpd', 'Listen 8080\nTimeout 5') };
  const ported = PORTED[nickname] ?? (nickname === 'renamed' ? [{ name: 'nginx', containerPort: 8080 }] : undefined);
  if (ported !== undefined) {
    const { spec } = template(nickname === 'renamed' ? 'nginx:1.27' : `app:${nickname}`);
    const [main] = (spec as { containers: Raw[] }).containers;
    return {
      template: {
        metadata: { labels: { app: APP } },
        spec: { containers: [{ ...main, ports: ported }] },
      },
    };
  }
  const apart = APART[nickname];
  if (apart !== undefined) {
    const { metadata, spec } = template(`app:${nickname}`);
    return { template: { metadata, spec: { ...(spec as Raw), ...apart } } };
  }
  if (nickname === 'three') return { template: template('nginx:1.27'), config: config('nginx', 'server {}') };
  if (nickname === 'digested') return { template: template(`httpd@${sha('a')}`) };
  if (nickname === 'bytes') return bytesIn('AAECAwQFBgc=', { volumes: [] });
  return { template: template(`app:${nickname}`) };
}

const inlineOf = ({ template, config }: Content): string => canonical({ template: template as Json, config: (config ?? null) as Json });
const textOfSource = (text: string): ReturnType<typeof sourceText> => sourceText({ data: { 'site.conf': text } });
const texts = new WeakMap<Content, string>();
const textOf = (content: Content): string =>
  memo(texts, content, () =>
    withCaptured(
      inlineOf(content),
      Object.entries(content.captured ?? {}).map(([name, text]) => (text === '' ? { name } : { name, text: textOfSource(text) })),
    ),
  );
const nicknames = new Map<VersionId, string>();
const ids = new Map<string, VersionId>();

/** As notes have it. */
export const fingerprintIn = (nickname: string): string => fingerprintOf(textOf(contentOf(nickname)));
/** Of its template and config alone. */
export const inlineFingerprint = (nickname: string): string => fingerprintOf(inlineOf(contentOf(nickname)));

/** The id of the version with the content of this nickname; of `two-3` the name of its third instance. */
export function id(name: string): VersionId {
  const known = ids.get(name);
  if (known !== undefined) return known;
  const [, nickname = name, ordinal] = /^([a-z]+)(?:-(\d+))?$/.exec(name) ?? [];
  const version = idOf(APP, fingerprintOf(textOf(contentOf(nickname))));
  nicknames.set(version, nickname);
  const full = instanceName(version, Number(ordinal ?? 1)) as string as VersionId;
  ids.set(name, full);
  return full;
}

/** The same text with every known id replaced by its nickname. */
export const nick = (text: string): string => [...nicknames].reduce((rest, [known, nickname]) => rest.replaceAll(known, nickname), text);

export interface InstanceGiven {
  readonly ordinal?: number;
  readonly replicas: number;
  readonly pods?: number;
  readonly updated?: number;
  readonly ready?: number;
  readonly available?: number;
  readonly generation?: number;
  readonly observedGeneration?: number;
  readonly deleting?: boolean;
  /** Somebody changed its template after it was published. */
  readonly edited?: boolean;
  readonly complaint?: string;
  readonly owner?: string;
  /** Of its config objects. */
  readonly configsAs?: number;
  readonly ageSeconds?: number;
  /** What below it was touched after it was made. */
  readonly touched?: readonly string[];
  readonly leaving?: number;
  /** Made with the digests that the version ran at first. */
  readonly pinned?: boolean;
}

export interface VersionGiven {
  readonly instances?: readonly InstanceGiven[];
  readonly name?: string;
  readonly content?: Content;
  /** The decision that passed it over, and who wrote it. */
  readonly held?: string;
  readonly heldBy?: string;
  /** Who asked for it. */
  readonly by?: string;
  readonly failed?: Partial<Omit<Extract<Fact, { is: 'failed' }>, 'instance'>> & {
    readonly instance?: string;
    readonly ageSeconds?: number;
  };
  readonly rejected?: string;
  readonly alias?: string;
  /** The spec hash on record, when it is not that of the Deployment as it is rendered today. */
  readonly recordedHash?: string;
  /** A spec hash in a fact; `its own` is that of the Deployment as it is rendered today. */
  readonly specHash?: string;
  readonly renewed?: { readonly nonce: string; readonly instances?: readonly string[]; readonly reject?: string; readonly proven?: true };
  readonly discarded?: string;
  /** Digests that each container ran at first, by one letter. */
  readonly ran?: Readonly<Record<string, readonly string[]>>;
  /** Who did it. */
  readonly discardedBy?: string;
  /** Ordinal of its config objects that were compromised with it. */
  readonly discardedConfigs?: number;
  /** Others that were discarded a moment ago. */
  readonly alsoDiscarded?: readonly string[];
  /** Of a worker: switches that facts of this version tell of. */
  readonly routes?: readonly { readonly switchNumber: number; readonly instance?: string; readonly previous?: string }[];
  /** When its ConfigMaps were made; default: long before anything else. */
  readonly configsAgeSeconds?: number;
  /** Its ConfigMaps exist; the default. */
  readonly configs?: boolean;
  /** Its record was damaged, or lost. */
  readonly record?: 'damaged' | 'lost' | 'foreign';
  readonly revision?: number;
  /** Ordinals of its record and of its config objects, when their names were taken. */
  readonly as?: number;
  readonly configsAs?: number;
  readonly restored?: boolean;
  /** What gates said of its instances. */
  readonly proofs?: readonly ProofGiven[];
  /** Ports that it is known to have served under, by Service. */
  readonly ports?: Readonly<Record<string, readonly Raw[]>>;
  /** When it was created; default: an hour ago. */
  readonly ageSeconds?: number;
  readonly credit?: number;
  /** ConfigMaps that were written since it captured them, and say the same. */
  readonly outdated?: readonly string[];
}

export interface ProofGiven {
  readonly phase: GatesFact['phase'];
  readonly instance?: string;
  /** Of an instance that is no more, or was made anew under its name. */
  readonly uid?: string;
  readonly followed?: true;
  /** Those in spec by default, and all of them passed. */
  readonly gates?: GatesFact['gates'];
}

/** A ConfigMap that the template refers to. */
export interface SourceGiven {
  readonly says: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** What this process read last, and how long ago; default: nothing. */
  readonly read?: {
    readonly says?: string;
    readonly by?: string;
    readonly ageSeconds?: number;
    readonly stale?: boolean;
    readonly forgotten?: boolean;
  };
}

/** Whose the children of a former life are: nobody's, or still those of an App that is gone. */
export type Life = 'orphaned' | 'dead';

/** A version with one instance of n pods, all available. */
export const up = (replicas: number, more: Partial<InstanceGiven> = {}): VersionGiven => ({ instances: [{ replicas, ...more }] });
/** A version with one instance of n pods, some of them available. */
export const coming = (replicas: number, available = 0, more: Partial<InstanceGiven> = {}): VersionGiven => ({
  instances: [{ replicas, available, ready: available, ...more }],
});
/** A version with only its record. */
export const cold: VersionGiven = {};

export interface ServiceGiven {
  /** Nickname of the instance that its selector names. */
  readonly on?: string;
  readonly stamp?:
    | {
        readonly switchNumber: number;
        readonly instance?: string;
        readonly previous?: string;
        readonly uid?: string;
        /** Of a rung: what it lends, and since when. */
        readonly share?: { readonly percent: number; readonly secondsAgo: number };
        /** Who changed the selector after us, and how long ago. */
        readonly reverts?: readonly { readonly by: string; readonly minutesAgo: number; readonly applied?: true }[];
      }
    | 'none'
    | 'scribble';
  /** Keys of the selector beside ours; replaces it when `on` is absent. */
  readonly selector?: Readonly<Record<string, string>>;
  /** Ready endpoints by the instance they belong to; default: every available pod of what it selects. */
  readonly endpoints?: Readonly<Record<string, number>>;
  /** Exists without us; `adopt` is the consent. */
  readonly foreign?: boolean;
  readonly adopt?: string;
  /** Field managers of its selector, the last one first; `applies x` does it by server-side apply. */
  readonly writers?: readonly string[];
  /** Field managers of its stamp, us aside. */
  readonly stampedBy?: readonly string[];
  /** Its EndpointSlices were looked at and none is foreign; the default. Or one is, or nobody looked yet. */
  readonly slices?:
    { readonly foreign?: string; readonly others?: number; readonly reaches?: string; readonly secondsAgo: number } | 'unknown';
  readonly spec?: Raw;
  readonly labels?: Readonly<Record<string, string>>;
  readonly unlabelled?: boolean;
  readonly deleting?: boolean;
  /** Another App that owns it. */
  readonly ownedBy?: string;
  /** Made by a former life of the App. */
  readonly life?: Life;
  /** The wish it was shaped by, when it is not the one in spec. */
  readonly shapedBy?: Raw;
}

export interface BudgetGiven {
  /** Nickname of the instance that it was made for; absent: somebody else's. */
  readonly of?: string;
  readonly spec: Raw;
}

export interface Given {
  /** Nickname of the content in spec. */
  readonly latest?: string;
  /** Merged over replicas 3 and one owned Service, web. */
  readonly spec?: Raw;
  readonly metadata?: Raw;
  /** What the platform sets for Apps that say nothing of images. */
  readonly platform?: DefaultImages;
  /** In order of creating. */
  readonly versions?: Readonly<Record<string, VersionGiven>>;
  /** What a former life of the App left behind, in order of creating. */
  readonly left?: Readonly<Record<string, VersionGiven>>;
  readonly life?: Life;
  /** Instances that served, the present one last: history, and the stamps of Services. */
  readonly switches?: readonly string[];
  /** Default: Services of spec exist, follow the last switch, and so do their endpoints. */
  readonly services?: Readonly<Record<string, ServiceGiven>>;
  readonly budgets?: Readonly<Record<string, BudgetGiven>>;
  /** Selectors of Services that have nothing to do with us. */
  readonly neighbours?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of which these are headless, or publish what is not ready. */
  readonly headless?: readonly string[];
  readonly unready?: readonly string[];
  readonly status?: Status | 'lost';
  readonly decision?: string;
  /** What the API server said to a dry-run of Latest; default: it accepts every version on record as it was first hashed. */
  readonly trial?: 'accepted' | 'refused' | 'no room' | 'none';
  readonly evidence?: Readonly<Record<string, Evidence>>;
  /** What pods said without a verdict, this moment; default: they were asked and had nothing to say. */
  readonly symptoms?: Readonly<Record<string, Evidence>> | 'unasked';
  readonly trialAgeSeconds?: number;
  /** Config objects that are not there are really gone, unless nobody has looked yet. */
  readonly lost?: 'unconfirmed';
  /** Its namespace is being terminated. */
  readonly ending?: true;
  /** What the API server warned of when it accepted a version. */
  readonly advice?: Readonly<Record<string, readonly string[]>>;
  /** Nicknames of versions whose content was read back. */
  readonly recalled?: readonly string[];
  readonly taken?: readonly string[];
  /**
   * Writes that failed, as a log line says them with nicknames in it, and what is told of them; '' for one that may be over in a moment,
   * and `passing` before what only lasts.
   */
  readonly refused?: Readonly<Record<string, string>>;
  readonly failure?: { readonly reason: Reason; readonly message: string };
  readonly notes?: Notes;
  readonly sources?: Readonly<Record<string, SourceGiven>>;
  readonly candidates?: Snapshot['candidates'];
  readonly fleet?: Partial<Snapshot['fleet']>;
  /** By phase/name of a gate. */
  readonly measured?: Readonly<Record<string, MeasuredGiven>>;
  /** What live looks at instances found, each about the state that there is. */
  readonly comparisons?: Readonly<Record<string, ComparisonGiven>>;
  /** Digests that pods of instances were seen to run, by container; `old` where pods have changed since, so many seconds ago. */
  readonly running?: Readonly<Record<string, RunningGiven>>;
  /** This process has not looked into any ConfigMap yet; default: it made all that there are. */
  readonly verified?: 'none';
}

/** What was measured. Of version two and of the gate as it is, unless said otherwise. */
export interface MeasuredGiven {
  /** How many seconds ago judging began. */
  readonly since: number;
  readonly underway?: true;
  readonly tally?: Partial<Tally>;
  readonly uid?: string;
  /** Of the gate as it was before it was changed, or taken out. */
  readonly digest?: string;
}

export interface RunningGiven {
  readonly old?: true;
  readonly secondsAgo?: number;
  /** By container: a digest, or several; of each in pod `pod-1`. */
  readonly digests: Readonly<Record<string, readonly string[]>>;
}

export interface ComparisonGiven extends Partial<Omit<Comparison, 'at' | 'since' | 'of'>> {
  /** It is about another state than the present one. */
  readonly stale?: true;
  readonly secondsAgo?: number;
  readonly sinceSeconds?: number;
}

export const WEB = { name: 'web', ports: [{ name: 'http', port: 80, targetPort: 'http' }] };
export const GENERATION = 7;

const uncaptured = ({ captured: _, ...inline }: Content): Content => inline;

export function rawApp({
  latest = 'one',
  spec = {},
  metadata = {},
  status,
}: Pick<Given, 'latest' | 'spec' | 'metadata'> & { status: Status }) {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name: APP, namespace: NAMESPACE, uid: APP_UID, resourceVersion: '900', generation: GENERATION, ...metadata },
    spec: { ...uncaptured(contentOf(latest)), replicas: 3, services: [WEB], ...spec },
    status,
  };
}

/** What the API server adds to an object it stores. */
export function stored(object: KubeObject | Raw, metadata: Raw, status?: Raw): Raw {
  const raw = object as Raw;
  const spec =
    raw.kind === 'Deployment'
      ? {
          revisionHistoryLimit: 10,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
          ...(raw.spec as Raw),
        }
      : raw.spec;
  const given = raw.metadata as Raw;
  const created = { creationTimestamp: new Date(NOW - 3_600_000).toISOString() };
  return {
    ...raw,
    metadata: { ...given, uid: `uid-${String(raw.kind)}-${String(given.name)}`, ...created, ...metadata },
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
  };
}

export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

const known = new WeakMap<Given, Snapshot>();
/** Of the same facts the same snapshot: making one takes longer than deciding from it. */
export const given = (facts: Given): Snapshot => memo(known, facts, () => snapshotOf(facts));

function snapshotOf(facts: Given): Snapshot {
  const { latest = 'one', versions = {}, switches = [], left = {}, life = 'orphaned' } = facts;
  id(latest);
  const app = parse(rawApp({ ...facts, status: statusOf(facts) }));
  let version = 1000;
  const next = (): string => String(version++);
  const build = ([name, wish]: [string, VersionGiven], i: number, of?: Life): Built =>
    buildVersion(app, name, wish, wish.revision ?? i + 1, next, facts.sources, of);
  const built = [
    ...Object.entries(versions).map((entry, i) => build(entry, i)),
    ...Object.entries(left).map((entry, i) => build(entry, i, life)),
  ];
  const instances = built.flatMap((each) => each.instances);
  const services = facts.services ?? (switches.length === 0 ? {} : Object.fromEntries(app.services.map(({ name }) => [name, {}])));
  const there = Object.entries(services).map(([name, wish]) => buildService(app, name, wish, switches, instances, next));
  return freeze({
    key: appKey(NAMESPACE, APP),
    app,
    records: built.flatMap((each) => each.records),
    factsSeen: built.flatMap((each) => each.factsSeen),
    configs: built.flatMap((each) => each.configs),
    instances,
    services: there,
    budgets: Object.entries(facts.budgets ?? {}).map(([name, wish]) => buildBudget(name, wish, next())),
    neighbours: Object.entries(facts.neighbours ?? {}).map(([name, selector]) => ({
      name,
      selector,
      headless: facts.headless?.includes(name) === true,
      publishNotReadyAddresses: facts.unready?.includes(name) === true,
    })),
    answers: {
      dryRun: trialsOf(app, facts),
      content: new Map((facts.recalled ?? []).map((name) => [id(name), textOf(versions[name]?.content ?? contentOf(name))])),
      source: readsOf(facts.sources ?? {}),
      pods: reportsOf(facts, instances),
      images: imagesRead(facts.running ?? {}, instances),
      slices: inspectionsOf(services),
      differences: comparisonsOf(facts.comparisons ?? {}, instances),
      measure: measuredOf(app, facts.measured ?? {}),
      config: new Map(
        facts.lost === 'unconfirmed'
          ? []
          : Object.keys(versions).flatMap((name) => [1, 2, 3].map((nth) => [lostName(id(name), nth), 'gone'])),
      ),
    },
    taken: new Set((facts.taken ?? []).map((entry) => entry.replace(/(?<=\/)[a-z]+(-\d+)?(?=$|\.)/, (name) => id(name)))),
    refusals: refusalsOf(facts, there),
    failure: facts.failure,
    sources: Object.entries(facts.sources ?? {}).map(([name, { labels = {} }]) =>
      projectSource({ metadata: { ...sourceMeta(name), labels } }),
    ),
    candidates: facts.candidates ?? 0,
    fleet: { apps: 20, compromised: 0, breaker: '', line: '', enforcement: { is: 'unknown' }, ...facts.fleet },
    ending: facts.ending === true,
    verified: facts.verified === 'none' ? new Map() : new Map(built.flatMap(({ configs }) => configs).map(({ name, uid }) => [name, uid])),
    notes: facts.notes ?? {},
  });
}

/** So late that nobody asks again within a table. */
const ASKED_LATE = Infinity;

function reportsOf({ symptoms = {}, evidence = {} }: Given, instances: readonly InstanceSeen[]): Answers['pods'] {
  const nothing: Evidence = { cause: 'version', reason: REASON.NotReadyInTime, message: '' };
  const said: Readonly<Record<string, Symptom>> =
    symptoms === 'unasked'
      ? {}
      : {
          ...Object.fromEntries(instances.map(({ name }) => [name, { ...nothing, at: ASKED_LATE, toldAt: NOW }])),
          ...Object.fromEntries(Object.entries(symptoms).map(([name, words]) => [instanceOf(name), { ...words, at: NOW, toldAt: NOW }])),
        };
  const known = Object.fromEntries(Object.entries(evidence).map(([name, words]) => [instanceOf(name), words]));
  return new Map(
    [...new Set([...Object.keys(said), ...Object.keys(known)])].map((name) => [
      name,
      { evidence: known[name], symptom: said[name] ?? { ...nothing, at: 0, toldAt: NOW } },
    ]),
  );
}

const lostName = (version: VersionId, nth: number): string => configObjectName(version, 'httpd', nth);

function refusalsOf({ refused = {}, versions = {}, left = {}, latest = 'one' }: Given, services: readonly ServiceSeen[]) {
  const nicknames = new RegExp(`\\b(${[...Object.keys({ ...versions, ...left }), latest].join('|')})\\b`, 'g');
  return new Map(
    Object.entries(refused).map(([write, message]) => {
      const lasting = message !== '' && !message.startsWith('passing');
      const reason = lasting ? REASON.Denied : REASON.WriteFailing;
      const refusal: Refused = { lasting, finding: message === '' ? undefined : { reason, message } };
      return [
        keyOf(
          write.replaceAll(nicknames, (nickname) => id(nickname)),
          services,
        ),
        refusal,
      ] as const;
    }),
  );
}

/** What a write in the words of a log is known by (`writeOf`); of a Service, over the one that was seen. */
function keyOf(words: string, services: readonly ServiceSeen[]): string {
  const [, verb = '', target = ''] = /^(ask \w+ of|put back|\w+) (\w+\/[\w.-]+)/.exec(words) ?? [];
  const [what = '', question] = verb.replace('put back', 'switch').split(' ');
  const [, from, to] = / (\d+) → (\d+)/.exec(words) ?? [];
  const [, instance, switchNumber] = / → (\S+) \(switch (\d+)\)/.exec(words) ?? [];
  const more = {
    ask: [question],
    scale: [Number(from), Number(to)],
    switch: [verb === 'put back', instance, Number(switchNumber)],
  }[what];
  const isOver = ['switch', 'reshape', 'reclaim', 'release'].includes(what);
  const over = isOver ? services.find(({ name }) => target === `Service/${name}`)?.resourceVersion : '';
  return JSON.stringify([GENERATION, [what, target, ...(more ?? [])], words.endsWith(' in another shape'), over]);
}

function comparisonsOf(looks: Readonly<Record<string, ComparisonGiven>>, instances: readonly InstanceSeen[]): Answers['differences'] {
  return new Map(
    Object.entries(looks).map(([nickname, { stale, secondsAgo = 1, sinceSeconds = secondsAgo, ...found }]) => {
      const name = instanceOf(nickname);
      const instance = instances.find((each) => each.name === name);
      const of = stale === true || instance === undefined ? 'another state' : stateOf(instance);
      const nothing = { deployment: [], writers: [], replicaSets: [], pods: [], debugged: [], agrees: undefined };
      return [name, { ...nothing, ...found, of, at: NOW - secondsAgo * 1000, since: NOW - sinceSeconds * 1000 }];
    }),
  );
}

/** A digest by one letter. */
export const sha = (letter: string): string => `sha256:${letter.repeat(64)}`;

function imagesRead(looks: NonNullable<Given['running']>, instances: readonly InstanceSeen[]): Answers['images'] {
  return new Map(
    Object.entries(looks).map(([nickname, { old, secondsAgo = 10, digests }]) => {
      const name = instanceOf(nickname);
      const instance = instances.find((each) => each.name === name);
      const of = `${instance?.uid ?? ''} ${old === true ? 'others' : (instance?.members ?? '')}`;
      const running = Object.entries(digests).flatMap(([container, letters]) =>
        letters.map((letter) => ({ pod: 'pod-1', container, digest: sha(letter) })),
      );
      return [name, { of, at: NOW - secondsAgo * 1000, running }];
    }),
  );
}

const sourceMeta = (name: string, stale = false) => ({ name, uid: `uid-ConfigMap-${name}`, resourceVersion: stale ? '4711' : '4712' });

function readsOf(sources: NonNullable<Given['sources']>): Answers['source'] {
  return new Map(
    Object.entries(sources).flatMap(([name, { says, read }]): [string, SourceRead][] => {
      if (read === undefined) return [];
      const text = textOfSource(read.says ?? says);
      const at = NOW - (read.ageSeconds ?? 600) * 1000;
      const seen = {
        ...sourceMeta(name, read.stale),
        digest: digest(text),
        at,
        by: read.by ?? '',
        text: read.forgotten === true ? undefined : text,
      };
      return [[name, seen]];
    }),
  );
}

/** What a version captured: from a ConfigMap that says something else by now, in another state of it. */
const factsOfSources = (
  { captured = {} }: Content,
  sources: NonNullable<Given['sources']>,
  outdated: readonly string[] = [],
): SourceFact[] =>
  Object.entries(captured).map(([name, text]) =>
    text === ''
      ? { name, uid: '', resourceVersion: '', digest: '' }
      : { ...sourceMeta(name, outdated.includes(name) || sources[name]?.says !== text), digest: digest(textOfSource(text)) },
  );

function statusOf({ status, switches = [], spec = {}, decision }: Given): Status {
  if (status === 'lost') return {};
  const history = switches
    .map((to, i) => ({
      switchNumber: i + 1,
      at: new Date(NOW - 3_600_000).toISOString(),
      from: i === 0 ? '' : id(switches[i - 1]!),
      to: id(to),
      reason: 'Automatic',
    }))
    .toReversed();
  const known = switches.length > 0 || decision !== undefined || status !== undefined;
  const pointer = decision ?? (typeof spec.activeVersion === 'string' ? spec.activeVersion : '');
  return known ? { observedGeneration: GENERATION - 1, decision: pointer, history, ...status } : {};
}

function inspectionsOf(services: Readonly<Record<string, ServiceGiven>>): Answers['slices'] {
  return new Map(
    Object.entries(services).flatMap(([name, { slices = { secondsAgo: 1 } }]) => {
      if (slices === 'unknown') return [];
      const { foreign = '', others = 0, reaches, secondsAgo } = slices;
      return [
        [
          `uid-Service-${name}`,
          { foreign, others, reaches: reaches === undefined ? undefined : instanceOf(reaches), at: NOW - secondsAgo * 1000 },
        ] as const,
      ];
    }),
  );
}

const REFUSALS: Readonly<Record<string, { readonly reason: Reason; readonly message: string }>> = {
  refused: { reason: REASON.InvalidTemplate, message: 'spec.template.spec.containers[0].image: Required value' },
  'no room': { reason: REASON.QuotaExceeded, message: 'deployments.apps "x" is forbidden: exceeded quota: tight' },
};

function trialsOf(app: App, { trial, trialAgeSeconds = 1, latest = 'one', versions = {}, advice = {} }: Given): Answers['dryRun'] {
  const at = NOW - trialAgeSeconds * 1000;
  const recorded = Object.keys(versions).filter((name) => name !== latest);
  const names = trial === 'none' ? [] : trial === undefined && !(latest in versions) ? recorded : [latest, ...recorded];
  return new Map(
    names.map((name) => {
      const content = versions[name]?.content ?? contentOf(name);
      const refusal = name === latest ? REFUSALS[trial ?? ''] : undefined;
      const answer: Trial =
        refusal === undefined
          ? { is: 'accepted', specHash: specHashOfContent(app, name, content), configs: 1, at, warnings: advice[name] ?? [] }
          : { is: 'refused', ...refusal, configs: 1, at };
      return [fingerprintOf(textOf(content)), answer];
    }),
  );
}

/** What spec says, as far as nothing is captured. */
export const contentIn = ({ app }: Snapshot): LatestContent => {
  const { content, fingerprints } = app as App;
  return { text: content, fingerprints, sources: [] };
};

/** A record of the content that an App has. */
export const blueprintOf = ({ content, fingerprint, versionName }: App, of: VersionId, over: Partial<Blueprint> = {}): Blueprint => ({
  ...{ name: of, id: of, revision: 1, content, fingerprint, inline: fingerprint, sources: [], versionName },
  ...{ by: '', specHash: 'specHash', credit: Infinity, ...over },
});

type Ran = VersionGiven['ran'];
/** By what it ran at first, if it is to be pinned to that. */
const deploymentOf = (app: App, nickname: string, content: Content, ordinal: number, replicas: number, configs = 1, ran: Ran = {}): Raw => {
  const name = instanceName(idOf(APP, fingerprintOf(textOf(content))), ordinal);
  const digests = new Map(
    Object.entries(ran).flatMap(([container, [letter, ...more]]) =>
      letter === undefined || more.length > 0 ? [] : [[container, sha(letter)]],
    ),
  );
  return stored(renderDeployment(app, id(nickname), name, pinned(readContent(textOf(content)), digests), replicas, configs), {});
};
const specHashes = new Map<string, string>();
export const specHashOfContent = (app: App, nickname: string, content: Content, configs = 1): string =>
  memo(specHashes, [app.name, nickname, configs, textOf(content)].join(' '), () =>
    specHashOf(deploymentOf(app, nickname, content, 1, 1, configs).spec),
  );

interface Built {
  records: RecordSeen[];
  factsSeen: FactSeen[];
  configs: ReturnType<typeof projectConfigMap>[];
  instances: ReturnType<typeof projectDeployment>[];
}

function buildVersion(
  app: App,
  nickname: string,
  wish: VersionGiven,
  revision: number,
  next: () => string,
  sources: Given['sources'] = {},
  life?: Life,
): Built {
  const content = wish.content ?? contentOf(nickname);
  const text = textOf(content);
  const blueprint: Blueprint = {
    name: instanceName(id(nickname), wish.as ?? 1),
    id: id(nickname),
    revision,
    content: text,
    fingerprint: fingerprintOf(text),
    inline: fingerprintOf(inlineOf(content)),
    sources: factsOfSources(content, sources, wish.outdated),
    versionName: wish.name ?? '',
    by: wish.by ?? '',
    specHash: wish.recordedHash ?? specHashOfContent(app, nickname, content),
    credit: wish.credit ?? Infinity,
  };
  const raw = stored(renderRecord(app, blueprint), {
    resourceVersion: next(),
    creationTimestamp: new Date(NOW - (wish.ageSeconds ?? 3600) * 1000).toISOString(),
    ...ownersIn(life),
  });
  if (wish.record === 'damaged') (raw.data as Raw).content = { template: { spec: { containers: [{ image: 'evil' }] } } };
  if (wish.record === 'foreign')
    (raw.metadata as Raw).ownerReferences = [{ kind: KIND, name: 'another', uid: 'uid-other', controller: true }];
  const record = projectRevision(raw) as RecordSeen;
  const facts = factsOf(
    app,
    nickname,
    wish.specHash === 'its own' ? { ...wish, specHash: specHashOfContent(app, nickname, content, wish.configsAs) } : wish,
  );
  return {
    records: wish.record === 'lost' ? [] : [record],
    factsSeen: facts.map(({ fact, ageSeconds = 3600 }) => {
      const creationTimestamp = new Date(NOW - ageSeconds * 1000).toISOString();
      return projectRevision(stored(renderFact(app, record, fact), { resourceVersion: next(), creationTimestamp })) as FactSeen;
    }),
    configs:
      wish.configs === false || wish.record === 'lost'
        ? []
        : readContent(text).config.map((config) =>
            projectConfigMap(
              stored(renderConfigMap(app, record, config, wish.configsAs), {
                resourceVersion: next(),
                creationTimestamp: new Date(NOW - (wish.configsAgeSeconds ?? 30 * 86_400) * 1000).toISOString(),
              }),
            ),
          ),
    instances: (wish.instances ?? []).map((instance) =>
      buildInstance(app, nickname, content, { ran: wish.ran, ...instance }, next(), life),
    ),
  };
}

const instanceOf = (name: string): InstanceName => id(name) as string as InstanceName;

const passedIn = ({ promotion }: App, phase: GatesFact['phase']): GatesFact['gates'] =>
  promotion[phase].map(({ name, digest: of }) => ({
    name,
    digest: of,
    verdict: 'pass',
    message: '',
    since: NOW - 90_000,
    at: NOW - 60_000,
  }));

function factsOf(app: App, nickname: string, wish: VersionGiven): { fact: Fact; ageSeconds?: number }[] {
  const { held, heldBy, failed, rejected, alias, specHash, renewed, discarded, routes = [] } = wish;
  const facts: { fact: Fact; ageSeconds?: number }[] = routes.map(({ switchNumber, instance = nickname, previous = '' }) => ({
    fact: { is: 'route', switchNumber, instance: instanceOf(instance), previous: previous === '' ? '' : instanceOf(previous) },
  }));
  if (held !== undefined) facts.push({ fact: { is: 'held', by: held, ...(heldBy === undefined ? {} : { who: heldBy }) } });
  if (rejected !== undefined) facts.push({ fact: { is: 'rejected', by: rejected } });
  if (wish.ports !== undefined) facts.push({ fact: { is: 'ports', serial: 1, services: wish.ports } });
  for (const { phase, instance = nickname, uid = `uid-${id(instance)}`, followed, gates = passedIn(app, phase) } of wish.proofs ?? []) {
    const fact = { is: 'gates', phase, instance: instanceOf(instance), uid, ...(followed && { followed }), gates } as const;
    facts.push({ fact, ageSeconds: 60 });
  }
  if (wish.ran !== undefined) {
    const containers = Object.fromEntries(Object.entries(wish.ran).map(([container, letters]) => [container, letters.map(sha)]));
    facts.push({ fact: { is: 'images', instance: instanceOf(nickname), containers } });
  }
  if (wish.instances?.some((instance) => instance.pinned) === true) {
    const raw = deploymentOf(app, nickname, wish.content ?? contentOf(nickname), 1, 1, wish.configsAs, wish.ran);
    facts.push({ fact: { is: 'specHash', specHash: specHashOf(raw.spec) } });
  }
  if (wish.restored === true) facts.push({ fact: { is: 'restored', from: nickname } });
  if (alias !== undefined) facts.push({ fact: { is: 'alias', name: alias } });
  if (specHash !== undefined) facts.push({ fact: { is: 'specHash', specHash } });
  const { discardedConfigs, discardedBy, alsoDiscarded = [] } = wish;
  const message = 'somebody changed it';
  const configs = discardedConfigs === undefined ? {} : { configs: discardedConfigs };
  if (discarded !== undefined)
    facts.push({
      fact: { is: 'discarded', instance: instanceOf(discarded), message, ...(discardedBy && { by: discardedBy }), ...configs },
    });
  for (const name of alsoDiscarded) facts.push({ fact: { is: 'discarded', instance: instanceOf(name), message }, ageSeconds: 600 });
  if (renewed !== undefined) {
    const { nonce, instances = [], reject = '', ...proven } = renewed;
    facts.push({ fact: { is: 'renewed', nonce, instances: instances.map(instanceOf), reject, ...proven } });
  }
  if (failed !== undefined) {
    const { ageSeconds = 3600, instance = nickname, ...more } = failed;
    const message = '0 of 3 pods are available';
    const fact = { is: 'failed', by: '', cause: 'version', attempt: 0, reason: REASON.CrashLoop, message, ...more } as const;
    facts.push({ fact: { ...fact, instance: instanceOf(instance) }, ageSeconds });
  }
  return facts;
}

function ownersIn(life: Life | undefined): Raw {
  if (life === undefined) return {};
  return { ownerReferences: life === 'orphaned' ? [] : [{ kind: KIND, name: APP, uid: 'uid-former', controller: true }] };
}

function buildInstance(
  app: App,
  nickname: string,
  content: Content,
  wish: InstanceGiven & { ran: Ran },
  resourceVersion: string,
  life?: Life,
) {
  const { replicas, ordinal = 1, generation = 1, observedGeneration = generation } = wish;
  const pods = wish.pods ?? replicas;
  const available = wish.available ?? pods;
  const raw = deploymentOf(app, nickname, content, ordinal, replicas, wish.configsAs, wish.pinned === true ? wish.ran : {});
  const metadata = raw.metadata as Raw;
  const owner = wish.owner === undefined ? {} : { ownerReferences: [{ kind: KIND, name: APP, uid: wish.owner, controller: true }] };
  const template = (raw.spec as { template: Raw }).template;
  const spec =
    wish.edited === true
      ? { ...(raw.spec as Raw), template: { ...template, spec: { containers: [{ name: 'main', image: 'evil' }] } } }
      : raw.spec;
  const seen = projectDeployment({
    ...raw,
    metadata: {
      ...metadata,
      ...owner,
      ...ownersIn(life),
      uid: `uid-${String(metadata.name)}`,
      resourceVersion,
      generation,
      creationTimestamp: new Date(NOW - (wish.ageSeconds ?? 3600) * 1000).toISOString(),
      ...(wish.deleting === true ? { deletionTimestamp: new Date(NOW).toISOString() } : {}),
    },
    spec,
    status: {
      observedGeneration,
      replicas: pods,
      updatedReplicas: wish.updated ?? pods,
      readyReplicas: wish.ready ?? available,
      availableReplicas: available,
      conditions: wish.complaint === undefined ? [] : [{ type: 'ReplicaFailure', status: 'True', message: wish.complaint }],
    },
  });
  return { ...seen, touched: wish.touched ?? [], leaving: wish.leaving ?? 0 };
}

function buildBudget(name: string, { of, spec }: BudgetGiven, resourceVersion: string): BudgetSeen {
  const owner = of === undefined ? {} : { ownerReferences: [{ kind: 'Deployment', name: id(of), uid: `uid-${id(of)}`, controller: true }] };
  const selector = of === undefined ? {} : { selector: { matchLabels: { [LABEL.instance]: id(of) } } };
  const named = of === undefined ? name : id(name);
  const metadata = { name: named, namespace: NAMESPACE, uid: `uid-PodDisruptionBudget-${named}`, resourceVersion, ...owner };
  const ours = of === undefined ? {} : { unhealthyPodEvictionPolicy: 'AlwaysAllow' };
  return projectBudget({ metadata, spec: { ...selector, ...ours, ...spec } });
}

type Instances = Snapshot['instances'];

function buildService(
  app: App,
  name: string,
  wish: ServiceGiven,
  switches: readonly string[],
  instances: Instances,
  next: () => string,
): ServiceSeen {
  const listed = app.services.find((entry) => entry.name === name);
  const role = listed?.role ?? 'Active';
  const last = switches.at(-1);
  const on = wish.on ?? (wish.selector === undefined && wish.stamp === undefined ? last : undefined);
  const stamp = stampText(wish, role === 'Preview' ? [] : switches, on);
  const metadata = {
    name,
    namespace: NAMESPACE,
    labels: { ...(wish.unlabelled === true || (wish.foreign === true && stamp === undefined) ? {} : { [LABEL.app]: APP }), ...wish.labels },
    annotations: {
      ...(wish.adopt === undefined ? {} : { [ANNOTATION.adopt]: wish.adopt }),
      ...(stamp === undefined ? {} : { [ANNOTATION.stamp]: stamp }),
    },
    resourceVersion: next(),
    ...ownersIn(wish.life),
    ...(wish.ownedBy === undefined ? {} : { ownerReferences: [{ kind: KIND, name: wish.ownedBy, uid: 'uid-other', controller: true }] }),
    managedFields: [...(wish.writers ?? []).map(managedBy), ...(wish.stampedBy ?? []).map(stampedBy)],
    ...(wish.deleting === true ? { deletionTimestamp: new Date(NOW).toISOString() } : {}),
  };
  const selector = { ...wish.selector, ...(on === undefined ? {} : { [LABEL.instance]: id(on) }) };
  const { endpoints, ...seen } = endpointsOf(wish, on, instances);
  const projected = projectService(serviceRaw(app, name, wish, metadata, selector));
  const { namespace: _, ...service } = projected;
  return { ...service, ...seen, endpoints };
}

const stampedBy = (manager: string): Raw => ({
  manager,
  operation: 'Update',
  fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${ANNOTATION.stamp}`]: {} } } },
});

function managedBy(writer: string, i: number): Raw {
  const [, applies, manager] = /^(applies )?(.*)$/.exec(writer) ?? [];
  const time = new Date(NOW - (i + 1) * 60_000).toISOString();
  return { manager, operation: applies === undefined ? 'Update' : 'Apply', time, fieldsV1: { 'f:spec': { 'f:selector': {} } } };
}

function serviceRaw(app: App, name: string, wish: ServiceGiven, metadata: Raw, selector: Raw): Raw {
  const fixed = { type: 'ClusterIP', clusterIP: '10.0.0.7', sessionAffinity: 'None' };
  if (wish.foreign === true) {
    const spec = { ...fixed, ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...wish.spec, selector };
    return { metadata: { uid: `uid-Service-${name}`, ...metadata }, spec };
  }
  const parsed = parse(rawApp({ spec: { services: [wish.shapedBy ?? { ...WEB, name }] }, status: {} }));
  const asked =
    wish.shapedBy === undefined ? (app.services.find((entry) => entry.name === name) ?? parsed.services[0]!) : parsed.services[0]!;
  const shaped = expose(app, asked.shape === undefined ? parsed.services[0]! : asked, undefined);
  if (shaped?.do !== 'expose') throw new Error(`Service ${name} has no ports`);
  const raw = stored(shaped.object, {});
  const own = raw.metadata as Raw;
  const annotations = { ...(own.annotations as Raw), ...(metadata.annotations as Raw) };
  return { ...raw, metadata: { ...own, ...metadata, annotations }, spec: { ...fixed, ...(raw.spec as Raw), ...wish.spec, selector } };
}

function stampText({ stamp, foreign }: ServiceGiven, switches: readonly string[], on: string | undefined): string | undefined {
  if (stamp === 'none' || (stamp === undefined && (on === undefined || (foreign === true && switches.length === 0)))) return undefined;
  if (stamp === 'scribble') return '{"uid":';
  const at = stamp?.switchNumber ?? switches.length;
  const instance = stamp?.instance ?? on ?? switches[at - 1] ?? '';
  const previous = stamp?.previous ?? switches[at - 2] ?? '';
  const named = (name: string): string => (name === '' ? '' : id(name));
  const reverts = stamp?.reverts?.map(({ minutesAgo, ...revert }) => ({
    ...revert,
    at: new Date(NOW - minutesAgo * 60_000).toISOString(),
  }));
  const uid = stamp?.uid ?? APP_UID;
  const share = stamp?.share && { percent: stamp.share.percent, at: new Date(NOW - stamp.share.secondsAgo * 1000).toISOString() };
  return JSON.stringify({ uid, generation: 1, instance: named(instance), previous: named(previous), switchNumber: at, share, reverts });
}

function endpointsOf(wish: ServiceGiven, on: string | undefined, instances: Instances): { endpoints: EndpointSeen[] } {
  const selected = on === undefined ? undefined : instances.find(({ name }) => name === (id(on) as string));
  const counts = wish.endpoints ?? (selected === undefined ? {} : { [on!]: selected.available });
  return {
    endpoints: Object.entries(counts).flatMap(([name, count]) =>
      Array.from({ length: count }, () => ({
        ready: true,
        pod: `${name}-pod`,
        instance: name === 'stranger' || name === 'intruder' ? undefined : (id(name) as string as InstanceName),
        origin: name === 'intruder' ? 'bare' : 'unknown',
      })),
    ),
  };
}

const NO_TALLY = { passes: 0, failures: 0, errors: 0, valid: 0, last: [] };

function measuredOf(app: Snapshot['app'], measured: NonNullable<Given['measured']>): ReadonlyMap<string, Series> {
  const gates = app.is === 'app' ? [...app.promotion.before, ...app.promotion.during, ...app.promotion.after] : [];
  return new Map(
    Object.entries(measured).map(([of, given]) => {
      const [phase, name = ''] = of.split('/') as ['before' | 'during' | 'after', string?];
      const now = gates.find((gate) => gate.phase === phase && gate.name === name);
      const gate = { phase, name, digest: given.digest ?? now?.digest ?? 'taken-out' };
      const since = NOW - given.since * 1000;
      const tally = given.tally && { ...NO_TALLY, startedAt: since, at: NOW, ...given.tally };
      return [seriesOf({ uid: given.uid ?? `uid-${id('two')}`, gate }), { since, underway: given.underway === true, tally }];
    }),
  );
}

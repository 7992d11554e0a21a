// The App as decisions see it: parsed once, when the watch delivers it, with defaults filled in and content reduced to its canonical text.
// Decides what is a legal App beyond the schema; never what to do about it.
import { exact, int, list, obj, plain, text, texts } from './json.ts';
import type { Obj } from './json.ts';
import type { AppKey, Fingerprint, Json, JsonObject } from './version.ts';
import { appKey, canonical, digest, fingerprintsOf, readings } from './version.ts';
import { authorsOf } from './author.ts';
import type { Authors } from './author.ts';
import type { Clashes } from './clash.ts';
import { clashesOf } from './clash.ts';
import { readAnnotations } from './annotations.ts';
import type { Annotations } from './annotations.ts';
import { gatesOf } from './gates.ts';
import type { Rung } from './ladder.ts';
import { inside, rungName, rungsOf } from './ladder.ts';
import type { AuthorGate } from './measure.ts';
import { isPlainlySaid, meaningOf } from './meaning.ts';
import type { PortSeen } from './port.ts';
import { portOf } from './port.ts';
import { policyOf, referencesOf } from './references.ts';
import type { ReferencePolicy, References } from './references.ts';
import type { SourceText } from './source.ts';
import type { ImmutableAppStatus } from './spec.ts';

export type Status = ImmutableAppStatus;
export type Condition = NonNullable<Status['conditions']>[number];
export type Switch = NonNullable<Status['history']>[number];

export interface Shape {
  readonly spec: Obj;
  readonly labels: Strings;
  readonly annotations: Strings;
}

export interface ServiceWish {
  readonly name: string;
  /** A rung belongs to the ladder of an Active one, and follows it in the list. */
  readonly role: 'Active' | 'Preview' | 'Rung';
  /** What spec says besides name and role, and its digest. Without ports it is an existing Service. */
  readonly shape: (Shape & { readonly digest: string }) | undefined;
  /** Its ports with the API server's defaults; none for an existing Service. */
  readonly ports: readonly PortSeen[];
  readonly rung?: Rung;
}

export type Strings = Readonly<Record<string, string>>;

/** What is known of an App even if its spec is invalid. */
interface Identity {
  readonly key: AppKey;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly deleting: boolean;
  /** Deleted with --cascade=orphan: its Services are left as they are. */
  readonly orphaning: boolean;
  readonly status: Status;
}

export interface App extends Identity {
  readonly is: 'app';
  /** Why its content cannot be read, one sentence each. Such an App has no content; all other fields are valid. */
  readonly problems: readonly string[];
  /** Canonical JSON of {template, config} exactly as the user wrote it, and of captured ConfigMaps; '' when it is not loaded. */
  readonly content: string;
  readonly fingerprint: Fingerprint;
  /** By every scheme that a record may have been made with, the current one first. */
  readonly fingerprints: readonly Fingerprint[];
  /** Of {template, config} alone, by every scheme. */
  readonly inlines: readonly Fingerprint[];
  /** The same, independent of spelling (meaning.ts). */
  readonly meanings: readonly Fingerprint[];
  readonly references: ReferencePolicy;
  readonly refers: References;
  readonly clashes: Clashes;
  readonly versionName: string;
  readonly activeVersion: string;
  readonly replicas: number;
  readonly services: readonly ServiceWish[];
  readonly promotion: {
    readonly mode: 'Automatic' | 'Manual';
    readonly minReadySeconds: number;
    readonly progressDeadlineSeconds: number;
    readonly drainSeconds: number;
    readonly failbackSeconds: number;
    readonly previewReplicas: number;
    readonly overlap: 'Always' | 'Never';
    readonly before: readonly AuthorGate[];
    readonly during: readonly AuthorGate[];
    readonly after: readonly AuthorGate[];
  };
  readonly retention: { readonly warm: number; readonly warmSeconds: number; readonly failedSeconds: number; readonly versions: number };
  /** Budget of each instance; undefined for none. */
  readonly disruption: Disruption | undefined;
  readonly onDrift: 'Replace' | 'Report';
  /** Receivers that are told of it, by name. */
  readonly notify: readonly string[];
  readonly paused: boolean;
  readonly annotations: Annotations;
  readonly authors: Authors;
}

/** How many pods of an instance may be away, or must be there, when nodes are drained: a number or a percentage. */
export type Disruption = { readonly maxUnavailable: number | string } | { readonly minAvailable: number | string };

/** A deleted App, known only from what it left behind. */
export interface Tombstone extends Identity {
  readonly is: 'tombstone';
  readonly deleting: true;
}

/** What the schema says while nothing has been reported is for those who wait; to us it is nothing. */
const reported = (status: Status): Status => (status.observedGeneration === -1 ? {} : status);

/**
 * Never throws: any JSON object that the API server serves as an ImmutableApp becomes an App, which says what is wrong with its content.
 * `before`: the same App as last seen; content is hashed once per generation, not once per status write.
 */
export function parse(raw: unknown, before?: App | Tombstone): App {
  const root = obj(raw);
  const meta = obj(root.metadata);
  const spec = obj(root.spec);
  const identity: Identity = {
    key: appKey(text(meta.namespace), text(meta.name)),
    namespace: text(meta.namespace),
    name: text(meta.name),
    uid: text(meta.uid),
    resourceVersion: text(meta.resourceVersion),
    generation: int(meta.generation, 0),
    deleting: meta.deletionTimestamp !== undefined,
    orphaning: Array.isArray(meta.finalizers) && meta.finalizers.includes('orphan'),
    status: reported(plain(obj(root.status))),
  };
  const known = before?.is === 'app' && before.uid === identity.uid && before.generation === identity.generation ? before : undefined;
  const problems: string[] = [...(known?.problems ?? [])];
  const content = known?.content ?? contentOf(spec, problems);
  const fingerprints = known?.fingerprints ?? (problems.length > 0 ? [] : fingerprintsIn(authored(spec)));
  const promotion = obj(spec.promotion);
  return {
    is: 'app',
    ...identity,
    problems,
    content,
    fingerprint: fingerprints[0] ?? ('' as Fingerprint),
    fingerprints,
    inlines: fingerprints,
    meanings: known?.meanings ?? (problems.length > 0 || isPlainlySaid(content) ? fingerprints : fingerprintsIn(meaningOf(authored(spec)))),
    references: known?.references ?? policyOf(obj(spec.references)),
    clashes: known?.clashes ?? clashesOf(spec.template),
    refers: known?.refers ?? referencesOf(spec.template, new Set(list(spec.config).map(({ name }) => text(name)))),
    versionName: text(spec.version),
    activeVersion: text(spec.activeVersion),
    replicas: int(spec.replicas, 1),
    services: known?.services ?? list(spec.services).flatMap(servicesOf),
    promotion: {
      mode: promotion.mode === 'Manual' ? 'Manual' : 'Automatic',
      minReadySeconds: int(promotion.minReadySeconds, 0),
      progressDeadlineSeconds: int(promotion.progressDeadlineSeconds, 600),
      drainSeconds: int(promotion.drainSeconds, 30),
      failbackSeconds: int(promotion.failbackSeconds, 60),
      previewReplicas: int(promotion.previewReplicas, 1),
      overlap: promotion.overlap === 'Never' ? 'Never' : 'Always',
      before: known?.promotion.before ?? gatesOf('before', promotion.before),
      during: known?.promotion.during ?? gatesOf('during', promotion.during),
      after: known?.promotion.after ?? gatesOf('after', promotion.after),
    },
    retention: retentionOf(obj(spec.retention)),
    disruption: disruptionOf(obj(spec.disruption)),
    onDrift: spec.onDrift === 'Report' ? 'Report' : 'Replace',
    notify: Array.isArray(spec.notify) ? [...new Set(spec.notify.map(text))] : [],
    paused: spec.paused === true,
    annotations: readAnnotations(obj(meta.annotations)),
    authors: authorsOf(meta.managedFields),
  };
}

const retentionOf = ({ warm, warmSeconds, failedSeconds, versions }: Obj): App['retention'] => ({
  warm: int(warm, 1),
  warmSeconds: int(warmSeconds, 600),
  failedSeconds: int(failedSeconds, 600),
  versions: int(versions, 10),
});

/** The content of an App before any interpretation. Parsing the text of its record gives the same value. */
export interface Content {
  readonly template: JsonObject;
  /** Entries of spec.config, then captured ConfigMaps. */
  readonly config: readonly ConfigWish[];
  /** Optional ConfigMaps that did not exist when the version was made: its pods never see them. */
  readonly absent: readonly string[];
}

export interface ConfigWish {
  readonly name: string;
  readonly data: Strings;
  readonly binaryData: Strings;
  readonly mountPath: string;
  readonly env: boolean;
}

/** Reads canonical content back. The text was made by `parse`, or its hash was checked. */
export function readContent(content: string): Content {
  const root = obj(exact(content));
  const captured = list(root.captured);
  return {
    template: obj(root.template) as JsonObject,
    config: [...list(root.config), ...captured.filter(({ absent }) => absent !== true)].map((entry) => ({
      name: text(entry.name),
      data: obj(entry.data) as Strings,
      binaryData: obj(entry.binaryData) as Strings,
      mountPath: text(entry.mountPath),
      env: entry.env === true,
    })),
    absent: captured.filter(({ absent }) => absent === true).map(({ name }) => text(name)),
  };
}

/** The parts of a ConfigMap that are captured. */
export const sourceText = (raw: unknown): SourceText => {
  const { data, binaryData } = obj(raw);
  return canonical({ data: (data ?? {}) as Json, binaryData: (binaryData ?? {}) as Json }) as SourceText;
};

/** Inline content and captured ConfigMaps, sorted by name. A source without text was optional and did not exist. */
export function withCaptured(inline: string, captured: readonly { readonly name: string; readonly text?: SourceText }[]): string {
  const entries = captured
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, text: copied }) => (copied === undefined ? { name, absent: true } : { name, ...(exact(copied) as JsonObject) }));
  return entries.length === 0 ? inline : canonical({ ...(exact(inline) as JsonObject), captured: entries });
}

const authored = ({ template, config }: Obj): JsonObject => ({
  ...(template === undefined ? {} : { template: template as Json }),
  ...(config === undefined ? {} : { config: config as Json }),
});

/** By every scheme, and by every reading of its nulls: if one of them has a version, the content is that version. */
const fingerprintsIn = (content: JsonObject): readonly Fingerprint[] =>
  readings(content).flatMap((reading) => fingerprintsOf(canonical(reading)));

function contentOf(spec: Obj, problems: string[]): string {
  if (Object.keys(obj(spec.template)).length === 0) problems.push('spec.template is required');
  try {
    return canonical(authored(spec));
  } catch (error) {
    problems.push(`spec: ${(error as Error).message}`);
    return '';
  }
}

const SHAPE_DIGITS = 16;

/** The schema allows one of the two, or neither for no budget. */
function disruptionOf(disruption: Obj): Disruption | undefined {
  const { maxUnavailable = null, minAvailable = null } = disruption as Partial<Record<string, number | string | null>>;
  if (maxUnavailable !== null) return { maxUnavailable };
  return minAvailable === null ? undefined : { minAvailable };
}

/** A Service, and the rungs of its ladder. */
function servicesOf(wish: Obj): ServiceWish[] {
  const service = serviceOf(wish);
  const { shape, role, ports } = service;
  if (shape === undefined || role !== 'Active') return [service];
  // Labels stay with the Service: monitors select by them, and would find each pod once more for each rung.
  const { digest: _, ...rest } = shape;
  const narrow = withDigest({ ...rest, spec: inside(shape.spec), labels: {} });
  return [
    service,
    ...rungsOf(service.name, wish.ladder).map((rung) => ({ name: rungName(rung), role: 'Rung' as const, shape: narrow, ports, rung })),
  ];
}

function serviceOf(wish: Obj): ServiceWish {
  const { name, role, labels, annotations, ladder: _, ...rest } = wish;
  const spec = obj(told(rest));
  const ports = list(spec.ports);
  const shape: Shape = { spec, labels: texts(labels), annotations: texts(annotations) };
  return {
    name: text(name),
    role: role === 'Preview' ? 'Preview' : 'Active',
    shape: ports.length === 0 ? undefined : withDigest(shape),
    ports: ports.map(portOf),
  };
}

const withDigest = (shape: Shape): NonNullable<ServiceWish['shape']> => ({
  ...shape,
  digest: digest(canonical(shape as unknown as Json)).slice(0, SHAPE_DIGITS),
});

/** The same entry with other ports. */
export const withPorts = (wish: ServiceWish, ports: readonly Obj[]): ServiceWish => {
  if (wish.shape === undefined) return wish;
  const { digest: _, ...shape } = wish.shape;
  return { ...wish, shape: withDigest({ ...shape, spec: { ...shape.spec, ports } }), ports: ports.map(portOf) };
};

/**
 * A Service entry without values that mean nothing: null, zero, an empty text, list or object. The API server drops those from a Service, so
 * asking for them would repeat for ever. A port, node port or timeout of zero means none; false means something.
 */
function told(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(told).filter((item) => item !== undefined);
  if (typeof value !== 'object' || value === null) return value === null || value === '' || value === 0 ? undefined : value;
  const members = Object.entries(value).map(([key, member]) => [key, told(member)] as const);
  const kept = members.filter(([, member]) => member !== undefined && !(Array.isArray(member) && member.length === 0));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

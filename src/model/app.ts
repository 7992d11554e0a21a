// The App as decisions see it: parsed once at the door, defaults filled in, content reduced to its canonical text.
// Decides what a legal App is beyond the schema; must never decide what to do about it.
import { ANNOTATION } from './vocabulary.ts';
import type { AppKey, Fingerprint, Json } from './version.ts';
import { appKey, canonical, fingerprintOf } from './version.ts';
import type { ImmutableAppStatus } from './spec.ts';

export type Status = ImmutableAppStatus;
export type Condition = NonNullable<Status['conditions']>[number];
export type Flip = NonNullable<Status['history']>[number];

export interface ServiceWish {
  readonly name: string;
  readonly role: 'Active' | 'Preview';
  /** What spec says beyond name and role; no ports means an existing Service. */
  readonly shape: { readonly spec: Readonly<Record<string, Json>>; readonly labels: Strings; readonly annotations: Strings } | undefined;
  /** Names of container ports it needs; numbers need no declaration. */
  readonly targetPorts: readonly string[];
}

export type Strings = Readonly<Record<string, string>>;

export interface App {
  readonly is: 'app';
  readonly key: AppKey;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly deleting: boolean;
  /** Canonical JSON of {template, config}, exactly as the user wrote it. */
  readonly content: string;
  readonly fingerprint: Fingerprint;
  readonly versionName: string;
  readonly activeVersion: string;
  readonly replicas: number;
  readonly services: readonly ServiceWish[];
  readonly promotion: {
    readonly mode: 'Automatic' | 'Manual';
    readonly minReadySeconds: number;
    readonly progressDeadlineSeconds: number;
    readonly drainSeconds: number;
    readonly previewReplicas: number;
  };
  readonly retention: { readonly warm: number; readonly warmSeconds: number; readonly versions: number };
  readonly paused: boolean;
  /** Annotations of ours that this version of the operator does not act on yet. */
  readonly unsupported: readonly string[];
  readonly status: Status;
}

export interface SpecInvalid {
  readonly is: 'invalid';
  readonly key: AppKey;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly deleting: boolean;
  /** One sentence each: field, what is wrong with it. */
  readonly problems: readonly string[];
  readonly status: Status;
}

type Obj = Readonly<Record<string, Json>>;

/** Total: any JSON object that the API server served as an ImmutableApp becomes an App, or says what is wrong with it. */
export function parse(raw: unknown): App | SpecInvalid {
  const root = obj(raw);
  const meta = obj(root.metadata);
  const spec = obj(root.spec);
  const identity = {
    key: appKey(text(meta.namespace), text(meta.name)),
    namespace: text(meta.namespace),
    name: text(meta.name),
    uid: text(meta.uid),
    resourceVersion: text(meta.resourceVersion),
    generation: number(meta.generation, 0),
    deleting: meta.deletionTimestamp !== undefined,
    status: obj(root.status) as Status,
  };
  const problems: string[] = [];
  const content = contentOf(spec, problems);
  if (problems.length > 0) return { is: 'invalid', ...identity, problems };
  const promotion = obj(spec.promotion);
  const retention = obj(spec.retention);
  return {
    is: 'app',
    ...identity,
    content,
    fingerprint: fingerprintOf(content),
    versionName: text(spec.version),
    activeVersion: text(spec.activeVersion),
    replicas: number(spec.replicas, 1),
    services: list(spec.services).map(serviceOf),
    promotion: {
      mode: promotion.mode === 'Manual' ? 'Manual' : 'Automatic',
      minReadySeconds: number(promotion.minReadySeconds, 0),
      progressDeadlineSeconds: number(promotion.progressDeadlineSeconds, 600),
      drainSeconds: number(promotion.drainSeconds, 30),
      previewReplicas: number(promotion.previewReplicas, 1),
    },
    retention: {
      warm: number(retention.warm, 1),
      warmSeconds: number(retention.warmSeconds, 600),
      versions: number(retention.versions, 10),
    },
    paused: spec.paused === true,
    unsupported: [ANNOTATION.pin, ANNOTATION.reject, ANNOTATION.renew].filter((name) => obj(meta.annotations)[name] !== undefined),
  };
}

/** Content of the App as it was before anything looked at it: parse of a record's text gives the same value back. */
export interface Content {
  readonly template: Obj;
  readonly config: readonly ConfigWish[];
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
  const root = obj(JSON.parse(content));
  return {
    template: obj(root.template),
    config: list(root.config).map((entry) => ({
      name: text(entry.name),
      data: obj(entry.data) as Strings,
      binaryData: obj(entry.binaryData) as Strings,
      mountPath: text(entry.mountPath),
      env: entry.env === true,
    })),
  };
}

function contentOf(spec: Obj, problems: string[]): string {
  if (spec.template === undefined || Object.keys(obj(spec.template)).length === 0) problems.push('spec.template is required');
  try {
    return canonical({ template: spec.template ?? null, config: spec.config ?? null });
  } catch (error) {
    problems.push(`spec: ${(error as Error).message}`);
    return '';
  }
}

function serviceOf(wish: Obj): ServiceWish {
  const { name, role, labels, annotations, ...spec } = wish;
  const ports = list(spec.ports);
  return {
    name: text(name),
    role: role === 'Preview' ? 'Preview' : 'Active',
    shape: ports.length === 0 ? undefined : { spec, labels: obj(labels) as Strings, annotations: obj(annotations) as Strings },
    targetPorts: ports.map((port) => port.targetPort).filter((port) => typeof port === 'string'),
  };
}

const isObj = (value: unknown): value is Obj => typeof value === 'object' && value !== null && !Array.isArray(value);
const obj = (value: unknown): Obj => (isObj(value) ? value : {});
const list = (value: unknown): readonly Obj[] => (Array.isArray(value) ? value.map(obj) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown, absent: number): number => (typeof value === 'number' ? value : absent);

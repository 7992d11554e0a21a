// What is told to receivers beside the cluster: news of an App, each with an id that is the same whoever tells it, however often. Says which reason
// makes which of them.
import type { Reason } from './vocabulary.ts';
import { REASON } from './vocabulary.ts';

/** A version was recorded, traffic moved, something needs a person, a version waits, people decided, somebody else interfered, a protection is off. */
export const TOPICS = ['minted', 'moved', 'failed', 'waiting', 'held', 'intrusion', 'enforcement'] as const;
export type Topic = (typeof TOPICS)[number];

/** How a receiver wants to be told. */
export const FORMATS = ['cloudevents', 'slack', 'alertmanager'] as const;
export type Format = (typeof FORMATS)[number];

export interface Notice {
  readonly topic: Topic;
  /** By it receivers recognize what they know already. */
  readonly id: string;
  /** What it is about: of two with the same, only the first is news. */
  readonly about: string;
  /** By the cluster's own records, in milliseconds since the epoch; undefined where they do not say. */
  readonly at: number | undefined;
  readonly namespace: string;
  readonly app: string;
  readonly generation: number;
  readonly reason: Reason;
  /** Without values of config or env. */
  readonly message: string;
  /** Of a move: what served, and what serves. Of any other: the version that it is about. */
  readonly from?: Named;
  readonly to?: Named;
  /** Field managers, or ConfigMaps and theirs. */
  readonly who?: string;
  /** Of a move: its number. */
  readonly switchNumber?: number;
  /** What is different between the two, in one line. */
  readonly diff?: string;
  /** What a person types for the way back, or to go on. */
  readonly command?: string;
}

export interface Named {
  readonly version: string;
  readonly name?: string;
}

const { minted, moved, failed, waiting, held, intrusion, enforcement } = Object.fromEntries(TOPICS.map((topic) => [topic, topic])) as {
  readonly [T in Topic]: T;
};
const none = undefined;

/** Which notice each reason makes; `none`: it is told in the cluster only, or another reason tells the same. */
export const TOPIC_OF: Readonly<Record<Reason, Topic | undefined>> = {
  // Well, or under way
  Serving: none,
  AwaitingActivation: waiting,
  ScaledToZero: none,
  Settling: none,
  CaptureStorm: none,
  Queued: none,
  MintThrottled: none,
  Minting: none,
  Stopping: none,
  BringingUp: none,
  Draining: none,
  Paused: none,
  NothingServes: none,
  NoAvailablePod: none,
  NoEndpoints: failed,
  ReplicasUnavailable: failed,
  // What gates say while they wait
  NotObserved: none,
  NotAvailable: none,
  SettlingIn: none,
  GatesRunning: none,
  WindowClosed: waiting,
  ApprovalMissing: waiting,
  LineHeld: waiting,
  Climbing: none,
  // Stalled
  SpecInvalid: failed,
  ConfigMissing: failed,
  ReferenceForbidden: failed,
  ImageNotPinned: failed,
  ContentTooLarge: failed,
  InvalidTemplate: failed,
  NameTaken: failed,
  VersionNotFound: failed,
  PointedVersionFailed: failed,
  PointedVersionRejected: failed,
  VersionFailed: none,
  VersionRejected: none,
  ReplacementFailed: none,
  ProgressDeadlineExceeded: none,
  PortMissing: failed,
  GateUnknown: failed,
  SourceUnknown: failed,
  Compromised: intrusion,
  RecordUnreadable: intrusion,
  ServiceMissing: failed,
  ServiceNotOwned: failed,
  ServiceNotAdopted: failed,
  ServiceUnfit: failed,
  CapacityMissing: failed,
  SelectorMismatch: failed,
  SelectorInGit: intrusion,
  SelectorContended: intrusion,
  ForeignEndpoint: intrusion,
  DriftLoop: intrusion,
  CircuitOpen: enforcement,
  RouteUnknown: failed,
  Denied: failed,
  WriteRepeats: failed,
  Bug: failed,
  // Verdicts and states of versions, and the evidence
  Held: held,
  HeldAlong: held,
  Rejected: held,
  FailedBack: failed,
  GateFailed: failed,
  CrashLoop: failed,
  ImagePullFailed: failed,
  Unschedulable: failed,
  SecretMissing: failed,
  NotStarted: failed,
  QuotaExceeded: failed,
  ServiceAccountMissing: failed,
  PriorityClassMissing: failed,
  RuntimeClassMissing: failed,
  WebhookUnavailable: failed,
  FailedCreate: failed,
  PodSecurityViolation: failed,
  ResourcesUnfit: failed,
  PodsDenied: failed,
  NotReadyInTime: failed,
  // Events and switches
  Minted: minted,
  GatesPassed: none,
  Switched: moved,
  Repaired: intrusion,
  Lent: none,
  TakenBack: none,
  Retired: none,
  Released: none,
  Automatic: moved,
  Activated: moved,
  Pinned: moved,
  Renewed: moved,
  Replaced: moved,
  Reverted: moved,
  // Enforced, warnings
  PoliciesInForce: none,
  DetectOnly: enforcement,
  ControllersUnknown: enforcement,
  NotProbed: none,
  WriteFailing: none,
  Debugged: intrusion,
  ImageDiverged: intrusion,
  AdmissionWarning: none,
  AnnotationUnreadable: none,
  AnnotationUnknown: none,
  PinExpired: none,
  ServesAlike: none,
  NameKept: none,
  Orphaned: none,
  BudgetSpansVersions: none,
  BudgetsOverlap: none,
  NothingToSpare: none,
  ReceiverUnknown: none,
  SelectedByOthers: intrusion,
  SharedVolume: none,
  HostPort: none,
};

/** What a message is about. What follows is detail, advice or a quotation, which change. */
export const headOf = (message = ''): string => message.split(': ')[0]!;

/** Where each of these messages begins to quote the API server, a container or spec, and so perhaps a value that is nobody's business outside. */
const QUOTES_AFTER: Partial<Readonly<Record<Reason, string>>> = {
  ...Object.fromEntries(
    [
      ...[REASON.SpecInvalid, REASON.InvalidTemplate, REASON.Denied, REASON.Bug, REASON.CrashLoop, REASON.FailedBack],
      ...[REASON.FailedCreate, REASON.PodSecurityViolation, REASON.ResourcesUnfit, REASON.PodsDenied],
    ].map((reason) => [reason, ': ']),
  ),
  PointedVersionFailed: ' (',
};

/** What may be told outside of a message: our own words, up to where it quotes others. */
export function tellable(reason: Reason, message: string): string {
  const mark = QUOTES_AFTER[reason];
  return mark === undefined ? message : message.split(mark)[0]!;
}

// The names that the operator uses towards the API server and people: labels, annotations, conditions, reasons. A reason is the same word in the
// condition, the event and the metric label; other files never spell it as a literal.

export const GROUP = 'immutableapp.io';
export const API_VERSION = `${GROUP}/v1alpha1`;
export const KIND = 'ImmutableApp';
/** The field manager of all our writes, so that managedFields name us. */
export const FIELD_MANAGER = 'immutableapp';

export const LABEL = {
  /** Name of the App; on everything that we create. Watches select by it. */
  app: `${GROUP}/app`,
  /** Id of the version; on Deployments, pods, ConfigMaps, records, facts. */
  version: `${GROUP}/version`,
  /** Name of the instance; on Deployments and pods. The only selector key we ever set on a Service. */
  instance: `${GROUP}/instance`,
  /** On somebody's ConfigMap: "false" means it is not captured and stays live. */
  capture: `${GROUP}/capture`,
  /** On a ConfigMap that is never stored: the name of the policy that is to refuse it. */
  probe: `${GROUP}/probe`,
} as const;

/** The admission policies, each called `immutableapp-<name>`. */
export const POLICIES = [
  'freeze-deployments',
  'freeze-replicasets',
  'freeze-pods',
  'freeze-records',
  'publish',
  'templates',
  'scale',
  'delete',
  'services',
  'author',
  'prompt',
] as const;
/** The oldest revision of the policies that does everything this operator relies on. */
export const POLICY_REVISION = 3;

export const ANNOTATION = {
  /** Consent by the owner of an existing Service: the name of the App that may add its key to the selector. */
  adopt: `${GROUP}/adopt`,
  /** Which App switched a Service, the number of that switch, from where to where. */
  stamp: `${GROUP}/stamp`,
  /** Digest of the shape (ports and the like) last given to a Service we own. */
  shape: `${GROUP}/shape`,
  pin: `${GROUP}/pin`,
  reject: `${GROUP}/reject`,
  renew: `${GROUP}/renew`,
  /** Who approves which version, for gates that ask people. */
  approve: `${GROUP}/approve`,
  /** Which version passes which gate without being judged by it. */
  waive: `${GROUP}/waive`,
  /** On the operator's Lease: while it exists, nothing compromised is replaced in any App. */
  breaker: `${GROUP}/circuit-breaker`,
  /** On the operator's Lease: no promotion begins in any App while it is there. It says why. */
  line: `${GROUP}/hold`,
} as const;

export const CONDITION = {
  /** Every Active Service has a ready endpoint that is an available pod of ours. */
  available: 'Available',
  /** The version that was asked for serves, be it the content of spec or an older one. */
  ready: 'Ready',
  /** The content of spec is what serves. */
  upToDate: 'UpToDate',
  /** Work is going on. Present only while true. */
  reconciling: 'Reconciling',
  /** Only a human, a spec change or the cluster can help. Present only while true. */
  stalled: 'Stalled',
  /** Whether the admission policies are in force. */
  enforced: 'Enforced',
} as const;
export type ConditionType = (typeof CONDITION)[keyof typeof CONDITION];

export const REASON = {
  // Well
  Serving: 'Serving',
  AwaitingActivation: 'AwaitingActivation',
  ScaledToZero: 'ScaledToZero',
  // Under way
  Settling: 'Settling',
  CaptureStorm: 'CaptureStorm',
  Queued: 'Queued',
  MintThrottled: 'MintThrottled',
  Minting: 'Minting',
  Stopping: 'Stopping',
  BringingUp: 'BringingUp',
  Draining: 'Draining',
  ReplicasUnavailable: 'ReplicasUnavailable',
  Paused: 'Paused',
  NothingServes: 'NothingServes',
  NoAvailablePod: 'NoAvailablePod',
  NoEndpoints: 'NoEndpoints',
  // What gates say while they wait
  NotObserved: 'NotObserved',
  NotAvailable: 'NotAvailable',
  SettlingIn: 'SettlingIn',
  GatesRunning: 'GatesRunning',
  WindowClosed: 'WindowClosed',
  ApprovalMissing: 'ApprovalMissing',
  LineHeld: 'LineHeld',
  Climbing: 'Climbing',
  // Stalled
  SpecInvalid: 'SpecInvalid',
  ConfigMissing: 'ConfigMissing',
  ReferenceForbidden: 'ReferenceForbidden',
  ImageNotPinned: 'ImageNotPinned',
  ContentTooLarge: 'ContentTooLarge',
  InvalidTemplate: 'InvalidTemplate',
  NameTaken: 'NameTaken',
  VersionNotFound: 'VersionNotFound',
  PointedVersionFailed: 'PointedVersionFailed',
  PointedVersionRejected: 'PointedVersionRejected',
  VersionFailed: 'VersionFailed',
  VersionRejected: 'VersionRejected',
  ReplacementFailed: 'ReplacementFailed',
  ProgressDeadlineExceeded: 'ProgressDeadlineExceeded',
  PortMissing: 'PortMissing',
  GateUnknown: 'GateUnknown',
  SourceUnknown: 'SourceUnknown',
  Compromised: 'Compromised',
  RecordUnreadable: 'RecordUnreadable',
  ServiceMissing: 'ServiceMissing',
  ServiceNotOwned: 'ServiceNotOwned',
  ServiceNotAdopted: 'ServiceNotAdopted',
  ServiceUnfit: 'ServiceUnfit',
  CapacityMissing: 'CapacityMissing',
  SelectorMismatch: 'SelectorMismatch',
  SelectorInGit: 'SelectorInGit',
  SelectorContended: 'SelectorContended',
  ForeignEndpoint: 'ForeignEndpoint',
  DriftLoop: 'DriftLoop',
  CircuitOpen: 'CircuitOpen',
  RouteUnknown: 'RouteUnknown',
  Denied: 'Denied',
  WriteRepeats: 'WriteRepeats',
  Bug: 'Bug',
  // Verdicts and states of versions, and the evidence
  Held: 'Held',
  HeldAlong: 'HeldAlong',
  Rejected: 'Rejected',
  FailedBack: 'FailedBack',
  GateFailed: 'GateFailed',
  CrashLoop: 'CrashLoop',
  ImagePullFailed: 'ImagePullFailed',
  Unschedulable: 'Unschedulable',
  SecretMissing: 'SecretMissing',
  NotStarted: 'NotStarted',
  QuotaExceeded: 'QuotaExceeded',
  ServiceAccountMissing: 'ServiceAccountMissing',
  PriorityClassMissing: 'PriorityClassMissing',
  RuntimeClassMissing: 'RuntimeClassMissing',
  WebhookUnavailable: 'WebhookUnavailable',
  FailedCreate: 'FailedCreate',
  PodSecurityViolation: 'PodSecurityViolation',
  ResourcesUnfit: 'ResourcesUnfit',
  PodsDenied: 'PodsDenied',
  NotReadyInTime: 'NotReadyInTime',
  // Events and switches
  Minted: 'Minted',
  GatesPassed: 'GatesPassed',
  Switched: 'Switched',
  Repaired: 'Repaired',
  Lent: 'Lent',
  TakenBack: 'TakenBack',
  Retired: 'Retired',
  Released: 'Released',
  Automatic: 'Automatic',
  Activated: 'Activated',
  Pinned: 'Pinned',
  Renewed: 'Renewed',
  Replaced: 'Replaced',
  Reverted: 'Reverted',
  // Enforced, warnings
  PoliciesInForce: 'PoliciesInForce',
  DetectOnly: 'DetectOnly',
  ControllersUnknown: 'ControllersUnknown',
  NotProbed: 'NotProbed',
  WriteFailing: 'WriteFailing',
  Debugged: 'Debugged',
  ImageDiverged: 'ImageDiverged',
  AdmissionWarning: 'AdmissionWarning',
  AnnotationUnreadable: 'AnnotationUnreadable',
  AnnotationUnknown: 'AnnotationUnknown',
  PinExpired: 'PinExpired',
  ServesAlike: 'ServesAlike',
  NameKept: 'NameKept',
  Orphaned: 'Orphaned',
  BudgetSpansVersions: 'BudgetSpansVersions',
  BudgetsOverlap: 'BudgetsOverlap',
  NothingToSpare: 'NothingToSpare',
  ReceiverUnknown: 'ReceiverUnknown',
  SelectedByOthers: 'SelectedByOthers',
  SharedVolume: 'SharedVolume',
  HostPort: 'HostPort',
} as const;
export type Reason = (typeof REASON)[keyof typeof REASON];

/** Of an instance, first match. */
export const ROLES = ['Active', 'Target', 'Draining', 'Discarded', 'Preview', 'Warm', 'Surplus'] as const;
export type Role = (typeof ROLES)[number];

// What to do about each reason: the last link of every chain that `why` shows. One row each, complete by type; docs/reasons.md says what the
// words mean. `APP`, `NS` and `VERSION` stand for those it is about.
import { REASON, type Reason } from '../model/vocabulary.ts';

export type Tone = 'green' | 'yellow' | 'red';

export interface Advice {
  readonly tone: Tone;
  /** What to do next; nothing, said in so many words, is an answer, too. */
  readonly next: string;
}

const well = (next = 'nothing to do'): Advice => ({ tone: 'green', next });
const wait = (next: string): Advice => ({ tone: 'yellow', next });
const act = (next: string): Advice => ({ tone: 'red', next });

const LOGS = 'read what it wrote: kubectl iapp logs APP --failed -n NS';
const RETRY = 'push a fix, or try it again: kubectl iapp renew APP VERSION -n NS';
const ITS_OWN = `${LOGS}; then ${RETRY}`;
const CLUSTERS =
  'nothing of the version has to change: put the cluster right, and it is tried again by itself, or at once by kubectl iapp renew APP VERSION -n NS';
const NAME_ONE = 'name a version: kubectl iapp versions APP -n NS lists them, kubectl iapp go APP VERSION -n NS goes there';
const FIX_SPEC = 'correct the field that the message names, and apply it again';
const SERVICE = 'do to the Service what the message says; docs/services.md has the ways';
const INTRUDER = 'find out who wrote it: kubectl iapp audit APP -n NS';

export const ADVICE: Readonly<Record<Reason, Advice>> = {
  [REASON.Serving]: well(),
  [REASON.AwaitingActivation]: well('go to the newest when you want it: kubectl iapp go APP latest -n NS'),
  [REASON.ScaledToZero]: well('scale it up when it is wanted: kubectl iapp scale APP 1 -n NS'),
  [REASON.Settling]: wait('wait some seconds: what changed has to come to rest first'),
  [REASON.CaptureStorm]: wait('find out who keeps writing the ConfigMap: kubectl get cm -n NS --show-managed-fields -o yaml'),
  [REASON.Queued]: wait('wait for the other Apps that come up because of the same ConfigMap, or raise --max-candidates of the operator'),
  [REASON.MintThrottled]: wait('wait a minute, and find out who edits the App without end'),
  [REASON.Minting]: wait('wait a moment: the API server is asked about it'),
  [REASON.Stopping]: wait('wait until the last pod of the old version is gone: kubectl iapp pods APP -n NS'),
  [REASON.BringingUp]: wait('wait for its pods: kubectl iapp pods APP -n NS; or watch it: kubectl iapp status APP -w -n NS'),
  [REASON.Draining]: wait('wait until it has drained; traffic has moved already'),
  [REASON.ReplicasUnavailable]: wait('see what its pods lack: kubectl iapp pods APP -n NS'),
  [REASON.Paused]: wait('go on when you want to: kubectl iapp resume APP -n NS'),
  [REASON.NothingServes]: wait('wait for the first version to come up; status says what keeps it'),
  [REASON.NoAvailablePod]: act('see what its pods lack: kubectl iapp pods APP -n NS; the way back: kubectl iapp back APP -n NS'),
  [REASON.NoEndpoints]: act('see the selector and the ports of the Service that the message names'),
  [REASON.NotObserved]: wait('wait a moment: nothing of it has been seen yet'),
  [REASON.NotAvailable]: wait('wait for its pods: kubectl iapp pods APP -n NS'),
  [REASON.SettlingIn]: wait('wait for promotion.minReadySeconds'),
  [REASON.GatesRunning]: wait('wait for its gates: kubectl iapp status APP -w -n NS'),
  [REASON.ApprovalMissing]: wait('let somebody approve it: kubectl iapp approve APP -n NS; a pin asks nobody'),
  [REASON.WindowClosed]: wait('wait until the window opens; a pin does not wait for it: kubectl iapp pin APP VERSION --for 1h -n NS'),
  [REASON.LineHeld]: wait('ask who held the line; it goes on with kubectl iapp hold-line --release'),
  [REASON.Climbing]: wait('wait for the next step; a pin does not wait: kubectl iapp pin APP VERSION --for 1h -n NS'),
  [REASON.SpecInvalid]: act(FIX_SPEC),
  [REASON.ConfigMissing]: act('create the ConfigMap that the message names, or take it out of the template'),
  [REASON.ReferenceForbidden]: act(
    'take it out of the template, or allow it in spec.references; what a ConfigMap says may move into spec.config',
  ),
  [REASON.ImageNotPinned]: act('write the image with its digest: name:tag@sha256:…'),
  [REASON.ContentTooLarge]: act('make template and config smaller than 1 MiB: move large files into an image or a volume'),
  [REASON.InvalidTemplate]: act(FIX_SPEC),
  [REASON.NameTaken]: act('choose another spec.version, or leave it out'),
  [REASON.VersionNotFound]: act(NAME_ONE),
  [REASON.PointedVersionFailed]: act(`${LOGS}; then point elsewhere (kubectl iapp back APP -n NS), or ${RETRY}`),
  [REASON.PointedVersionRejected]: act(
    'point elsewhere: kubectl iapp back APP -n NS; or lift the rejection: kubectl iapp renew APP VERSION -n NS',
  ),
  [REASON.VersionFailed]: act(ITS_OWN),
  [REASON.VersionRejected]: act('push other content, or lift the rejection: kubectl iapp renew APP VERSION -n NS'),
  [REASON.ReplacementFailed]: act(ITS_OWN),
  [REASON.ProgressDeadlineExceeded]: act(`see why its pods are not up: kubectl iapp pods APP -n NS; ${RETRY}`),
  [REASON.PortMissing]: act('declare the container port that the Service sends traffic to, by its name'),
  [REASON.SourceUnknown]: act('name a source that there is, or have the platform define it (--sources)'),
  [REASON.GateUnknown]: act('correct the gate that the message names, or upgrade the operator'),
  [REASON.Compromised]: act(`${INTRUDER}; under onDrift Report, or paused, replace it yourself: kubectl iapp renew APP active -n NS`),
  [REASON.RecordUnreadable]: act(`the record is not what it was: ${INTRUDER}; go to another version`),
  [REASON.ServiceMissing]: act(SERVICE),
  [REASON.ServiceNotOwned]: act(SERVICE),
  [REASON.ServiceNotAdopted]: act(SERVICE),
  [REASON.ServiceUnfit]: act(SERVICE),
  [REASON.CapacityMissing]: act('scale the App to as many pods as the Service has: kubectl iapp scale APP N -n NS'),
  [REASON.SelectorMismatch]: act('make the template carry the labels that the selector of the Service asks for'),
  [REASON.SelectorInGit]: act('leave selector out of the manifest of the Service; docs/services.md says how'),
  [REASON.SelectorContended]: act('make the writer that the message names leave the selector alone'),
  [REASON.ForeignEndpoint]: act('delete the pod that the message names, and find out who made it'),
  [REASON.DriftLoop]: act(`stop the writer that the message names; then kubectl iapp renew APP active -n NS`),
  [REASON.CircuitOpen]: act(
    'find out what changes so many Apps (kubectl iapp audit -A); then take annotation immutableapp.io/circuit-breaker off the Lease of the operator',
  ),
  [REASON.RouteUnknown]: act(NAME_ONE),
  [REASON.Denied]: act('give the operator what the message says it lacks: a right, quota, a policy that lets it'),
  [REASON.WriteRepeats]: act('find out who undoes the write that the message names: a webhook, an agent, a newer API'),
  [REASON.Bug]: act('report it with a bundle: kubectl iapp report APP -n NS > report.json'),
  [REASON.Held]: wait('let it serve when you want it: kubectl iapp go APP VERSION -n NS; or push other content'),
  [REASON.HeldAlong]: wait('let it serve when you want it: kubectl iapp go APP VERSION -n NS; or push another template'),
  [REASON.Rejected]: wait('lift the rejection: kubectl iapp renew APP VERSION -n NS'),
  [REASON.GateFailed]: act(`see what the gate measured: kubectl iapp status APP -n NS; ${RETRY}`),
  [REASON.FailedBack]: act(ITS_OWN),
  [REASON.CrashLoop]: act(ITS_OWN),
  [REASON.ImagePullFailed]: act(`see that the image is there and may be pulled; ${CLUSTERS}`),
  [REASON.Unschedulable]: act(`give it nodes, or ask for less; ${CLUSTERS}`),
  [REASON.SecretMissing]: act(`create the Secret, or the key of it, that the message names; ${CLUSTERS}`),
  [REASON.NotStarted]: act(`see the volumes that the message names; ${CLUSTERS}`),
  [REASON.QuotaExceeded]: act(`raise the quota, or free what only waits: kubectl iapp cool APP -n NS; ${CLUSTERS}`),
  [REASON.ServiceAccountMissing]: act(`create the ServiceAccount; ${CLUSTERS}`),
  [REASON.PriorityClassMissing]: act(`create the PriorityClass; ${CLUSTERS}`),
  [REASON.RuntimeClassMissing]: act(`create the RuntimeClass; ${CLUSTERS}`),
  [REASON.WebhookUnavailable]: act(`bring back the webhook that the message names; ${CLUSTERS}`),
  [REASON.FailedCreate]: act(`see the API server's words in the message; ${CLUSTERS}`),
  [REASON.PodSecurityViolation]: act('make the template conform to the Pod Security level of the namespace'),
  [REASON.ResourcesUnfit]: act('make requests and limits conform to the LimitRange, or say them where a quota asks for them'),
  [REASON.PodsDenied]: act('make the template conform to the policy that the message names'),
  [REASON.NotReadyInTime]: act(ITS_OWN),
  [REASON.GatesPassed]: well(),
  [REASON.Minted]: well(),
  [REASON.Switched]: well(),
  [REASON.Repaired]: wait(INTRUDER),
  [REASON.Lent]: well(),
  [REASON.TakenBack]: wait('see why: kubectl iapp why APP -n NS'),
  [REASON.Retired]: well(),
  [REASON.Released]: well(),
  [REASON.Automatic]: well(),
  [REASON.Activated]: well('follow the newest again when you want to: kubectl iapp go APP --newest -n NS'),
  [REASON.Pinned]: wait('let go of it when you want to: kubectl iapp unpin APP -n NS; it ends by itself'),
  [REASON.Renewed]: well(),
  [REASON.Replaced]: wait(INTRUDER),
  [REASON.Reverted]: wait(ITS_OWN),
  [REASON.PoliciesInForce]: well(),
  [REASON.DetectOnly]: wait(
    'install the policies of this release: kubectl apply -k deploy/policies; kubectl iapp doctor says which are missing',
  ),
  [REASON.ControllersUnknown]: act('add the line that the message names to ConfigMap immutableapp-identities'),
  [REASON.NotProbed]: wait('wait a moment: the operator asks about the policies once a minute'),
  [REASON.WriteFailing]: wait('wait: it is tried again; if it stays, see the webhook or the API server that the message names'),
  [REASON.Debugged]: wait('leave the pod before --debug-grace is over, or expect its instance to be replaced'),
  [REASON.ImageDiverged]: wait(
    'name images by digest, or set spec.references.images to Pinned: kubectl iapp versions APP -n NS -o yaml has the digests',
  ),
  [REASON.AdmissionWarning]: wait('read the warning of the API server; a later Kubernetes may refuse it'),
  [REASON.AnnotationUnreadable]: wait('write it as the message says, or let the plugin do it: kubectl iapp pin, reject, renew'),
  [REASON.AnnotationUnknown]: wait('take it off, or correct its name'),
  [REASON.PinExpired]: wait('take the pin off: kubectl iapp unpin APP -n NS'),
  [REASON.ServesAlike]: wait('reject what serves by its id, too, as the message says'),
  [REASON.NameKept]: well('nothing to do: go to it by its id'),
  [REASON.Orphaned]: wait('delete the Deployment that the message names, once nothing needs it'),
  [REASON.BudgetSpansVersions]: wait('use spec.disruption instead of that PodDisruptionBudget'),
  [REASON.ReceiverUnknown]: wait('name a receiver that the platform defines, or ask who looks after the operator for this one'),
  [REASON.BudgetsOverlap]: wait('delete one of the two budgets'),
  [REASON.NothingToSpare]: wait('allow one pod to go in spec.disruption, or run more of them'),
  [REASON.SelectedByOthers]: wait('narrow the selector of that Service, or name it in spec.services'),
  [REASON.SharedVolume]: wait('with one writer at a time: promotion.overlap: Never'),
  [REASON.HostPort]: wait('promotion.overlap: Never, or a node to spare'),
};

/** undefined for what this plugin does not know: a newer operator has more words. */
export const lookUp = (reason: string | undefined): Advice | undefined =>
  reason !== undefined && Object.hasOwn(ADVICE, reason) ? ADVICE[reason as Reason] : undefined;

/** The next step in words that can be typed. */
export const nextStep = (
  reason: string | undefined,
  about: { readonly app: string; readonly namespace: string; readonly version?: string },
): string => {
  const advice = lookUp(reason);
  if (advice === undefined) return 'see the message: this plugin is older than the operator and does not know the reason';
  const version = about.version ?? 'VERSION';
  return advice.next.replaceAll(
    /\b(APP|NS|VERSION)\b/g,
    (word) => ({ APP: about.app, NS: about.namespace, VERSION: version })[word] ?? word,
  );
};

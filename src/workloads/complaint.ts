// Reads the API server's message when it refuses a pod or a Deployment: whether the template or the cluster is at fault, and our reason for it. The
// sentences are those of Kubernetes 1.36 (plugin/pkg/admission, pod-security-admission, apiserver/pkg/admission/plugin).
import type { Evidence } from '../model/question.ts';
import type { Reason } from '../model/vocabulary.ts';
import { REASON } from '../model/vocabulary.ts';

type Fault = Pick<Evidence, 'cause' | 'reason'>;

const cluster = (reason: Reason): Fault => ({ cause: 'cluster', reason });
const version = (reason: Reason): Fault => ({ cause: 'version', reason });

/** Anchored at the start, which the API server writes: an admission webhook may say anything after that. */
const SENTENCES: readonly (readonly [RegExp, Fault])[] = [
  [/^[^:]* is forbidden: failed quota: \S+: must specify /, version(REASON.ResourcesUnfit)],
  [/^[^:]* is forbidden: (?:exceeded|failed|status unknown for) quota: /, cluster(REASON.QuotaExceeded)],
  [/^[^:]* is forbidden: \[?(?:(?:minimum|maximum) \S+ usage per |\S+ max limit to request ratio per )/, version(REASON.ResourcesUnfit)],
  [/^[^:]* is forbidden: error looking up service account /, cluster(REASON.ServiceAccountMissing)],
  [/^[^:]* is forbidden: no PriorityClass with name /, cluster(REASON.PriorityClassMissing)],
  [/^[^:]* is forbidden: pod rejected: RuntimeClass /, cluster(REASON.RuntimeClassMissing)],
  [
    /^[^:]* is forbidden: (?:violates PodSecurity |unable to validate against any security context constraint)/,
    version(REASON.PodSecurityViolation),
  ],
  [
    /^[^:]* is forbidden: ValidatingAdmissionPolicy 'immutableapp-.* denied request: .*: if it is a controller /,
    cluster(REASON.ControllersUnknown),
  ],
  // A refusal by our own policies is never the template's fault.
  [/^[^:]* is forbidden: (?:Validating|Mutating)AdmissionPolicy '(?!immutableapp-).* denied request: /, version(REASON.PodsDenied)],
  [/^admission webhook \S+ denied the request/, version(REASON.PodsDenied)],
  [/^Internal error occurred: failed calling webhook /, cluster(REASON.WebhookUnavailable)],
];

/** An unknown sentence counts as the cluster's fault: trying again costs little, a final failure needs a person. */
const faultOf = (words: string): Fault => SENTENCES.find(([sentence]) => sentence.test(words))?.[1] ?? cluster(REASON.FailedCreate);

/** Why the Deployment controller could not create pods; undefined if it does not complain. */
export const refusedPods = (complaint: string): Evidence | undefined =>
  complaint === '' ? undefined : { ...faultOf(complaint), message: `pods cannot be created: ${complaint}` };

/** The reason for a refused Deployment: what the cluster lacks, or else its template. */
export function refusedDeployment(words: string): Reason {
  const { cause, reason } = faultOf(words);
  return cause === 'cluster' && reason !== REASON.FailedCreate ? reason : REASON.InvalidTemplate;
}

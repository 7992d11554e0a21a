// What the API server's words mean when it refuses a pod, or a Deployment: whose fault it is, and the reason people are told. Its sentences
// are those of Kubernetes 1.36 (plugin/pkg/admission, pod-security-admission, apiserver/pkg/admission/plugin). Decides nothing else.
import type { Evidence } from '../model/question.ts';
import type { Reason } from '../model/vocabulary.ts';
import { REASON } from '../model/vocabulary.ts';

type Fault = Pick<Evidence, 'cause' | 'reason'>;

const cluster = (reason: Reason): Fault => ({ cause: 'cluster', reason });
const version = (reason: Reason): Fault => ({ cause: 'version', reason });

/** Anchored where the API server begins: what an admission webhook says after that is anybody's words. */
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
  // What our own policies refuse is never what a template says.
  [/^[^:]* is forbidden: (?:Validating|Mutating)AdmissionPolicy '(?!immutableapp-).* denied request: /, version(REASON.PodsDenied)],
  [/^admission webhook \S+ denied the request/, version(REASON.PodsDenied)],
  [/^Internal error occurred: failed calling webhook /, cluster(REASON.WebhookUnavailable)],
];

/** Of a sentence that is not known nobody is to blame: what is tried again costs little, what is final wants a person. */
const faultOf = (words: string): Fault => SENTENCES.find(([sentence]) => sentence.test(words))?.[1] ?? cluster(REASON.FailedCreate);

/** What the Deployment controller says of pods that it could not create; undefined when it does not complain. */
export const refusedPods = (complaint: string): Evidence | undefined =>
  complaint === '' ? undefined : { ...faultOf(complaint), message: `pods cannot be created: ${complaint}` };

/** The reason why a Deployment was refused, in people's words: what the cluster lacks, or else that its template is at fault. */
export function refusedDeployment(words: string): Reason {
  const { cause, reason } = faultOf(words);
  return cause === 'cluster' && reason !== REASON.FailedCreate ? reason : REASON.InvalidTemplate;
}

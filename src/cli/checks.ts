// What `doctor` looks at, each look a check with an answer and, where it is not well, what to do. Reads only, with the rights of who asks: what
// may not be seen is said to be unknown, never to be well.
import { ANNOTATION, CONDITION, GROUP, POLICIES, POLICY_REVISION, REASON } from '../model/vocabulary.ts';
import { VERSION } from '../flags.ts';
import { conditionOf, title, versionsOf, type AppObject } from './apps.ts';
import type { Cluster } from './cluster.ts';
import type { Context } from './command.ts';
import { Complaint, EXIT } from './exit.ts';
import { circuitOf, judge } from './operator.ts';
import { pathOf } from './paths.ts';
import { secretsOf } from './secrets.ts';

export interface Check {
  readonly check: string;
  readonly is: 'well' | 'ill' | 'unknown';
  readonly message: string;
  readonly next?: string;
}

export interface Patient {
  readonly context: Context;
  readonly cluster: Cluster;
  /** Where the operator runs. */
  readonly namespace: string;
  readonly apps: readonly AppObject[];
}

type Look = (patient: Patient) => Promise<Omit<Check, 'check'>>;

const well = (message: string): Omit<Check, 'check'> => ({ is: 'well', message });
const ill = (message: string, next: string): Omit<Check, 'check'> => ({ is: 'ill', message, next });

const LOOKS: readonly (readonly [string, Look])[] = [
  ['CRD', crd],
  ['operator', operator],
  ['operator version', skew],
  ['circuit breaker', circuit],
  ['policies', policies],
  ['identities', identities],
  ['your rights', rights],
  ['Secrets', secrets],
];

export async function examine(patient: Patient): Promise<Check[]> {
  return Promise.all(
    LOOKS.map(async ([check, look]) => {
      try {
        return { check, ...(await look(patient)) };
      } catch (error) {
        if (!(error instanceof Complaint) || error.exit === EXIT.away) throw error;
        return { check, is: 'unknown' as const, message: error.message };
      }
    }),
  );
}

interface Crd {
  readonly spec: { readonly versions: readonly { readonly name: string; readonly served: boolean }[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function crd({ cluster }: Patient): Promise<Omit<Check, 'check'>> {
  const there = await cluster.find<Crd>(pathOf('CustomResourceDefinition', undefined, `immutableapps.${GROUP}`));
  if (there === undefined) return ill('the CRD is not installed', 'kubectl apply -f crds/immutableapp.yaml');
  const established = there.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true;
  const served = there.spec.versions.filter(({ served: is }) => is).map(({ name }) => name);
  return established
    ? well(`serves ${served.join(', ')}`)
    : ill('the CRD is not established', 'kubectl describe crd immutableapps.immutableapp.io says why');
}

interface Lease {
  readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string };
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}
const leaseIn = ({ cluster, namespace }: Patient): Promise<Lease | undefined> =>
  cluster.find<Lease>(pathOf('Lease', namespace, 'immutableapp'));

async function operator(patient: Patient): Promise<Omit<Check, 'check'>> {
  const { is, message } = judge(await leaseIn(patient), patient.namespace, patient.context.now());
  if (is === 'alive') return well(message);
  return ill(message, `kubectl -n ${patient.namespace} get pods,lease; what cannot wait: kubectl iapp glass`);
}

interface Imaged {
  readonly spec: { readonly containers: readonly { readonly image?: string }[] };
}

async function skew({ cluster, namespace }: Patient): Promise<Omit<Check, 'check'>> {
  const pods = await cluster.list<Imaged>('Pod', namespace, {
    labelSelector: 'app.kubernetes.io/name=immutableapp',
  });
  const images = [...new Set(pods.flatMap(({ spec }) => spec.containers.map(({ image = '' }) => image)))];
  if (images.length === 0) return { is: 'unknown', message: `no pod of the operator in namespace ${namespace}; this plugin is ${VERSION}` };
  const tags = [...new Set(images.map((image) => /:([^:/@]+)(@|$)/.exec(image)?.[1] ?? image))];
  if (tags.length === 1 && tags[0] === VERSION) return well(`${VERSION}, as this plugin`);
  return ill(`${tags.join(' and ')}; this plugin is ${VERSION}`, 'the two work together; for all that is new install the same of both');
}

async function circuit(patient: Patient): Promise<Omit<Check, 'check'>> {
  const open = circuitOf(await leaseIn(patient), ANNOTATION.breaker);
  if (open === undefined) return well('closed: what is compromised is replaced');
  return ill(
    `open: ${open}`,
    `find out who did it (kubectl iapp audit -A), then take annotation ${ANNOTATION.breaker} off Lease immutableapp`,
  );
}

interface Policy {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly policyName?: string;
    readonly validations?: readonly { readonly message?: string }[];
    readonly validationActions?: readonly string[];
  };
}

async function policies({ cluster }: Patient): Promise<Omit<Check, 'check'>> {
  const labelSelector = 'app.kubernetes.io/part-of=immutableapp';
  const [all, bindings] = await Promise.all([
    cluster.list<Policy>('ValidatingAdmissionPolicy', undefined, { labelSelector }),
    cluster.list<Policy>('ValidatingAdmissionPolicyBinding', undefined, { labelSelector }),
  ]);
  const names = POLICIES.map((name) => `immutableapp-${name}`);
  const install = 'kubectl apply -k deploy/policies, of the release of the operator';
  const missing = names.filter((name) => !all.some(({ metadata }) => metadata.name.startsWith(name)));
  if (missing.length > 0) return ill(`${missing.length} of ${names.length} are missing: ${missing.join(', ')}`, install);
  const denied = new Set(
    bindings.filter(({ spec }) => spec.validationActions?.includes('Deny') === true).map(({ spec }) => spec.policyName),
  );
  const loose = all.filter(({ metadata }) => !denied.has(metadata.name)).map(({ metadata }) => metadata.name);
  if (loose.length > 0) return ill(`no binding denies by ${loose.join(', ')}`, install);
  const old = all.filter(({ spec }) => revisionOf(spec.validations) < POLICY_REVISION).map(({ metadata }) => metadata.name);
  if (old.length > 0) return ill(`older than revision ${POLICY_REVISION}: ${old.join(', ')}`, install);
  return well(`all ${names.length}, revision ${POLICY_REVISION}, and bound`);
}

/** Each says its own revision in the message with which it refuses the operator's probe. */
const revisionOf = (validations: Policy['spec']['validations'] = []): number =>
  Math.max(-1, ...validations.map(({ message = '' }) => Number(/^revision (\d+) is in force$/.exec(message)?.[1] ?? -1)));

async function identities({ cluster, namespace, apps }: Patient): Promise<Omit<Check, 'check'>> {
  const unknown = apps
    .flatMap((app) => [conditionOf(app, CONDITION.enforced), conditionOf(app, CONDITION.stalled)])
    .find((condition) => condition?.reason === REASON.ControllersUnknown);
  const next = 'add the line that it names to ConfigMap immutableapp-identities';
  if (unknown !== undefined) return ill(unknown.message ?? '', next);
  const known = await cluster.find<{ readonly data?: Readonly<Record<string, string>> }>(
    pathOf('ConfigMap', namespace, 'immutableapp-identities'),
  );
  if (known === undefined)
    return ill(`ConfigMap immutableapp-identities is not in namespace ${namespace}`, 'kubectl apply -k deploy/policies');
  const lines = (key: string): number => (known.data?.[key] ?? '').split('\n').filter((line) => line.trim() !== '').length;
  if (lines('operator') === 0)
    return ill('no operator stands in ConfigMap immutableapp-identities', 'write its user name under `operator`');
  return well(`${lines('operator')} operator, ${lines('controllers')} controllers; none was refused`);
}

interface Review {
  readonly status: { readonly allowed: boolean };
}

async function rights({ cluster }: Patient): Promise<Omit<Check, 'check'>> {
  const verbs = ['get', 'list', 'watch', 'patch'];
  const answers = await Promise.all(
    verbs.map(async (verb) => {
      const resourceAttributes = { namespace: cluster.namespace, group: GROUP, resource: 'immutableapps', verb };
      const asked = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
      return (await cluster.post<Review>(pathOf('SelfSubjectAccessReview'), asked)).status.allowed;
    }),
  );
  const missing = verbs.filter((_, i) => answers[i] !== true);
  if (missing.length === 0) return well(`you may see and move Apps in namespace ${cluster.namespace}`);
  return ill(
    `in namespace ${cluster.namespace} you may not ${missing.join(', ')} immutableapps`,
    'ask for the role view, or edit to move traffic',
  );
}

/** Of every version that is kept: whether the Secrets it needs are there. By metadata; without the right nothing is said. */
async function secrets({ context, cluster, apps }: Patient): Promise<Omit<Check, 'check'>> {
  const needed = await Promise.all(apps.map((app) => neededBy(context, app)));
  const all = needed.flat();
  const names = [...new Set(all.map(({ namespace, secret }) => `${namespace}/${secret}`))];
  const there = new Map(
    await Promise.all(
      names.map(async (full) => {
        const [namespace, secret] = full.split('/');
        return [full, await cluster.isThere(pathOf('Secret', namespace, secret))] as const;
      }),
    ),
  );
  const gone = all.filter(({ namespace, secret }) => there.get(`${namespace}/${secret}`) === false);
  if (gone.length === 0) return well(`${names.length} that versions on record refer to, and all are there`);
  const list = gone.map(({ namespace, secret, who }) => `Secret ${secret} in ${namespace}, for ${who}`);
  return ill(`${list.join('; ')}: not there, so that the version cannot come back`, 'create it before anybody goes there');
}

async function neededBy(context: Context, app: AppObject): Promise<{ namespace: string; secret: string; who: string }[]> {
  const each = await Promise.all(
    versionsOf(app).map(async (version) => {
      const found = await secretsOf(context, app, version);
      return found.map((secret) => ({ namespace: app.metadata.namespace, secret, who: `${app.metadata.name} ${title(version)}` }));
    }),
  );
  return each.flat();
}

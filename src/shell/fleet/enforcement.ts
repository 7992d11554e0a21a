// Whether the admission policies are in force, by asking the API server: each policy refuses one harmless object, and its refusal says its revision.
// The object is sent as a dry run, so nothing is stored even if it passes. Asked when this process begins to lead and after a policy has changed;
// in between only if the cluster's own controllers are refused or do not answer. Decides nothing about Apps.
import type { KubeObject } from '../../model/object.ts';
import type { Result } from '../../model/failure.ts';
import { int, obj, text } from '../../model/json.ts';
import type { Enforcement } from '../../model/observed.ts';
import { LABEL, POLICIES, POLICY_REVISION } from '../../model/vocabulary.ts';
import type { Clock } from '../clock.ts';
import { meetControllers } from './controllers.ts';
import type { Kind, Kube } from '../api/kube.ts';
import type { Logger } from '../ops/log.ts';
import type { Cause } from '../api/stream.ts';
import type { Sink, Watch } from '../api/watch.ts';
import { watch } from '../api/watch.ts';

export interface EnforcementOptions {
  readonly kube: Pick<Kube, 'create' | 'read' | 'remove' | 'list' | 'stream'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The namespace for dry runs of ConfigMaps, and for one Deployment without pods. */
  readonly namespace: string;
  readonly found: (enforcement: Enforcement) => void;
  readonly onRestart?: (kind: Kind, cause: Cause) => void;
}

export interface Prober {
  /** Begins to watch the policies. Changes before `begin` cause no question. */
  look(): void;
  /** Asks for the first time; resolves when there is an answer, or none can be had now. */
  begin(): Promise<void>;
  stop(): void;
}

/** When to ask after a change: a policy is in force a moment after it is stored, on each API server separately. */
const ASK_AFTER_MS = [1_000, 5_000, 30_000] as const;
/** How often to ask while the controllers are refused, or do not answer. */
const MEET_AGAIN_MS = 10_000;
const OURS = 'app.kubernetes.io/part-of=immutableapp';
const KINDS = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'] as const;

export function prober(options: EnforcementOptions): Prober {
  const { kube, clock, log, found, onRestart } = options;
  let watches: Watch[] = [];
  let pending: (() => void)[] = [];
  let begun = false;
  let meeting = false;
  /** The user name under which the cluster's controllers were refused. */
  let refused: string | undefined;
  const tell = (verdict: Enforcement): void => {
    found(verdict.is === 'enforced' && refused !== undefined ? { ...verdict, refused } : verdict);
  };
  const meet = async (verdict: Enforcement): Promise<void> => {
    if (meeting || verdict.is !== 'enforced') return;
    meeting = true;
    const met = await meetControllers(options);
    meeting = false;
    if (!begun) return;
    if (met.is !== 'silent') refused = met.is === 'refused' ? met.user : undefined;
    if (met.is !== 'silent') tell(verdict);
    if (met.is !== 'known') pending.push(clock.after(MEET_AGAIN_MS, () => void ask()));
  };
  const ask = async (): Promise<void> => {
    const answers = await Promise.all(POLICIES.map(async (policy) => [policy, await tryOn(options, policy)] as const));
    const verdict = judge(answers);
    if (verdict === undefined) again([ASK_AFTER_MS[1]]);
    else {
      tell(verdict);
      void meet(verdict);
    }
  };
  const again = (afterMs: readonly number[]): void => {
    for (const cancel of pending) cancel();
    pending = afterMs.map((ms) => clock.after(ms, () => void ask()));
  };
  const changed = (): void => {
    if (begun) again(ASK_AFTER_MS);
  };
  return {
    look() {
      watches = KINDS.map((kind) => {
        const source = { kind, labelSelector: OURS, metadataOnly: true };
        return watch({ source, sink: listener(changed), kube, clock, log, ...(onRestart && { onRestart }) });
      });
    },
    async begin() {
      begun = true;
      await ask();
    },
    stop() {
      begun = false;
      again([]);
      for (const one of watches) one.stop();
    },
  };
}

/** The first list is no change, nor is a write of the API server's own controllers to the status of a policy. */
export function listener(changed: () => void): Sink {
  let listed = false;
  const known = new Map<string, number>();
  const tell = (): void => {
    if (listed) changed();
  };
  return {
    begin: () => undefined,
    put: (raw) => {
      const { uid, generation } = obj(obj(raw).metadata);
      const [key, now] = [text(uid), int(generation, 0)];
      const same = known.get(key) === now;
      known.set(key, now);
      if (!same) tell();
    },
    drop: (raw) => {
      known.delete(text(obj(obj(raw).metadata).uid));
      tell();
    },
    end: () => {
      listed = true;
    },
  };
}

const tryOn = ({ kube, namespace }: EnforcementOptions, policy: string): Promise<Result<unknown>> => {
  const metadata = { name: 'immutableapp-probe', namespace, labels: { [LABEL.probe]: policy } };
  const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  return kube.create('ConfigMap', object, { dryRun: true });
};

const WORDS = /ValidatingAdmissionPolicy 'immutableapp-([a-z-]+)'.*denied request: revision (\d+) is in force/;
const ABSENT = -1;
const REMEDY = "apply deploy/policies of this operator's version";

/** Undefined when the API server could not be asked. */
export function judge(answers: readonly (readonly [policy: string, answer: Result<unknown>])[]): Enforcement | undefined {
  if (answers.some(([, answer]) => answer.is === 'failure' && answer.kind !== 'Denied')) return undefined;
  const revisions = answers.map(([policy, answer]) => {
    const [, by, revision] = (answer.is === 'failure' && WORDS.exec(answer.message)) || [];
    return { policy, revision: by === policy ? Number(revision) : ABSENT };
  });
  const named = (found: typeof revisions): string => found.map(({ policy }) => policy).join(', ');
  const absent = revisions.filter(({ revision }) => revision === ABSENT);
  const old = revisions.filter(({ revision }) => revision !== ABSENT && revision < POLICY_REVISION);
  if (absent.length === revisions.length)
    return { is: 'detect only', why: `the admission policies are not in force: ${REMEDY}`, outdated: false };
  if (absent.length > 0)
    return { is: 'detect only', why: `admission policies ${named(absent)} are not in force: ${REMEDY}`, outdated: false };
  if (old.length > 0)
    return { is: 'detect only', why: `admission policies ${named(old)} are older than this operator: ${REMEDY}`, outdated: true };
  return { is: 'enforced', revision: Math.min(...revisions.map(({ revision }) => revision)) };
}

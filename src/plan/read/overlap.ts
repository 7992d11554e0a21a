// promotion.overlap: Never is for what cannot run twice, such as a volume with one writer or host ports: no two instances have pods at a time.
// The rest of the decision is made as usual. Here one instance gets its turn, and the others are stopped first. The active instance is stopped
// when the next one lacks nothing but pods, and started again if that does not come up. The author has accepted the downtime.
import type { Action } from '../../model/action.ts';
import type { App } from '../../model/app.ts';
import type { InstanceSeen } from '../../model/observed.ts';
import type { Evidence } from '../../model/question.ts';
import { leftOver } from '../../model/observed.ts';
import { READINESS } from '../../gates/index.ts';
import type { InstanceName } from '../../model/version.ts';
import { LABEL, REASON } from '../../model/vocabulary.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import type { Candidacy, Scene, Stage, Standing } from './scene.ts';

export const runsAlone = ({ promotion }: App): boolean => promotion.overlap === 'Never';

/** Filters the planned actions for overlap: Never, and adds those that stop other instances. */
export function takeTurns(stage: Stage, target: Candidacy | undefined, standing: Standing, planned: readonly Action[]): readonly Action[] {
  if (!runsAlone(stage.app)) return planned;
  const turn = turnOf(stage, target);
  const waits = companyOf(stage, turn).length > 0;
  const stopped = standing.placements
    .filter(({ instance, role }) => instance.name !== turn && instance.replicas > 0 && (role !== 'Draining' || isChosenOver(stage, target)))
    .map(({ instance }) => instance);
  const stops = stopped.map(({ name, uid, replicas }): Action => ({
    do: 'scale',
    instance: name,
    uid,
    from: replicas,
    to: 0,
    stops: true,
  }));
  const left = planned.filter((action): boolean => {
    if (action.do === 'scale') {
      if (stopped.some(({ name }) => name === action.instance)) return false;
      return action.to <= action.from || (action.instance === turn && (!waits || action.from > 0));
    }
    if (startsPods(action)) return action.object.metadata.name === turn && !waits;
    // When a Deployment is deleted the garbage collector deletes its pods, and nothing shows when they have ended.
    const gone = action.do === 'retire' && action.kind === 'Deployment' && stage.seen.instances.find(({ uid }) => uid === action.uid);
    return !gone || !hasPods(gone);
  });
  return [...stops, ...left];
}

/** Nobody knows what a worker ran last, so it drains until something runs; and a person has said what is to run. While paused that would not start. */
const isChosenOver = ({ app, routing }: Stage, target: Candidacy | undefined): boolean =>
  routing.worker && routing.active === undefined && target !== undefined && !app.paused;

/** Instances that still have pods while another one waits for its turn. */
export function stopping(stage: Stage, target: Candidacy | undefined): Finding | undefined {
  if (!runsAlone(stage.app)) return undefined;
  const turn = turnOf(stage, target);
  const [first] = companyOf(stage, turn);
  const next = stage.seen.instances.find(({ name }) => name === turn);
  if (turn === undefined || first === undefined) return undefined;
  const serves = next !== undefined && hasPods(next);
  if (serves && (target === undefined || target.instance?.name === turn || !leftOver(stage.app, first))) return undefined;
  const starts = serves ? target?.version.id : turn;
  const pods = `${String(Math.max(first.pods, first.replicas) + first.leaving)} of its pods are still there`;
  const way = leftOver(stage.app, first)
    ? `it is not ours to stop: kubectl delete deployment -n ${stage.app.namespace} ${first.name}`
    : 'spec.promotion.overlap is Never';
  return finding(REASON.Stopping, `${first.name} stops before ${String(starts)} starts, and ${pods}: ${way}`);
}

/** What in spec cannot run twice, unless overlap is Never. */
export function clashing(app: App): Finding[] {
  if (runsAlone(app)) return [];
  const { claims, hostPorts } = app.clashes;
  const way = 'set spec.promotion.overlap to Never, which stops one version before the next starts';
  return [
    ...claims.map((claim) =>
      finding(
        REASON.SharedVolume,
        `PersistentVolumeClaim ${claim} is mounted by two versions at a time during an update: if it is ReadWriteOnce, or only one version may write to it at a time, ${way}`,
      ),
    ),
    ...(hostPorts.length === 0
      ? []
      : [
          finding(
            REASON.HostPort,
            `port ${hostPorts.join(', ')} of the node is wanted by two versions at a time during an update: without nodes to spare ${way}`,
          ),
        ]),
  ];
}

const TERMS = {
  podAntiAffinity: {
    said: /anti-?affinity/i,
    too: '; running pods keep their own terms until they are deleted, so make that update under spec.promotion.overlap Never, or with nodes to spare',
  },
  topologySpreadConstraints: { said: /topology spread/i, too: '' },
} as const;

/** Added to the scheduler's message: a term of the template keeps pods of the newest version off nodes with other versions, and how to fix it. */
export function explained({ app, versions: { all, latest } }: Scene, instance: InstanceSeen, evidence: Evidence): Evidence {
  const term = app.clashes.apart.find((each) => TERMS[each].said.test(evidence.message));
  const beside = all.some(({ instances }) => instances.some(({ name, pods }) => name !== instance.name && pods > 0));
  if (evidence.reason !== REASON.Unschedulable || term === undefined || instance.id !== latest.id || !beside) return evidence;
  const way = `pods of every version count for a term of its ${term}: add matchLabelKeys: [${LABEL.instance}] to the term${TERMS[term].too}`;
  return { ...evidence, message: `${evidence.message.replace(/\.$/, '')}; ${way}` };
}

/** The instance that may have pods: the target once only its pods are missing, else the active one. */
function turnOf(stage: Stage, target: Candidacy | undefined): InstanceName | undefined {
  const { app, timer } = stage;
  const active = stage.routing.active?.name;
  const [begun] = target?.actions.filter(startsPods) ?? [];
  const name = target?.instance?.name ?? (begun?.object.metadata.name as InstanceName | undefined);
  if (target === undefined) return active;
  if (active === undefined) return name;
  const underway = (target.instance?.replicas ?? 0) > 0;
  if (app.paused) return underway ? name : active;
  // A Deployment that a deleted App left behind is not ours to stop, and the next instance cannot start beside it: so keep serving until it is gone.
  if (!underway && hasPods(stage.routing.active!) && companyOf(stage, active).some((each) => leftOver(app, each))) return active;
  if (target.instance === undefined) return beginning(stage, target, name);
  const { verdict, gates } = target.judgement!; // an existing target has been judged
  const lacks = gates.some((gate) => gate.name !== READINESS && gate.verdict.is !== 'pass');
  if (!underway) return lacks || verdict.is === 'fail' ? active : name;
  // If the target waits for a human for longer than a rollout may take, the old instance serves again.
  return lacks && timer.held(`lacks ${name}`, 'yes', app.promotion.progressDeadlineSeconds) ? active : name;
}

/** A target that does not exist yet. If the active instance has been stopped already, it is not started again for that short time. */
function beginning({ seen, routing: { active } }: Stage, { judgement, actions }: Candidacy, name: InstanceName | undefined) {
  if (judgement !== undefined || actions.length === 0) return active?.name;
  if (name !== undefined && actions.length === 1) return name;
  return active?.replicas === 0 && seen.failure === undefined ? undefined : active?.name;
}

type Start = Extract<Action, { do: 'publish'; object: object }>;

const startsPods = (action: Action): action is Start =>
  action.do === 'publish' && action.kind === 'Deployment' && (action.object.spec as { replicas: number }).replicas > 0;

/** Other instances that have or want pods: ours, and those that a deleted App left behind. */
const companyOf = ({ seen, app }: Stage, turn: InstanceName | undefined): InstanceSeen[] =>
  seen.instances
    .filter((each) => each.name !== turn && (each.owner?.uid === app.uid || leftOver(app, each)))
    .filter(hasPods)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** Terminating pods still hold the volume or port. */
const hasPods = ({ replicas, pods, leaving, generation, observedGeneration }: InstanceSeen): boolean =>
  replicas > 0 || pods > 0 || leaving > 0 || observedGeneration < generation;

// The order of a migration: the App comes up beside the workload and takes the traffic, then the workload goes. Two steps, never one: what is
// removed in the same moment leaves nothing that serves. Decides the order; whoever migrates does it, nothing here writes to a cluster.
import type { Obj } from '../../model/json.ts';
import { obj, text } from '../../model/json.ts';
import { PERSON } from '../../model/command.ts';
import { ANNOTATION, LABEL } from '../../model/vocabulary.ts';
import type { Manifest } from '../documents.ts';
import { nameOf } from '../documents.ts';
import { apexOf, isRouted, pausedBy } from './canary.ts';
import type { Scaler } from './intent.ts';
import { isScaled } from './intent.ts';
import type { Renaming } from './ports.ts';
import type { Workload } from './workload.ts';

interface Lines {
  readonly does: string;
  readonly commands: readonly string[];
}

export interface Step extends Lines {
  /** Instead of what follows. */
  readonly back?: Lines;
}

export interface Facts {
  readonly workload: Workload;
  readonly app: string;
  /** Names of existing Services that the App is to move. */
  readonly adopted: readonly string[];
  /** Services whose selector somebody applies, and the selector. */
  readonly appliers: readonly { readonly service: string; readonly by: readonly string[]; readonly selector: Obj }[];
  readonly scalers: readonly Scaler[];
  readonly budgets: readonly Manifest[];
  readonly renamings: readonly Renaming[];
  /** One version stops before the next starts. */
  readonly stopsFirst: boolean;
  /** By which its own selector finds its pods. */
  readonly labels: Readonly<Record<string, string>>;
}

const FILE = 'app.yaml';
const HASH = '{.spec.selector.rollouts-pod-template-hash}';
const WAIT = '--timeout=15m';
const AS = `--field-manager=${PERSON}`;

export function stepsOf(facts: Facts): Step[] {
  const { workload } = facts;
  const before = workload.kind === 'Rollout' ? fromRollout(facts) : workload.kind === 'Canary' ? fromCanary(facts) : [];
  const after = workload.kind === 'Knative Service' ? leaveKnative(facts) : leave(facts);
  const steps = [
    ...before,
    ...consent(facts),
    ...(facts.stopsFirst ? stopFirst(facts) : []),
    ...arrive(facts),
    ...after,
    ...afterwards(facts),
  ];
  return steps.map((step) => stepIn(step, workload.namespace));
}

const linesIn = ({ does, commands }: Lines, namespace: string): Lines => ({
  does,
  commands: commands.map((command) => inNamespace(command, namespace)),
});

export const stepIn = ({ back, ...step }: Step, namespace: string): Step => ({
  ...linesIn(step, namespace),
  ...(back === undefined ? {} : { back: linesIn(back, namespace) }),
});

/** Where the manifest names one, every command does. */
const inNamespace = (command: string, namespace: string): string =>
  namespace === '' ? command : command.replaceAll(/kubectl (rollout status|\w+) /g, `kubectl $1 -n ${namespace} `);

function consent({ adopted, app, appliers }: Facts): Step[] {
  if (adopted.length === 0) return [];
  const held = appliers.map(
    ({ service, by }) =>
      `${by.join(' and ')} applies the selector of ${service} server-side: once the App's pods run, leave selector out of its manifest and apply it.`,
  );
  return [
    {
      does: ['Consent: the App may move these Services. Write the annotation into their manifests, too.', ...held].join(' '),
      commands: adopted.map((service) => `kubectl annotate service/${service} ${AS} ${ANNOTATION.adopt}=${app}`),
    },
  ];
}

function stopFirst({ workload, labels }: Facts): Step[] {
  return [
    {
      does: 'Here the downtime begins: nothing may run beside the App. Let no tool scale it up again meanwhile.',
      commands: [`kubectl scale ${resourceOf(workload)} --replicas=0`, `kubectl wait --for=delete pod -l ${pairs(labels)} ${WAIT}`],
    },
  ];
}

function arrive(facts: Facts): Step[] {
  const { app, adopted, scalers, stopsFirst, workload } = facts;
  const does = stopsFirst ? 'The App comes up' : `The App comes up beside it${adopted.length > 0 ? ' and takes the traffic' : ''}`;
  return [
    {
      does: `${does}.`,
      commands: [
        `kubectl apply --server-side -f ${FILE}`,
        ...(isScaled(scalers) ? [`kubectl scale iapp/${app} --replicas=${sizeNow(workload, stopsFirst)}`] : []),
        `kubectl wait iapp/${app} --for=condition=UpToDate ${WAIT}`,
      ],
      back: goBack(facts),
    },
    ...scalers.map(({ object, resource, patch }) => ({
      does: `${object.kind} ${nameOf(object)} scales the App from now on; in its manifest, too. To go back after this, point it back first.`,
      commands: [`kubectl patch ${resource}/${nameOf(object)} ${AS} --type=merge -p '${JSON.stringify(patch)}'`],
    })),
  ];
}

function goBack(facts: Facts): Lines {
  const { app, adopted, appliers, stopsFirst, workload } = facts;
  const first = adopted.length > 0 ? 'the App lets go of the Services, then it goes' : 'the App goes';
  const old = stopsFirst ? 'The Deployment starts when the pods of the App have ended' : 'The old pods never stopped';
  const again = AGAIN[workload.kind];
  const restart = [
    `kubectl wait --for=delete pod -l ${LABEL.app}=${app} ${WAIT}`,
    `kubectl scale ${resourceOf(workload)} --replicas=${String(workload.replicas ?? 1)}`,
  ];
  return {
    does: `Or go back from here, with no tool applying the App meanwhile: ${[first, old, ...(again === undefined ? [] : [again])].join('. ')}.`,
    commands: [
      ...(adopted.length > 0 ? letGo(app, adopted, { selectors: appliers }) : []),
      `kubectl delete iapp/${app}`,
      ...(stopsFirst ? restart : []),
    ],
  };
}

interface Parting {
  /** Entries of spec that stay. */
  readonly made?: readonly Obj[];
  /** To be written back: whose manifest left the selector out has none of its own any more. */
  readonly selectors?: readonly { readonly service: string; readonly selector: Obj }[];
}

/**
 * The operator takes its key off a Service that spec does not name any more, unless spec is paused; what is left of the selector finds the pods of
 * both. This comes first because an App that is deleted takes its pods along at once, whether or not the operator has seen it.
 */
export const letGo = (app: string, adopted: readonly string[], { made = [], selectors = [] }: Parting = {}): string[] => [
  `kubectl patch iapp/${app} ${AS} --type=merge -p '${JSON.stringify({ spec: { paused: null, services: made.length === 0 ? null : made } })}'`,
  ...selectors.map(
    ({ service, selector }) => `kubectl patch service/${service} ${AS} --type=merge -p '${JSON.stringify({ spec: { selector } })}'`,
  ),
  ...adopted.map(
    (service) =>
      `until kubectl get service/${service} -o jsonpath='{.spec.selector}' | grep -v ${LABEL.instance} | grep -q :; do sleep 1; done`,
  ),
  ...adopted.map((service) => `kubectl annotate service/${service} ${AS} ${ANNOTATION.adopt}-`),
];

/** What follows where the way back leads on to what was there before. */
const AGAIN: Partial<Record<Workload['kind'], string>> = {
  Rollout: 'Afterwards apply the Rollout again, and it takes them back',
  Canary: 'Afterwards apply the Canary again, and Flagger makes its copies of your Deployment anew',
};

/** What runs its pods at the moment when the App comes. */
const resourceOf = (workload: Workload): string =>
  workload.kind === 'Rollout' ? `rollout/${workload.name}` : `deployment/${nameOfDeployment(workload)}`;

/** Of what is gone or stopped, as many as it had when this was written. */
const sizeNow = (workload: Workload, stopsFirst: boolean): string =>
  workload.kind === 'Rollout' || stopsFirst ? String(workload.replicas ?? 1) : nowOf(resourceOf(workload));

/** As many as there are at that moment. */
const nowOf = (resource: string): string => `$(kubectl get ${resource} -o jsonpath='{.spec.replicas}')`;

function leave(facts: Facts): Step[] {
  const { workload, budgets } = facts;
  const rest = budgets.map((budget) => `kubectl delete pdb/${nameOf(budget)}`);
  if (workload.kind === 'Rollout') {
    const referred = text(obj(obj(workload.object.spec).workloadRef).name);
    const sleeping = referred === '' ? [] : [`kubectl delete deployment/${referred}`];
    return [
      {
        does: 'Only now what the Rollout left behind goes.',
        commands: [`kubectl delete replicaset -l ${plainLabels(facts)}`, ...sleeping, ...rest],
      },
    ];
  }
  return [
    {
      does:
        'Only now the Deployment goes: in Git in a commit of its own, after the App is up to date.' +
        (budgets.length > 0 ? ' Its budget with it, as of two that find the same pods neither lets one be evicted.' : ''),
      commands: [`kubectl delete deployment/${nameOfDeployment(workload)}`, ...rest],
    },
  ];
}

const nameOfDeployment = ({ kind, object, name }: Workload): string =>
  kind === 'Canary' ? String(obj(obj(object.spec).targetRef).name) : name;

/** Those of the workload that no App made. */
const plainLabels = ({ labels }: Facts): string => `${pairs(labels)},'!${LABEL.app}'`;

const pairs = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

function afterwards({ renamings }: Facts): Step[] {
  if (renamings.length === 0) return [];
  return [
    {
      does: 'When you like: the Services use the names of the ports, so that a version may listen elsewhere. In their manifests, too.',
      commands: renamings.map(
        ({ service, at, to }) =>
          `kubectl patch service/${service} ${AS} --type=json -p '[{"op":"replace","path":"/spec/ports/${String(at)}/targetPort","value":"${to}"}]'`,
      ),
    },
  ];
}

/** Argo Rollouts takes its key out of a Service as soon as no Rollout names it; the pods stay, as nobody deletes their ReplicaSets. */
function fromRollout({ workload, adopted }: Facts): Step[] {
  return [
    {
      does: 'With nothing under way (it is Healthy), and no pods left of the revision before, which would serve again: the Rollout goes, its pods stay and serve. Argo Rollouts takes rollouts-pod-template-hash out of the Services; wait until it is gone.',
      commands: [
        `kubectl wait rollout/${workload.name} --for=jsonpath='{.status.replicas}'=${nowOf(`rollout/${workload.name}`)} ${WAIT}`,
        `kubectl delete rollout/${workload.name} --cascade=orphan`,
        ...adopted.map((service) => `until [ -z "$(kubectl get service/${service} -o jsonpath='${HASH}')" ]; do sleep 1; done`),
      ],
    },
  ];
}

/**
 * Flagger made the Service and what serves behind it, and owns both: they stay only if the Canary is deleted as an orphan's parent is. Then the user's
 * Deployment takes over, and from there it is a plain migration.
 */
function fromCanary({ workload, labels }: Facts): Step[] {
  const [canary, deployment] = [`canary/${workload.name}`, `deployment/${nameOfDeployment(workload)}`];
  const [apex, paused] = [apexOf(workload.object), pausedBy(workload.object)];
  const reverts = obj(workload.object.spec).revertOnDeletion === true;
  const route = `Before, point the route that Flagger made at Service ${apex}: it names ${apex}-primary and ${apex}-canary.`;
  return [
    {
      does:
        'With nothing under way: the Canary goes, and its copies serve on, owned by nobody. Deleted in any other way it takes them and the Service along, so a tool that prunes must leave it alone.' +
        (reverts ? ' revertOnDeletion is off first: it gives your Deployment some seconds and goes on, ready or not.' : ''),
      commands: [
        `kubectl wait ${canary} --for=condition=Promoted ${WAIT}`,
        ...(reverts ? [`kubectl patch ${canary} ${AS} --type=merge -p '{"spec":{"revertOnDeletion":false}}'`] : []),
        ...(reverts ? [`until [ -z "$(kubectl get ${canary} -o jsonpath='{.metadata.finalizers}')" ]; do sleep 1; done`] : []),
        `kubectl delete ${canary} --cascade=orphan`,
      ],
    },
    {
      does: `Your own Deployment comes up, then the Service goes back to it.${paused === undefined ? '' : ' Flagger held its autoscaler at zero.'}`,
      commands: [
        ...(paused === undefined ? [] : [`kubectl annotate scaledobject/${paused} ${AS} autoscaling.keda.sh/paused-replicas-`]),
        `kubectl scale ${deployment} --replicas=${nowOf(`${deployment}-primary`)}`,
        `kubectl rollout status ${deployment} ${WAIT}`,
        `kubectl patch service/${apex} ${AS} --type=merge -p '${JSON.stringify({ spec: { selector: labels } })}'`,
      ],
    },
    {
      does: `Only now the copies go.${isRouted(workload.object) ? ` ${route}` : ''}`,
      commands: [`kubectl delete ${(workload.copies ?? []).join(' ')}`],
    },
  ];
}

function leaveKnative({ workload, app }: Facts): Step[] {
  return [
    {
      does: `Users come through Service ${workload.name}-app from now on: point your Ingress, HTTPRoute or DNS there, and watch both until nobody uses the old way.`,
      commands: [`kubectl get iapp/${app} service/${workload.name}-app`],
    },
    { does: 'Only now the Knative Service goes.', commands: [`kubectl delete ksvc/${workload.name}`] },
  ];
}

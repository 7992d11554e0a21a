import { expect } from '@jest/globals';
import { APP, coming, up } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const STEADY: Given = { versions: { one: up(3) }, switches: ['one'] };
const warned = (reason: string, words: string) => ({ warnings: [{ reason, message: expect.stringContaining(words) as unknown }] });
const oneAtATime = { disruption: { maxUnavailable: 1 } };

const PREVIEWED: Given = { latest: 'two', versions: { one: up(3), two: up(1) }, switches: ['one'] };
const AWAITS = ['Available Serving', 'Ready AwaitingActivation'];
const manual = (disruption: object, previewReplicas = 1) => ({ disruption, promotion: { mode: 'Manual', previewReplicas } });

export const DISRUPTIONS: readonly Row[] = [
  {
    name: 'every instance gets a budget of its own as soon as it is there, before anything moves to it',
    given: { latest: 'two', spec: oneAtATime, versions: { one: up(3), two: coming(3, 1) }, switches: ['one'] },
    since: 60,
    actions: ['publish budget two {"maxUnavailable":1} of two', 'publish budget one {"maxUnavailable":1} of one'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 540_000,
  },
  {
    name: 'a budget that says what spec says stays',
    given: { ...STEADY, spec: { disruption: { minAvailable: '50%' } }, budgets: { one: { of: 'one', spec: { minAvailable: '50%' } } } },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { warnings: [] },
  },
  {
    name: 'another budget is another object: the old one goes first',
    given: { ...STEADY, spec: { disruption: { minAvailable: 2 } }, budgets: { one: { of: 'one', spec: { maxUnavailable: 2 } } } },
    since: 60,
    actions: ['retire PodDisruptionBudget one: spec.disruption says minAvailable=2', 'publish budget one {"minAvailable":2} of one'],
    conditions: SERVES,
  },
  ...(
    [
      [{ minAvailable: 5 }, 'minAvailable=5, and of 3 pods none may go: draining a node waits for ever: let minAvailable be less'],
      [{ minAvailable: '100%' }, 'minAvailable=100%, and of 3 pods none may go'],
      [{ maxUnavailable: 0 }, 'maxUnavailable=0, and of 3 pods none may go: draining a node waits for ever: let maxUnavailable be 1'],
      [{ maxUnavailable: '0%' }, 'maxUnavailable=0%, and of 3 pods none may go'],
    ] as const
  ).map(([disruption, words]): Row => ({
    name: `a budget that leaves no pod to spare is made as it is asked for, and said to be one: ${JSON.stringify(disruption)}`,
    given: { ...STEADY, spec: { disruption } },
    since: 60,
    actions: [`publish budget one ${JSON.stringify(disruption)} of one`],
    conditions: SERVES,
    status: warned('NothingToSpare', words),
  })),
  {
    name: 'at replicas 0 there is nothing to spare for',
    given: { versions: { one: up(0) }, switches: ['one'], spec: { replicas: 0, disruption: { minAvailable: 1 } } },
    since: 60,
    actions: ['publish budget one {"minAvailable":1} of one'],
    conditions: ['Available ScaledToZero', 'Ready Serving'],
    status: { warnings: [] },
  },
  {
    name: 'no longer asked for, it goes',
    given: { ...STEADY, budgets: { one: { of: 'one', spec: { maxUnavailable: 1 } } } },
    since: 60,
    actions: ['retire PodDisruptionBudget one: spec.disruption is not set'],
    conditions: SERVES,
  },
  {
    name: 'a budget of ours that keeps pods from being evicted though they are not ready was made long ago: it is replaced',
    given: {
      ...STEADY,
      spec: oneAtATime,
      budgets: { one: { of: 'one', spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: undefined } } },
    },
    since: 60,
    actions: [
      'retire PodDisruptionBudget one: pods that are not ready must not block a drain',
      'publish budget one {"maxUnavailable":1} of one',
    ],
    conditions: SERVES,
  },
  {
    name: 'a preview gets no budget that its size cannot meet: it waits for days, and nodes are drained meanwhile',
    given: { ...PREVIEWED, spec: manual({ minAvailable: 2 }) },
    since: 60,
    actions: ['publish budget one {"minAvailable":2} of one'],
    conditions: AWAITS,
    roles: { one: 'Active', two: 'Preview' },
  },
  {
    name: 'nor does one of a percentage that comes to all it has',
    given: { ...PREVIEWED, spec: manual({ minAvailable: '50%' }) },
    since: 60,
    actions: ['publish budget one {"minAvailable":"50%"} of one'],
    conditions: AWAITS,
  },
  {
    name: 'nor one that spares none at all',
    given: { ...PREVIEWED, spec: manual({ maxUnavailable: 0 }) },
    since: 60,
    actions: ['publish budget one {"maxUnavailable":0} of one'],
    conditions: AWAITS,
  },
  {
    name: 'a preview that has a pod to spare has a budget like any other',
    given: { ...PREVIEWED, spec: manual({ minAvailable: '50%' }, 2), versions: { one: up(3), two: up(2) } },
    since: 60,
    actions: ['publish budget two {"minAvailable":"50%"} of two', 'publish budget one {"minAvailable":"50%"} of one'],
    conditions: AWAITS,
  },
  {
    name: 'a budget that a preview cannot meet goes, whoever made it',
    given: {
      ...PREVIEWED,
      spec: manual({ minAvailable: 2 }),
      budgets: { one: { of: 'one', spec: { minAvailable: 2 } }, two: { of: 'two', spec: { minAvailable: 2 } } },
    },
    since: 60,
    actions: ['retire PodDisruptionBudget two: it would leave no pod to spare of an instance that does not serve'],
    conditions: AWAITS,
  },
  {
    name: 'a preview that is activated gets the budget as it is brought to full size',
    given: {
      ...PREVIEWED,
      spec: { ...manual({ minAvailable: 2 }), activeVersion: 'two' },
      versions: { one: up(3), two: { ...up(1), name: 'two' } },
      decision: 'two',
      budgets: { one: { of: 'one', spec: { minAvailable: 2 } } },
    },
    since: 60,
    actions: ['scale two 1 → 3', 'publish budget two {"minAvailable":2} of two'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 540_000,
  },
  {
    name: 'what drains is smaller than what serves by now: it keeps a budget that its size meets',
    given: {
      latest: 'two',
      switches: ['one', 'two'],
      spec: { replicas: 5, disruption: { minAvailable: 2 } },
      versions: { one: up(3), two: up(5) },
      budgets: { one: { of: 'one', spec: { minAvailable: 2 } }, two: { of: 'two', spec: { minAvailable: 2 } } },
    },
    since: 12,
    actions: [],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
    wake: 18_000,
  },
  {
    name: 'budgets are kept while paused',
    given: { ...STEADY, spec: { ...oneAtATime, paused: true } },
    since: 60,
    actions: ['publish budget one {"maxUnavailable":1} of one'],
    conditions: ['Available Serving', 'Ready Paused'],
  },
  {
    name: 'a name that another budget has is skipped',
    given: { ...STEADY, spec: oneAtATime, taken: ['PodDisruptionBudget/one'] },
    since: 60,
    actions: ['publish budget one.2 {"maxUnavailable":1} of one'],
    conditions: SERVES,
  },
  {
    name: 'a budget over a label that all versions carry is warned about, even while there is but one',
    given: { ...STEADY, budgets: { mine: { spec: { minAvailable: 2, selector: { matchLabels: { app: APP } } } } } },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: warned(
      'BudgetSpansVersions',
      'PodDisruptionBudget mine counts the pods of all versions together, so warm pods count for active ones',
    ),
  },
  {
    name: 'a budget over everything in the namespace is warned about, and one over several instances by name',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one', 'two'],
      budgets: {
        all: { spec: { minAvailable: 2, selector: {} } },
        both: {
          spec: {
            minAvailable: 2,
            selector: {
              matchExpressions: [
                { key: 'immutableapp.io/instance', operator: 'Exists' },
                { key: 'tier', operator: 'NotIn', values: ['db'] },
              ],
            },
          },
        },
      },
    },
    since: 30,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
    status: {
      warnings: [
        { reason: 'BudgetSpansVersions', message: expect.stringContaining('PodDisruptionBudget all') as unknown },
        { reason: 'BudgetSpansVersions', message: expect.stringContaining('PodDisruptionBudget both') as unknown },
      ],
    },
  },
  {
    name: 'a budget over other pods, or over none, is nobody’s business',
    given: {
      ...STEADY,
      budgets: {
        db: { spec: { minAvailable: 2, selector: { matchLabels: { app: 'db' } } } },
        not: { spec: { minAvailable: 2, selector: { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] } } },
        none: { spec: { minAvailable: 2 } },
      },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { warnings: [] },
  },
  {
    name: 'a budget beside ours keeps every pod from being evicted: it is warned about',
    given: {
      ...STEADY,
      spec: oneAtATime,
      budgets: {
        one: { of: 'one', spec: { maxUnavailable: 1 } },
        mine: { spec: { minAvailable: 2, selector: { matchExpressions: [{ key: 'app', operator: 'In', values: [APP] }] } } },
      },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: warned('BudgetsOverlap', 'kubectl delete poddisruptionbudget -n prod mine'),
  },
  {
    name: 'of two budgets of one instance that say the same the first by name stays',
    given: {
      ...STEADY,
      spec: oneAtATime,
      budgets: { 'one-2': { of: 'one', spec: { maxUnavailable: 1 } }, one: { of: 'one', spec: { maxUnavailable: 1 } } },
    },
    since: 60,
    actions: ['retire PodDisruptionBudget one-2: spec.disruption says maxUnavailable=1'],
    conditions: SERVES,
  },
  {
    name: 'an instance that is being deleted gets no budget any more',
    given: {
      spec: oneAtATime,
      versions: { one: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2, deleting: true }] } },
      switches: ['one'],
    },
    since: 60,
    actions: ['publish budget one {"maxUnavailable":1} of one'],
    conditions: SERVES,
  },
  {
    name: 'budgets that select none of its pods are nobody’s business; of those that do each is told of, by name',
    given: {
      ...STEADY,
      spec: oneAtATime,
      budgets: {
        one: { of: 'one', spec: { maxUnavailable: 1 } },
        zeta: { spec: { minAvailable: 2, selector: { matchLabels: { app: APP } } } },
        other: { spec: { minAvailable: 2, selector: { matchLabels: { app: 'other' } } } },
        alpha: { spec: { minAvailable: 2, selector: { matchLabels: { app: APP } } } },
      },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: {
      warnings: ['alpha', 'zeta'].map((name) => ({
        reason: 'BudgetsOverlap',
        message: expect.stringContaining(`PodDisruptionBudget ${name} selects`),
      })),
    },
  },
  {
    name: 'what serves gets its budget before it has grown to a size that meets it',
    given: { versions: { one: up(3) }, switches: ['one'], spec: { replicas: 5, disruption: { minAvailable: 3 } } },
    since: 60,
    actions: ['scale one 3 → 5', 'publish budget one {"minAvailable":3} of one'],
    conditions: ['Available Serving', 'not Ready ReplicasUnavailable', 'Reconciling ReplicasUnavailable'],
    wake: 540_000,
  },
  {
    name: 'what served before has the size of what serves, and a budget that leaves none of them a pod to spare',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one', 'two'],
      spec: { disruption: { minAvailable: 3 } },
    },
    since: 60,
    actions: ['publish budget two {"minAvailable":3} of two', 'publish budget one {"minAvailable":3} of one'],
    conditions: SERVES,
    wake: 600_000,
    roles: { two: 'Active', one: 'Warm' },
  },
  {
    name: 'an instance without pods keeps nobody waiting, whatever its budget says',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { ...coming(0), failed: { cause: 'version', ageSeconds: 6000 } } },
      switches: ['one'],
      spec: { disruption: { minAvailable: 1 } },
    },
    since: 60,
    actions: ['publish budget two {"minAvailable":1} of two', 'publish budget one {"minAvailable":1} of one'],
    conditions: ['Available Serving', 'not Ready VersionFailed', 'Stalled VersionFailed'],
  },
  {
    name: 'what is about to be made gets no budget yet, and what runs has its own',
    given: {
      latest: 'three',
      versions: { one: up(3), two: up(3), three: {} },
      switches: ['one', 'two'],
      spec: oneAtATime,
    },
    since: 60,
    actions: [
      'publish Deployment three ×3',
      'publish budget two {"maxUnavailable":1} of two',
      'publish budget one {"maxUnavailable":1} of one',
    ],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 600_000,
  },
];

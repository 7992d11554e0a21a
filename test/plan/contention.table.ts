import { APP, up, WEB } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const CONSENTING = { foreign: true, adopt: APP, selector: { app: APP } } as const;
const SPEC = { services: [{ name: 'web' }] };
const fought = (reason: string): string[] => ['Available Serving', `not Ready ${reason}`, `Stalled ${reason}`];
const MINUTE = 60_000;

type Reverts = readonly { readonly by: string; readonly minutesAgo: number; readonly applied?: true }[];
/** One serves by an adopted Service that was changed and put back so far. */
const after = (reverts: Reverts, more: Given = {}): Given => ({
  versions: { one: up(3) },
  switches: ['one'],
  spec: SPEC,
  services: { web: { ...CONSENTING, on: 'one', stamp: { switchNumber: 1, reverts } } },
  ...more,
});
/** The same, and now somebody has taken our key off its selector. */
const wiped = (
  writers: readonly string[],
  reverts: Reverts = [],
  more: NonNullable<Given['services']>[string] = {},
  versions: Given['versions'] = {},
): Given =>
  after([], {
    versions: { one: up(3), ...versions },
    services: { web: { ...CONSENTING, writers, stamp: { switchNumber: 1, instance: 'one', previous: '', reverts }, ...more } },
  });

/** Two came after one and serves, and the Service says something else. */
const forged = (
  stamp: { readonly switchNumber: number; readonly instance: string; readonly previous: string },
  stampedBy: readonly string[],
  writers = stampedBy,
): Given => ({
  latest: 'two',
  versions: { one: up(3), two: up(3) },
  switches: ['one', 'two'],
  services: { web: { on: 'one', stamp, writers, stampedBy } },
});

export const CONTENTIONS: readonly Row[] = [
  {
    name: 'a selector that was applied over is put back, and who did it is remembered',
    given: wiped(['applies flux']),
    since: 60,
    actions: ['repair web → one (switch 1, from nothing), undone by flux by apply'],
    conditions: ['not Available NothingServes', 'not Ready SelectorInGit', 'Stalled SelectorInGit'],
  },
  {
    name: 'what a manifest sends to one version after all is answered, and still put back',
    given: wiped(['applies flux'], [], { endpoints: { one: 3 } }),
    since: 60,
    actions: ['repair web → one (switch 1, from nothing), undone by flux by apply'],
    conditions: fought('SelectorInGit'),
    says: { Available: 'one serves with 3 available pods' },
  },
  {
    name: 'what a manifest sends to every version is answered by the one that is to serve, and still put back',
    given: wiped(['applies flux'], [], { endpoints: { one: 3, two: 3 } }, { two: up(3) }),
    since: 60,
    actions: ['repair web → one (switch 1, from nothing), undone by flux by apply'],
    conditions: fought('SelectorInGit'),
  },
  {
    name: 'once put back, the selector is ours, and the manifest that holds it is still named',
    given: after([{ by: 'flux', minutesAgo: 1, applied: true }]),
    since: 60,
    actions: [],
    conditions: fought('SelectorInGit'),
    says: { Stalled: 'leave selector out of the manifest of Service web, which flux applies' },
    wake: 59 * MINUTE,
  },
  {
    name: 'an hour without another apply, and all is well',
    given: after([{ by: 'flux', minutesAgo: 60, applied: true }]),
    since: 60,
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'a manifest that holds the selector and our key in it is named as long as it does',
    given: { ...after([]), services: { web: { ...CONSENTING, on: 'one', writers: ['applies flux'] } } },
    since: 60,
    actions: [],
    conditions: fought('SelectorInGit'),
  },
  {
    name: 'the last who changed the selector is taken for who undid the move',
    given: wiped(['kubectl-edit', 'kubectl-client-side-apply']),
    since: 60,
    actions: ['repair web → one (switch 1, from nothing), undone by kubectl-edit'],
    conditions: ['not Available NothingServes', 'not Ready NothingServes'],
  },
  {
    name: 'one change is no contention',
    given: after([{ by: 'argo', minutesAgo: 1 }]),
    since: 60,
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'two changes by one within an hour are, and it is named until the first is an hour old',
    given: after([
      { by: 'argo', minutesAgo: 40 },
      { by: 'argo', minutesAgo: 1 },
    ]),
    since: 60,
    actions: [],
    conditions: fought('SelectorContended'),
    says: { Stalled: 'argo has changed the selector of Service web twice within an hour' },
    wake: 20 * MINUTE,
  },
  {
    name: 'when the first is an hour old, the contention is over',
    given: after([
      { by: 'argo', minutesAgo: 60 },
      { by: 'argo', minutesAgo: 21 },
    ]),
    since: 60,
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'two changes by two are two mistakes',
    given: after([
      { by: 'alice', minutesAgo: 2 },
      { by: 'bob', minutesAgo: 1 },
    ]),
    since: 60,
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'somebody else in between does not hide who contends',
    given: after([
      { by: 'argo', minutesAgo: 30 },
      { by: 'bob', minutesAgo: 20 },
      { by: 'argo', minutesAgo: 10 },
    ]),
    since: 60,
    actions: [],
    conditions: fought('SelectorContended'),
    says: { Stalled: 'argo has' },
    wake: 30 * MINUTE,
  },
  {
    name: 'contended, the selector is put back all the same; the last three changes of the hour are remembered',
    given: wiped(
      ['argo'],
      [
        { by: 'old', minutesAgo: 61 },
        { by: 'argo', minutesAgo: 30 },
        { by: 'argo', minutesAgo: 20 },
        { by: 'bob', minutesAgo: 10 },
      ],
    ),
    since: 60,
    actions: ['repair web → one (switch 1, from nothing), undone by argo, bob, argo'],
    conditions: ['not Available NothingServes', 'not Ready SelectorContended', 'Stalled SelectorContended'],
    wake: 30 * MINUTE,
  },
  {
    name: 'contended, a version that is ready is switched to all the same, and nothing is forgotten',
    given: after(
      [
        { by: 'argo', minutesAgo: 30 },
        { by: 'argo', minutesAgo: 20 },
      ],
      { latest: 'two', versions: { one: up(3), two: up(3) } },
    ),
    since: 60,
    actions: ['switch web → two (switch 2, from one), undone by argo, argo'],
    conditions: ['Available Serving', 'not Ready SelectorContended', 'Stalled SelectorContended'],
    wake: 30 * MINUTE,
  },
  {
    name: 'a Service of ours is fought over like any other, by whoever left no name',
    given: {
      ...after([]),
      spec: { services: [WEB] },
      services: {
        web: {
          on: 'one',
          stamp: {
            switchNumber: 1,
            reverts: [
              { by: 'somebody', minutesAgo: 2 },
              { by: 'somebody', minutesAgo: 1 },
            ],
          },
        },
      },
    },
    since: 60,
    actions: [],
    conditions: fought('SelectorContended'),
    says: { Stalled: 'somebody has changed' },
    wake: 58 * MINUTE,
  },
  {
    name: 'a Service that only waits for the rest of a switch was not changed by anybody',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one'],
      spec: { services: [WEB, { name: 'late' }] },
      services: {
        web: { on: 'two', stamp: { switchNumber: 2, previous: 'one' } },
        late: { ...CONSENTING, on: 'one', writers: ['kubectl-edit'], stamp: { switchNumber: 1 } },
      },
    },
    actions: ['repair late → two (switch 2, from one)'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'a stamp that somebody forged together with the selector counts for nothing: both are put back',
    given: forged({ switchNumber: 3, instance: 'one', previous: 'two' }, ['kubectl-edit']),
    since: 60,
    actions: ['repair web → two (switch 2, from one)'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
  },
  {
    name: 'so does one whose switch is out of all proportion, whoever wrote it',
    given: forged({ switchNumber: 1_000_000, instance: 'one', previous: 'two' }, []),
    since: 60,
    actions: ['repair web → two (switch 2, from one)'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
  },
  {
    name: 'what was moved right before a crash was moved',
    given: forged({ switchNumber: 3, instance: 'one', previous: 'two' }, []),
    since: 60,
    actions: ['switch web → two (switch 4, from one)'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'so was what somebody had moved there before us, whose selector it stays',
    given: forged({ switchNumber: 3, instance: 'one', previous: 'two' }, [], ['kubectl-edit']),
    since: 60,
    actions: ['switch web → two (switch 4, from one)'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
];

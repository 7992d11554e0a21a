// Whether the API server itself refuses what nobody may do: said in a condition, and in no way mixed with how the App is.
import type { Snapshot } from '../../src/model/observed.ts';
import { coming, up } from '../given.ts';
import type { Given, VersionGiven } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const probed = (enforcement: Snapshot['fleet']['enforcement'], more: Partial<Given> = {}): Given => ({
  versions: { one: up(3) },
  switches: ['one'],
  fleet: { enforcement },
  ...more,
});

const UNKNOWN = { is: 'enforced', revision: 2, refused: 'acme:controllers' } as const;
/** A Deployment that no controller has looked at. */
const unseen: VersionGiven = { instances: [{ replicas: 3, updated: 0, available: 0, pods: 0, observedGeneration: 0 }] };
const REFUSED = ['Available Serving', 'not Ready ControllersUnknown', 'Stalled ControllersUnknown'];

export const ENFORCED: readonly Row[] = [
  {
    name: 'the policies refuse',
    given: probed({ is: 'enforced', revision: 1 }),
    since: 60,
    actions: [],
    conditions: SERVES,
    says: { Enforced: 'the API server refuses changes of what was published (policies at revision 1)' },
  },
  {
    name: "they refuse the cluster's own controllers: what has its pods serves on",
    given: probed(UNKNOWN),
    since: 60,
    actions: [],
    conditions: SERVES,
    says: { Enforced: 'refuse "acme:controllers", as whom this cluster\'s controllers act' },
  },
  {
    name: "they refuse the cluster's own controllers: what gets no pods says so at once, and what to do",
    given: probed(UNKNOWN, { latest: 'two', versions: { one: up(3), two: unseen } }),
    actions: [],
    conditions: REFUSED,
    wake: 30_000,
    says: { Stalled: 'add the line acme:controllers to controllers and to collectors in ConfigMap immutableapp-identities' },
  },
  {
    name: "they refuse the cluster's own controllers: what has lost pods gets no new ones",
    given: probed(UNKNOWN, { versions: { one: coming(3, 2) } }),
    actions: [],
    conditions: ['Available Serving', 'not Ready ReplicasUnavailable', 'Stalled ControllersUnknown'],
    wake: 30_000,
  },
  {
    name: 'no version is to blame for that: past its deadline it is to be tried again',
    given: probed(UNKNOWN, { latest: 'two', versions: { one: up(3), two: unseen } }),
    since: 600,
    actions: ['attest two.failed: ControllersUnknown'],
    conditions: REFUSED,
  },
  {
    name: 'nor for a controller manager that does not run',
    given: probed({ is: 'enforced', revision: 2 }, { latest: 'two', versions: { one: up(3), two: unseen } }),
    since: 600,
    actions: ['attest two.failed: NotObserved'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'they do not: what is changed is found and replaced all the same',
    given: probed({ is: 'detect only', why: 'admission policies scale are not in force: apply them', outdated: false }),
    since: 60,
    actions: [],
    conditions: SERVES,
    says: { Enforced: 'admission policies scale are not in force: apply them' },
  },
  {
    name: 'nobody has asked yet',
    given: probed({ is: 'unknown' }),
    since: 60,
    actions: [],
    conditions: SERVES,
    says: { Enforced: 'has not been asked yet' },
  },
  {
    name: 'nobody has asked since the last report: that stands',
    given: probed(
      { is: 'unknown' },
      { status: { conditions: [{ type: 'Enforced', status: 'True', reason: 'PoliciesInForce', message: 'as before' }] } },
    ),
    since: 60,
    actions: [],
    conditions: SERVES,
    says: { Enforced: 'as before' },
  },
];

// Whether the API server itself refuses what nobody may do: said in a condition, and in no way mixed with how the App is.
import type { Snapshot } from '../../src/model/observed.ts';
import { up } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const probed = (enforcement: Snapshot['fleet']['enforcement'], more: Partial<Given> = {}): Given => ({
  versions: { one: up(3) },
  flips: ['one'],
  fleet: { enforcement },
  ...more,
});

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
    name: 'they do not: what is changed is found and replaced all the same',
    given: probed({ is: 'detect only', why: 'admission policies scale are not in force: apply them' }),
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

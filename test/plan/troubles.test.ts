// Why only somebody else can help, asked of findings that a decision seldom makes.
import { expect, test } from '@jest/globals';
import type { Refused } from '../../src/model/observed.ts';
import { REASON } from '../../src/model/vocabulary.ts';
import type { Findings } from '../../src/plan/read/scene.ts';
import { lasting, refusals } from '../../src/plan/report/stalled.ts';
import { conditionLines, decide, lines } from './table.ts';
import type { Given } from '../given.ts';
import { cold, up } from '../given.ts';

const among = (...refused: readonly Refused[]): Findings => ({ refused }) as unknown as Findings;
const denied: Refused = { lasting: true, finding: { reason: REASON.Denied, message: 'no' } };
const again: Refused = { lasting: true, finding: { reason: REASON.WriteRepeats, message: 'again' } };
const failing: Refused = { lasting: false, finding: { reason: REASON.WriteFailing, message: 'busy' } };
const quiet: Refused = { lasting: false, finding: undefined };

test('of refusals that last the first is what stalls, and all others that say something are warnings', () => {
  const all = among(denied, again, quiet, failing);
  expect(lasting(all)).toEqual([denied.finding, again.finding]);
  expect(refusals(all)).toEqual([again.finding, failing.finding]);
});

test('a refusal that nothing is said of stalls nothing and warns of nothing', () => {
  const all = among({ lasting: true, finding: undefined }, quiet);
  expect(lasting(all)).toEqual([]);
  expect(refusals(all)).toEqual([]);
});

test('what serves without a record is no trouble while its instance is there', () => {
  const given: Given = {
    latest: 'two',
    versions: { one: { record: 'lost', ...up(3) }, two: { ...cold, held: '1.0' } },
    switches: ['one'],
  };
  const { plan } = decide({ name: '', given, since: 60, actions: [], conditions: [] });
  expect(lines(plan.actions)).toEqual([]);
  expect(conditionLines(plan)).toEqual(['Available Serving', 'Ready AwaitingActivation']);
});

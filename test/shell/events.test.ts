// What becomes an event of a report: news, once.
import { expect, test } from '@jest/globals';
import type { Action } from '../../src/model/action.ts';
import type { Fact } from '../../src/model/observed.ts';
import type { VersionId } from '../../src/model/version.ts';
import { changed, gateVerdicts, happened } from '../../src/shell/loop/events.ts';

const warning = (message: string, reason = 'VersionNotFound') => ({ warnings: [{ reason, message }] });
const MISSED = 'annotation immutableapp.io/reject names "2.O", which does not exist';

test('a rejection that names nothing is an event, once, whatever serves meanwhile', () => {
  const first = warning(`${MISSED}: nothing was rejected; it serves shop-1`);
  expect(changed({}, first)).toEqual([{ type: 'Warning', reason: 'VersionNotFound', note: first.warnings[0]!.message }]);
  expect(changed(first, warning(`${MISSED}: nothing was rejected; it serves shop-2`))).toEqual([]);
  expect(changed(first, warning(MISSED.replace('2.O', '3.O')))).toHaveLength(1);
});

test('an annotation that nobody reads is an event; a pin that is over is none', () => {
  expect(changed({}, warning('annotation immutableapp.io/rejected is not read', 'AnnotationUnknown'))).toHaveLength(1);
  expect(changed({}, warning('the pin to 1.0 has expired', 'PinExpired'))).toEqual([]);
});

const GATE = { name: 'hours', digest: 'd', message: '', since: 1, at: 2 };
const record = { id: 'a' as VersionId, name: 'a', uid: 'r', revision: 1 };
const attest = (fact: object): Action => ({ do: 'attest', record, fact: fact as Fact, why: 'its gates before let it in' });

test('all gates of a phase are one event, and a count for each', () => {
  const verdicts = [
    { ...GATE, verdict: 'pass' },
    { ...GATE, name: 'new', verdict: 'fail' },
  ];
  const said = [attest({ is: 'gates', phase: 'before', instance: 'a', uid: 'u', gates: verdicts })];
  expect(happened(said)).toEqual([
    { type: 'Normal', reason: 'GatesPassed', note: 'a: its gates before let it in: hours, new (fail, not enforced)' },
  ]);
  expect(gateVerdicts(said)).toEqual([
    { gate: 'hours', phase: 'before', verdict: 'pass' },
    { gate: 'new', phase: 'before', verdict: 'fail' },
  ]);
});

test('a gate that fails a version is counted, and no other failure is', () => {
  const failed = { is: 'failed', by: '', instance: 'a', attempt: 0, cause: 'version', reason: 'GateFailed', message: 'm' };
  expect(gateVerdicts([attest({ ...failed, gate: 'after/errors' }), attest(failed)])).toEqual([
    { gate: 'errors', phase: 'after', verdict: 'fail' },
  ]);
});

const rung = (service: string, percent: number, repair: boolean): Action => {
  const [instance, previous] = percent === 0 ? ['one', 'two'] : ['two', 'one'];
  const stamp = { switchNumber: 2, uid: 'u', instance, previous, share: { percent, at: '2026-03-01T12:00:00Z' } };
  return { do: 'switch', service, role: 'Rung', repair, stamp } as unknown as Action;
};

test('each step of a ladder is an event, and what is lent again is none', () => {
  expect(happened([rung('web-r2', 25, false), rung('web-r1', 5, true)])).toEqual([
    { type: 'Normal', reason: 'Lent', note: 'web-r2 lends its part to two: 25 % of the traffic in all' },
  ]);
});

test('all that is taken back is one event', () => {
  expect(happened([rung('web-r2', 0, true), rung('web-r1', 0, true)])).toEqual([
    { type: 'Warning', reason: 'TakenBack', note: 'the share of two goes back to one: web-r2, web-r1' },
  ]);
});

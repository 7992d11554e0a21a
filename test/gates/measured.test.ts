// Which answer counts for which gate: only one of the kind that was asked for.
import { expect, test } from '@jest/globals';
import type { Answered } from '../../src/gates/measured.ts';
import { counted, measured } from '../../src/gates/measured.ts';
import type { CompareSpec, GateSpec } from '../../src/model/measure.ts';

const COMPARE: CompareSpec = {
  is: 'compare',
  source: 'main',
  total: 't',
  bad: 'b',
  atMost: 1,
  alpha: 0.01,
  minimumRequests: 1,
  intervalSeconds: 10,
  forSeconds: 60,
};
const GATES: readonly GateSpec[] = [
  { is: 'http', port: 'http', path: '/', headers: [], status: [200], intervalSeconds: 1, passes: 1, failures: 1 },
  { is: 'threshold', source: 'main', query: 'q', max: 3, min: undefined, intervalSeconds: 1, forSeconds: 1, failures: 1, minimum: 1 },
  COMPARE,
  { is: 'webhook', source: 'board', intervalSeconds: 1 },
  { is: 'job', spec: {} },
  { is: 'approval', count: 1 },
];
const ANSWERS: readonly Answered[] = [
  { is: 'pods', answers: [{ pod: 'a', ms: 1, status: 200, bytes: 2 }] },
  { is: 'values', values: [[2], [1], [4], [1]] },
  { is: 'body', body: { verdict: 'pass', message: 'fine' } },
  { is: 'job', seen: { is: 'gone', name: 'one' } },
];
const COUNTS: Readonly<Record<string, string>> = {
  'http by pods': 'good: pod a answered 200 in 1 ms with 2 bytes',
  'threshold by values': 'good: 2',
  'compare by values': 'good: 50 % of 2 against 25 % of 4',
  'webhook by body': 'good: fine',
  'job by job': 'error: Job one was deleted before it had ended',
};

test.each(GATES.flatMap((spec) => ANSWERS.map((answered) => [spec, answered] as const)))('%j by %j', (spec, answered) => {
  const { at, is, message } = measured(spec, answered, 7);
  const said = COUNTS[`${spec.is} by ${answered.is}`] ?? `error: a ${spec.is} gate cannot be judged by ${answered.is}`;
  expect({ at, said: `${is}: ${message}` }).toEqual({ at: 7, said });
});

test.each(GATES)('%j by none: what could not be asked is an error in its own words', (spec) => {
  expect(measured(spec, { is: 'error', message: 'no answer' }, 7)).toEqual({ at: 7, is: 'error', message: 'no answer' });
});

test('a query without a result is none, and only a comparison is weighed', () => {
  const threshold = GATES[1]!;
  expect(measured(threshold, { is: 'values', values: [] }, 7)).toMatchObject({ is: 'none', message: 'the query found no series' });
  const pair = measured(COMPARE, ANSWERS[1]!, 7);
  expect(counted(COMPARE, undefined, 0, pair).compared).toMatchObject({ looks: 0, at: pair.counts });
  expect(counted(threshold, undefined, 0, pair)).not.toHaveProperty('compared');
});

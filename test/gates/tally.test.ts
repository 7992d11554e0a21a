// What measurements make of a gate: only good ones ever pass it. Each kind of gate, and each thing that can come of a measurement.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Opinion } from '../../src/gates/gate.ts';
import { http, measuredHttp } from '../../src/gates/http.ts';
import { failed, tally } from '../../src/gates/tally.ts';
import { measuredThreshold, threshold } from '../../src/gates/threshold.ts';
import { measuredWebhook, webhook } from '../../src/gates/webhook.ts';
import type { AuthorGate, HttpSpec, Measurement, Tally, ThresholdSpec, WebhookSpec } from '../../src/model/measure.ts';
import type { InstanceName } from '../../src/model/version.ts';
import { REASON } from '../../src/model/vocabulary.ts';

const SINCE = Date.parse('2026-11-28T20:00:00Z');
const HTTP: HttpSpec = {
  is: 'http',
  port: 'http',
  path: '/healthz',
  headers: [],
  status: [200, 204],
  intervalSeconds: 10,
  passes: 3,
  failures: 2,
};
const THRESHOLD: ThresholdSpec = {
  is: 'threshold',
  source: 'main',
  query: 'errors{pod=~"$pods"}',
  max: 0.01,
  min: undefined,
  intervalSeconds: 10,
  forSeconds: 30,
  failures: 1,
  minimum: 3,
};
const WEBHOOK: WebhookSpec = { is: 'webhook', source: 'board', intervalSeconds: 10 };
const GATE: AuthorGate = { phase: 'before', name: 'board', digest: 'd1', enforce: true, timeoutSeconds: 600, spec: WEBHOOK };
const NAMES = { namespace: 'shop', app: 'web', version: 'web-kj2s', instance: 'web-kj2s-2' as InstanceName };
const ABOUT = { ...NAMES, uid: 'u1', title: '2.0', ports: [], podLabels: {} };

type Kind = 'http' | 'threshold' | 'webhook';
const answered = (status: number) => [{ pod: 'a', ms: 12.4, status, bytes: 34 }];
/** Takes another time, and is of another size, each time. */
const answeredAt = (status: number, at: number) => [{ pod: 'a', ms: at % 997, status, bytes: at % 89 }];
/** What each kind makes of an answer, as its client would hand it over. */
const READ: Record<Kind, Record<Measurement['is'], (at: number) => Measurement>> = {
  http: {
    good: (at) => measuredHttp(HTTP, answeredAt(200, at), at),
    bad: (at) => measuredHttp(HTTP, answeredAt(503, at), at),
    none: (at) => measuredHttp(HTTP, [], at),
    error: (at) => measuredHttp(HTTP, [{ pod: 'a', ms: 5000, status: 0, bytes: 0, error: 'no answer within 5 s' }], at),
  },
  threshold: {
    good: (at) => measuredThreshold(THRESHOLD, [0.002], at),
    bad: (at) => measuredThreshold(THRESHOLD, [0.02], at),
    none: (at) => measuredThreshold(THRESHOLD, [], at),
    error: (at) => measuredThreshold(THRESHOLD, [1, 2], at),
  },
  webhook: {
    good: (at) => measuredWebhook({ verdict: 'pass' }, at),
    bad: (at) => measuredWebhook({ verdict: 'fail', message: 'frozen' }, at),
    none: (at) => measuredWebhook({ verdict: 'wait' }, at),
    error: (at) => measuredWebhook('<html>', at),
  },
};
const judge = (kind: Kind, now: number, seen: Tally | undefined): Opinion => {
  const sight = { now, since: SINCE, tally: seen };
  if (kind === 'http') return http(HTTP, sight);
  return kind === 'threshold' ? threshold(THRESHOLD, NAMES, sight) : webhook(WEBHOOK, GATE, ABOUT, sight);
};
/** One measurement every ten seconds: g(ood), b(ad), n(one), e(rror). */
const play = (kind: Kind, story: string): { seen: Tally | undefined; opinion: Opinion } => {
  const words = { g: 'good', b: 'bad', n: 'none', e: 'error' } as const;
  let seen: Tally | undefined;
  let now = SINCE;
  for (const letter of story) {
    now += 10_000;
    seen = tally(seen, SINCE, READ[kind][words[letter as keyof typeof words]](now));
  }
  return { seen, opinion: judge(kind, now, seen) };
};

test.each<[Kind, string, Opinion['is'], string]>([
  ['http', '', 'ask', 'nothing was measured'],
  ['http', 'gg', 'ask', 'not enough good ones'],
  ['http', 'ggg', 'pass', 'enough good ones'],
  ['http', 'ggbgg', 'ask', 'a bad one ends the row'],
  ['http', 'ggegg', 'ask', 'so does an error: it may have been down'],
  ['http', 'ggngg', 'ask', 'and a moment without a ready pod'],
  ['http', 'ggnggg', 'pass', 'a row after that'],
  ['http', 'b', 'ask', 'one bad one of two'],
  ['http', 'bb', 'fail', 'two bad ones'],
  ['http', 'beb', 'fail', 'an error between them heals nothing'],
  ['http', 'bgb', 'ask', 'a good one does'],
  ['http', 'ee', 'ask', 'two errors may be the network'],
  ['http', 'eee', 'fail', 'three hardly are'],
  ['http', 'nnnnnnnnnn', 'ask', 'no data is never anything'],
  ['threshold', '', 'ask', 'nothing was measured'],
  ['threshold', 'ggg', 'ask', 'often enough, not for long enough'],
  ['threshold', 'gggg', 'pass', 'for thirty seconds'],
  ['threshold', 'nnnnggg', 'ask', 'time without data is no time'],
  ['threshold', 'nnnngggg', 'pass', 'then it counts'],
  ['threshold', 'gngng', 'pass', 'just often enough'],
  ['threshold', 'gnng', 'ask', 'long enough, not often enough'],
  ['threshold', 'ggge', 'ask', 'the last one must be good'],
  ['threshold', 'gggn', 'ask', 'and be there'],
  ['threshold', 'gggeg', 'pass', 'an error between them is none of its'],
  ['threshold', 'gggb', 'fail', 'out of bounds once, where once is allowed to none'],
  ['threshold', 'ee', 'ask', 'a source that restarts'],
  ['threshold', 'eee', 'fail', 'a source that does not answer'],
  ['threshold', 'enene', 'ask', 'errors in a row'],
  ['threshold', 'nnnnnnnnnn', 'ask', 'no data is never anything'],
  ['webhook', '', 'ask', 'nothing was asked'],
  ['webhook', 'n', 'ask', 'it says wait'],
  ['webhook', 'nnng', 'pass', 'it says pass'],
  ['webhook', 'nb', 'fail', 'it says fail'],
  ['webhook', 'eeeeeeee', 'ask', 'a receiver that is down decides nothing'],
  ['webhook', 'eeg', 'pass', 'until it is back'],
])('%s: after "%s" it says %s: %s', (kind, story, is) => {
  expect(play(kind, story).opinion.is).toBe(is);
});

test('a gate passes by nothing but good measurements, whatever comes', () => {
  const stories = fc.string({ unit: fc.constantFrom('b', 'n', 'e'), maxLength: 30 });
  fc.assert(
    fc.property(fc.constantFrom<Kind>('http', 'threshold', 'webhook'), stories, (kind, story) => {
      expect(play(kind, story).opinion.is).not.toBe('pass');
    }),
  );
});

test('what a gate that waits says stays the same while it is told the same, whatever that took: each change is a write of status', () => {
  const said = (kind: Kind, story: string): unknown => {
    const { opinion } = play(kind, story);
    return opinion.is === 'ask' ? opinion.message : opinion.is;
  };
  for (const kind of ['http', 'threshold', 'webhook'] as const) {
    expect([2, 5, 20].map((times) => said(kind, 'n'.repeat(times)))).toEqual(Array(3).fill(said(kind, 'n')));
    expect(said(kind, 'ee')).toBe(said(kind, 'e'));
  }
  expect(said('http', 'gb')).toBe(said('http', 'b'));
  expect(said('http', 'ngnb')).toBe(said('http', 'b'));
  expect(said('http', 'b')).toMatch(/pod a answered 503, not 200 or 204$/);
});

test('a verdict says what was measured, and how often', () => {
  const message = (kind: Kind, story: string) => (play(kind, story).opinion as { message: string }).message;
  expect(message('http', '')).toBe('port http is to answer /healthz well 3 times in a row');
  // Nothing new to report while all goes well.
  expect(message('http', 'gg')).toBe(message('http', ''));
  expect(message('threshold', 'ggg')).toBe(message('threshold', ''));
  expect(message('http', 'b')).toBe(`${message('http', '')}; the last time: pod a answered 503, not 200 or 204`);
  expect(message('http', 'bb')).toBe('pod a answered 503, not 200 or 204, 2 times in a row');
  expect(message('http', 'eee')).toBe('it could not be measured, 3 times in a row: pod a: no answer within 5 s');
  expect(message('threshold', 'b')).toBe('0.02 is above 0.01');
  expect(message('threshold', 'g')).toBe('3 values or more within bounds are needed, for 30 s');
  expect(message('threshold', 'e')).toContain('it could not be measured: the query gave 2 series');
  expect(message('webhook', 'e')).toContain(
    'board has not answered pass or fail yet; the last time it could not be measured: the answer has no',
  );
  expect(message('webhook', 'b')).toBe('frozen');
});

test('a number is asked of its source, with the names of the candidate', () => {
  const asked = { is: 'query', source: 'main', queries: ['errors{pod=~"web-kj2s-2-[a-z0-9]*-?[a-z0-9]{5}"}'] };
  expect(play('threshold', 'g').opinion).toMatchObject({ is: 'ask', probe: asked, everySeconds: 10 });
  expect(play('threshold', 'gggg').opinion).toEqual({ is: 'pass', goOn: { probe: asked, everySeconds: 10 } });
});

describe('a tally', () => {
  test('begins with what was measured, and knows no time before the first that counts', () => {
    expect(tally(undefined, SINCE, { at: SINCE, is: 'none', message: '' })).toEqual({
      startedAt: SINCE,
      at: SINCE,
      passes: 0,
      failures: 0,
      errors: 0,
      valid: 0,
      last: [{ at: SINCE, is: 'none', message: '' }],
    });
  });
  test('fails with the words of the last bad one, whatever came after it', () => {
    expect(failed(play('http', 'bbn').seen!, 2)).toMatchObject({ message: 'pod a answered 503, not 200 or 204, 2 times in a row' });
  });
  test('keeps the last five, the newest first', () => {
    const { seen } = play('http', 'gbnegbne');
    expect(seen?.last.map(({ is }) => is)).toEqual(['error', 'none', 'bad', 'good', 'error']);
    expect(seen).toMatchObject({
      startedAt: SINCE,
      at: SINCE + 80_000,
      firstAt: SINCE + 10_000,
      valid: 4,
      errors: 1,
      failures: 1,
      passes: 0,
    });
  });
  test('of an earlier attempt counts for nothing', () => {
    const { seen } = play('http', 'ggb');
    const one: Measurement = { at: SINCE + 99_000, is: 'good', message: '' };
    expect(tally(seen, SINCE + 90_000, one)).toEqual(tally(undefined, SINCE + 90_000, one));
  });
  test('that allows none bad fails at the first', () => {
    expect(failed(play('threshold', 'gb').seen!, 1)).toMatchObject({ is: 'fail', reason: REASON.GateFailed });
    expect(failed(play('threshold', 'gb').seen!, 2)).toBeUndefined();
  });
});

describe('answers', () => {
  test.each<[string, readonly number[], Measurement['is']]>([
    ['at the limit', [0.01], 'good'],
    ['above it', [0.0101], 'bad'],
    ['without traffic', [NaN], 'none'],
    ['of nothing', [], 'none'],
    ['divided by zero', [Infinity], 'bad'],
    ['of several series', [0, 0], 'error'],
  ])('a number %s', (_what, values, is) => {
    expect(measuredThreshold(THRESHOLD, values, SINCE).is).toBe(is);
  });
  test('a number that says nothing says why', () => {
    const said = (values: readonly number[], spec = THRESHOLD) => measuredThreshold(spec, values, 0).message;
    expect(said([])).toBe('the query found no series');
    expect(said([NaN])).toBe('the query gave NaN, as it does without traffic');
    expect(said([0], { ...THRESHOLD, max: undefined })).toBe('the gate has neither max nor min');
  });
  test('a lower bound', () => {
    const spec = { ...THRESHOLD, max: undefined, min: 5 };
    expect([4, 5, 6].map((value) => measuredThreshold(spec, [value], 0).is)).toEqual(['bad', 'good', 'good']);
    expect(measuredThreshold(spec, [4], 0).message).toBe('4 is below 5');
  });
  test('no bound at all is nothing to be within', () => {
    expect(measuredThreshold({ ...THRESHOLD, max: undefined }, [0], 0).is).toBe('error');
  });
  test('one pod that answers something else is enough, and one that does not answer too', () => {
    const silent = { pod: 'b', ms: 1, status: 0, bytes: 0, error: 'refused' };
    expect(measuredHttp(HTTP, [...answered(204), silent], 0)).toMatchObject({ is: 'error', message: 'pod b: refused' });
    expect(measuredHttp(HTTP, [silent, ...answered(302)], 0)).toMatchObject({ is: 'bad' });
    expect(measuredHttp(HTTP, [], 0).message).toBe('no pod is ready');
    expect(measuredHttp(HTTP, answered(200), 0).message).toBe('pod a answered 200 in 12 ms with 34 bytes');
    expect(
      measuredHttp(
        HTTP,
        [
          { ...answered(204)[0]!, ms: 40 },
          { ...answered(200)[0]!, pod: 'b' },
        ],
        0,
      ).message,
    ).toBe('2 pods, the slowest a, answered 204 in 40 ms with 34 bytes');
    expect(measuredHttp(HTTP, [...answered(200), { ...answered(204)[0]!, pod: 'b', ms: 40 }], 0).message).toBe(
      '2 pods, the slowest b, answered 204 in 40 ms with 34 bytes',
    );
  });
  test('of pods that were equally slow the first is named', () => {
    const [a] = answered(200);
    expect(measuredHttp(HTTP, [a!, { ...a!, pod: 'b' }, { ...a!, pod: 'c' }], 0).message).toBe(
      '3 pods, the slowest a, answered 200 in 12 ms with 34 bytes',
    );
  });
  test.each<[unknown, Measurement['is']]>([
    [{ verdict: 'pass' }, 'good'],
    [{ verdict: 'PASS' }, 'error'],
    [{ verdict: ['pass'] }, 'error'],
    [{ verdict: 'fail' }, 'bad'],
    [{ verdict: 'wait', message: 7 }, 'none'],
    [{}, 'error'],
    [null, 'error'],
    [[{ verdict: 'pass' }], 'error'],
    ['pass', 'error'],
  ])('of a webhook: %j', (answer, is) => {
    expect(measuredWebhook(answer, 0).is).toBe(is);
  });
  test('of a webhook: its own words, or that it had none', () => {
    const said = (answer: unknown) => measuredWebhook(answer, 0).message;
    expect(said({ verdict: 'pass' })).toBe('');
    expect(said({ verdict: 'pass', message: 7 })).toBe('');
    expect(said({ verdict: 'pass', message: ' all \n well ' })).toBe('all well');
    expect(said({ verdict: 'fail' })).toBe('it answered fail, and no message');
    expect(said({ verdict: 'fail', message: 'frozen' })).toBe('frozen');
    expect(said({ verdict: 'wait' })).toBe('it answered wait');
    expect(said({ verdict: 'wait', message: 'at noon' })).toBe('at noon');
    expect(said(undefined)).toBe('the answer has no verdict that is pass, wait or fail');
    expect(said({ verdict: 'pass', message: 'x'.repeat(200) })).toBe('x'.repeat(200));
  });
  test('of a webhook are shown on one line of bounded length', () => {
    const { message } = measuredWebhook({ verdict: 'fail', message: `no\n\u001b[31m ${'x'.repeat(1000)}` }, 0);
    expect(message).toMatch(/^no \[31m x{190,200}…$/);
  });
});

test('a webhook is asked the same event each time, and another one for another gate, instance or attempt', () => {
  const event = (gate: AuthorGate, uid: string, since: number) => {
    const opinion = webhook(WEBHOOK, gate, { ...NAMES, uid, title: undefined, ports: [], podLabels: {} }, { since, tally: undefined });
    return opinion.is === 'ask' && opinion.probe.is === 'webhook' ? opinion.probe.event : undefined;
  };
  expect(event(GATE, 'u1', SINCE)).toEqual({
    specversion: '1.0',
    type: 'io.immutableapp.waiting.v1',
    source: 'immutableapp',
    subject: 'shop/web',
    id: `u1/before/board/d1/${String(SINCE)}`,
    time: '2026-11-28T20:00:00.000Z',
    datacontenttype: 'application/json',
    data: { asks: 'verdict', gate: 'board', phase: 'before', namespace: 'shop', app: 'web', version: 'web-kj2s', instance: 'web-kj2s-2' },
  });
  const named = webhook(WEBHOOK, GATE, ABOUT, { since: SINCE, tally: undefined });
  expect(named).toMatchObject({ probe: { event: { data: { name: '2.0' } } } });
  const others = [event({ ...GATE, digest: 'd2' }, 'u1', SINCE), event(GATE, 'u2', SINCE), event(GATE, 'u1', SINCE + 1)];
  expect(new Set([event(GATE, 'u1', SINCE), ...others].map((each) => each?.id)).size).toBe(4);
});

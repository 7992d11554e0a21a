// Requests to whom nobody trusts: whatever is answered, there is one result in time, and no connection stays.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Socket } from 'node:net';
import { askPrometheus } from '../../src/shell/gates/prometheus.ts';
import type { Asked } from '../../src/shell/gates/sources.ts';
import { askWebhook } from '../../src/shell/gates/webhook.ts';
import { call, MOST_BYTES } from '../../src/shell/gates/call.ts';
import { eventually } from './faultserver.ts';
import type { Receiver } from './receiver.ts';
import { flood, receiver, reply } from './receiver.ts';

const receivers: Receiver[] = [];
afterEach(async () => {
  for (const each of receivers.splice(0)) await each.close();
});
async function given(answer: (socket: Socket, heard: string) => void): Promise<Receiver> {
  const made = await receiver(answer);
  receivers.push(made);
  return made;
}
const never = new AbortController().signal;
const at = ({ port }: Receiver, more: object = {}) => ({ host: '127.0.0.1', port, path: '/x', headers: {}, deadlineMs: 300, ...more });
const source = ({ port }: Receiver, path = ''): Asked => ({
  host: '127.0.0.1',
  port,
  path,
  headers: { authorization: 'Bearer t' },
  tls: undefined,
});
const drip = (socket: Socket, bytes: string): void => {
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write(bytes);
  }, 10);
};

describe('no answer', () => {
  test.each<[string, (socket: Socket) => void, RegExp]>([
    ['none at all', () => undefined, /^no whole answer within 0\.3 s$/],
    ['a head that drips', (socket) => { socket.write('HTTP/1.1 200 OK\r\n'); drip(socket, 'x: y\r\n'); }, /^no whole answer within/], // prettier-ignore
    ['a body that drips', (socket) => { socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n'); drip(socket, 'x'); }, /^no whole answer within/], // prettier-ignore
    ['a body that ends too early', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx'), /aborted|closed before/],
    ['a connection that closes', (socket) => socket.destroy(), /reset|hang up|closed before/],
    ['what is not HTTP', (socket) => socket.end('SSH-2.0-x\r\n\r\n'), /Parse Error/],
    ['a head without end', (socket) => { socket.write('HTTP/1.1 200 OK\r\n'); flood(socket, `x: ${'y'.repeat(1000)}\r\n`); }, /Parse Error: Header overflow/], // prettier-ignore
    ['another protocol', (socket) => socket.write('HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'), /closed before|no whole/], // prettier-ignore
    ['two lengths', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx'), /Parse Error/],
  ])('%s', async (_what, answer, message) => {
    const there = await given(answer);
    expect(await call(at(there), never)).toMatchObject({ is: 'error', message: expect.stringMatching(message) });
    await eventually(() => there.open() === 0);
  });
  test('of nobody', async () => {
    const gone = await receiver(() => undefined);
    await gone.close();
    expect(await call(at(gone), never)).toMatchObject({ is: 'error', message: expect.stringContaining('ECONNREFUSED') });
  });
  test('when it is stopped', async () => {
    const there = await given(() => undefined);
    const end = new AbortController();
    const answer = call(at(there), end.signal);
    await eventually(() => there.open() === 1);
    end.abort();
    expect(await answer).toMatchObject({ is: 'error', message: 'stopped' });
    await eventually(() => there.open() === 0);
    expect(await call(at(there), end.signal)).toMatchObject({ is: 'error', message: 'stopped' });
  });
  test('to what cannot be sent', async () => {
    const there = await given((socket) => socket.end(reply(200, '')));
    for (const more of [{ path: '/a b' }, { path: '/a\r\nx: y' }, { headers: { x: 'a\r\nb: c' } }, { headers: { 'x y': '1' } }])
      expect(await call(at(there, more), never)).toMatchObject({ is: 'error' });
    expect(there.heard).toEqual([]);
  });
});

test('a redirect is an answer, and nobody goes there', async () => {
  const trap = await given((socket) => socket.end(reply(200, '{}')));
  const there = await given((socket) =>
    socket.end(reply(302, '{}', 'application/json', `location: http://127.0.0.1:${String(trap.port)}/\r\n`)),
  );
  expect(await call(at(there), never)).toMatchObject({ is: 'reply', status: 302 });
  expect(await askPrometheus(source(there), ['up'], 'us', never)).toEqual({
    is: 'error',
    message: 'it answered 302: redirects are not followed',
  });
  expect(await askWebhook(source(there), {}, 'us', never)).toEqual({ is: 'error', message: 'it answered 302: redirects are not followed' });
  expect(trap.heard).toEqual([]);
});

test('a body without end is read up to 64 KiB, whatever length it claims', async () => {
  let sent = 0;
  const chunk = 'x'.repeat(16 * 1024);
  const there = await given((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10737418240\r\n\r\n');
    flood(socket, chunk);
    socket.on('close', () => (sent = socket.bytesWritten));
  });
  const answer = await call(at(there, { deadlineMs: 5000 }), never);
  expect(answer).toMatchObject({ is: 'reply', status: 200, isCut: true });
  expect(answer.is === 'reply' && answer.body.length).toBe(MOST_BYTES);
  await eventually(() => there.open() === 0 && sent > 0);
  expect(sent).toBeLessThan(32 * 1024 * 1024);
  expect(await askPrometheus(source(there), ['up'], 'us', never)).toEqual({ is: 'error', message: 'it answered more than 64 KiB' });
  expect(await askWebhook(source(there), {}, 'us', never)).toEqual({ is: 'error', message: 'it answered more than 64 KiB' });
});

test('what is packed is not unpacked', async () => {
  const there = await given((socket) => socket.end(reply(200, '\u001f\u008b', 'application/json', 'content-encoding: gzip\r\n')));
  expect(await askWebhook(source(there), {}, 'us', never)).toEqual({ is: 'error', message: 'it answered what is not JSON' });
});

describe('Prometheus', () => {
  const asked = async (body: unknown, status = 200, type = 'application/json; charset=utf-8') => {
    const there = await given((socket) => socket.end(reply(status, typeof body === 'string' ? body : JSON.stringify(body), type)));
    return { there, answer: await askPrometheus(source(there, '/prom'), ['a{b="c&d+e%"}'], 'us', never) };
  };
  const vector = (...values: string[]) => ({
    status: 'success',
    data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) },
  });
  test('is asked by POST, with its token, and the query arrives as it is', async () => {
    const { there, answer } = await asked(vector('1.5'));
    expect(answer).toEqual({ is: 'values', values: [[1.5]] });
    const [head = '', body = ''] = there.heard[0]!.split('\r\n\r\n');
    expect(head).toMatch(/^POST \/prom\/api\/v1\/query HTTP\/1.1\r\n/);
    expect(head).toMatch(/^authorization: Bearer t\r$/im);
    expect(new URLSearchParams(body).get('query')).toBe('a{b="c&d+e%"}');
  });
  test.each<[string, unknown, unknown]>([
    ['several series', vector('1', '2'), [[1, 2]]],
    ['no series', vector(), [[]]],
    ['no number', vector('NaN'), [[NaN]]],
    ['infinities', vector('+Inf', '-Inf', 'Inf'), [[Infinity, -Infinity, Infinity]]],
    ['a scalar', { status: 'success', data: { resultType: 'scalar', result: [1, '7'] } }, [[7]]],
    ['a histogram', { status: 'success', data: { resultType: 'vector', result: [{ metric: {}, histogram: [1, {}] }] } }, [[NaN]]],
    ['a value that is none', { status: 'success', data: { resultType: 'vector', result: [{ value: [1, '1e3x'] }, {}, null] } }, [[NaN, NaN, NaN]]], // prettier-ignore
  ])('gives %s', async (_what, body, values) => {
    expect((await asked(body)).answer).toEqual({ is: 'values', values });
  });
  test.each<[string, unknown, number, string, string]>([
    [
      'an error',
      { status: 'error', errorType: 'bad_data', error: 'parse error: x' },
      400,
      'application/json',
      'it answered 400: parse error: x',
    ],
    ['a matrix', { status: 'success', data: { resultType: 'matrix', result: [] } }, 200, 'application/json', 'the query gives a matrix'],
    ['a page', '<html>', 200, 'text/html', 'it answered 200 with text/html, not JSON'],
    ['a page that says it is none', '<html>', 200, 'application/json', 'it answered 200 with what is not JSON'],
    ['nothing', '', 200, 'application/json', 'it answered 200 with what is not JSON'],
    ['a list', '[]', 200, 'application/json', 'it answered 200: '],
    ['a proxy that refuses', 'no', 502, 'text/plain', 'it answered 502 with text/plain'],
  ])('gives %s', async (_what, body, status, type, message) => {
    expect((await asked(body, status, type)).answer).toMatchObject({ is: 'error', message: expect.stringContaining(message) });
  });
  test('one query of several that fails fails all', async () => {
    const there = await given((socket, heard) =>
      socket.end(heard.includes('bad') ? reply(400, '{"status":"error","error":"no"}') : reply(200, JSON.stringify(vector('1')))),
    );
    expect(await askPrometheus(source(there), ['good', 'bad'], 'us', never)).toEqual({ is: 'error', message: 'it answered 400: no' });
    expect(await askPrometheus(source(there), ['good', 'well'], 'us', never)).toEqual({ is: 'values', values: [[1], [1]] });
  });
});

describe('a webhook', () => {
  test('is sent the event, and its answer is handed on', async () => {
    const there = await given((socket) => socket.end(reply(200, '{"verdict":"wait","message":"tea"}', 'application/vnd.x+json')));
    expect(await askWebhook(source(there), { id: '1' }, 'us', never)).toEqual({ is: 'body', body: { verdict: 'wait', message: 'tea' } });
    expect(there.heard[0]).toMatch(/^POST \/ HTTP\/1.1\r\n/);
    expect(there.heard[0]).toMatch(/^content-type: application\/cloudevents\+json\r$/im);
    expect(there.heard[0]!.split('\r\n\r\n')[1]).toBe('{"id":"1"}');
  });
  test.each([500, 404, 304])('that answers %i has no verdict, whatever it says', async (status) => {
    const there = await given((socket) => socket.end(reply(status, '{"verdict":"pass"}')));
    expect((await askWebhook(source(there), {}, 'us', never)).is).toBe('error');
  });
});

// Measurements beside the loop: who is asked, who is not, what comes of it, and what a thousand at once cost.
import { afterEach, describe, expect, test } from '@jest/globals';
import { Worker } from 'node:worker_threads';
import type { Answered } from '../../src/gates/measured.ts';
import type { AuthorGate, GateSpec, Measuring, Probe, Series } from '../../src/model/measure.ts';
import { seriesOf } from '../../src/model/measure.ts';
import { failure, ok } from '../../src/model/failure.ts';
import type { AppKey, InstanceName } from '../../src/model/version.ts';
import type { MeasurerOptions } from '../../src/shell/gates/measuring.ts';
import { measurer, told } from '../../src/shell/gates/measuring.ts';
import { slotsOf } from '../../src/shell/gates/slots.ts';
import { eventually } from './faultserver.ts';
import type { Receiver } from './receiver.ts';
import { receiver, reply } from './receiver.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});
const KEY = 'shop/web' as AppKey;
const SPEC: GateSpec = {
  is: 'http',
  port: 'http',
  path: '/healthz',
  headers: [],
  status: [200],
  intervalSeconds: 5,
  passes: 3,
  failures: 3,
};
const GATE: AuthorGate = { phase: 'before', name: 'healthy', digest: 'd1', enforce: true, timeoutSeconds: 600, spec: SPEC };
const PROBE: Probe = { is: 'http', port: 'http', path: '/healthz', headers: [], status: [200] };
const question = (more: Partial<Measuring> = {}): Measuring => ({
  instance: 'web-1' as InstanceName,
  uid: 'u1',
  gate: GATE,
  since: 1000,
  probe: PROBE,
  ...more,
});
const pod = (name: string, podIP: string, more: { ready?: string; deletionTimestamp?: string } = {}) => ({
  metadata: { name, uid: `uid-${name}`, ...(more.deletionTimestamp === undefined ? {} : { deletionTimestamp: more.deletionTimestamp }) },
  status: { podIP, conditions: [{ type: 'Ready', status: more.ready ?? 'True' }] },
});

const never = () => Promise.reject(new Error('no Job was asked for'));
const NO_JOBS = { read: never, create: never, remove: never };

/** A measurer over these pods, and what it was asked and told. */
function given(pods: object[], port: number, more: Partial<MeasurerOptions> = {}) {
  const state = { pods, version: '1', lists: 0, foreign: new Set<string>() };
  const done: { readonly question: Measuring; readonly answered: Answered }[] = [];
  const made = measurer({
    kube: {
      ...NO_JOBS,
      list: () => {
        state.lists++;
        return Promise.resolve(ok({ items: state.pods, resourceVersion: '1', continue: undefined }) as never);
      },
    },
    cache: {
      podsOf: () => state.version,
      instanceOf: (uid: string) => (state.foreign.has(uid) ? undefined : ('web-1' as InstanceName)),
      portOf: (_uid, name) => (name === 'http' ? port : undefined),
    },
    sources: undefined,
    userAgent: 'us',
    done: (_key, asked, answered) => done.push({ question: asked, answered }),
    ...more,
  });
  cleanups.push(() => {
    made.stop();
  });
  const ask = async (asked: Measuring = question()): Promise<Answered> => {
    const before = done.length;
    made.measure(KEY, 'shop', asked);
    await eventually(() => done.length > before);
    return done.at(-1)!.answered;
  };
  return { measure: made.measure, underway: made.underway, stop: made.stop, state, done, ask };
}
async function listening(host: string, port = 0, answer = reply(200, 'ok', 'text/plain')): Promise<Receiver> {
  const made = await receiver((socket) => socket.end(answer), host, port);
  cleanups.push(made.close);
  return made;
}
const statuses = (answered: Answered) => (answered.is === 'pods' ? answered.answers.map(({ pod: name, status }) => `${name} ${String(status)}`) : answered); // prettier-ignore

describe('pods', () => {
  test('every ready one is asked, by its own address, and no other', async () => {
    const one = await listening('127.0.0.1');
    const two = await listening('127.0.0.2', one.port, reply(503, ''));
    const { ask, state } = given(
      [
        pod('a', '127.0.0.1'),
        pod('b', '127.0.0.2'),
        pod('unready', '127.0.0.1', { ready: 'False' }),
        pod('going', '127.0.0.1', { deletionTimestamp: 'now' }),
        pod('foreign', '127.0.0.1'),
        pod('local', '169.254.169.254'),
        pod('local6', 'fe80::1'),
        pod('mapped', '::ffff:169.254.169.254'),
        pod('nowhere', ''),
      ],
      one.port,
    );
    state.foreign.add('uid-foreign');
    const headers = [
      { name: 'Host', value: 'shop.example' },
      { name: 'X-A', value: '1' },
      { name: 'x-a', value: '2' },
    ];
    expect(statuses(await ask(question({ probe: { ...PROBE, headers } })))).toEqual(['a 200', 'b 503']);
    expect(two.heard).toHaveLength(1);
    expect(one.heard).toHaveLength(1);
    expect(one.heard[0]).toMatch(/^GET \/healthz HTTP\/1.1\r\n/);
    expect(one.heard[0]).toMatch(/^host: shop.example\r$/im);
    expect([...one.heard[0]!.matchAll(/^x-a: (.*)\r$/gim)].map(([, value]) => value).join()).toBe('1,2');
    expect(one.heard[0]).toMatch(/^user-agent: us\r$/im);
  });
  test('where they are is asked again only after one of them changed, or while it is open whose they are', async () => {
    const there = await listening('127.0.0.1');
    const { ask, state } = given([pod('a', '127.0.0.1')], there.port);
    for (let i = 0; i < 3; i++) await ask();
    expect(state.lists).toBe(1);
    state.version = '2';
    state.pods = [pod('b', '127.0.0.1')];
    expect(statuses(await ask())).toEqual(['b 200']);
    expect(state.lists).toBe(2);
    state.version = '3';
    state.foreign.add('uid-b');
    expect(statuses(await ask())).toEqual([]);
    state.foreign.clear();
    expect(statuses(await ask())).toEqual(['b 200']);
    expect(state.lists).toBe(4);
  });
  test('a port that no container names, and pods that cannot be listed, are errors', async () => {
    const { ask } = given([], 1);
    expect(await ask(question({ probe: { ...PROBE, port: 'grpc' } as Probe }))).toEqual({
      is: 'error',
      message: 'no container has a TCP port named "grpc"',
    });
    const kube = { ...NO_JOBS, list: () => Promise.resolve(failure('Transient', 'busy', 429)) };
    const { ask: refused } = given([], 1, { kube });
    expect(await refused()).toEqual({ is: 'error', message: 'its pods could not be listed: busy' });
    const { ask: broken } = given([], 1, { kube: { ...NO_JOBS, list: () => Promise.reject(new Error('bug')) } });
    expect(await broken()).toEqual({ is: 'error', message: 'bug' });
  });
});

test('a source that nobody defined is an error, and one of others too', async () => {
  const { ask } = given([], 1, { sources: { find: () => undefined } });
  expect(await ask(question({ probe: { is: 'webhook', source: 'board', event: {} } }))).toEqual({
    is: 'error',
    message: 'there is no source named board for Apps of shop',
  });
});

test('each gate of an instance is measured once at a time; another attempt of it is another', async () => {
  const there = await receiver(() => undefined);
  cleanups.push(there.close);
  const { measure, underway, stop, done } = given([pod('a', '127.0.0.1')], there.port);
  measure(KEY, 'shop', question());
  measure(KEY, 'shop', question());
  measure(KEY, 'shop', question({ since: 2000 }));
  measure(KEY, 'shop', question({ gate: { ...GATE, digest: 'd2' } }));
  await eventually(() => there.open() === 3);
  expect(underway()).toBe(3);
  stop();
  await eventually(() => there.open() === 0 && underway() === 0);
  expect(done).toEqual([]);
  measure(KEY, 'shop', question());
  expect(underway()).toBe(0);
});

test('an answer counts for what was asked, and for nothing that came after', () => {
  const good: Answered = { is: 'pods', answers: [{ pod: 'a', ms: 1, status: 200, bytes: 2 }] };
  const asked = question();
  const kept = new Map<string, Series>();
  expect(told(kept, asked, good, 5000)).toBe(false);
  expect(kept.size).toBe(0);
  kept.set(seriesOf(asked), { since: 1000, underway: true, tally: undefined });
  expect(told(kept, question({ since: 999 }), good, 5000)).toBe(false);
  expect(told(kept, question({ uid: 'u2' }), good, 5000)).toBe(false);
  expect(told(kept, question({ gate: { ...GATE, digest: 'd2' } }), good, 5000)).toBe(false);
  expect(kept.get(seriesOf(asked))).toMatchObject({ underway: true, tally: undefined });
  expect(told(kept, asked, good, 5000)).toBe(true);
  expect(kept.get(seriesOf(asked))).toMatchObject({ since: 1000, underway: false, tally: { at: 5000, passes: 1, startedAt: 1000 } });
});

/** Of this thread: what neighbours of the machine take is not ours. */
const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

test('a thousand at once leave the event loop free and the sockets few', async () => {
  const worker = new Worker(
    `const { createServer } = require('node:http');
     const { parentPort } = require('node:worker_threads');
     let open = 0, most = 0;
     const server = createServer((request, response) => setTimeout(() => response.end('ok'), 20));
     server.on('connection', (socket) => { most = Math.max(most, ++open); socket.on('close', () => open--); });
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
     parentPort.on('message', () => parentPort.postMessage(most));`,
    { eval: true },
  );
  cleanups.push(() => worker.terminate());
  const said = () => new Promise<number>((resolve) => worker.once('message', resolve));
  const port = await said();
  const slots = slotsOf(64, 16);
  const { measure, done } = given([pod('a', '127.0.0.1')], port, { slots });
  // The longest turn of the loop, not only the 99th of a hundred.
  for (let i = 0; i < 1000; i++)
    measure(`ns${String(i % 50)}/web-${String(i)}` as AppKey, `ns${String(i % 50)}`, question({ uid: `u${String(i)}` }));
  const deadline = performance.now() + 30_000;
  const begun = cpuMs();
  let [taken, longest, before] = [0, 0, begun];
  while (done.length < 1000 && performance.now() < deadline) {
    taken = Math.max(taken, slots.taken());
    await new Promise((resolve) => setImmediate(resolve));
    const now = cpuMs();
    longest = Math.max(longest, now - before);
    before = now;
  }
  expect(done).toHaveLength(1000);
  expect(done.every(({ answered }) => answered.is === 'pods' && answered.answers[0]?.status === 200)).toBe(true);
  expect(taken).toBe(64);
  const most = said();
  worker.postMessage('most');
  // It hears a little later than we that a connection is closed.
  expect(await most).toBeLessThanOrEqual(80);
  // How long a turn takes depends on the machine; what share of the work it does depends on us: 5 to 8 %, and half of it without a limit.
  expect(longest).toBeLessThan(Math.max(30, (before - begun) / 6));
});

import { afterEach, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../src/model/object.ts';
import { classify, connect, type Call, type ConnectOptions } from '../../src/shell/api/kube.ts';
import { eventually, faultServer, json, status, type Asked, type FaultServer } from './faultserver.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function serve(answer: (response: ServerResponse, asked: Asked, nth: number) => void, options: Partial<ConnectOptions> = {}) {
  const server = await faultServer(answer);
  const kube = connect({ connection: server.connection, ...options });
  cleanups.push(() => kube.close(), server.close);
  return { server, kube };
}
const echo = (response: ServerResponse, asked: Asked) => {
  json(response, 200, asked.body === '' ? { kind: 'Pod' } : JSON.parse(asked.body));
};
const asWritten = ({ asked }: FaultServer) =>
  asked.map(({ method, path, query, headers, body }) => ({
    line: `${method} ${path}?${query.toString()}`,
    type: headers['content-type'],
    body: body === '' ? undefined : (JSON.parse(body) as unknown),
  }));
const object = (name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'ns', name },
  ...more,
});

test('each method is exactly this request', async () => {
  const { server, kube } = await serve(echo);
  await kube.create('ConfigMap', object('a'));
  await kube.create('Deployment', object('b'), { dryRun: true });
  await kube.read('ImmutableApp', 'ns', 'web');
  await kube.remove('Deployment', 'ns', 'web-2', 'u1');
  await kube.scale('ns', 'web', 'u1', 0);
  await kube.patchService('ns', 'web', { metadata: { resourceVersion: '7' }, spec: { selector: { a: 'b' } } });
  await kube.patchStatus('ns', 'web', [{ op: 'add', path: '/status', value: {} }]);
  await kube.replaceLease('ns', 'l', object('l'));
  await kube.list({ kind: 'Pod', labelSelector: 'a in (b)' }, { limit: 5, continue: 'x/y' }, new AbortController().signal);
  const common = 'fieldManager=immutableapp&timeout=4000ms';
  const patch = 'application/json-patch+json';
  expect(asWritten(server)).toEqual([
    { line: `POST /api/v1/namespaces/ns/configmaps?${common}`, type: 'application/json', body: object('a') },
    {
      line: `POST /apis/apps/v1/namespaces/ns/deployments?${common}&dryRun=All&fieldValidation=Strict`,
      type: 'application/json',
      body: object('b'),
    },
    { line: 'GET /apis/immutableapp.io/v1alpha1/namespaces/ns/immutableapps/web?timeout=4000ms' },
    {
      line: 'DELETE /apis/apps/v1/namespaces/ns/deployments/web-2?timeout=4000ms',
      type: 'application/json',
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'u1' }, propagationPolicy: 'Background' },
    },
    {
      line: `PATCH /apis/apps/v1/namespaces/ns/deployments/web/scale?${common}`,
      type: patch,
      body: [
        { op: 'test', path: '/metadata/uid', value: 'u1' },
        { op: 'add', path: '/spec/replicas', value: 0 },
      ],
    },
    {
      line: `PATCH /api/v1/namespaces/ns/services/web?${common}`,
      type: 'application/merge-patch+json',
      body: { metadata: { resourceVersion: '7' }, spec: { selector: { a: 'b' } } },
    },
    {
      line: `PATCH /apis/immutableapp.io/v1alpha1/namespaces/ns/immutableapps/web/status?${common}`,
      type: patch,
      body: [{ op: 'add', path: '/status', value: {} }],
    },
    { line: `PUT /apis/coordination.k8s.io/v1/namespaces/ns/leases/l?${common}`, type: 'application/json', body: object('l') },
    { line: 'GET /api/v1/pods?limit=5&continue=x%2Fy&labelSelector=a+in+%28b%29&timeout=30000ms' },
  ]);
  expect(new Set(server.asked.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer secret']));
});

test('what the API server warns of comes with its answer, from however many headers', async () => {
  const { kube } = await serve((response, asked) => {
    response.setHeader('Warning', ['299 - "a \\"b\\" \\\\ c"', '299 kube "d, e", 299 - "f"', '110 - "stale"', 'nonsense']);
    echo(response, asked);
  });
  const answer = await kube.create('Deployment', object('a'), { dryRun: true });
  expect(answer).toMatchObject({ is: 'ok', warnings: ['a "b" \\ c', 'd, e', 'f'] });
  const { kube: quiet } = await serve(echo);
  expect(await quiet.create('Deployment', object('a'))).toEqual({ is: 'ok', value: object('a') });
});

test('there is no method that could change a published object', async () => {
  const { kube } = await serve(echo);
  expect(Object.keys(kube).sort()).toEqual(
    ['close', 'create', 'list', 'patchService', 'patchStatus', 'read', 'remove', 'replaceLease', 'scale', 'stream'].sort(),
  );
});

test('fields nobody knows survive the round trip', async () => {
  const { kube } = await serve(echo);
  const strange = object('a', { spec: { newerThanUs: { list: [1, null, { ü: '🦊' }], when: '2026-01-01T00:00:00Z' } } });
  expect(await kube.create('ConfigMap', strange)).toEqual({ is: 'ok', value: strange });
});

test('names cannot reach another path', async () => {
  const { server, kube } = await serve(echo);
  await kube.read('Pod', '../kube-system', 'a?b=c');
  expect(server.asked[0]!.path).toBe('/api/v1/namespaces/..%2Fkube-system/pods/a%3Fb%3Dc');
});

test('metadata only is asked for by the Accept header', async () => {
  const { server, kube } = await serve((response) => {
    json(response, 200, { metadata: { resourceVersion: '5' }, items: null });
  });
  const page = await kube.list({ kind: 'Pod', metadataOnly: true }, { limit: 5 }, new AbortController().signal);
  expect(page).toEqual({ is: 'ok', value: { items: [], resourceVersion: '5', continue: '' } });
  // A list of partial objects is another kind than a partial object: the API server refuses either name for the other (406).
  expect(server.asked[0]!.headers.accept).toBe('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
  await kube.stream({ kind: 'Pod', metadataOnly: true }, {}, new AbortController().signal);
  expect(server.asked[1]!.headers.accept).toBe('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
});

test.each([
  ['a name taken', 409, status(409, 'AlreadyExists', 'x already exists'), 'Exists'],
  ['a stale resourceVersion', 409, status(409, 'Conflict', 'modified'), 'Conflict'],
  ['not found', 404, status(404, 'NotFound', 'no'), 'Gone'],
  ['expired', 410, status(410, 'Expired', 'too old'), 'Gone'],
  ['forbidden', 403, status(403, 'Forbidden', 'exceeded quota'), 'Denied'],
  [
    'a namespace that is being terminated, by its words',
    403,
    status(403, 'Forbidden', 'configmaps "x" is forbidden: unable to create new content in namespace ns because it is being terminated'),
    'Ending',
  ],
  [
    'a namespace that is being terminated, by its cause',
    403,
    {
      ...status(403, 'Forbidden', 'in other words'),
      details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
    },
    'Ending',
  ],
  ['a token being rotated', 401, status(401, 'Unauthorized', 'Unauthorized'), 'Transient'],
  [
    'admission that has just started',
    403,
    status(403, 'Forbidden', 'deployments.apps "x" is forbidden: not yet ready to handle request'),
    'Transient',
  ],
  ['a bad request', 400, status(400, 'BadRequest', 'unknown field'), 'Denied'],
  ['an invalid object', 422, status(422, 'Invalid', 'spec.x: Required value'), 'Denied'],
  ['an object over the limit of the API server', 413, status(413, 'RequestEntityTooLarge', 'limit is 3145728'), 'Denied'],
  ['an object over the limit of etcd', 500, status(500, '', 'etcdserver: request is too large'), 'Denied'],
  ['an object over the limit of gRPC', 500, status(500, '', 'trying to send message larger than max (3 vs. 2)'), 'Denied'],
  ['an internal error', 500, status(500, 'InternalError', 'webhook failed'), 'Transient'],
  ['a proxy without a server', 502, '<html>bad gateway</html>', 'Transient'],
  ['throttling', 429, status(429, 'TooManyRequests', 'slow down'), 'Transient'],
  ['a redirect', 302, '', 'Transient'],
])('%s is data', (_, code, body, kind) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const message = typeof body === 'string' ? body || `HTTP ${code}` : body.message;
  expect(classify(code, text)).toEqual({ is: 'failure', kind, status: code, message });
});

test('a JSON patch that does not apply is a conflict, one whose result is invalid is not', () => {
  const unmet = JSON.stringify(status(422, 'Invalid', 'the server rejected our request due to an error in our request'));
  expect(classify(422, unmet, undefined, true).kind).toBe('Conflict');
  expect(classify(422, unmet).kind).toBe('Denied');
  expect(classify(422, JSON.stringify(status(422, 'Invalid', 'status.x: Invalid value')), undefined, true).kind).toBe('Denied');
});

test('patience asked for is passed on, from the header or from the body', async () => {
  const { kube } = await serve((response, _, nth) => {
    if (nth === 0) json(response, 429, status(429, 'TooManyRequests', 'slow'), { 'retry-after': '3' });
    else json(response, 500, status(500, 'ServerTimeout', 'again', { retryAfterSeconds: 2 }));
  });
  expect(await kube.read('Pod', 'a', 'b')).toMatchObject({ kind: 'Transient', retryAfterMs: 3_000 });
  expect(await kube.read('Pod', 'a', 'b')).toMatchObject({ kind: 'Transient', retryAfterMs: 2_000 });
});

test.each([
  ['it does not exist', status(404, 'NotFound', 'deployments "x" not found'), true],
  [
    'another bears its name',
    status(
      409,
      'Conflict',
      'Operation cannot be fulfilled on deployments.apps "x": Precondition failed: UID in precondition: a, UID in object meta: b',
    ),
    true,
  ],
  [
    'another bears its name, said by the registry',
    status(
      409,
      'Conflict',
      'the UID in the precondition (a) does not match the UID in record (b). The object might have been deleted and then recreated',
    ),
    true,
  ],
  ['something else is in the way', status(409, 'Conflict', 'Operation cannot be fulfilled: please try again'), false],
])('removing an object when %s', async (_, said, gone) => {
  const { kube } = await serve((response) => {
    json(response, said.code, said);
  });
  expect((await kube.remove('Deployment', 'ns', 'x', 'a')).is).toBe(gone ? 'ok' : 'failure');
});

test('without the lease every write is refused here, and reads are not', async () => {
  const { server, kube } = await serve(echo, { mayWrite: () => false });
  const refused = { is: 'failure', kind: 'Transient', message: 'lease lost', status: 0 };
  expect(await kube.create('ConfigMap', object('a'))).toEqual(refused);
  expect(await kube.remove('ConfigMap', 'ns', 'a', 'u')).toEqual(refused);
  expect(await kube.scale('ns', 'a', 'u', 1)).toEqual(refused);
  expect(await kube.patchService('ns', 'a', { metadata: { resourceVersion: '1' } })).toEqual(refused);
  expect(await kube.patchStatus('ns', 'a', [])).toEqual(refused);
  expect(await kube.replaceLease('ns', 'a', object('a'))).toEqual(refused);
  expect(server.asked).toEqual([]);
  expect((await kube.read('Pod', 'ns', 'a')).is).toBe('ok');
});

test('a write that stood in line while the lease went does not go out', async () => {
  let held: ServerResponse | undefined;
  let mayWrite = true;
  const { server, kube } = await serve((response) => (held = response), { connections: 1, mayWrite: () => mayWrite });
  const first = kube.read('Pod', 'ns', 'a');
  await eventually(() => held !== undefined);
  const second = kube.create('ConfigMap', object('a'));
  mayWrite = false;
  json(held!, 200, {});
  expect((await first).is).toBe('ok');
  expect(await second).toMatchObject({ kind: 'Transient', message: 'lease lost' });
  expect(server.asked).toHaveLength(1);
});

test('a write whose connection was still being opened when the lease went does not go out', async () => {
  let mayWrite = true;
  const calls: Call[] = [];
  const { server, kube } = await serve(echo, { mayWrite: () => mayWrite, onCall: (call) => calls.push(call) });
  const write = kube.create('ConfigMap', object('a'));
  mayWrite = false;
  expect(await write).toMatchObject({ kind: 'Transient', message: 'lease lost' });
  expect([server.asked, calls]).toEqual([[], []]);
});

test('an answer that never comes is given up, and the next call is not held up by it', async () => {
  const { kube } = await serve(
    (response, _, nth) => {
      if (nth > 0) json(response, 200, {});
    },
    { connections: 1, timeoutMs: 50 },
  );
  expect(await kube.create('ConfigMap', object('a'))).toEqual({
    is: 'failure',
    kind: 'Transient',
    message: 'no answer within 550 ms',
    status: 0,
  });
  expect((await kube.read('Pod', 'ns', 'a')).is).toBe('ok');
});

test.each<[string, (response: ServerResponse) => void, object]>([
  ['a reset before the answer', (response) => response.socket?.destroy(), { kind: 'Transient', status: 0 }],
  [
    'a reset within the answer',
    (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"a":', () => response.socket?.destroy());
    },
    { kind: 'Transient', status: 0 },
  ],
  ['something that is not JSON', (response) => response.writeHead(200).end('<html>'), { kind: 'Transient', status: 200 }],
])('%s is transient', async (_, answer, expected) => {
  const { kube } = await serve(answer);
  expect(await kube.read('Pod', 'ns', 'a')).toMatchObject({ is: 'failure', ...expected });
});

test('nobody listening is transient, and says so', async () => {
  const { server, kube } = await serve(echo);
  await server.close();
  expect(await kube.read('Pod', 'ns', 'a')).toMatchObject({
    kind: 'Transient',
    status: 0,
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test('a 401 makes the credentials be read again', async () => {
  const { server, kube } = await serve((response) => {
    json(response, 401, status(401, 'Unauthorized', 'Unauthorized'));
  });
  await kube.read('Pod', 'ns', 'a');
  expect(server.refusals()).toBe(1);
});

test('two hundred calls share a few connections', async () => {
  const { server, kube } = await serve(echo, { connections: 4 });
  for (let i = 0; i < 100; i++) await kube.read('Pod', 'ns', 'a');
  // Two, not one: an answer is handed on a moment before its connection is free again.
  expect(server.opened()).toBeLessThanOrEqual(2);
  const answers = await Promise.all(Array.from({ length: 100 }, () => kube.read('Pod', 'ns', 'a')));
  expect(answers.every(({ is }) => is === 'ok')).toBe(true);
  expect(server.opened()).toBeLessThanOrEqual(4);
});

test('an API server that takes six at a time is soon asked for about six at a time, and for more once it takes more', async () => {
  let room = 6;
  let under = 0;
  let refused = 0;
  const limiter: number[] = [];
  const { kube } = await serve(
    (response) => {
      if (under >= room) {
        refused++;
        json(response, 429, status(429, 'TooManyRequests', 'slow down'), { 'retry-after': '1' });
        return;
      }
      under++;
      setTimeout(() => {
        under--;
        json(response, 200, {});
      }, 5);
    },
    { connections: 32, onCall: (call) => limiter.push(call.limiter) },
  );
  const insist = async (): Promise<void> => {
    while ((await kube.read('Pod', 'ns', 'a')).is === 'failure');
  };
  await Promise.all(Array.from({ length: 600 }, insist));
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(120);
  expect(Math.min(...limiter)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...limiter.slice(-300))).toBeLessThanOrEqual(8);
  room = Infinity;
  await Promise.all(Array.from({ length: 600 }, insist));
  expect(limiter.at(-1)).toBe(32);
});

test('lists that take long hold up no call, and calls no list', async () => {
  const held: ServerResponse[] = [];
  const { server, kube } = await serve(
    (response, { path }) => {
      if (path.endsWith('/pods')) held.push(response);
      else json(response, 200, {});
    },
    { connections: 1 },
  );
  const list = () => kube.list({ kind: 'Pod' }, { limit: 500 }, new AbortController().signal);
  const lists = Array.from({ length: 9 }, list);
  await eventually(() => held.length === 8, 'as many lists as may be are under way');
  expect(await kube.read('Pod', 'ns', 'a')).toMatchObject({ is: 'ok' });
  expect(server.asked.map(({ path }) => path).filter((path) => path.endsWith('/pods'))).toHaveLength(8);
  for (const response of held.splice(0)) json(response, 200, { metadata: { resourceVersion: '1' }, items: [] });
  await eventually(() => held.length === 1, 'the ninth has its turn');
  json(held[0]!, 200, { metadata: { resourceVersion: '1' }, items: [] });
  expect((await Promise.all(lists)).every(({ is }) => is === 'ok')).toBe(true);
});

test('a new CA or client certificate means new connections', async () => {
  const server = await faultServer(echo);
  let tls = { ca: 'one' };
  const kube = connect({ connection: { ...server.connection, credentials: () => ({ headers: {}, tls }) } });
  cleanups.push(() => kube.close(), server.close);
  await kube.read('Pod', 'ns', 'a');
  const before = server.opened();
  expect(before).toBeLessThanOrEqual(2);
  tls = { ca: 'two' };
  await kube.read('Pod', 'ns', 'a');
  expect(server.opened()).toBe(before + 1);
  await eventually(() => server.open() === 1, 'the old connections are closed');
});

test('a server behind a path is reached there', async () => {
  const server = await faultServer(echo);
  const kube = connect({ connection: { ...server.connection, server: `${server.connection.server}/k8s/clusters/c-1/` } });
  cleanups.push(() => kube.close(), server.close);
  await kube.read('Pod', 'ns', 'a');
  expect(server.asked[0]!.path).toBe('/k8s/clusters/c-1/api/v1/namespaces/ns/pods/a');
});

test('every call is reported once', async () => {
  const calls: Call[] = [];
  const { kube } = await serve(
    (response, _, nth) => {
      json(response, nth === 0 ? 201 : 404, {});
    },
    { onCall: (call) => calls.push(call) },
  );
  await kube.create('ConfigMap', object('a'));
  await kube.read('Pod', 'ns', 'a');
  await kube.stream({ kind: 'Pod' }, {}, new AbortController().signal);
  expect(calls.map(({ verb, kind, code }) => `${verb} ${kind} ${code}`)).toEqual(['POST ConfigMap 201', 'GET Pod 404', 'WATCH Pod 404']);
  expect(calls.every(({ seconds }) => seconds > 0 && seconds < 5)).toBe(true);
});

test('a stream comes whole however slowly it is read', async () => {
  const parts = 3_000;
  const { kube } = await serve((response) => {
    for (let i = 0; i < parts; i++) response.write('x'.repeat(1_000));
    response.end();
  });
  const opened = await kube.stream({ kind: 'Pod' }, { watch: '1' }, new AbortController().signal);
  if (opened.is === 'failure') throw new Error(opened.message);
  let bytes = 0;
  for await (const chunk of opened.value) {
    bytes += chunk.length;
    await new Promise(setImmediate);
  }
  expect(bytes).toBe(parts * 1_000);
});

test('a stream no longer read gives its connection up', async () => {
  const { server, kube } = await serve((response) => {
    response.writeHead(200).write('a\n');
  });
  const opened = await kube.stream({ kind: 'Pod' }, {}, new AbortController().signal);
  if (opened.is === 'failure') throw new Error(opened.message);
  for await (const chunk of opened.value) {
    expect(chunk.toString()).toBe('a\n');
    break;
  }
  await eventually(() => server.open() === 0);
});

test('an aborted stream ends, whether it was accepted or not', async () => {
  const { server, kube } = await serve((response, _, nth) => {
    if (nth === 0) response.writeHead(200).write('a\n');
  });
  const first = new AbortController();
  const opened = await kube.stream({ kind: 'Pod' }, {}, first.signal);
  if (opened.is === 'failure') throw new Error(opened.message);
  const read = (async () => {
    for await (const _ of opened.value) first.abort();
  })();
  await expect(read).rejects.toMatchObject({ message: 'stopped' });
  const second = new AbortController();
  const never = kube.stream({ kind: 'Pod' }, {}, second.signal);
  await eventually(() => server.asked.length === 2);
  second.abort();
  expect(await never).toMatchObject({ kind: 'Transient', message: 'stopped' });
  expect(await kube.stream({ kind: 'Pod' }, {}, AbortSignal.abort())).toMatchObject({ message: 'stopped' });
  await eventually(() => server.open() === 0);
});

test('integers beyond 2^53 arrive and leave as they are', async () => {
  const body =
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a","namespace":"ns"},"spec":{"a":9007199254740993,"b":[-9223372036854775808,1]}}';
  const { server, kube } = await serve((response, asked) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(asked.body === '' ? body : asked.body);
  });
  const read = await kube.read('Deployment', 'ns', 'a');
  if (read.is !== 'ok') throw new Error(read.message);
  expect(read.value).toMatchObject({ spec: { a: 9007199254740993n, b: [-9223372036854775808n, 1] } });
  expect(await kube.create('Deployment', read.value as KubeObject)).toEqual(read);
  expect(server.asked[1]!.body).toBe(body);
});

// The page in the cluster on a real API server, under the rights that it is shipped with: what strangers, liars and people with few rights may try,
// and that it can do nothing else than it does. In a browser: page.test.ts.
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { polled, SYSTEM, template, type Place } from './harness.ts';
import { ask, host, listenTo, PAGE, tokenOf, type Answer, type Hosted, type Stream } from './hosting.ts';
import { openStage, TEST_MS } from './opening.ts';

/** A stream is judged again every ten seconds, by answers that are no older, and the API server itself keeps what it knows of a token for ten. */
const SHOWN_OUT_MS = 45_000;

let page: Hosted;
let mine: Place;
let theirs: Place;
/** May see one namespace: the Apps, and nothing else of it. */
let vera: string;
/** May see all Apps, as the built-in role lets. */
let alan: string;
const streams: Stream[] = [];

// Before the stage goes.
afterAll(async () => {
  for (const stream of streams) stream.close();
  for (const kind of ['clusterrolebinding', 'clusterrole'])
    await stage.kubectl('delete', kind, '--ignore-not-found', `${mine.namespace}-alan`, `${mine.namespace}-apps`, `${mine.namespace}-late`);
  await (page as Hosted | undefined)?.stop();
  await stage.kubectl('delete', '-k', 'deploy/page', '--wait=false');
});
const stage = openStage((stage) => stage.operator());

const account = async (name: string): Promise<void> => {
  await stage.kubectl('create', 'serviceaccount', name, '-n', mine.namespace);
};
const token = (name: string, ...more: readonly string[]): Promise<string> =>
  stage.kubectl('create', 'token', name, '-n', mine.namespace, ...more).then((text) => text.trim());
const user = (name: string): string => `system:serviceaccount:${mine.namespace}:${name}`;
async function view(name: string, { namespace }: Place): Promise<void> {
  const rights = ['--verb=get,list,watch', '--resource=immutableapps.immutableapp.io'];
  await stage.kubectl('create', 'role', name, '-n', namespace, ...rights);
  await stage.kubectl('create', 'rolebinding', name, '-n', namespace, `--role=${name}`, `--serviceaccount=${mine.namespace}:${name}`);
}
const bearer = (of: string) => ({ authorization: `Bearer ${of}` });
async function follow(of: string): Promise<Stream> {
  const stream = await listenTo(page.port, of);
  streams.push(stream);
  return stream;
}
const shows = (stream: Stream, ...keys: readonly string[]): Promise<unknown> =>
  polled(
    `the stream has ${keys.join(', ')}`,
    () => Promise.resolve(stream.apps().join() === keys.toSorted().join() || stream.apps().join()),
    SHOWN_OUT_MS,
  );
const ends = (stream: Stream, withinMs = SHOWN_OUT_MS): Promise<unknown> =>
  polled('the stream has ended', () => Promise.resolve(stream.hasEnded() || `it still tells of ${stream.apps().join()}`), withinMs);

beforeAll(async () => {
  [mine, theirs] = [await stage.place(), await stage.place()];
  await Promise.all([mine.rollOut({ version: '1' }, 'mine'), theirs.rollOut({ version: '1' }, 'theirs')]);
  await account('vera');
  await view('vera', mine);
  await account('alan');
  await stage.kubectl(
    'create',
    'clusterrolebinding',
    `${mine.namespace}-alan`,
    '--clusterrole=view',
    `--serviceaccount=${mine.namespace}:alan`,
  );
  // `view` gets ImmutableApps from deploy/base/people.yaml, which not every cluster of these tests has.
  await stage.kubectl(
    'create',
    'clusterrole',
    `${mine.namespace}-apps`,
    '--verb=get,list,watch',
    '--resource=immutableapps.immutableapp.io,controllerrevisions.apps,events.events.k8s.io',
  );
  await stage.kubectl(
    'create',
    'clusterrolebinding',
    `${mine.namespace}-apps`,
    `--clusterrole=${mine.namespace}-apps`,
    `--serviceaccount=${mine.namespace}:alan`,
  );
  [vera, alan] = await Promise.all([token('vera'), token('alan')]);
  page = await host(stage, ['--host', 'apps.example']);
}, TEST_MS);

/** What is sent, and what comes back. Without a token of its own it has that of vera. */
interface Row {
  readonly what: string;
  readonly path?: () => string;
  readonly method?: string;
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  readonly status: number;
}
const app = (place: () => Place, name: string) => (): string => `/app?namespace=${place().namespace}&name=${name}`;
const own = app(() => mine, 'mine');
const other = app(() => theirs, 'theirs');
const none = { authorization: '' };
const made = (claims: Parameters<typeof tokenOf>[3]) => async () => bearer(await tokenOf(stage, mine.namespace, 'vera', claims));
const unsigned = (): string => {
  const [, claims = ''] = vera.split('.');
  return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`;
};

const STRANGERS: readonly Row[] = [
  { what: 'no token', headers: () => none, status: 401 },
  { what: 'no token, for the page itself', path: () => '/', headers: () => none, status: 401 },
  { what: 'no token, for the stream', path: () => '/events', headers: () => none, status: 401 },
  { what: 'nonsense for a token', headers: () => bearer('x'.repeat(400)), status: 401 },
  {
    what: 'a token that somebody else signed',
    headers: made({ seconds: 3600, key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }),
    status: 401,
  },
  { what: 'a token that nobody signed', headers: () => bearer(unsigned()), status: 401 },
  { what: 'a token whose claims were changed', headers: () => bearer(vera.replace(/\.[^.]{9}/, '.eyJpc3MiO')), status: 401 },
  { what: 'a token made as the ended one below, and not ended', headers: made({ seconds: 3600 }), status: 200 },
  { what: 'a token that has ended', headers: made({ seconds: -3600 }), status: 401 },
  { what: 'a token for another audience', headers: async () => bearer(await token('vera', '--audience=vault')), status: 401 },
  {
    what: 'a token by name and password',
    headers: () => ({ authorization: `Basic ${Buffer.from(`vera:${vera}`).toString('base64')}` }),
    status: 401,
  },
  { what: 'a token in the address', path: () => `/?token=${vera}`, headers: () => none, status: 401 },
  { what: 'a token in a cookie', headers: () => ({ ...none, cookie: `iapp-${page.port}=${vera}; token=${vera}` }), status: 401 },
  {
    what: 'a name from a header, as of an authenticating proxy',
    headers: () => ({ ...none, 'x-remote-user': 'system:admin', 'x-remote-group': 'system:masters' }),
    status: 401,
  },
  {
    what: 'a name from a header, as of an OIDC proxy',
    headers: () => ({ ...none, 'x-forwarded-user': user('alan'), 'x-auth-request-user': user('alan') }),
    status: 401,
  },
  { what: 'two tokens', headers: () => ({ authorization: `Bearer ${vera}, Bearer ${alan}` }), status: 401 },
];
const LIARS: readonly Row[] = [
  {
    what: 'impersonation',
    path: other,
    headers: () => ({ 'impersonate-user': 'kubernetes-admin', 'impersonate-group': 'system:masters' }),
    status: 403,
  },
  {
    what: 'groups from a header',
    path: other,
    headers: () => ({ 'x-remote-group': 'system:masters', 'x-forwarded-groups': 'system:masters' }),
    status: 403,
  },
  { what: 'another Host', path: own, headers: () => ({ host: 'evil.example' }), status: 403 },
  { what: 'a Host that begins as ours', path: own, headers: () => ({ host: 'apps.example.evil.example' }), status: 403 },
  {
    what: 'another Host, and ours forwarded',
    path: own,
    headers: () => ({ host: 'evil.example', 'x-forwarded-host': 'apps.example' }),
    status: 403,
  },
  { what: 'another Origin', path: own, headers: () => ({ origin: 'https://evil.example' }), status: 403 },
  { what: 'an Origin that is hidden', path: own, headers: () => ({ origin: 'null' }), status: 403 },
  {
    what: 'a script of another page',
    path: () => '/main.js',
    headers: () => ({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }),
    status: 403,
  },
  {
    what: 'the name of the page, from its own page',
    path: own,
    headers: () => ({ host: 'apps.example', origin: 'https://apps.example' }),
    status: 200,
  },
  { what: 'the name of the page with a port', path: own, headers: () => ({ host: 'APPS.example:8443' }), status: 200 },
];
const WRITES: readonly Row[] = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'MKCOL'].flatMap((method) =>
  ['/back', '/app', '/events', '/', '/healthz'].map((path) => ({ what: `${method} ${path}`, method, path: () => path, status: 405 })),
);
const PATHS: readonly Row[] = [
  { what: 'the write of the plugin, read', path: () => '/back', status: 404 },
  { what: 'a namespace that climbs', path: () => `/app?namespace=${mine.namespace}%2F..%2F${theirs.namespace}&name=theirs`, status: 400 },
  { what: 'a name that climbs', path: () => `/app?namespace=${mine.namespace}&name=..%2F..%2Fsecrets`, status: 400 },
  { what: 'a name that is no name', path: () => `/app?namespace=${mine.namespace}&name=%00`, status: 400 },
  { what: 'no namespace', path: () => '/app?name=theirs', status: 400 },
  { what: 'two namespaces, of which the first counts', path: () => `${own()}&namespace=${theirs.namespace}`, status: 200 },
  {
    what: 'a selector in the place of a version',
    path: () => `/changes?namespace=${mine.namespace}&name=mine&from=a,b%3Dc&to=b`,
    status: 400,
  },
  { what: 'a path that climbs', path: () => '/app/../../api/v1/secrets', status: 404 },
  { what: 'a path that climbs, encoded', path: () => '/%2e%2e/%2e%2e/etc/passwd', status: 404 },
  { what: 'the API server', path: () => '/apis/immutableapp.io/v1alpha1/immutableapps', status: 404 },
  { what: 'an absolute address', path: () => 'http://169.254.169.254/latest/meta-data', status: 404 },
  { what: 'no address at all', path: () => '//', status: 404 },
  { what: 'a member of every object', path: () => '/__proto__', status: 404 },
];
const ONE_NAMESPACE: readonly Row[] = [
  { what: 'the page', path: () => '/', status: 200 },
  { what: 'an App of their own', path: own, status: 200 },
  { what: 'an App of others', path: other, status: 403 },
  { what: 'an App of others that is not there, which is not told', path: app(() => theirs, 'nobody'), status: 403 },
  { what: 'an App of a namespace that is not there, which is not told', path: () => '/app?namespace=nowhere&name=web', status: 403 },
  { what: 'an App of their own that is not there', path: app(() => mine, 'nobody'), status: 409 },
  {
    what: 'what changed, without the right to read records',
    path: () => `/changes?namespace=${mine.namespace}&name=mine&from=a&to=b`,
    status: 403,
  },
  {
    what: 'what changed, by who may read records',
    path: () => `/changes?namespace=${mine.namespace}&name=mine&from=a&to=b`,
    headers: () => bearer(alan),
    status: 409,
  },
  { what: 'an App of others, by who may see all', path: other, headers: () => bearer(alan), status: 200 },
];

const send = async ({ path = own, method = 'GET', headers = () => ({}) }: Row): Promise<Answer> => {
  const { authorization = `Bearer ${vera}`, ...rest } = await headers();
  return ask(page.port, path(), { ...(authorization === '' ? {} : { authorization }), ...rest }, method);
};

describe.each([
  ['strangers', STRANGERS],
  ['liars', LIARS],
  ['who wants to write', WRITES],
  ['who tries paths', PATHS],
  ['who may see one namespace', ONE_NAMESPACE],
] as const)('%s', (_, rows) => {
  test.each(rows)('$what: $status', async (row) => {
    const { status, headers, body } = await send(row);
    expect([status, body]).toEqual([row.status, expect.anything()]);
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' });
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    if (status !== 200) expect(body).not.toMatch(/theirs|html|at .*\.ts/);
    if (status === 401) expect(headers['www-authenticate']).toBe('Bearer');
    if (status === 405) expect(headers.allow).toBe('GET, HEAD');
  });
});

test('HEAD says what GET would, without a word, and ends', async () => {
  for (const path of ['/', own(), '/events']) {
    const { status, body } = await ask(page.port, path, bearer(vera), 'HEAD');
    expect([path, status, body]).toEqual([path, 200, '']);
  }
});

test('the probes are for everybody, and tell nothing', async () => {
  for (const path of ['/healthz', '/readyz']) {
    const { status, body } = await ask(page.port, path, { host: '10.1.2.3:8080' });
    expect([path, status, body]).toEqual([path, 200, 'ok\n']);
  }
});

test('what somebody may not see is said in place of it, and writes are not offered', async () => {
  const { body } = await ask(page.port, own(), bearer(vera));
  const { notSeen, writes } = JSON.parse(body) as { notSeen: string[]; writes: boolean };
  expect(writes).toBe(false);
  expect(notSeen).toEqual([
    `pods: you may not list pods in namespace ${mine.namespace}`,
    `events: you may not list events in namespace ${mine.namespace}`,
    `whether the operator is alive is not known: you may not get leases in namespace ${SYSTEM}`,
  ]);
});

test(
  'a stream tells of the namespaces that somebody may see, of one more once they may, and ends when they may no more',
  async () => {
    const [one, all] = [await follow(vera), await follow(alan)];
    const keys = [`${mine.namespace}/mine`, `${theirs.namespace}/theirs`];
    await shows(one, keys[0]!);
    await polled('all Apps are told of', () => Promise.resolve(keys.every((key) => all.apps().includes(key)) || all.apps().join()));
    await view('vera', theirs);
    await shows(one, ...keys);
    await theirs.rollOut({ version: '2', template: template({ image: 'example/web:2' }) }, 'theirs');
    const begun = performance.now();
    await stage.kubectl('delete', 'rolebinding', 'vera', '-n', theirs.namespace);
    await ends(one);
    expect(performance.now() - begun).toBeLessThan(SHOWN_OUT_MS);
    expect(all.hasEnded()).toBe(false);
    await shows(await follow(vera), keys[0]!);
    expect((await send({ what: '', path: other, status: 403 })).status).toBe(403);
  },
  TEST_MS,
);

test(
  'a stream ends with the token that it was opened with',
  async () => {
    await account('late');
    await view('late', mine);
    // The API server takes a token for a minute after its end, for clocks that differ: this one for thirty seconds more.
    const stream = await follow(await tokenOf(stage, mine.namespace, 'late', { seconds: -30 }));
    await shows(stream, `${mine.namespace}/mine`);
    await ends(stream, 30_000 + SHOWN_OUT_MS);
  },
  TEST_MS,
);

test(
  'a stream ends when the account is gone',
  async () => {
    await account('gone');
    await view('gone', mine);
    const stream = await follow(await token('gone'));
    await shows(stream, `${mine.namespace}/mine`);
    await stage.kubectl('delete', 'serviceaccount', 'gone', '-n', mine.namespace);
    await ends(stream);
  },
  TEST_MS,
);

test(
  'nobody opens more streams than ten',
  async () => {
    await account('many');
    await view('many', mine);
    const of = await token('many');
    const opened = await Promise.all(Array.from({ length: 11 }, () => follow(of)));
    expect(opened.map(({ status }) => status).toSorted()).toEqual([...Array.from({ length: 10 }, () => 200), 502]);
    for (const stream of opened) stream.close();
    await polled('there is room again', async () => {
      const again = await follow(of);
      again.close();
      return again.status === 200;
    });
  },
  TEST_MS,
);

test(
  'tokens for one audience only: that of the API server is refused, which was not meant for it',
  async () => {
    const other = await host(stage, ['--audience', 'immutableapp-page']);
    try {
      const own = await token('vera', '--audience=immutableapp-page');
      expect((await ask(other.port, '/', bearer(own))).status).toBe(200);
      expect((await ask(other.port, '/', bearer(vera))).status).toBe(401);
      expect((await ask(page.port, '/', bearer(own))).status).toBe(401);
    } finally {
      await other.stop();
    }
  },
  TEST_MS,
);

test('it asked for each person and each read, and did nothing else', async () => {
  const asked = await stage.audit(undefined, PAGE);
  const kinds = new Set(asked.map(({ verb, resource }) => `${verb} ${resource}`));
  const does = ['create subjectaccessreviews', 'create tokenreviews', 'get immutableapps', 'get leases', 'list controllerrevisions'];
  const more = ['list events', 'list immutableapps', 'list pods', 'watch immutableapps'];
  expect([...kinds].filter((kind) => ![...does, ...more].includes(kind))).toEqual([]);
  expect(kinds).toContain('list controllerrevisions');
  expect(asked.filter(({ code }) => code === 403)).toEqual([]);
  const got = asked.filter(({ verb, resource }) => verb === 'get' && resource === 'immutableapps');
  expect(got.filter(({ path }) => path.endsWith('/nobody') && !path.includes(`/${mine.namespace}/`))).toEqual([]);
});

test.each([
  ['get', 'secrets'],
  ['list', 'secrets'],
  ['get', 'configmaps'],
  ['list', 'configmaps'],
  ['get', 'pods/log'],
  ['create', 'pods/exec'],
  ['create', 'pods'],
  ['delete', 'pods'],
  ['patch', 'immutableapps.immutableapp.io'],
  ['patch', 'immutableapps.immutableapp.io/status'],
  ['approve', 'immutableapps.immutableapp.io'],
  ['create', 'deployments.apps'],
  ['patch', 'services'],
  ['update', 'leases.coordination.k8s.io'],
  ['create', 'serviceaccounts/token'],
  ['impersonate', 'users'],
  ['create', 'events.events.k8s.io'],
])('with its token nobody may %s %s', async (verb, resource) => {
  const { code, stdout } = await stage.cluster.kubectl(['auth', 'can-i', verb, ...can(resource), '-n', SYSTEM, `--as=${PAGE}`]);
  expect([code, stdout.trim()]).toEqual([1, expect.stringMatching(/^no/)]);
});
const can = (resource: string): string[] => {
  const [name = '', subresource] = resource.split('/');
  return subresource === undefined ? [name] : [name, `--subresource=${subresource}`];
};

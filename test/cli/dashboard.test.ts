// The page of kubectl iapp dashboard: who may come in, what it is told of an App, and that nothing secret is in it. The real server, asked over
// HTTP; what it is told is written down here.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { goBack, veiled, type Said } from '../../src/cli/dashboard/desk.ts';
import { Fleet, rowOf, type News, type Stale } from '../../src/cli/dashboard/fleet.ts';
import { pictureOf } from '../../src/cli/dashboard/picture.ts';
import { serve, type Desk } from '../../src/cli/dashboard/server.ts';
import type { AppObject } from '../../src/cli/apps.ts';
import type { Change, Cluster } from '../../src/cli/cluster.ts';
import type { Context } from '../../src/cli/command.ts';
import { Complaint, EXIT } from '../../src/cli/exit.ts';
import { renderRecord } from '../../src/workloads/record.ts';
import { app, AT, condition, iso, STATUS } from './given.ts';

const KEYS = { token: 'opens-once', session: 'cookie-of-this-page' };

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

describe('the server', () => {
  const agreed: (string | undefined)[] = [];
  const desk: Desk = {
    listen: (listener) => {
      listener.news({ all: true, rows: [rowOf(app())], gone: [] });
      return () => undefined;
    },
    picture: ({ name }) =>
      name === 'none'
        ? Promise.reject(new Complaint('you may not: get', EXIT.forbidden))
        : name === 'odd'
          ? Promise.reject(new Error('/home/ann/.kube/config'))
          : Promise.resolve(pictureOf(app(), [], [], AT)),
    changes: () => Promise.resolve([]),
    goBack: (_named, command): Promise<Said> => {
      agreed.push(command);
      return Promise.resolve({ lines: ['$ kubectl patch'], done: true });
    },
  };
  let page: Awaited<ReturnType<typeof serve>>;
  let host: string;
  let cookie: string;
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port: page.port, path, method, headers }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (path === '/events') answer.destroy();
        });
        answer.on('close', () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text });
        });
      });
      call.on('error', reject);
      call.end(body);
    });
  const post = (headers: Record<string, string>, body = '{"namespace":"shop","name":"web"}'): Promise<Answer> =>
    ask('/back', { cookie, 'content-type': 'application/json', ...headers }, 'POST', body);

  beforeAll(async () => {
    page = await serve(desk, KEYS, 0);
    host = `127.0.0.1:${page.port}`;
    cookie = `iapp-${page.port}=${KEYS.session}`;
  });
  afterAll(() => {
    page.close();
  });

  test('opens once for its token, and gives a cookie that no script and no other site has', async () => {
    expect((await ask('/')).status).toBe(401);
    for (const wrong of ['', 'opens-onc', 'opens-oncE', 'opens-once-more']) expect((await ask(`/?token=${wrong}`)).status).toBe(401);
    const opened = await ask(`/?token=${KEYS.token}`);
    expect([opened.status, opened.headers.location]).toEqual([303, '/']);
    expect(opened.headers['set-cookie']).toEqual([`${cookie}; HttpOnly; SameSite=Strict; Path=/`]);
    expect((await ask(`/?token=${KEYS.token}`)).status).toBe(401);
    expect((await ask('/', { cookie })).status).toBe(200);
  });
  test.each(['/', '/main.js', '/style.css', '/events', '/app?namespace=shop&name=web', '/changes?namespace=shop&name=web&from=a&to=b'])(
    'says nothing at %s without the cookie, nor with another',
    async (path) => {
      const port = page.port;
      for (const each of ['', 'x=y', `iapp-${port}=`, `iapp-${port}=other`, `iapp-1=${KEYS.session}`, `iapp-${port}=${KEYS.session}x`])
        expect((await ask(path, { cookie: each })).status).toBe(401);
      expect((await ask(path, { cookie: `a=b; ${cookie}` })).status).toBe(200);
    },
  );
  test.each(['evil.example', 'evil.example:80', 'localhost', '127.0.0.1', '[::1]:1'])('is not there for Host %p', async (forged) => {
    expect((await ask('/', { cookie, host: forged })).status).toBe(403);
    expect((await ask(`/?token=${KEYS.token}`, { host: forged })).status).toBe(403);
  });
  test('takes a write from its own page only', async () => {
    const own = `http://${host}`;
    for (const origin of ['https://evil.example', 'null', `https://${host}`, `http://localhost:${page.port}`, `${own}.evil.example`])
      expect((await post({ origin })).status).toBe(403);
    expect((await post({})).status).toBe(403);
    expect((await post({ origin: own, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await post({ origin: own, cookie: '' })).status).toBe(401);
    expect((await post({ origin: own, 'content-type': 'text/plain' })).status).toBe(400);
    expect(agreed).toEqual([]);
    expect((await post({ origin: own })).status).toBe(200);
    expect((await post({ origin: own }, '{"namespace":"shop","name":"web","agreed":"kubectl patch"}')).status).toBe(200);
    expect(agreed).toEqual([undefined, 'kubectl patch']);
  });
  test('reads nothing for another page either', async () => {
    expect((await ask('/events', { cookie, origin: 'https://evil.example' })).status).toBe(403);
    expect((await ask('/main.js', { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status).toBe(403);
    expect((await ask('/', { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).status).toBe(200);
  });
  test.each(['{', '[]', '{"namespace":"shop","name":"../secrets"}', '{"namespace":"","name":"web"}', `{"name":"${'x'.repeat(20_000)}"}`])(
    'refuses %.40s',
    async (body) => {
      expect((await post({ origin: `http://${host}` }, body)).status).toBe(400);
    },
  );
  test.each(['/app?namespace=shop', '/app?namespace=shop&name=..%2Fsecrets', '/changes?namespace=shop&name=web&from=a,b%3Dc&to=b'])(
    'asks nothing of the cluster for %s',
    async (path) => {
      expect((await ask(path, { cookie })).status).toBe(400);
    },
  );
  test('tells refusals in their own words, and of a bug nothing', async () => {
    const refused = await ask('/app?namespace=shop&name=none', { cookie });
    expect([refused.status, refused.body]).toEqual([403, 'you may not: get\n']);
    const odd = await ask('/app?namespace=shop&name=odd', { cookie });
    expect([odd.status, odd.body]).toEqual([500, expect.not.stringContaining('/home')]);
    expect((await ask('/app?namespace=shop&name=web', { cookie }, 'DELETE')).status).toBe(403);
    expect((await ask('/favicon.ico', { cookie })).status).toBe(404);
  });
  test('lets nothing else be loaded, run or framed, whatever it answers', async () => {
    for (const path of ['/', '/nowhere', '/main.js']) {
      const { headers } = await ask(path, { cookie });
      const policy = headers['content-security-policy'];
      expect(policy).toContain("default-src 'none'; script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|data:|\*/);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    }
    const { body } = await ask('/', { cookie });
    expect(body).not.toMatch(/<script(?! type="module" src="\/)|\sstyle=|\son\w+=|https?:/);
  });
  test('what is no address is not there, whoever asks', async () => {
    expect((await ask('//')).status).toBe(401);
    expect((await ask('//', { cookie })).status).toBe(404);
    expect((await ask('/__proto__', { cookie })).status).toBe(404);
    expect((await ask('/', { cookie })).status).toBe(200);
  });
  test('streams everything first', async () => {
    const { headers, body } = await ask('/events', { cookie });
    expect(headers['content-type']).toBe('text/event-stream');
    expect(body).toMatch(/^event: news\ndata: \{"all":true,"rows":\[\{"key":"shop\/web"/);
  });
});

describe('the picture of an App', () => {
  const picture = pictureOf(app(), [], [], AT);
  test('has a lane for each version: starting, serving, warm', () => {
    const before = (seconds: number): number => Date.parse(iso(seconds));
    expect(picture.lanes.map(({ id, stretches }) => [id, stretches])).toEqual([
      [
        'web-kj2s4f45hj',
        [
          { paint: 'starting', from: before(11_000), to: before(10_800) },
          { paint: 'serving', from: before(10_800), to: AT },
        ],
      ],
      [
        'web-dgbxfth96n',
        [
          { paint: 'starting', from: before(90_000), to: before(86_400) },
          { paint: 'serving', from: before(86_400), to: before(10_800) },
          { paint: 'warm', from: before(10_800), to: AT },
        ],
      ],
      [
        'web-c56lcd8llx',
        [
          { paint: 'starting', from: before(200_000), to: before(190_000) },
          { paint: 'serving', from: before(190_000), to: before(86_400) },
        ],
      ],
    ]);
  });
  test('has an arrow for each switch, from version to version', () => {
    expect(picture.switches.map(({ from, to, by }) => [from, to, by])).toEqual([
      ['web-dgbxfth96n', 'web-kj2s4f45hj', 'argocd-controller'],
      ['web-c56lcd8llx', 'web-dgbxfth96n', 'oncall-bob: p99 doubled'],
      [undefined, 'web-c56lcd8llx', 'argocd-controller'],
    ]);
    expect(picture.compared).toEqual(['web-dgbxfth96n', 'web-kj2s4f45hj']);
  });
  test('shows a version that proves itself from its first gate on, with a mark for each', () => {
    const young = {
      id: 'web-new',
      state: 'Target',
      createdAt: iso(60),
      instances: [{ name: 'web-new', ready: 3, desired: 3 }],
      gates: [{ name: 'smoke', verdict: 'pass', startedAt: iso(20), finishedAt: iso(5) }, { name: 'people' }],
    };
    const [lane] = pictureOf(app({ versions: [young, ...STATUS.versions!] }), [], [], AT).lanes;
    expect(lane?.stretches.map(({ paint, from, to }) => [paint, (AT - from) / 1000, (AT - to) / 1000])).toEqual([
      ['starting', 60, 20],
      ['proving', 20, 0],
    ]);
    expect(lane?.gates).toEqual([
      { name: 'smoke', verdict: 'pass', message: '', at: AT - 5000 },
      { name: 'people', verdict: 'wait', message: '' },
    ]);
  });
  test.each([
    ['Warm', 'warm'],
    ['Draining', 'leaving'],
    ['Discarded', 'leaving'],
    ['Surplus', 'leaving'],
  ])('shows what has served and is %s as %s', (role, paint) => {
    const [active, before] = STATUS.versions!;
    const old = { ...before!, state: role, instances: [{ ...before!.instances![0]!, role }] };
    const [, lane] = pictureOf(app({ versions: [active!, old] }), [], [], AT).lanes;
    expect(lane?.stretches.at(-1)?.paint).toBe(paint);
  });
  const [active] = STATUS.versions!;
  const two = { id: 'web-new', called: '2.5.0 (new)', state: 'Target', instances: [{ name: 'web-new', ready: 3, desired: 3 }] };
  const LADDER = [{ percent: 5, seconds: 300 }, { percent: 25, seconds: 600 }, { percent: 100 }];
  const climbing = (ladder: object): AppObject => {
    const services = [{ name: 'web', role: 'Active', instance: 'web-kj2s4f45hj', ladder }];
    const seen = app({ versions: [two, active!], services, share: '25%' });
    return { ...seen, spec: { ...seen.spec, services: [{ name: 'web', ports: [{ port: 80 }], ladder: LADDER }] } };
  };
  test('shows the share of a version on a ladder, since when, and when it may have more', () => {
    const seen = climbing({ rung: 2, rungs: 3, percent: 25, instance: 'web-new', since: iso(60), next: iso(-540) });
    expect(pictureOf(seen, [], [], AT).climbs).toEqual([
      ...[{ service: 'web', called: '2.5.0 (new)', percent: 25, rung: 2, rungs: [5, 25, 100], since: AT - 60_000, next: AT + 540_000 }],
    ]);
    expect(rowOf(seen)).toMatchObject({ share: '25%' });
  });
  test('shows no share before the first step, nor where there is no ladder', () => {
    expect(pictureOf(climbing({ rung: 0, rungs: 3, percent: 0 }), [], [], AT).climbs).toEqual([]);
    expect(picture.climbs).toEqual([]);
    expect(rowOf(app())).not.toHaveProperty('share');
  });
  test('says who intruded', () => {
    const [active] = STATUS.versions!;
    const discarded = [{ instance: 'web-kj2s4f45hj', message: 'image was changed', by: 'mallory', at: iso(30) }];
    expect(pictureOf(app({ versions: [{ ...active!, discarded }] }), [], [], AT).intrusions).toEqual([
      { version: '2.4.1 (kj2s4f45hj)', message: 'image was changed', by: 'mallory', at: iso(30) },
    ]);
  });
  test('is drawn of an App that nothing is reported of', () => {
    const bare = { ...app(), status: {} } as AppObject;
    expect(pictureOf(bare, [], [], AT)).toMatchObject({ lanes: [], switches: [], intrusions: [], overview: { state: 'Unreported' } });
    expect(rowOf(bare)).toMatchObject({ key: 'shop/web', pods: '', state: 'Unreported' });
  });
});

test('no value of env leaves the plugin, and one of config only for a click', () => {
  const env = { kind: 'env', where: 'web TOKEN', before: 'hush', after: 'louder' } as const;
  expect(veiled(env, true)).toEqual({ kind: 'env', where: 'web TOKEN' });
  expect(veiled({ kind: 'env', where: 'web TOKEN', after: 'hush' }, true)).toEqual({ kind: 'env', where: 'web TOKEN', before: '(none)' });
  expect(veiled({ kind: 'env', where: 'web TOKEN', before: 'hush' }, true)).toEqual({ kind: 'env', where: 'web TOKEN', after: '(none)' });
  const config = { kind: 'config', where: 'site/a', lines: ['-key: hush', '+key: louder'] } as const;
  expect(veiled(config, false)).toEqual({ ...config, lines: [] });
  expect(veiled(config, true)).toEqual(config);
  const image = { kind: 'image', where: 'web', before: 'a:1', after: 'a:2' } as const;
  expect(veiled(image, false)).toEqual(image);
});

test('an App that waits for a person says why, and since when', () => {
  const held = { ...condition('UpToDate', 'False', 'AwaitingActivation', '2.4.2 waits to be named'), lastTransitionTime: iso(90) };
  const waits = app({ conditions: [condition('Ready', 'True', 'AwaitingActivation'), held] });
  expect(rowOf(waits)).toMatchObject({ want: 'AwaitingActivation', why: '2.4.2 waits to be named', wantedSince: iso(90), tone: 'yellow' });
});

describe('the fleet', () => {
  const named = (name: string, resourceVersion = '1'): AppObject => app({}, {}, { name, resourceVersion });
  const end: Change<AppObject> = { type: 'BOOKMARK', object: named('') };
  const added = (object: AppObject): Change<AppObject> => ({ type: 'ADDED', object });

  test('is listed anew when the watch breaks, forgets who has gone meanwhile, and says since when it heard nothing', async () => {
    const stop = new AbortController();
    const told: (News | Stale | undefined)[] = [];
    const lives: Change<AppObject>[][] = [
      [added(named('a')), added(named('b')), end, { type: 'MODIFIED', object: named('a', '2') }],
      [added(named('b')), end],
    ];
    let lists = 0;
    const watch = async function* (): AsyncGenerator<Change<AppObject>> {
      lists++;
      yield* lives[lists - 1] ?? [];
      if (lists === 1) throw new Complaint('the API server went away', EXIT.away);
      await new Promise<void>((resolve) => {
        stop.signal.addEventListener('abort', () => {
          resolve();
        });
        if (stop.signal.aborted) resolve();
      });
    };
    const fleet = new Fleet({ watch } as unknown as Cluster, undefined, () => AT);
    const settled = new Promise<void>((resolve) => {
      fleet.listen({
        news: (news) => {
          told.push(news);
        },
        stale: (stale) => {
          told.push(stale);
          if (lists === 2) resolve();
        },
      });
    });
    const ready: number[] = [];
    const following = fleet.follow(stop.signal, () => ready.push(lists));
    await settled;
    stop.abort();
    await following;
    expect(ready).toEqual([1]);
    expect(told.slice(0, 2)).toEqual([{ all: true, rows: [], gone: [] }, undefined]);
    expect(told).toContainEqual({ since: AT, why: 'the API server went away' });
    expect(told.at(-2)).toMatchObject({ all: false, gone: ['shop/a'] });
    expect(told.at(-1)).toBeUndefined();
    fleet.listen({
      news: ({ rows }) => {
        expect(rows.map(({ key }) => key)).toEqual(['shop/b']);
      },
      stale: (stale) => {
        expect(stale).toBeUndefined();
      },
    });
  });
  test('that may not be listed is refused at once', async () => {
    // eslint-disable-next-line @typescript-eslint/require-await
    const watch = async function* (): AsyncGenerator<Change<AppObject>> {
      throw new Complaint('you may not: list', EXIT.forbidden);
    };
    const fleet = new Fleet({ watch } as unknown as Cluster, undefined, () => AT);
    await expect(fleet.follow(new AbortController().signal, () => undefined)).rejects.toThrow('you may not: list');
  });
});

test('the way back shows its command and no value of env or config, tried or written', async () => {
  const written: unknown[] = [];
  const record = (id: string): object => {
    const env = [{ name: 'TOKEN', value: `hidden-${id}` }];
    const content = {
      template: { spec: { containers: [{ name: 'web', image: 'example/web', env }] } },
      config: [{ name: 'site', data: { key: `veiled-${id}` } }],
    };
    const blueprint = {
      name: id,
      id,
      content: JSON.stringify(content),
      fingerprint: 'f',
      versionName: '',
      by: '',
      specHash: '',
      credit: 0,
      inline: '',
      sources: [],
      revision: 1,
    };
    return renderRecord({ namespace: 'shop', name: 'web', uid: 'u' }, blueprint as never);
  };
  const cluster = {
    find: () => Promise.resolve(app()),
    list: (_kind: string, _namespace: string, { labelSelector }: { labelSelector: string }) =>
      Promise.resolve([record(labelSelector.split('=').at(-1)!)]),
    patch: (_path: string, patch: object) => {
      written.push(patch);
      return Promise.resolve(app());
    },
  } as unknown as Cluster;
  const context = { person: 'oncall-ann', cluster: () => Promise.resolve(cluster), now: () => AT } as unknown as Context;
  const named = { namespace: 'shop', name: 'web' };
  const tried = await goBack(context, named, undefined);
  const command = tried.lines.find((line) => line.startsWith('$ '))!.slice(2);
  expect(written).toEqual([expect.objectContaining({ dryRun: true })]);
  const done = await goBack(context, named, command);
  expect([tried.done, done.done]).toEqual([true, true]);
  expect(written.slice(1)).toEqual([expect.objectContaining({ dryRun: false })]);
  expect([...tried.lines, ...done.lines].join('\n')).not.toMatch(/hidden|veiled/);
  await expect(goBack(context, named, `${command} --other`)).rejects.toThrow('nothing was written');
  expect(written).toHaveLength(2);
});

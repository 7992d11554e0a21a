// The page in the cluster without one: that it believes only answers, for how long and how many questions at once, and what its flags take. That the
// answers of a real API server mean what is made of them here is seen in test/cluster/hosted.test.ts.
import { describe, expect, test } from '@jest/globals';
import type { Cluster } from '../../src/cli/cluster.ts';
import type { Fleet, News, Stale } from '../../src/cli/dashboard/fleet.ts';
import { Complaint, EXIT } from '../../src/cli/exit.ts';
import { parseFlags } from '../../src/cli/hosted/flags.ts';
import { attributes, guarded } from '../../src/cli/hosted/guard.ts';
import { KEPT_MS, Reviews, type Person } from '../../src/cli/hosted/reviews.ts';
import { Fleets, Sight } from '../../src/cli/hosted/sight.ts';
import { KINDS, pathOf, type Kind } from '../../src/cli/paths.ts';
import { rowOf } from '../../src/cli/dashboard/fleet.ts';
import { app } from './given.ts';

const VERA: Person = { username: 'vera', groups: ['dev'], extra: { scopes: ['read'] } };
const READ = attributes('get', 'ImmutableApp', 'shop', 'web');

/** What an API server would say, and what it was asked. */
function saying(status: (spec: Record<string, unknown>) => object | Promise<object>, audiences: readonly string[] = []) {
  const asked: Record<string, unknown>[] = [];
  let now = 0;
  const post = async <T>(_path: string, body: object): Promise<T> => {
    const { spec } = body as { spec: Record<string, unknown> };
    asked.push(spec);
    return { status: await status(spec) } as T;
  };
  return { asked, reviews: new Reviews({ post }, audiences, () => now), pass: (ms: number) => void (now += ms) };
}

describe('reviews', () => {
  test('an answer is kept for ten seconds, and one person’s is not another’s', async () => {
    const { asked, reviews, pass } = saying(({ user }) => ({ allowed: user === 'vera' }));
    expect(await reviews.mayRead(VERA, READ)).toBe(true);
    expect(await reviews.mayRead({ username: 'mallory' }, READ)).toBe(false);
    expect(await reviews.mayRead({ ...VERA, groups: [] }, READ)).toBe(true);
    expect(asked).toHaveLength(3);
    pass(KEPT_MS - 1);
    expect(await reviews.mayRead(VERA, READ)).toBe(true);
    expect(asked).toHaveLength(3);
    pass(1);
    expect(await reviews.mayRead(VERA, READ)).toBe(true);
    expect(asked).toHaveLength(4);
    expect(asked[3]).toEqual({ user: 'vera', groups: ['dev'], extra: { scopes: ['read'] }, resourceAttributes: READ });
  });
  test.each([[{}], [{ allowed: true, denied: true }], [{ allowed: 'yes' }]])('%j is no yes', async (status) => {
    expect(await saying(() => status).reviews.mayRead(VERA, READ)).toBe(false);
  });
  test('no answer is no yes, and is asked for again', async () => {
    const { asked, reviews } = saying(() => Promise.reject(new Complaint('away', EXIT.away)));
    for (let time = 0; time < 2; time++) await expect(reviews.mayRead(VERA, READ)).rejects.toThrow('away');
    expect(asked).toHaveLength(2);
  });
  test.each([
    [[], { authenticated: true, user: VERA }, VERA],
    [[], { authenticated: false, user: VERA }, undefined],
    [[], { authenticated: true, user: { username: '' } }, undefined],
    [[], { authenticated: true }, undefined],
    [['page'], { authenticated: true, user: VERA, audiences: ['page'] }, VERA],
    [['page'], { authenticated: true, user: VERA, audiences: ['vault'] }, undefined],
    // An authenticator that knows nothing of audiences.
    [['page'], { authenticated: true, user: VERA }, undefined],
  ] as const)('for audiences %j, %j is %j', async (audiences, status, person) => {
    expect(await saying(() => status, audiences).reviews.person('token')).toEqual(person);
  });
  test('at most sixteen are asked at once, whoever tries tokens', async () => {
    const open: (() => void)[] = [];
    const { asked, reviews } = saying(
      () =>
        new Promise((resolve) =>
          open.push(() => {
            resolve({ authenticated: false });
          }),
        ),
    );
    const all = Array.from({ length: 40 }, (_, i) => reviews.person(`token-${i}`));
    for (let done = 0; done < 40; done++) {
      await Promise.resolve();
      expect(asked.length).toBeLessThanOrEqual(done + 16);
      while (open.length === 0) await new Promise(setImmediate);
      open.shift()!();
    }
    expect(await Promise.all(all)).toEqual(all.map(() => undefined));
    expect(asked).toHaveLength(40);
  });
});

describe('the cluster as somebody may see it', () => {
  const read: string[] = [];
  const look = (path: unknown): Promise<never> => {
    read.push(String(path));
    return Promise.reject(new Error('read'));
  };
  const real = {
    server: '',
    context: '',
    namespace: '',
    get: look,
    find: look,
    metadata: look,
    isThere: look,
    list: look,
  } as unknown as Cluster;
  const seen = (allowed: boolean): Cluster => guarded(real, saying(() => ({ allowed })).reviews, VERA);

  test('nothing is read that is not in the table, whatever somebody may read', async () => {
    read.length = 0;
    for (const kind of Object.keys(KINDS) as Kind[]) {
      if (kind !== 'ImmutableApp' && kind !== 'Lease') {
        for (const door of ['get', 'find', 'metadata', 'isThere'] as const)
          await expect(seen(true)[door](pathOf(kind, 'shop', 'web'))).rejects.toThrow('the page in the cluster does not');
      }
      if (!['ImmutableApp', 'ControllerRevision', 'Pod', 'Event'].includes(kind))
        await expect(seen(true).list(kind, 'shop')).rejects.toThrow('the page in the cluster does not list');
    }
    for (const path of [
      '/api/v1/secrets',
      '/metrics',
      '/api/v1/namespaces/shop/pods/web/log',
      `${pathOf('ImmutableApp', 'shop', 'web')}/status`,
    ])
      await expect(seen(true).get(path)).rejects.toThrow('the page in the cluster does not read');
    expect(read).toEqual([]);
  });
  test('nothing is read that somebody may not read', async () => {
    read.length = 0;
    await expect(seen(false).find(pathOf('ImmutableApp', 'shop', 'web'))).rejects.toThrow(
      'you may not get immutableapps in namespace shop',
    );
    await expect(seen(false).list('Pod', 'shop')).rejects.toThrow('you may not list pods in namespace shop');
    expect(read).toEqual([]);
    await expect(seen(true).find(pathOf('ImmutableApp', 'shop', 'web'))).rejects.toThrow(/^read$/);
    expect(read).toEqual([pathOf('ImmutableApp', 'shop', 'web')]);
  });
  test('nothing is written', async () => {
    const all = seen(true);
    await expect(all.patch('', { body: {}, type: 'merge', manager: 'x' })).rejects.toThrow('writes nothing');
    await expect(all.post('', {})).rejects.toThrow('writes nothing');
    await expect(all.remove('')).rejects.toThrow('writes nothing');
  });
});

test('while nobody can say what somebody may see, they are told nothing but that; then everything', async () => {
  let isAway = false;
  const { reviews, pass } = saying(({ token }) =>
    isAway
      ? Promise.reject(new Complaint('the API server went away', EXIT.away))
      : token === undefined
        ? { allowed: true }
        : { authenticated: true, user: VERA },
  );
  const rows = [rowOf(app())];
  let change: (news: News) => void = () => undefined;
  const fleet = {
    rows: () => rows,
    listen: (listener: { news: (news: News) => void; stale: (stale: Stale | undefined) => void }) => {
      change = listener.news;
      listener.stale(undefined);
      return () => undefined;
    },
  } as unknown as Fleet;
  const told: unknown[] = [];
  const guest = { news: (news: News) => told.push(news), stale: (stale?: Stale) => told.push(stale?.why), leave: () => told.push('left') };
  const sight = new Sight(new Fleets([fleet]), reviews, 'token', guest, () => 0);
  try {
    const settled = () => new Promise(setImmediate);
    const update: News = { all: false, rows, gone: [] };
    change(update);
    await settled();
    expect(told.splice(0)).toEqual([{ all: true, rows, gone: [] }, undefined]);
    isAway = true;
    pass(KEPT_MS);
    await sight.judge();
    expect(told.splice(0)).toEqual(['what you may see is not known: the API server went away']);
    change(update);
    expect(told.splice(0)).toEqual([]);
    isAway = false;
    await sight.judge();
    expect(told.splice(0)).toEqual([{ all: true, rows, gone: [] }, undefined]);
    change(update);
    expect(told.splice(0)).toEqual([update]);
  } finally {
    sight.leave();
  }
});

test.each([
  [['--port', 'x'], 'wrong'],
  [['--port', '70000'], 'wrong'],
  [['--host', 'apps.example:80'], 'wrong'],
  [['--host', 'https://apps.example'], 'wrong'],
  [['--host', '*'], 'wrong'],
  [['--nonsense'], 'wrong'],
  [['--help'], 'print'],
  [['--host', 'apps.example.com', '--host', 'apps', '--namespace', 'shop', '--port', '0'], 'run'],
])('flags %j: %s', (args, is) => {
  expect(parseFlags(args).is).toBe(is);
});

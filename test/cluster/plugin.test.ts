// kubectl iapp on a real API server, with the operator at work: what each command prints, what it writes, and with which rights.
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { plugin as bundlePlugin } from '../../scripts/build.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import type { Command } from '../../src/cli/command.ts';
import { run } from '../../src/cli/plugin.ts';
import { violations } from '../cli/schema.ts';
import { must } from './admin.ts';
import { NEVER, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

interface How {
  readonly kubeconfig?: string;
  readonly answer?: string;
  readonly input?: string;
}

/** As somebody types it, but for the process: no terminal, unless there is an answer to give. */
async function iapp(words: readonly string[], { kubeconfig = stage.cluster.kubeconfig, answer, input = '' }: How = {}): Promise<Ran> {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({ write: (text: string) => (written[name] += text) });
  const exit = await run(COMMANDS, words, {
    out: stream('out'),
    err: stream('err'),
    environment: { USER: 'ann', KUBECONFIG: kubeconfig },
    signal: AbortSignal.timeout(TEST_MS),
    now: Date.now,
    read: () => Promise.resolve(input),
    ask: () => Promise.resolve(answer),
  });
  return { exit, ...written };
}

const inside = ({ namespace }: Place, ...words: readonly string[]): Promise<Ran> => iapp([...words, '-n', namespace]);

const FIRST = {
  version: '1.0',
  template: template({ image: 'example/web:1' }),
  config: [{ name: 'site', data: { 'site.conf': 'color blue\nroot /srv\n' } }],
};
const SECOND = {
  version: '1.1',
  template: template({ image: 'example/web:2' }),
  config: [{ name: 'site', data: { 'site.conf': 'color green\nroot /srv\n' } }],
};

async function two(): Promise<Place> {
  const place = await stage.place();
  await place.rollOut({ ...FIRST, replicas: 2 });
  await place.rollOut({ ...SECOND, replicas: 2 });
  return place;
}

/** Ids, ages and namespaces are what they are. */
const plain = (text: string, place: Place): string =>
  text
    .replaceAll(place.namespace, 'NS')
    .replaceAll(/\bshop-[a-z0-9]{10}(-\d+)?(?![\w-])/g, 'shop-ID')
    .replaceAll(/\(([a-z0-9]{10})\)/g, '(ID)')
    .replaceAll(/\b(\d+[smh])+(\d+s)?…?(?=[ :]|$)/gm, 'AGE');

test(
  'what serves, why, what differs, and who moved it',
  async () => {
    const place = await two();
    const status = await inside(place, 'status', 'shop');
    expect(status).toMatchObject({ exit: 0, err: '' });
    expect(plain(status.out, place).split('\n').slice(0, 6)).toEqual([
      'shop (NS): Serving',
      '  serves     1.1 (ID) for AGE: Automatic by test',
      '  pods       2/2 pods of shop-ID',
      '  newest     it is what serves',
      '  way back   1.0 (ID), Warm, 2/2 pods warm: at once',
      '             kubectl iapp back shop -n NS',
    ]);
    expect(plain((await inside(place, 'status')).out, place)).toBe(plain(status.out, place));
    expect((await inside(place, 'diff')).out.replaceAll(/\((\w+)\)/g, '(ID)')).toBe(
      [
        '1.0 (ID) → 1.1 (ID)',
        'image web  example/web:1 → example/web:2',
        'config site/site.conf',
        '@@ -1,2 +1,2 @@',
        '-color blue',
        '+color green',
        ' root /srv',
        '',
      ].join('\n'),
    );
    expect(plain((await inside(place, 'history')).out, place)).toMatch(
      /^WHEN .* BY\nAGE ago +1\.1 +1\.0 +AGE +Automatic +test\nAGE ago +1\.0 +- +AGE +Automatic +test\n$/,
    );
    expect((await inside(place, 'why')).out).toContain('shop: 1.1');
    expect((await inside(place, 'pods', 'shop', '1.1')).out.match(/Active +Running +yes/g)).toHaveLength(2);
    expect((await inside(place, 'versions', '-o', 'name')).out.trim().split('\n')).toHaveLength(2);
  },
  TEST_MS,
);

test(
  'of two versions that differ in a captured ConfigMap alone, its line and its name',
  async () => {
    const place = await stage.place();
    const site = (color: string) =>
      stage.admin.apply(place.path('ConfigMap', 'site'), {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'site', namespace: place.namespace },
        data: { 'site.conf': `color ${color}\nroot /srv\n` },
      });
    must(await site('blue'));
    const pod = { volumes: [{ name: 'site', configMap: { name: 'site' } }] };
    const first = await place.rollOut({ template: template({ image: 'example/web:1', pod }) });
    must(await site('green'));
    await place.told(({ status }) => status?.activeVersion !== first, 'what was captured then serves');
    expect((await inside(place, 'diff')).out.split('\n').slice(1)).toEqual([
      'config site/site.conf',
      '@@ -1,2 +1,2 @@',
      '-color blue',
      '+color green',
      ' root /srv',
      '',
    ]);
  },
  TEST_MS,
);

test(
  'a Secret that is gone is said before anybody goes to what needs it',
  async () => {
    const place = await stage.place();
    const { namespace } = place;
    const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }];
    await stage.kubectl('-n', namespace, 'create', 'secret', 'generic', 'db', '--from-literal=password=old');
    await place.rollOut({ ...FIRST, template: template({ image: 'example/web:1', container: { env } }) });
    await place.rollOut(SECOND);
    const said = async (): Promise<string[]> => {
      const asked = [['status', 'shop'], ['go', 'shop', '1.0', '--dry-run'], ['back', 'shop', '--dry-run'], ['doctor']];
      const all = await Promise.all(asked.map((words) => inside(place, ...words)));
      return all.map(({ out, err }) => `${out}${err}`.split('\n').find((line) => /secret (gone|db)/i.test(line)) ?? '');
    };
    expect(await said()).toEqual(['', '', '', '']);
    await stage.kubectl('-n', namespace, 'delete', 'secret', 'db');
    const [status, go, back, doctor] = await said();
    expect(status).toContain('SECRET GONE: db: no new pod of it starts');
    expect(JSON.parse((await inside(place, 'status', 'shop', '-o', 'json')).out)).toMatchObject({ back: { secretsGone: ['db'] } });
    for (const line of [go, back]) expect(line).toMatch(/^! Secret db is not there: no pod of 1\.0 .*starts without it$/);
    expect(doctor).toContain(`Secret db in ${namespace}, for shop 1.0`);
    expect(place.find('ImmutableApp', 'shop')?.spec.activeVersion).toBeUndefined();
  },
  TEST_MS,
);

test(
  'the way back is asked for, written as the person with the reason, waited for, and told by history',
  async () => {
    const place = await two();
    const nobody = await inside(place, 'back', 'shop');
    expect([nobody.exit, nobody.err]).toEqual([2, 'Error: this moves production traffic, and there is nobody to ask: say --yes\n']);
    const no = await iapp(['back', 'shop', '-n', place.namespace], { answer: 'n' });
    expect([no.exit, no.err]).toEqual([1, 'Error: nothing was written\n']);
    const dry = await inside(place, 'back', 'shop', '--dry-run');
    expect(dry.out).toContain('Nothing was changed.');
    expect(place.find('ImmutableApp', 'shop')?.spec.activeVersion).toBeUndefined();

    const { exit, out } = await inside(place, 'back', 'shop', '--yes', '--reason', 'p99 doubled');
    expect(exit).toBe(0);
    expect(out).toContain(
      `$ kubectl patch -n ${place.namespace} iapp/shop --type=merge --field-manager='oncall-ann: p99 doubled' -p '{"spec":{"activeVersion":"1.0"}}'`,
    );
    expect(out).toContain('  -color green\n  +color blue\n');
    expect(out.trimEnd().split('\n').at(-1)).toBe('Done.');
    const now = await place.told(({ status }) => status?.activeName === '1.0', '1.0 serves');
    expect(now.status?.history?.[0]).toMatchObject({ reason: 'Activated', by: 'oncall-ann: p99 doubled' });

    const again = await inside(place, 'back', 'shop', '--yes');
    expect([again.exit, again.err]).toEqual([1, expect.stringContaining('shop has no way back: what served was decided against: 1.1')]);
    expect((await inside(place, 'wait', 'shop')).exit).toBe(7);
    expect((await inside(place, 'top')).out).toMatch(new RegExp(`${place.namespace}/shop +1\\.0 .* Held `));
    expect((await inside(place, 'go', 'shop', '1.1', '-y')).exit).toBe(0);
    expect((await inside(place, 'pin', 'shop', '1.0', '--for', '1h', '-y')).exit).toBe(0);
    expect((await place.told(({ status }) => status?.activeName === '1.0', '1.0 serves')).status?.history?.[0]?.reason).toBe('Pinned');
    expect((await inside(place, 'unpin', 'shop', '-y')).exit).toBe(0);
    expect((await inside(place, 'reject', 'shop', '1.0', '-y')).exit).toBe(0);
    expect((await inside(place, 'renew', 'shop', '1.0', '-y')).exit).toBe(0);
    expect((await inside(place, 'cool', 'shop')).exit).toBe(0);
    expect((await inside(place, 'warm', 'shop')).out).toBe('No pods wait.\n');
    expect((await inside(place, 'pause', 'shop')).exit).toBe(0);
    expect((await inside(place, 'resume', 'shop', '-y')).exit).toBe(0);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'what Git keeps is refused with who keeps it, and a pin does it all the same',
  async () => {
    const place = await stage.place();
    await place.rollOut(FIRST);
    await place.rollOut({ ...SECOND, activeVersion: '1.1' });
    const refused = await inside(place, 'go', 'shop', '1.0', '--yes');
    expect(refused.exit).toBe(1);
    expect(refused.err).toContain('spec.activeVersion of shop is in a manifest that test applies, and would be put back');
    expect(refused.err).toContain(`or pin it: kubectl iapp pin shop 1.0 --for 4h -n ${place.namespace}`);
    expect((await inside(place, 'back', 'shop', '--tonight', '--yes')).exit).toBe(0);
    await place.told(({ status }) => status?.activeName === '1.0', '1.0 serves');
  },
  TEST_MS,
);

test(
  'a failure: why, and a pipeline that ends at once with its exit code',
  async () => {
    const place = await stage.place();
    await place.rollOut(FIRST);
    await place.update({
      ...SECOND,
      template: template({ image: 'example/web:2', annotations: NEVER }),
      promotion: { progressDeadlineSeconds: 3 },
    });
    const ended = await inside(place, 'wait', 'shop');
    expect([ended.exit, ended.err]).toEqual([6, expect.stringContaining('shop is not there: VersionFailed')]);
    const why = await inside(place, 'why', 'shop');
    expect(why.out).toContain('▸ 1.1');
    expect(why.out).toMatch(/→ .*kubectl iapp/);
    expect((await inside(place, 'top')).out).toContain('VersionFailed');
    const pod = await inside(place, 'pods', 'shop', '1.1');
    expect(pod.out).toContain('no');
  },
  TEST_MS,
);

test('what is misspelt is answered with what was meant', async () => {
  const place = await stage.place();
  await place.rollOut(FIRST);
  expect(await inside(place, 'status', 'shpo')).toMatchObject({
    exit: 1,
    err: `Error: there is no ImmutableApp shpo in namespace ${place.namespace}: did you mean shop?\n`,
  });
  expect((await inside(place, 'go', 'shop', '1.1', '-y')).err).toBe('Error: shop has no version 1.1: did you mean 1.0?\n');
});

describe('-o json and yaml are as documented', () => {
  const READ: readonly (readonly string[])[] = [
    ['status', 'shop'],
    ['status', '-A'],
    ['why', 'shop'],
    ['versions', 'shop'],
    ['history', 'shop'],
    ['diff', 'shop'],
    ['pods', 'shop'],
    ['wait', 'shop'],
    ['top'],
    ['audit', '-A'],
    ['warm', '-A'],
    ['doctor'],
    ['report', 'shop'],
    ['pin', 'shop', '1.0', '--dry-run'],
  ];
  let place: Place;
  beforeAll(async () => {
    place = await two();
  }, TEST_MS);
  test.each(READ.map((words) => [words.join(' '), words] as const))('%s', async (_name, words) => {
    const { out, exit } = await inside(place, ...words, '-o', 'json');
    expect(exit).toBeLessThan(2);
    const { shape } = COMMANDS.find(({ name }) => name === words[0])!;
    expect(violations(shape!, JSON.parse(out))).toEqual([]);
    expect((await inside(place, ...words, '-o', 'yaml')).out).not.toBe('');
  });
});

describe('rights', () => {
  let place: Place;
  beforeAll(async () => {
    place = await two();
  }, TEST_MS);
  /** A kubeconfig of somebody who may do exactly this. */
  async function somebody(name: string, rights: Command['rights']): Promise<string> {
    const { namespace } = place;
    const meta = { name, namespace };
    const rule = ({ group, resource, verbs }: Command['rights'][number]) => ({ apiGroups: [group], resources: [resource], verbs });
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const subjects = [{ kind: 'ServiceAccount', ...meta }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
    must(
      await stage.admin.post(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: meta,
      }),
    );
    const here = rights.filter(({ where }) => where === undefined);
    must(
      await stage.admin.post(`${rbac}/namespaces/${namespace}/roles`, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: meta,
        rules: here.map(rule),
      }),
    );
    must(
      await stage.admin.post(`${rbac}/namespaces/${namespace}/rolebindings`, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: meta,
        subjects,
        roleRef,
      }),
    );
    const wide = rights.filter(({ where }) => where !== undefined);
    if (wide.length > 0) {
      const called = `${namespace}-${name}`;
      const everywhere = { ...roleRef, kind: 'ClusterRole', name: called };
      must(
        await stage.admin.post(`${rbac}/clusterroles`, {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { name: called },
          rules: wide.map(rule),
        }),
      );
      must(
        await stage.admin.post(`${rbac}/clusterrolebindings`, {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: called },
          subjects,
          roleRef: everywhere,
        }),
      );
    }
    return stage.cluster.kubeconfigFor({ serviceAccount: `${namespace}/${name}` });
  }
  const WORDS: Readonly<Record<string, readonly string[]>> = {
    status: ['status', 'shop'],
    why: ['why', 'shop'],
    versions: ['versions', 'shop'],
    history: ['history', 'shop'],
    diff: ['diff', 'shop'],
    rehearse: ['rehearse', 'shop', '1.0', '--timeout', '60s'],
    pods: ['pods', 'shop'],
    go: ['go', 'shop', '1.1', '--yes', '--no-wait'],
    back: ['back', 'shop', '--dry-run'],
    pin: ['pin', 'shop', '1.1', '--dry-run'],
    reject: ['reject', 'shop', '1.0', '--dry-run'],
    renew: ['renew', 'shop', '1.0', '--dry-run'],
    pause: ['pause', 'shop', '--dry-run'],
    wait: ['wait', 'shop'],
    top: ['top'],
    audit: ['audit', 'shop'],
    warm: ['warm', 'shop'],
    cool: ['cool', 'shop', '--dry-run'],
    doctor: ['doctor'],
    dashboard: ['dashboard', '--for', '1s'],
    report: ['report', 'shop', '-o', 'name'],
    logs: ['logs', 'shop'],
    ladder: ['ladder', 'shop'],
    approve: ['approve', 'shop', '1.1', '--dry-run'],
    waive: ['waive', 'shop', '1.1', 'hours', '--dry-run'],
    'hold-line': ['hold-line', 'tested', '--dry-run'],
    unpin: ['unpin', 'shop', '--dry-run'],
    resume: ['resume', 'shop', '--dry-run'],
    scale: ['scale', 'shop', '3', '--dry-run'],
    plan: ['plan', '-f', '-'],
    'pin-images': ['pin-images', '-f', '-'],
    migrate: ['migrate', 'deployment/none'],
    glass: ['glass', 'scale', 'INSTANCE', '2', '--dry-run'],
  };
  /** What it says without having failed for want of rights: nodes of this cluster keep no logs, Git keeps the size, there is no such workload. */
  const SAYS_NO: Readonly<Record<string, unknown>> = {
    logs: expect.stringContaining('connection refused'),
    ladder: expect.stringContaining('Error: no Service there has a ladder'),
    scale: expect.stringMatching(/^Error: spec\.replicas of shop is in a manifest/),
    migrate: expect.stringContaining('Error: there is no deployment/none among the manifests'),
    'pin-images': expect.stringMatching(/^example\/web:2 of container web stays: no version of shop was seen to run it/),
    approve: 'Error: shop has no gate that asks people: nobody has to approve\n',
    waive: expect.stringMatching(/^Error: shop has no gate/),
  };
  test('are tried of every command that asks a cluster', () => {
    const asking = COMMANDS.filter(({ rights }) => rights.length > 0).map(({ name }) => name);
    expect(Object.keys(WORDS).toSorted()).toEqual(asking.toSorted());
  });
  test.each(Object.entries(WORDS))(
    '%s needs what it says it needs, and no more',
    async (name, words) => {
      const { rights } = COMMANDS.find((command) => command.name === name)!;
      const needed = rights.filter(({ without }) => without === undefined || without.startsWith('say --no-wait'));
      const instance = place.find('ImmutableApp', 'shop')!.status!.activeInstance!;
      const input = JSON.stringify(place.app({ ...SECOND, replicas: 2 }));
      const as = async (who: string, granted: Command['rights']): Promise<Ran> =>
        iapp([...words.map((word) => word.replace('INSTANCE', instance)), '-n', place.namespace], {
          kubeconfig: await somebody(`${name}-${who}`, granted),
          input,
        });
      const says: unknown = SAYS_NO[name] ?? expect.not.stringContaining('Error:');
      const all = await as('all', rights);
      expect([all.exit === 4, all.err]).toEqual([false, says]);
      if (needed.length === 0) return;
      const least = await as('least', needed);
      expect([least.exit === 4, least.err]).toEqual([false, says]);
      const none = await as('none', []);
      expect(none.exit).toBe(4);
      expect(none.err).toMatch(/^Error: you may not: .*\n$/);
      if (name !== 'glass') expect(none.out).toBe('');
    },
    TEST_MS,
  );
});

test('a cluster that is away is one sentence and its exit code', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'iapp-')), 'kubeconfig');
  const config = {
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: {} }],
    'current-context': 'c',
  };
  writeFileSync(file, JSON.stringify(config));
  for (const command of ['status', 'top', 'versions'])
    expect(await iapp([command], { kubeconfig: file })).toEqual({
      exit: 3,
      out: '',
      err: expect.stringMatching(/^Error: the API server at https:\/\/127\.0\.0\.1:1 cannot be reached: .*\n$/),
    });
  expect((await iapp(['status'], { kubeconfig: '/nowhere' })).err).toMatch(/^Error: the kubeconfig cannot be read: .*\n$/);
  expect((await iapp(['status', '--context', 'other'], { kubeconfig: file })).err).toContain('no cluster for context "other": there are c');
});

describe('as one file beside kubectl', () => {
  const folder = mkdtempSync(join(tmpdir(), 'iapp-'));
  const before = process.env.PATH;
  const kubectl = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await stage.cluster.kubectl(words);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  };
  let place: Place;
  beforeAll(async () => {
    await bundlePlugin(folder);
    process.env.PATH = `${folder}:${before ?? ''}`;
    place = await two();
  }, TEST_MS);
  afterAll(() => {
    process.env.PATH = before;
  });
  test('it is found, and completes commands, Apps and versions', async () => {
    expect(await kubectl('iapp', 'status', 'shop', '-n', place.namespace)).toContain('1.1');
    expect(await kubectl('__complete', 'iapp', 'hist')).toMatch(/^history\t.*\n:4\n/);
    expect(await kubectl('__complete', 'iapp', 'go', '-n', place.namespace, '')).toMatch(/^shop\t1\.1 .*\n:4\n/);
    expect(await kubectl('__complete', 'iapp', '-n', place.namespace, 'go', 'shop', '1')).toMatch(/^1\.1\tActive\n1\.0\tWarm\n:4\n/);
  });
  test('Ctrl-C ends a watch as what it is: the end of a watch', async () => {
    const child = spawn(join(folder, 'kubectl-iapp'), ['status', 'shop', '-w', '-n', place.namespace], {
      env: { ...process.env, KUBECONFIG: stage.cluster.kubeconfig },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^\d{4}-.* shop: 1\.1 .* serves, 2\/2 pods; Serving/);
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
  });
});

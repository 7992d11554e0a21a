// The embedded cluster itself: that it is a real Kubernetes, and that nothing of it outlives whoever started it.
// An API server of its own: it is about starting one, and ending it.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findBinaries, type Binaries } from '../../deploy/local/binaries.ts';
import { cached } from '../../deploy/local/cache.ts';
import { startCluster, type Cluster } from '../../deploy/local/cluster.ts';
import { newDirectory, remove } from '../../deploy/local/directory.ts';
import { fetchVerified, releases, statedChecksum } from '../../deploy/local/download.ts';
import { simulatedNodes, type Nodes } from '../../deploy/local/nodes.ts';
import { PROGRAMS } from '../../deploy/local/programs.ts';
import { CRASH_MESSAGE } from '../../deploy/local/stages.ts';

const MINUTE = 60_000;
const BUILD = 20 * MINUTE;
const local = (file: string): string => join(import.meta.dirname, '../../deploy/local', file);
const quiet = (): undefined => undefined;

/** Looks until it sees something, at most a minute. */
async function eventually<T>(look: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> {
  const deadline = performance.now() + MINUTE;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) throw new Error(`Not within a minute: ${what}`);
    await delay(50);
  }
}

/** A zombie that nobody has reaped yet is as good as gone: it holds neither port nor file. */
const alive = (pid: number): boolean =>
  /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim());

/** Every process with `text` in its command line. */
const processesWith = (text: string): string[] =>
  spawnSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8', maxBuffer: 1e8 })
    .stdout.split('\n')
    .filter((line) => line.includes(text) && !line.startsWith('Z') && !line.includes('ps -eo'));

const allGone = (directory: string): Promise<true> =>
  eventually(() => processesWith(directory).length === 0 || undefined, `no process of ${directory} is left`);

async function withEnvironment<T>(changes: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const before = Object.fromEntries(Object.keys(changes).map((name) => [name, process.env[name]]));
  Object.assign(process.env, changes);
  try {
    return await work();
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
}

const failureOf = async (work: () => Promise<unknown>): Promise<string> =>
  work().then(
    () => 'it did not fail',
    (error: unknown) => (error as Error).message,
  );

let binaries: Binaries;
let scratch: string;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'embedded-test-'));
  binaries = await findBinaries();
}, BUILD);
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const deployment = (name: string, replicas: number, annotations: Record<string, string> = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations },
      spec: { containers: [{ name: 'main', image: 'example/web:1' }] },
    },
  },
});

interface Pod {
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly restartCount: number;
      readonly state: { readonly waiting?: { readonly reason: string } };
      readonly lastState: { readonly terminated?: { readonly exitCode: number; readonly message: string } };
    }[];
  };
}

async function podOf(cluster: Cluster, app: string): Promise<Pod | undefined> {
  const { body } = await cluster.call('GET', `/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`);
  return (body as { items: Pod[] }).items[0];
}
const readiness = (pod: Pod | undefined): string | undefined => pod?.status.conditions?.find(({ type }) => type === 'Ready')?.status;
const untilReady = (cluster: Cluster, app: string, status: 'True' | 'False'): Promise<Pod> =>
  eventually(async () => {
    const pod = await podOf(cluster, app);
    return readiness(pod) === status ? pod : undefined;
  }, `the pod of ${app} has Ready=${status}`);

async function apply(cluster: Cluster, ...objects: object[]): Promise<void> {
  const { code, stderr } = await cluster.kubectl(['apply', '-f', '-'], {
    input: objects.map((each) => JSON.stringify(each)).join('\n---\n'),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

describe('a cluster', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ audit: true });
  }, MINUTE * 2);
  afterAll(() => cluster.stop());

  test(
    'lets pods fare as their annotations say',
    async () => {
      const fate = (value: string) => ({ 'test.immutableapp.io/ready': value });
      await apply(
        cluster,
        deployment('slow', 1, { 'test.immutableapp.io/ready-after': '1s' }),
        deployment('never', 1, fate('never')),
        deployment('crash', 1, fate('crash')),
        deployment('imageless', 1, fate('no-image')),
      );
      await untilReady(cluster, 'slow', 'False');
      await untilReady(cluster, 'slow', 'True');
      expect((await untilReady(cluster, 'never', 'False')).status.phase).toBe('Running');
      const [crashed] = (await untilReady(cluster, 'crash', 'False')).status.containerStatuses!;
      expect(crashed).toMatchObject({
        restartCount: 3,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1, message: CRASH_MESSAGE } },
      });
      const [imageless] = (await untilReady(cluster, 'imageless', 'False')).status.containerStatuses!;
      expect(imageless!.state.waiting!.reason).toBe('ImagePullBackOff');
      expect(readiness(await podOf(cluster, 'never'))).toBe('False');
    },
    MINUTE,
  );

  test(
    'takes readiness from a serving pod and gives it back',
    async () => {
      await apply(cluster, deployment('moody', 1));
      const { metadata } = await untilReady(cluster, 'moody', 'True');
      await cluster.kubectl(['annotate', 'pod', metadata.name, 'test.immutableapp.io/unready=true']);
      await untilReady(cluster, 'moody', 'False');
      await cluster.kubectl(['annotate', 'pod', metadata.name, 'test.immutableapp.io/unready-']);
      await untilReady(cluster, 'moody', 'True');
    },
    MINUTE,
  );

  test(
    'finishes jobs, well or badly',
    async () => {
      const job = (name: string, annotations = {}) => ({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name },
        spec: {
          backoffLimit: 0,
          template: { metadata: { annotations }, spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example/job:1' }] } },
        },
      });
      await apply(cluster, job('good'), job('bad', { 'test.immutableapp.io/exit-code': '3' }));
      const waited = ['good:complete', 'bad:failed'].map(async (pair) => {
        const [name, condition] = pair.split(':');
        return (await cluster.kubectl(['wait', `job/${name}`, `--for=condition=${condition}`, '--timeout=60s'])).code;
      });
      expect(await Promise.all(waited)).toEqual([0, 0]);
    },
    MINUTE * 2,
  );

  test(
    'knows other users by certificate and service accounts by token',
    async () => {
      const whoami = async (kubeconfig: string) =>
        JSON.parse((await cluster.kubectl(['auth', 'whoami', '-o', 'json'], { kubeconfig })).stdout) as {
          status: { userInfo: { username: string; groups: string[] } };
        };
      const jane = await whoami(await cluster.kubeconfigFor({ name: 'jane', groups: ['team-a', 'team-b'] }));
      expect(jane.status.userInfo).toMatchObject({ username: 'jane', groups: ['team-a', 'team-b', 'system:authenticated'] });
      const account = await whoami(await cluster.kubeconfigFor({ serviceAccount: 'default/default' }));
      expect(account.status.userInfo.username).toBe('system:serviceaccount:default:default');
      await expect(cluster.kubeconfigFor({ serviceAccount: 'default/nobody' })).rejects.toThrow(/"nobody\\?" not found/);
    },
    MINUTE,
  );

  test(
    'counts every request once, watches as they start',
    async () => {
      const kubeconfig = await cluster.kubeconfigFor({ name: 'counted', groups: ['system:masters'] });
      const run = (...args: string[]) => cluster.kubectl(args, { kubeconfig });
      await run('get', '--raw', '/api/v1/namespaces/default/configmaps');
      await run('get', '--raw', '/api/v1/namespaces/default/configmaps/absent');
      await run('get', '--raw', '/api/v1/namespaces/default/configmaps?watch=true&timeoutSeconds=1');
      const seen = await eventually(async () => {
        const requests = await cluster.requests('counted');
        return requests.length >= 3 ? requests : undefined;
      }, 'three audited requests');
      expect(seen.map(({ verb, resource, name, code }) => ({ verb, resource, name, code }))).toEqual([
        { verb: 'list', resource: 'configmaps', name: '', code: 200 },
        { verb: 'get', resource: 'configmaps', name: 'absent', code: 404 },
        { verb: 'watch', resource: 'configmaps', name: '', code: 200 },
      ]);
    },
    MINUTE,
  );

  test(
    'keeps its state and address when the API server goes and comes',
    async () => {
      await cluster.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kept' } });
      await cluster.stopApiServer();
      await expect(cluster.call('GET', '/readyz')).rejects.toThrow();
      await cluster.startApiServer();
      expect((await cluster.call('GET', '/api/v1/namespaces/kept')).code).toBe(200);
      await apply(cluster, deployment('after', 1));
      await untilReady(cluster, 'after', 'True');
    },
    MINUTE * 2,
  );
});

test(
  'two clusters live side by side, and stopping leaves nothing',
  async () => {
    const clusters = await Promise.all([startCluster(), startCluster()]);
    expect(new Set(clusters.map(({ server }) => server)).size).toBe(2);
    for (const cluster of clusters) {
      expect(cluster.pids).toHaveLength(5);
      await apply(cluster, deployment('web', 2));
      const { code, stderr } = await cluster.kubectl(['wait', 'deployment/web', '--for=condition=Available', '--timeout=60s']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
    const pids = clusters.flatMap((cluster) => cluster.pids);
    await Promise.all(clusters.map((cluster) => cluster.stop()));
    expect(pids.filter(alive)).toEqual([]);
    for (const { directory } of clusters) {
      expect(existsSync(directory)).toBe(false);
      expect(processesWith(directory)).toEqual([]);
    }
  },
  MINUTE * 3,
);

test(
  'has nodes for pods, though one was seen before its kubelet was ready',
  async () => {
    const key = 'node.kubernetes.io/not-ready';
    const nodes = simulatedNodes(1);
    const register: Nodes['register'] = async (site, name) => {
      // From then on the node lifecycle controller does not look for an hour.
      if ((await site.call('GET', '/api/v1/namespaces/default/serviceaccounts/default')).code !== 200) return undefined;
      const metadata = { name, labels: { 'kubernetes.io/hostname': name } };
      const spec = { taints: [{ key, effect: 'NoExecute' }] };
      const { code } = await site.call('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata, spec });
      return code === 201 || undefined;
    };
    const cluster = await startCluster({ nodes: { ...nodes, register } });
    try {
      const { body } = await cluster.call('GET', `/api/v1/nodes/${nodes.names[0]!}`);
      expect((body as { spec: object }).spec).not.toHaveProperty('taints');
    } finally {
      await cluster.stop();
    }
  },
  MINUTE * 3,
);

test(
  'says so when a program dies',
  async () => {
    const cluster = await startCluster();
    try {
      process.kill(cluster.pids[0]!, 'SIGKILL');
      expect((await cluster.failed).message).toContain('etcd was killed by SIGKILL');
    } finally {
      await cluster.stop();
    }
    expect(existsSync(cluster.directory)).toBe(false);
  },
  MINUTE * 2,
);

/** Single programs instead of our own executable, as another distribution would bring them. */
function separatePrograms(): string {
  const folder = join(scratch, 'separate');
  mkdirSync(folder, { recursive: true });
  for (const name of PROGRAMS) if (!existsSync(join(folder, name))) symlinkSync(binaries.command(name).file, join(folder, name));
  return folder;
}

/** A process that starts a cluster, tells its directory, and would run for ever. */
function holder(environment: Record<string, string> = {}): ChildProcess {
  const program = `import { startCluster } from ${JSON.stringify(local('cluster.ts'))};
    const { directory } = await startCluster();
    console.log(directory);
    setInterval(() => {}, 1000);`;
  return spawn('node', ['--input-type=module', '--eval', program], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    child.stdout!.once('data', (text: Buffer) => {
      resolve(text.toString().trim());
    });
    child.once('exit', () => {
      reject(new Error('It ended without a word.'));
    });
  });

test.each(['our executable', 'separate programs'])(
  'a killed parent takes the cluster along: %s',
  async (kind) => {
    const parent = holder(kind === 'our executable' ? {} : { IMMUTABLEAPP_CLUSTER_BIN: separatePrograms() });
    const directory = await firstLine(parent);
    expect(processesWith(directory).length).toBeGreaterThanOrEqual(5);
    const ended = once(parent, 'exit'); // Until then its process id is taken, and it counts as alive.
    parent.kill('SIGKILL');
    await Promise.all([ended, allGone(directory)]);
    // What only the dead could have removed, the next start sweeps; another start may be at it already.
    const next = await newDirectory();
    await eventually(() => !existsSync(directory) || undefined, `${directory} is swept`);
    await remove(next);
  },
  MINUTE * 2,
);

describe('a start that fails', () => {
  test(
    'names all four ways when there are no binaries',
    async () => {
      const nothing = { IMMUTABLEAPP_CLUSTER_BIN: join(scratch, 'nothing') };
      const named = await failureOf(() => withEnvironment(nothing, () => startCluster()));
      const nowhere = {
        KUBEBUILDER_ASSETS: '',
        IMMUTABLEAPP_CLUSTER_BIN: '',
        XDG_CACHE_HOME: join(scratch, 'empty-cache'),
        HTTPS_PROXY: 'http://127.0.0.1:1',
        NO_PROXY: '',
        PATH: join(scratch, 'nothing'),
      };
      const searched = await failureOf(() => withEnvironment(nowhere, () => startCluster({ log: quiet })));
      for (const message of [named, searched])
        for (const way of ['IMMUTABLEAPP_CLUSTER_BIN', 'KUBEBUILDER_ASSETS', 'cache', 'downloaded', 'built from source'])
          expect(message).toContain(way);
      expect(searched).toMatch(/download: https:.*ECONNREFUSED/);
      expect(searched).toContain('no working "go"');
      expect(readdirSync(join(scratch, 'empty-cache/immutableapp/cluster'))).toEqual([]);
    },
    MINUTE,
  );

  test(
    'shows the last words of the program that failed, and undoes itself',
    async () => {
      const folder = join(scratch, 'broken');
      mkdirSync(folder);
      const started = join(folder, 'started');
      for (const name of PROGRAMS) {
        const script =
          name === 'etcd'
            ? `echo $$ "$@" > ${started}; exec sleep 1000`
            : `while [ ! -s ${started} ]; do :; done; echo out of order >&2; exit 7`;
        writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      }
      const message = await failureOf(() => withEnvironment({ IMMUTABLEAPP_CLUSTER_BIN: folder }, () => startCluster()));
      expect(message).toContain('kube-apiserver exited with code 7');
      expect(message).toContain('out of order');
      const [, pid, directory] = /^(\d+) .*--data-dir=(\S+)\/etcd/.exec(readFileSync(started, 'utf8'))!;
      expect(alive(Number(pid))).toBe(false);
      expect(existsSync(directory!)).toBe(false);
      expect(processesWith(folder)).toEqual([]);
    },
    MINUTE,
  );

  test('keeps its hands off a directory that is not empty', async () => {
    writeFileSync(join(scratch, 'mine'), 'precious');
    expect(await failureOf(() => startCluster({ directory: scratch }))).toContain('is not empty');
    expect(readFileSync(join(scratch, 'mine'), 'utf8')).toBe('precious');
  });

  test(
    'can be given up',
    async () => {
      const message = await failureOf(() => startCluster({ signal: AbortSignal.timeout(500) }));
      expect(message).toMatch(/timeout/);
    },
    MINUTE,
  );
});

describe('the cache', () => {
  const inCache = <T>(name: string, work: () => Promise<T>): Promise<T> => withEnvironment({ XDG_CACHE_HOME: join(scratch, name) }, work);

  test('is filled once, however many want it', async () => {
    let fillings = 0;
    const fill = async (folder: string) => {
      fillings++;
      await delay(100);
      writeFileSync(join(folder, 'kubernetes'), '');
    };
    const folders = await inCache('once', () => Promise.all([1, 2, 3].map(() => cached('key', { log: quiet }, fill))));
    expect({ fillings, distinct: new Set(folders).size }).toEqual({ fillings: 1, distinct: 1 });
    expect(existsSync(join(folders[0]!, 'kubernetes'))).toBe(true);
  });

  test('outlives a killed and a failed filler', async () => {
    const root = join(scratch, 'killed/immutableapp/cluster');
    const dead = spawnSync('true').pid;
    mkdirSync(join(root, `.part-${dead}-xyz`), { recursive: true });
    writeFileSync(join(root, 'key.lock'), String(dead));
    await inCache('killed', async () => {
      await expect(cached('key', { log: quiet }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
      expect(readdirSync(root)).toEqual([]);
      await cached('key', { log: quiet }, () => Promise.resolve());
    });
    expect(readdirSync(root)).toEqual(['key']);
  });
});

describe('a download', () => {
  const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

  /** Serves one content on loopback. */
  async function served<T>(content: Buffer, work: (origin: string) => Promise<T>): Promise<T> {
    const server = createServer((_, answer) => answer.end(content)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      return await withEnvironment({ NO_PROXY: '127.0.0.1' }, () => work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }

  test('covers every program', () => {
    const sources = releases('v1.36.3', 'amd64');
    expect(sources.flatMap(({ program, archived }) => program ?? archived!).sort()).toEqual([...PROGRAMS].sort());
  });

  test('reads each way a checksum is published in', () => {
    const sum = sha256('content');
    expect(statedChecksum(`${sum}\n`, 'kubectl')).toBe(sum);
    expect(statedChecksum(`${sha256('other')}  other.tar.gz\n${sum}  etcd.tar.gz\n`, 'etcd.tar.gz')).toBe(sum);
    expect(statedChecksum(JSON.stringify({ assets: [{ name: 'kwok', digest: `sha256:${sum}` }] }), 'kwok')).toBe(sum);
    expect(() => statedChecksum(`${sum}  other.tar.gz\n`, 'etcd.tar.gz')).toThrow('no checksum');
  });

  test('keeps only what has the published checksum', async () => {
    const content = Buffer.from('#!/bin/sh\necho works\n');
    await served(content, async (origin) => {
      const source = { url: `${origin}/kwok`, checksums: '', program: 'kwok' };
      await expect(fetchVerified(source, sha256('other'), scratch)).rejects.toThrow('as published');
      expect(existsSync(join(scratch, 'kwok'))).toBe(false);
      await fetchVerified(source, sha256(content), scratch);
    });
    expect(spawnSync(join(scratch, 'kwok'), { encoding: 'utf8' }).stdout).toBe('works\n');
  });

  test('takes the program out of an archive', async () => {
    const folder = join(scratch, 'etcd-1-linux');
    mkdirSync(folder);
    writeFileSync(join(folder, 'etcd'), '#!/bin/sh\necho works\n', { mode: 0o755 });
    writeFileSync(join(folder, 'README'), 'not wanted');
    const archive = spawnSync('tar', ['-C', scratch, '-cz', 'etcd-1-linux']).stdout;
    const target = join(scratch, 'extracted');
    mkdirSync(target);
    await served(archive, async (origin) => {
      await fetchVerified({ url: `${origin}/etcd-1-linux.tar.gz`, checksums: '', archived: ['etcd'] }, sha256(archive), target);
    });
    expect(readdirSync(target)).toEqual(['etcd']);
  });
});

describe('npm run cluster', () => {
  const name = `test-${process.pid}`;
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('node', [local('cli.ts'), '--name', name, ...args], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };

  test(
    'up in the background, kubectl, down',
    () => {
      try {
        const up = run('up', '--detach', '--nodes', '1');
        expect(up.status).toBe(0);
        expect(up.stdout).toMatch(/^export KUBECONFIG='.*'\n$/);
        const again = run('up');
        expect(again.status).toBe(1);
        expect(again.stderr).toContain('is up already');
        expect(run('kubectl', 'get', 'nodes', '--output=name')).toMatchObject({ status: 0, stdout: 'node/node-1\n' });
        const kubeconfig = run('kubeconfig').stdout.trim();
        expect(up.stdout).toContain(kubeconfig);
        expect(run('down')).toMatchObject({ status: 0 });
        expect(existsSync(kubeconfig)).toBe(false);
      } finally {
        run('down');
      }
    },
    MINUTE * 2,
  );

  test(
    'Ctrl-C ends it and leaves nothing',
    async () => {
      const child = spawn('node', [local('cli.ts'), '--name', name, 'up'], { stdio: ['ignore', 'pipe', 'ignore'] });
      const line = await firstLine(child);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const [, kubeconfig] = /'(.*)'/.exec(line)!;
      child.kill('SIGINT');
      expect(await ended).toBe(0);
      expect(existsSync(kubeconfig!)).toBe(false);
    },
    MINUTE,
  );

  test.each([
    [['--help'], 0, 'Usage: npm run cluster'],
    [[], 2, 'A command is missing'],
    [['uq'], 2, 'There is no command "uq"'],
    [['up', '--nodes', 'many'], 2, '--nodes wants a whole number'],
    [['down'], 3, 'No cluster'],
    [['kubeconfig'], 3, 'No cluster'],
  ])('%j exits with %i', (args, status, words) => {
    const seen = run(...args);
    expect(seen.status).toBe(status);
    expect(seen.stdout + seen.stderr).toContain(words);
  });
});

// Gates on a real node: Jobs that the kubelet runs, Apache and Nginx as a real Prometheus sees them, and a version that goes bad under load. The
// operator runs as a process here, where it reaches the pods.
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { condition, is, polled, selectedBy, START_MS, type Place } from '../cluster/harness.ts';
import type { App, Pod } from '../cluster/objects.ts';
import { Prometheus, type Target } from '../monitoring/prometheus.ts';
import { DOMAIN, Names } from './names.ts';
import { measuredApache, measuredNginx, own, type Site, type Whims } from './sites.ts';
import { APP, Theatre } from './theatre.ts';

const MINUTE = 60_000;
/** Requests. */
const SECOND = 600;

let theatre: Theatre;
let names: Names;
let prometheus: Prometheus;
beforeAll(async () => {
  theatre = await Theatre.open(DOMAIN);
  const { stage } = theatre;
  const room = join(process.env.ROOM!, 'sources');
  mkdirSync(room);
  names = new Names(room);
  prometheus = await Prometheus.start(room, 'groups: []');
  const file = join(room, 'sources.yaml');
  writeFileSync(file, `- {name: main, url: "${prometheus.url}"}\n`);
  await stage.operator(['--no-leader-elect', '--sources', file]);
}, START_MS);
afterAll(async () => {
  await (names as Names | undefined)?.stop();
  await (prometheus as Prometheus | undefined)?.stop();
  await (theatre as Theatre | undefined)?.close();
}, MINUTE);

/** Scrapes every pod of a place that has a port called metrics. */
function watched(place: Place): void {
  const targets = new Map<string, Target>();
  place.stage.recorder.onEvent(place.namespace, ({ kind, name, object, gone }) => {
    if (kind !== 'Pod') return;
    const { spec, status } = object as unknown as Measured;
    const port = spec.containers.flatMap(({ ports = [] }) => ports).find((each) => each.name === 'metrics');
    if (gone) targets.delete(name);
    else if (port !== undefined && status.podIP !== undefined)
      targets.set(name, { host: `${status.podIP}:${port.containerPort}`, labels: { namespace: place.namespace, pod: name } });
    else return;
    prometheus.scrapeLabelled([...targets.values()]);
  });
}

interface Judged {
  readonly versions?: readonly { readonly gates?: readonly { readonly name: string; readonly verdict: string }[] }[];
}

interface Measured {
  readonly spec: {
    readonly containers: readonly { readonly ports?: readonly { readonly name: string; readonly containerPort: number }[] }[];
  };
  readonly status: { readonly podIP?: string };
}

const stalledFor = (app: App): string => condition(app, 'Stalled')?.message ?? '';

describe('measured under load', () => {
  /** Workers of Apache that nobody keeps busy. */
  const IDLE = 'sum(apache_workers{state="idle",namespace="$namespace",pod=~"$pods"})';
  const often = { source: 'main', intervalSeconds: 1, forSeconds: 2, minimum: 2 };
  const before = [{ name: 'idle', prometheus: { ...often, query: IDLE, min: 20 } }];
  const apache = (version: string, threads: number): Site => {
    const { httpd, exporter } = theatre.provisions.images;
    return measuredApache(httpd, exporter, version, threads);
  };
  const scene = (name: string, play: () => Promise<void>, faulty?: string): void => {
    test(name, () => theatre.scene(name, play, faulty), MINUTE);
  };

  test(
    'an Apache that has room for more passes, and is the first to serve',
    async () => {
      watched(theatre.place);
      await theatre.place.steady(await theatre.publish(apache('apache-01', 32), { promotion: { before } }), MINUTE);
      await theatre.begin();
    },
    2 * MINUTE,
  );

  const verdictOf = (name: string, { status }: App): string | undefined =>
    (status as Judged | undefined)?.versions?.[0]?.gates?.find((gate) => gate.name === name)?.verdict;

  scene('one that has none fails before anybody is sent there', async () => {
    const app = await theatre.publish(apache('apache-02', 4), { promotion: { before } });
    const failed = await theatre.place.stalled(app, 'VersionFailed', MINUTE);
    expect(stalledFor(failed)).toMatch(/gate before\/idle: .*\b[3-8]\b.*\b20\b/);
    expect(theatre.serving()).toBe('apache-01');
  });

  /** What processes on this ground were given as a password. */
  const passwords = async (): Promise<string[]> => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const all = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')));
    return all.flatMap((text) => /(?:^|\0)PASSWORD=(\w+)/.exec(text)?.[1] ?? []);
  };

  scene('a credential is rotated by a renewal: the same version, and its gates are not asked again', async () => {
    const { place, stage, provisions } = theatre;
    const inside = (...words: string[]) => stage.kubectl('-n', place.namespace, ...words);
    await inside('create', 'secret', 'generic', 'db', '--from-literal=password=old');
    const site = own(provisions.images.server, 'keyed-01');
    const [container] = (site.template as { spec: { containers: object[] } }).spec.containers;
    const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }];
    const keyed = { ...site, template: { spec: { containers: [{ ...container, env }] } } };
    // Proven as soon as it serves: before that its gates are asked again.
    const up = [{ name: 'up', http: { port: 'http', path: '/ready', intervalSeconds: 1 } }];
    const { status } = await place.steady(await theatre.publish(keyed, { promotion: { before: up, failbackSeconds: 0 } }), MINUTE);
    const id = status!.activeVersion!;
    await theatre.arrived('keyed-01');
    expect(await passwords()).toEqual(['old', 'old']);
    const judged = () =>
      place
        .list('ControllerRevision')
        .map(({ data }) => (data as { fact?: { is: string; instance: string } }).fact)
        .filter((fact) => fact?.is === 'gates' && fact.instance.startsWith(id))
        .map((fact) => fact!.instance);
    expect(judged()).toEqual([id]);

    await inside('patch', 'secret', 'db', '-p', '{"stringData":{"password":"new"}}');
    await inside('annotate', `iapp/${APP}`, `immutableapp.io/renew=${id}@rotated`);
    await place.told((app) => app.status?.activeInstance === `${id}-2`, 'a fresh instance serves', MINUTE);
    await theatre.arrived('keyed-01');
    const { status: after } = await place.told((app) => !is(app, 'Reconciling') && is(app, 'Ready'), 'and all is quiet', MINUTE);
    expect(after).toMatchObject({ activeVersion: id, latestVersion: id });
    expect((await passwords()).filter((each) => each === 'new')).toHaveLength(2);
    expect(judged()).toEqual([id]);
  });

  scene('an Nginx is measured while it serves, and is proven', async () => {
    const query = 'sum(nginx_connections_active{namespace="$namespace",pod=~"$pods"})';
    const after = [{ name: 'connections', prometheus: { ...often, query, min: 1, max: 500 } }];
    const site = measuredNginx(theatre.provisions.images.nginx, 'nginx-01');
    const app = await theatre.place.steady(await theatre.publish(site, { promotion: { after } }), MINUTE);
    await theatre.arrived('nginx-01');
    await theatre.place.reported(app, (seen) => verdictOf('connections', seen) === 'pass', 'its gate after the switch has passed', MINUTE);
  });

  scene(
    'a version that goes bad under load gives traffic back by itself, and nobody is failed but by what it answered itself',
    async () => {
      const after = [{ name: 'healthy', http: { port: 'http', path: '/healthz', intervalSeconds: 1, passes: 60, failures: 2 } }];
      const site = own(theatre.provisions.images.server, 'worn-01', { wearsOutAfter: 1_500 });
      const app = await theatre.publish(site, { promotion: { after } });
      await theatre.arrived('worn-01');
      const failed = await theatre.place.stalled(app, 'VersionFailed', MINUTE);
      expect(stalledFor(failed)).toMatch(/gate after\/healthy: .*503/);
      await theatre.place.until('nginx-01 serves again', () => theatre.serving() === 'nginx-01');
      await theatre.arrived('nginx-01');
      // Connections that are kept alive stay with it until its pods have drained.
      await theatre.load.until(
        'it answers nobody any more',
        (requests) => requests.slice(-SECOND).every(({ version }) => version !== 'worn-01') || undefined,
      );
    },
    'worn-01',
  );

  test('what failed was answered by the bad version, and by no other', async () => {
    const requests = await theatre.load.stop();
    const bad = requests.filter(({ status, error }) => status !== 200 || error !== '');
    expect(bad.length).toBeGreaterThan(0);
    expect(new Set(bad.map(({ status, error, version }) => `${version} ${status} ${error}`))).toEqual(new Set(['worn-01 500 ']));
    const back = (await theatre.moves()).at(-1)!.at;
    const seen = ['fresh', 'kept'].map((name) => {
      const own = bad.filter(({ stream }) => stream === name).map(({ due }) => Math.round((due - back) / 1000));
      return `${own.length} ${name}, from ${own[0]} to ${own.at(-1)} ms`;
    });
    process.stderr.write(`Failed by the bad version, and when, counted from the way back: ${seen.join('; ')}\n`);
    await theatre.place.expectSafe();
  });
});

describe('Jobs', () => {
  const server = (version: string, whims?: Whims): Site => own(theatre.provisions.images.server, version, whims);
  const job = (command: readonly string[], more: object = {}, labels: object = {}) => {
    const main = { name: 'main', image: theatre.provisions.images.server.reference, imagePullPolicy: 'Never', command };
    const template = { metadata: { labels }, spec: { restartPolicy: 'Never', containers: [main], terminationGracePeriodSeconds: 0 } };
    return { name: 'smoke', job: { spec: { backoffLimit: 0, template } }, ...more };
  };
  const labelled = (site: Site): Site => ({ ...site, template: { ...site.template, metadata: { labels: { app: 'web' } } } });
  const get = (version: string) => job(['/server', 'get', '$(IMMUTABLEAPP_URL_HTTP)/', version]);
  let place: Place;
  const published = async (site: Site, before: readonly object[], name = 'shop'): Promise<App> =>
    place.apply(place.app(theatre.spec(labelled(site), { replicas: 1, promotion: { before, drainSeconds: 0 } }), name));

  beforeAll(async () => {
    place = await theatre.stage.place();
    names.follow(place);
    await place.steady(await published(server('one'), []), MINUTE);
  }, MINUTE);

  test(
    'one that reaches the version that is judged, and no other, lets it in',
    async () => {
      await place.steady(await published(server('two'), [get('two')]), MINUTE);
      expect(selectedBy(place.find('Service', 'web'))).toBe(place.list('ImmutableApp')[0]!.status!.activeVersion);
    },
    MINUTE,
  );

  test(
    'one that fails tells its exit code and its last words',
    async () => {
      const failed = await place.stalled(await published(server('three', { failing: 1 }), [get('three')]), 'VersionFailed', MINUTE);
      expect(stalledFor(failed)).toMatch(
        /gate before\/smoke: Job .* failed: .*exited with 4 \(Error\): GET http:\/\/\S+\/: three answered 500/,
      );
    },
    MINUTE,
  );

  const jobs = async (): Promise<readonly { readonly metadata: { readonly name: string } }[]> => {
    const { body } = await theatre.stage.cluster.call('GET', `/apis/batch/v1/namespaces/${place.namespace}/jobs`);
    return (body as { items: readonly { metadata: { name: string } }[] }).items;
  };
  /** It serves on the port of the App, under each label of the App's pods, and never ends. */
  const intruder = (more: object) => {
    const labels = { app: 'web', 'immutableapp.io/app': 'shop', 'immutableapp.io/instance': selectedBy(place.find('Service', 'web'))! };
    return job(['/server', JSON.stringify({ version: 'intruder', address: ':8080' })], more, { ...labels, mine: 'yes' });
  };
  const intruders = () => place.list('Pod').filter(({ metadata }) => metadata.labels?.['mine'] === 'yes');
  const running = () => intruders().find(({ status }) => status.phase === 'Running') as (Pod & { status: { podIP: string } }) | undefined;

  test(
    'one that never ends fails its version in time, and gets no traffic, though it has every label of the App',
    async () => {
      const app = await published(server('four'), [intruder({ timeoutSeconds: 6 })]);
      const pod = await place.until('its pod runs', running, MINUTE);
      const answers = async (): Promise<string> => (await fetch(`http://${pod.status.podIP}:8080/`)).headers.get('x-version') ?? '';
      await polled('it answers who asks it', () =>
        answers().then(
          (version) => version === 'intruder',
          () => false,
        ),
      );
      expect(Object.keys(pod.metadata.labels!).filter((label) => label === 'app' || label.startsWith('immutableapp.io/'))).toEqual([]);
      const failed = await place.stalled(app, 'VersionFailed', MINUTE);
      expect(stalledFor(failed)).toMatch(/gate before\/smoke: .*(timeoutSeconds 6|DeadlineExceeded)/);
      await place.until('the kubelet has ended it', () => running() === undefined, MINUTE);
      const sentTo = place
        .history('EndpointSlice')
        .flatMap(({ object }) => (object.endpoints ?? []).map(({ targetRef }) => targetRef?.uid));
      expect(sentTo.length).toBeGreaterThan(0);
      expect(sentTo).not.toContain(pod.metadata.uid);
    },
    MINUTE,
  );

  test(
    'one goes with its App, though it still runs',
    async () => {
      await published(server('five'), [intruder({ timeoutSeconds: 600 })]);
      await place.until('its pod runs', running, MINUTE);
      await place.remove('ImmutableApp', 'shop');
      await place.until('no pod is left', () => place.list('Pod').length === 0, MINUTE);
      await polled('no Job is left', async () => (await jobs()).length === 0, MINUTE);
    },
    MINUTE,
  );

  test('every promise was kept', async () => {
    await place.expectSafe();
    await theatre.stage.expectPromisesKept();
  });
});

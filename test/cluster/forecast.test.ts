// What `kubectl iapp plan` says of a manifest, compared with what a real API server then sees of the operator once it is applied: the same version,
// the same writes in the same order, and traffic moves no earlier than was said.
import { expect, test } from '@jest/globals';
import type { AuditedRequest } from '../../deploy/local/audit.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { writeManifest } from '../../src/cli/documents.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { run } from '../../src/cli/plugin.ts';
import { owned, template, type Place } from './harness.ts';
import type { App } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

interface Planned {
  readonly version: { readonly id: string; readonly isNew: boolean };
  readonly steps: readonly { readonly does: string }[];
  readonly switchesAfterSeconds?: number;
  readonly serves: { readonly before: string; readonly after: string };
  readonly gates: readonly { readonly name: string; readonly verdict: string; readonly message?: string }[];
  readonly waits?: { readonly reason: string };
  readonly limits: readonly string[];
}

async function planOf(manifests: readonly object[]): Promise<Planned> {
  const written = { out: '', err: '' };
  const exit = await run(COMMANDS, ['plan', '-f', '-', '--ready-after', '1ms', '-o', 'json'], {
    out: { write: (text: string) => (written.out += text) },
    err: { write: (text: string) => (written.err += text) },
    environment: { KUBECONFIG: stage.cluster.kubeconfig },
    signal: AbortSignal.timeout(TEST_MS),
    now: Date.now,
    read: () => Promise.resolve(manifests.map((each) => writeManifest(each as Parameters<typeof writeManifest>[0])).join('---\n')),
    ask: () => Promise.resolve(undefined),
  });
  expect({ exit, err: written.err }).toEqual({ exit: EXIT.done, err: '' });
  return (JSON.parse(written.out) as Planned[])[0]!;
}

/** A step of the plan, as verb, kind and name. */
function asWrite(does: string): string {
  const [, verb = '', kind = '', name = ''] = /^(record|create|scale|switch|change|let go of|delete) (\S+) ([\w.-]+)/.exec(does) ?? [];
  const [verbs, kinds] = [
    { record: 'create', create: 'create', delete: 'delete' } as Record<string, string>,
    { version: 'ControllerRevision' },
  ];
  return `${verbs[verb] ?? 'patch'} ${(kinds as Record<string, string>)[kind] ?? kind} ${name}`;
}

const KIND: Readonly<Record<string, string>> = {
  controllerrevisions: 'ControllerRevision',
  configmaps: 'ConfigMap',
  deployments: 'Deployment',
  'deployments/scale': 'Deployment',
  services: 'Service',
  poddisruptionbudgets: 'PodDisruptionBudget',
};

/** What the operator wrote, but for facts, of which a plan does not speak. */
function writesOf(requests: readonly AuditedRequest[]): string[] {
  return requests.flatMap(({ verb, resource, name, path, code }) => {
    const kind = KIND[resource];
    const isFact = resource === 'controllerrevisions' && name.includes('.');
    if (kind === undefined || isFact || !['create', 'patch', 'delete'].includes(verb) || path.includes('dryRun') || code >= 300) return [];
    return [`${verb} ${kind} ${name}`];
  });
}

/** Clocks of API server and test are one; a report has whole milliseconds. */
const CLOCK_MS = 50;
/** Pods of this cluster, dry runs and confirmations take time that a plan does not know. */
const SLOWER_MS = 15_000;

async function comesTrue(place: Place, app: object, others: readonly object[] = []): Promise<Planned> {
  const planned = await planOf([...others, app]);
  const known = (await stage.audit(place.namespace)).length;
  const begin = Date.now();
  for (const other of others) await stage.admin.apply(place.path('ConfigMap', (other as App).metadata.name), other);
  const applied = await place.apply(app);
  const now = await place.reported(
    applied,
    ({ status }) => status?.activeInstance === planned.serves.after,
    `serves ${planned.serves.after}`,
  );
  await place.until('all that was said is done', () => {
    const gone = planned.steps.flatMap(({ does }) => /^delete Deployment (\S+)/.exec(does)?.[1] ?? []);
    return gone.every((name) => place.find('Deployment', name) === undefined);
  });
  await place.settle();
  const requests = (await stage.audit(place.namespace)).slice(known);
  expect(writesOf(requests)).toEqual(planned.steps.map(({ does }) => asWrite(does)));
  expect(now.status?.latestVersion).toBe(planned.version.id);
  expect(planned.limits).toEqual([]);
  const moved = requests.find(({ verb, resource }) => verb === 'patch' && resource === 'services');
  expect(moved !== undefined).toBe(planned.switchesAfterSeconds !== undefined);
  if (moved === undefined || planned.switchesAfterSeconds === undefined) return planned;
  const after = Date.parse(moved.at) - begin;
  expect(after + CLOCK_MS).toBeGreaterThanOrEqual(planned.switchesAfterSeconds * 1000);
  expect(after).toBeLessThan(planned.switchesAfterSeconds * 1000 + SLOWER_MS);
  return planned;
}

const config = (color: string) => [{ name: 'site', data: { 'site.conf': `color ${color}\n` }, mountPath: '/etc/site' }];
const image = (tag: string) => template({ image: `example/web:${tag}` });
const COLD = { retention: { warm: 0 } };

test(
  'a new App, an update, sizes, and what is known already',
  async () => {
    const place = await stage.place();
    const first = { template: image('1'), config: config('blue'), replicas: 2, version: '1.0', disruption: { maxUnavailable: 1 }, ...COLD };
    const made = await comesTrue(place, place.app(first));
    expect([made.version.isNew, made.serves.before]).toEqual([true, '']);
    const second = { ...first, template: image('2'), config: config('green'), version: '1.1' };
    expect((await comesTrue(place, place.app(second))).version.isNew).toBe(true);
    expect((await comesTrue(place, place.app({ ...second, replicas: 3 }))).version.isNew).toBe(false);
    const back = await comesTrue(place, place.app({ ...second, replicas: 3, activeVersion: '1.0' }));
    expect(back.serves.after).toBe(made.version.id);
    expect((await comesTrue(place, place.app({ ...second, replicas: 3, activeVersion: '1.0' }))).steps).toEqual([]);
  },
  TEST_MS,
);

test(
  'a captured ConfigMap that changes with the manifest: traffic waits until both have settled',
  async () => {
    const place = await stage.place();
    const flags = (value: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'flags', namespace: place.namespace },
      data: { value },
    });
    const app = (tag: string) =>
      place.app({
        ...COLD,
        template: template({ image: `example/web:${tag}`, container: { envFrom: [{ configMapRef: { name: 'flags' } }] } }),
      });
    await comesTrue(place, app('1'), [flags('a')]);
    await comesTrue(place, app('2'), [flags('b')]);
  },
  TEST_MS,
);

test(
  'gates: a window that is open, one that opens later, and a version that waits to be named',
  async () => {
    const place = await stage.place();
    const window = (hours: number) => {
      const at = (later: number): string => new Date(Date.now() + later * 3_600_000).toISOString().slice(11, 16);
      return [{ name: 'hours', window: { timeZone: 'UTC', from: at(hours), to: at(hours + 2) } }];
    };
    await comesTrue(place, place.app({ ...COLD, template: image('1') }));
    const open = await comesTrue(place, place.app({ ...COLD, template: image('2'), promotion: { before: window(-1) } }));
    expect(open.gates).toMatchObject([{ name: 'hours', verdict: 'pass' }]);
    const closed = await comesTrue(place, place.app({ ...COLD, template: image('3'), promotion: { before: window(5) } }));
    expect([closed.waits?.reason, closed.switchesAfterSeconds]).toEqual(['WindowClosed', undefined]);
    expect(closed.gates).toMatchObject([{ name: 'hours', verdict: 'wait', message: expect.stringContaining('it opens at') }]);
    const manual = await comesTrue(place, place.app({ ...COLD, template: image('4'), promotion: { mode: 'Manual' } }));
    expect(manual.waits?.reason).toBe('AwaitingActivation');
  },
  TEST_MS,
);

test(
  'promotions that somebody has stopped everywhere',
  async () => {
    const place = await stage.place();
    await place.rollOut({ ...COLD, template: image('1'), services: [owned()] });
    const lease = ['-n', 'immutableapp-system', 'lease/immutableapp'];
    await stage.kubectl('annotate', ...lease, 'immutableapp.io/hold=incident 42');
    try {
      const planned = await planOf([place.app({ ...COLD, template: image('2') })]);
      expect([planned.waits?.reason, planned.switchesAfterSeconds]).toEqual(['LineHeld', undefined]);
    } finally {
      await stage.kubectl('annotate', ...lease, 'immutableapp.io/hold-');
    }
  },
  TEST_MS,
);

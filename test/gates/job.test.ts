// A Job of the author's: what is made of it, and what becomes of a version for what became of it.
import { describe, expect, test } from '@jest/globals';
import { job, jobName, measuredJob, renderJob } from '../../src/gates/job.ts';
import type { JobSeen } from '../../src/gates/job.ts';
import { tally } from '../../src/gates/tally.ts';
import type { Asked } from '../../src/gates/webhook.ts';
import { gatesOf } from '../../src/model/gates.ts';
import type { AuthorGate, JobSpec, Tally } from '../../src/model/measure.ts';
import type { KubeObject } from '../../src/model/object.ts';
import type { InstanceName, JsonObject } from '../../src/model/version.ts';
import { LABEL, REASON } from '../../src/model/vocabulary.ts';

const ABOUT: Asked = {
  namespace: 'shop',
  app: 'web',
  version: 'web-kj2s',
  instance: 'web-kj2s-2',
  uid: 'u1',
  title: '2.0',
  ports: [
    { name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' },
    { name: 'https', port: 8443, protocol: 'TCP', targetPort: 8443 },
    { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
  ],
  podLabels: { app: 'web', [LABEL.instance]: 'web-kj2s-2' },
};
const POD = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'migrate:1' }] };
const gateOf = (spec: JsonObject, more: object = {}): AuthorGate & { readonly spec: JobSpec } =>
  gatesOf('before', [{ name: 'migrate', job: { spec }, ...more }])[0] as AuthorGate & { readonly spec: JobSpec };
const rendered = (spec: JsonObject, more: object = {}, about = ABOUT): KubeObject => {
  const gate = gateOf(spec, more);
  return renderJob(gate.spec, gate, about);
};
interface Rendered {
  readonly activeDeadlineSeconds: number;
  readonly template: { readonly metadata: { readonly labels: object }; readonly spec: { readonly containers: readonly Container[] } };
}
interface Container {
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly terminationMessagePolicy: string;
}
const specOf = ({ spec }: KubeObject): Rendered => spec as Rendered;

describe('what is made of it', () => {
  test('belongs to the Deployment of the instance, and goes with it', () => {
    expect(rendered({ template: { spec: POD } }).metadata).toMatchObject({
      namespace: 'shop',
      labels: { [LABEL.app]: 'web', [LABEL.version]: 'web-kj2s' },
      ownerReferences: [{ kind: 'Deployment', name: 'web-kj2s-2', uid: 'u1', blockOwnerDeletion: false }],
    });
  });
  test('is a Job, all of it', () => {
    const one = { ...ABOUT, ports: [{ name: '', port: 443, protocol: 'TCP' as const, targetPort: 8443 }] };
    const gate = gateOf({
      backoffLimit: 2,
      template: { metadata: { annotations: { a: 'b' } }, spec: { ...POD, serviceAccountName: 'migrate' } },
    });
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web-kj2s-2', uid: 'u1', controller: true, blockOwnerDeletion: false };
    const job = renderJob(gate.spec, gate, one);
    expect(job).toEqual({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: jobName(one, gate),
        namespace: 'shop',
        labels: { [LABEL.app]: 'web', [LABEL.version]: 'web-kj2s' },
        ownerReferences: [owner],
      },
      spec: {
        backoffLimit: 2,
        activeDeadlineSeconds: 600,
        template: {
          metadata: { annotations: { a: 'b' }, labels: {} },
          spec: {
            restartPolicy: 'Never',
            serviceAccountName: 'migrate',
            containers: [
              {
                name: 'main',
                image: 'migrate:1',
                terminationMessagePolicy: 'FallbackToLogsOnError',
                env: [
                  { name: 'IMMUTABLEAPP_APP', value: 'web' },
                  { name: 'IMMUTABLEAPP_VERSION', value: 'web-kj2s' },
                  { name: 'IMMUTABLEAPP_INSTANCE', value: 'web-kj2s-2' },
                  { name: 'IMMUTABLEAPP_URL_443', value: 'https://web-kj2s-2.shop:443' },
                ],
              },
            ],
          },
        },
      },
    });
  });
  test.each([
    ['https', 8443, 'HTTPS', 'https'],
    ['', 443, '443', 'https'],
    ['', 80, '80', 'http'],
    ['web', 443, 'WEB', 'http'],
    ['admin-api-v1', 80, 'ADMIN_API_V1', 'http'],
  ])('a port called "%s" at %i is %s, by %s', (name, port, variable, scheme) => {
    const about = { ...ABOUT, ports: [{ name, port, protocol: 'TCP' as const, targetPort: port }] };
    const { containers } = specOf(rendered({ template: { spec: POD } }, {}, about)).template.spec;
    expect(containers[0]!.env.at(-1)).toEqual({
      name: `IMMUTABLEAPP_URL_${variable}`,
      value: `${scheme}://web-kj2s-2.shop:${String(port)}`,
    });
  });
  test('has no deadline where neither its gate nor its author has one', () => {
    const gate = { ...gateOf({ template: { spec: POD } }), timeoutSeconds: undefined };
    expect(renderJob(gate.spec, gate, ABOUT).spec).not.toHaveProperty('activeDeadlineSeconds');
  });
  test('has a name without a dash before its digest, wherever the instance is cut', () => {
    const name = jobName({ instance: `${'a'.repeat(50)}---tail` as InstanceName }, gateOf({ template: { spec: POD } }));
    expect(name).toMatch(/^a{50}-[a-z0-9]{10}$/);
  });
  test('has the same name each time, and another for another instance, gate or phase', () => {
    const gate = gateOf({ template: { spec: POD } });
    const names = [
      jobName(ABOUT, gate),
      jobName({ instance: 'web-kj2s' }, gate),
      jobName(ABOUT, { ...gate, phase: 'after' }),
      jobName(ABOUT, { ...gate, name: 'other' }),
      jobName(ABOUT, gateOf({ backoffLimit: 1, template: { spec: POD } })),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(jobName(ABOUT, gateOf({ template: { spec: POD } }))).toBe(names[0]);
    expect(names[0]).toMatch(/^web-kj2s-2-[a-z0-9]{10}$/);
    expect(jobName({ instance: `${'a'.repeat(46)}-bbbbbbbbbb-12345` as InstanceName }, gate)).toMatch(/^[a-z0-9-]{1,63}$/);
  });
  test('tells its containers what is judged, and where, before all that the author tells them', () => {
    const env = [
      { name: 'TARGET', value: '$(IMMUTABLEAPP_URL_HTTP)/x' },
      { name: 'IMMUTABLEAPP_APP', value: 'forged' },
    ];
    const both = { ...POD, initContainers: [{ name: 'first', image: 'a' }], containers: [{ ...POD.containers[0]!, env }] };
    const { template } = specOf(rendered({ template: { spec: both } }));
    const ours = [
      { name: 'IMMUTABLEAPP_APP', value: 'web' },
      { name: 'IMMUTABLEAPP_VERSION', value: 'web-kj2s' },
      { name: 'IMMUTABLEAPP_INSTANCE', value: 'web-kj2s-2' },
      { name: 'IMMUTABLEAPP_URL_HTTP', value: 'http://web-kj2s-2.shop:80' },
      { name: 'IMMUTABLEAPP_URL_HTTPS', value: 'https://web-kj2s-2.shop:8443' },
    ];
    expect(template.spec).toMatchObject({ initContainers: [{ env: ours }], containers: [{ env: [...ours, env[0]] }] });
  });
  test('says its last words, unless its author knows better', () => {
    const said = { name: 'b', image: 'b', terminationMessagePolicy: 'File' };
    const { template } = specOf(rendered({ template: { spec: { ...POD, containers: [POD.containers[0]!, said] } } }));
    expect(template.spec.containers.map((each) => each.terminationMessagePolicy)).toEqual(['FallbackToLogsOnError', 'File']);
  });
  test('never has a label by which a Service finds the pods of the App', () => {
    const labels = { app: 'web', team: 'shop', [LABEL.instance]: 'web-kj2s', [LABEL.app]: 'web' };
    expect(specOf(rendered({ template: { metadata: { labels }, spec: POD } })).template.metadata.labels).toEqual({ team: 'shop' });
  });
  test('begins at once, stays until it was judged, and never outlasts its gate', () => {
    const spec = rendered({ suspend: true, ttlSecondsAfterFinished: 0, manualSelector: true, selector: {}, template: { spec: POD } }).spec;
    expect(Object.keys(spec as object).sort()).toEqual(['activeDeadlineSeconds', 'template']);
    const deadline = (said: number, timeoutSeconds: number) =>
      specOf(rendered({ activeDeadlineSeconds: said, template: { spec: POD } }, { timeoutSeconds })).activeDeadlineSeconds;
    expect([deadline(60, 600), deadline(6000, 600)]).toEqual([60, 600]);
    expect(specOf(rendered({ template: { spec: POD } })).activeDeadlineSeconds).toBe(600);
  });
  test('of what is none, still is one: the API server says what is wrong with it', () => {
    expect(rendered({ template: 7, backoffLimit: 2n ** 60n }).spec).toMatchObject({ template: { spec: { containers: [] } } });
  });
  test('reaches the instance by a Service that finds nothing else, if there are ports', () => {
    const gate = gateOf({ template: { spec: POD } });
    const asked = (about: Asked) => job(gate.spec, gate, about, { tally: undefined });
    expect(asked(ABOUT)).toMatchObject({
      is: 'ask',
      probe: {
        is: 'job',
        begun: false,
        service: { metadata: { name: 'web-kj2s-2' }, spec: { selector: { [LABEL.instance]: 'web-kj2s-2' } } },
      },
    });
    expect(asked({ ...ABOUT, ports: [] })).toMatchObject({ probe: { service: undefined } });
    const ports = [ABOUT.ports[0]!, { name: '', port: 81, protocol: 'TCP' as const, targetPort: 81 }];
    const { probe } = asked({ ...ABOUT, ports }) as { probe: { service: unknown } };
    expect(probe.service).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'web-kj2s-2',
        namespace: 'shop',
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web-kj2s-2', uid: 'u1', controller: true, blockOwnerDeletion: false },
        ],
      },
      spec: {
        selector: { [LABEL.instance]: 'web-kj2s-2' },
        ports: [ABOUT.ports[0], { port: 81, protocol: 'TCP', targetPort: 81 }],
      },
    });
  });
});

const condition = (type: string, reason = '', message = ''): object => ({ type, status: 'True', reason, message });
const there = (conditions: readonly object[], pods: readonly unknown[] = []): JobSeen => ({
  is: 'there',
  job: { metadata: { name: 'web-1-x' }, status: { conditions } },
  pods,
});
const pod = (state: object, createdAt = '2026-01-01T00:00:00Z'): object => ({
  metadata: { creationTimestamp: createdAt },
  status: { containerStatuses: [{ name: 'main', state }] },
});
const exited = (exitCode: number, message = ''): object => ({
  terminated: { exitCode, reason: exitCode === 137 ? 'OOMKilled' : 'Error', message },
});
const FAILED = condition('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit');

describe('what became of it', () => {
  test.each<[string, JobSeen, string, string]>([
    ['it completed', there([condition('Complete')]), 'good', 'Job web-1-x completed'],
    ['it runs', there([]), 'none', 'Job web-1-x runs'],
    ['it is about to fail', there([condition('FailureTarget')]), 'none', 'Job web-1-x runs'],
    ['it is suspended by somebody', there([condition('Suspended')]), 'none', 'Job web-1-x runs'],
    ['it failed, and nobody knows why', there([condition('Failed')]), 'bad', 'Job web-1-x failed'],
    ['its time is over', there([condition('Failed', 'DeadlineExceeded', 'was active too long')]), 'bad', 'Job web-1-x failed: DeadlineExceeded: was active too long'], // prettier-ignore
    ['it failed, and said why', there([FAILED], [pod(exited(3, 'no such\ntable'))]), 'bad', 'Job web-1-x failed: BackoffLimitExceeded: container main exited with 3 (Error): no such table'], // prettier-ignore
    ['it was killed', there([FAILED], [pod(exited(137))]), 'bad', 'Job web-1-x failed: BackoffLimitExceeded: container main exited with 137 (OOMKilled)'], // prettier-ignore
    ['of several pods the last one speaks', there([FAILED], [pod(exited(1, 'first')), pod(exited(2, 'last'), '2026-01-02T00:00:00Z')]), 'bad', 'Job web-1-x failed: BackoffLimitExceeded: container main exited with 2 (Error): last'], // prettier-ignore
    ['a pod that went well does not', there([FAILED], [pod(exited(0, 'fine'))]), 'bad', 'Job web-1-x failed: BackoffLimitExceeded: Job has reached the specified backoff limit'], // prettier-ignore
    ['its image cannot be pulled', there([], [pod({ waiting: { reason: 'ImagePullBackOff' } })]), 'none', 'Job web-1-x runs: container main waits: ImagePullBackOff'], // prettier-ignore
    ['it comes up', there([], [pod({ waiting: { reason: 'ContainerCreating' } })]), 'none', 'Job web-1-x runs'],
    ['its pod comes up', there([], [pod({ waiting: { reason: 'PodInitializing' } })]), 'none', 'Job web-1-x runs'],
    ['its condition is no more', there([{ ...condition('Failed'), status: 'False' }]), 'none', 'Job web-1-x runs'],
    ['of several pods the last one speaks, whichever is listed first', there([FAILED], [pod(exited(2, 'last'), '2026-01-02T00:00:00Z'), pod(exited(1, 'first'))]), 'bad', 'Job web-1-x failed: BackoffLimitExceeded: container main exited with 2 (Error): last'], // prettier-ignore
    ['somebody deleted it', { is: 'gone', name: 'web-1-x' }, 'error', 'Job web-1-x was deleted before it had ended'],
    ['its Service finds nobody yet', { is: 'unreached', service: 'web-1' }, 'none', 'Service web-1 does not reach it yet'],
    ['there is nothing to read', { is: 'there', job: null, pods: [null, 7] }, 'none', 'Job  runs'],
  ])('%s', (_what, seen, is, message) => {
    expect(measuredJob(seen, 5)).toMatchObject({ at: 5, is, message });
  });

  const after = (...seen: readonly JobSeen[]): Tally | undefined =>
    seen.reduce<Tally | undefined>((before, each, i) => tally(before, 0, measuredJob(each, i)), undefined);
  const said = (...seen: readonly JobSeen[]) => {
    const gate = gateOf({ template: { spec: POD } });
    return job(gate.spec, gate, ABOUT, { tally: after(...seen) });
  };
  const GONE: JobSeen = { is: 'gone', name: 'web-1-x' };
  test('whatever was seen of it, it has begun', () => {
    for (const seen of [there([]), there([FAILED]), there([condition('Complete')])]) expect(measuredJob(seen, 0).begun).toBe(true);
    expect([GONE, { is: 'unreached', service: 's' } as const].map((seen) => measuredJob(seen, 0).begun)).toEqual([undefined, undefined]);
  });
  test('only one that completed is a pass', () => {
    expect(said(there([]), there([condition('Complete')]))).toEqual({ is: 'pass' });
    for (const seen of [there([]), GONE, { is: 'unreached', service: 's' } as const]) expect(said(seen)).toMatchObject({ is: 'ask' });
  });
  test('one that failed fails the version in its own words', () => {
    expect(said(there([FAILED], [pod(exited(3, 'no'))]))).toMatchObject({
      is: 'fail',
      reason: REASON.GateFailed,
      message: expect.stringContaining('exited with 3 (Error): no'),
    });
  });
  test('one that was there is never begun again, however long it is gone', () => {
    expect(said()).toMatchObject({ probe: { begun: false } });
    expect(said({ is: 'unreached', service: 's' })).toMatchObject({ probe: { begun: false } });
    const long = Array.from({ length: 20 }, () => GONE);
    expect(said(there([]), ...long)).toMatchObject({ is: 'ask', probe: { begun: true }, message: expect.stringContaining('was deleted') }); // prettier-ignore
  });
  test('no instance of words makes it pass, or longer than a message may be', () => {
    const { message } = measuredJob(there([FAILED], [pod(exited(1, 'x'.repeat(9_999)))]), 0);
    expect(message.length).toBeLessThan(400);
  });
});

// The spec hash: the same for every instance of a version, another after any edit. And what is seen of a Deployment.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse, readContent } from '../../src/model/app.ts';
import type { InstanceName } from '../../src/model/version.ts';
import { instanceName } from '../../src/model/version.ts';
import { projectDeployment, renderDeployment, specHashOf } from '../../src/workloads/deployment.ts';
import { id, rawApp, stored } from '../given.ts';

type Raw = Record<string, unknown>;
const app = parse(rawApp({ status: {} }));
const deployment = (ordinal: number, replicas: number): Raw =>
  stored(renderDeployment(app, id('one'), instanceName(id('one'), ordinal), readContent(app.content), replicas), { generation: 1 });
const specOf = (ordinal = 1, replicas = 3): Raw => deployment(ordinal, replicas).spec as Raw;

describe('a spec hash', () => {
  test('is the same for every instance of a version, whatever its name and size', () => {
    expect(new Set([1, 2, 17].flatMap((ordinal) => [0, 3].map((replicas) => specHashOf(specOf(ordinal, replicas))))).size).toBe(1);
    expect(specHashOf(specOf())).toMatch(/^\w{54}$/);
  });
  test('is another after any edit anywhere but replicas', () => {
    const paths = pathsOf(specOf()).filter(([first, ...rest]) => first !== 'replicas' && rest.at(-1) !== 'immutableapp.io/instance');
    expect(paths.length).toBeGreaterThan(15);
    const intact = specHashOf(specOf());
    for (const path of paths) {
      expect([path.join('.'), specHashOf(edited(specOf(), path, 'edited'))]).not.toEqual([path.join('.'), intact]);
      expect([path.join('.'), specHashOf(edited(specOf(), path, undefined))]).not.toEqual([path.join('.'), intact]);
    }
  });
  test('is another after anything is added', () => {
    const intact = specHashOf(specOf());
    const { template } = specOf() as { template: { metadata: Raw; spec: Raw } };
    const additions: Raw[] = [
      { ...specOf(), paused: true },
      {
        ...specOf(),
        template: { ...template, metadata: { ...template.metadata, annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } },
      },
      { ...specOf(), template: { ...template, spec: { ...template.spec, hostNetwork: true } } },
      { ...specOf(), template: { ...template, spec: { ...template.spec, initContainers: [{ name: 'evil' }] } } },
    ];
    for (const spec of additions) expect(specHashOf(spec)).not.toBe(intact);
  });
  test('tells integers beyond 2^53 apart', () => {
    const spec = (seconds: bigint) => ({ template: { spec: { tolerations: [{ tolerationSeconds: seconds }] } } });
    expect(specHashOf(spec(9007199254740993n))).not.toBe('');
    expect(specHashOf(spec(9007199254740993n))).not.toBe(specHashOf(spec(9007199254740992n)));
  });
  test('of a spec without a canonical form equals no record’s', () => {
    expect(specHashOf({ ...specOf(), big: 2 ** 60 })).toBe('');
  });
  test('of anything is a text', () => {
    fc.assert(fc.property(fc.jsonValue(), (spec) => typeof specHashOf(spec) === 'string'));
  });
});

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]));
}
function edited(value: unknown, [key, ...rest]: string[], to: unknown): unknown {
  if (key === undefined) return to;
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? edited(item, rest, to) : (item as unknown)));
  return { ...(value as Raw), [key]: edited((value as Raw)[key], rest, to) };
}

describe('labels', () => {
  test('of ours are added to those of the template, which stay', () => {
    const { metadata } = (specOf(2) as { template: { metadata: { labels: Raw } } }).template;
    expect(metadata.labels).toEqual({
      app: 'shop',
      'immutableapp.io/app': 'shop',
      'immutableapp.io/version': id('one'),
      'immutableapp.io/instance': `${id('one')}-2`,
    });
  });
  test('of the App and its annotations reach nothing: tracking labels would get children pruned', () => {
    const marked = parse(
      rawApp({
        status: {},
        metadata: { labels: { 'app.kubernetes.io/instance': 'argo' }, annotations: { 'argocd.argoproj.io/tracking-id': 'x' } },
      }),
    );
    const rendered = renderDeployment(marked, id('one'), id('one') as string as InstanceName, readContent(marked.content), 1);
    expect(JSON.stringify(rendered)).not.toMatch(/argo/);
  });
});

describe('what is seen of a Deployment', () => {
  test('that was just created is nothing but its spec', () => {
    expect(projectDeployment(deployment(1, 3))).toMatchObject({
      name: id('one'),
      id: id('one'),
      generation: 1,
      observedGeneration: 0,
      replicas: 3,
      updated: 0,
      ready: 0,
      available: 0,
      pods: 0,
      ports: [{ name: 'http', number: 8080, protocol: 'TCP' }],
      complaint: '',
      deleting: false,
    });
  });
  test('that is not one at all is empty, not an error', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        (raw) => projectDeployment(raw).name === (raw as { metadata?: { name?: string } } | null)?.metadata?.name || true,
      ),
    );
    expect(projectDeployment(null)).toMatchObject({ name: '', replicas: 1, available: 0, owner: undefined });
  });
  test('ports of native sidecars count, those of init containers that end do not, and the quota that keeps pods away is quoted', () => {
    const raw = deployment(1, 3) as { spec: { template: { spec: Raw } } };
    const initContainers = [
      { name: 's', restartPolicy: 'Always', ports: [{ name: 'admin', containerPort: 9000, protocol: 'UDP' }] },
      { name: 'i', ports: [{ name: 'setup', containerPort: 1 }] },
    ];
    const spec = {
      ...raw.spec,
      template: { ...raw.spec.template, spec: { ...raw.spec.template.spec, initContainers } },
    };
    const conditions = [
      { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' },
      { type: 'Available', status: 'False', message: 'no' },
    ];
    expect(projectDeployment({ ...raw, spec, status: { conditions } })).toMatchObject({
      ports: [
        { name: 'http', number: 8080, protocol: 'TCP' },
        { name: 'admin', number: 9000, protocol: 'UDP' },
      ],
      complaint: 'exceeded quota',
    });
  });
  test('that its author copied from a ReplicaSet does not give its pods that hash', () => {
    const raw = deployment(1, 3) as { spec: { template: { metadata: { labels: Raw } } } };
    const before = projectDeployment(raw).podLabels;
    raw.spec.template.metadata.labels = { ...raw.spec.template.metadata.labels, 'pod-template-hash': 'abc' };
    expect(projectDeployment(raw).podLabels).toEqual(before);
  });
  test('again is not hashed again while its generation stands, and is once it moved', () => {
    const before = { ...projectDeployment(deployment(1, 3)), specHash: 'kept' };
    expect(projectDeployment(deployment(1, 3), before).specHash).toBe('kept');
    const moved = deployment(1, 3);
    (moved.metadata as Raw).generation = 2;
    expect(projectDeployment(moved, before).specHash).toBe(specHashOf(specOf()));
  });
});

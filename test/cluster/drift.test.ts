// The intruder on a real API server, without admission policies: what somebody changes is found within a second, named, and replaced by a
// clean instance of the same content with no gap; what life does to an instance is let alone.
import { describe, expect, test } from '@jest/globals';
import { is, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openOwnStage, TEST_MS } from './opening.ts';

const stage = openOwnStage({ because: 'the policies would refuse what is tried here', policies: false }, async (stage) => {
  await stage.operator(['--debug-grace', '3']);
  await crowd(200);
});

const config = [{ name: 'httpd', data: { 'httpd.conf': 'Listen 8080' }, mountPath: '/etc/httpd' }];
/** Apps that do nothing: without them a dozen compromised ones would open the circuit breaker. */
async function crowd(apps: number): Promise<void> {
  const place = await stage.place();
  await Promise.all(Array.from({ length: apps }, (_, i) => place.apply(place.app({ paused: true, services: [] }, `idle-${i}`))));
}
const kubectl = (place: Place, ...args: readonly string[]): Promise<string> => stage.kubectl('-n', place.namespace, ...args);

/** Two pods that serve, with config. */
async function serving(spec: object = {}): Promise<{ place: Place; one: string }> {
  const place = await stage.place();
  const one = await place.rollOut({ replicas: 2, config, ...spec });
  return { place, one };
}

/** The clean instance has taken over, the other is gone, and there was never a moment without an endpoint. */
async function replaced(place: Place, one: string, says: RegExp | string): Promise<void> {
  const steady = await place.told(
    (app) => app.status?.activeInstance === `${one}-2` && is(app, 'Ready') && !is(app, 'Reconciling') && !is(app, 'Stalled'),
    'a clean instance serves',
  );
  expect(steady.status?.activeVersion).toBe(one);
  await place.until('the compromised one is gone', () => place.find('Deployment', one) === undefined);
  expect(await place.route()).toEqual([one, `${one}-2`]);
  expect(place.events()).toContainEqual({
    reason: 'Compromised',
    note: expect.stringMatching(says instanceof RegExp ? says : new RegExp(says.replaceAll(/[[\]().*+?]/g, '\\$&'))),
  });
  expect(steady.status?.history?.[0]).toMatchObject({ reason: 'Replaced', from: one, to: `${one}-2` });
}

describe('is replaced', () => {
  type Attack = (place: Place, one: string) => Promise<unknown>;
  const attacks: readonly (readonly [what: string, attack: Attack, says: string | RegExp])[] = [
    [
      'an image set by kubectl',
      (place, one) => kubectl(place, 'set', 'image', `deployment/${one}`, 'web=evil:1'),
      'spec.template.spec.containers[web].image: "example/web:1" → "evil:1", by kubectl-set',
    ],
    ['kubectl rollout restart', (place, one) => kubectl(place, 'rollout', 'restart', `deployment/${one}`), 'kubectl-rollout'],
    [
      'an environment variable, whose value is not told',
      (place, one) => kubectl(place, 'set', 'env', `deployment/${one}`, 'PASSWORD=hunter2'),
      /containers\[web\]\.env[^ ]* was changed/,
    ],
    [
      'an edit that pretends to be the operator',
      (place, one) => place.stage.admin.merge(place.path('Deployment', one), edited('evil:2'), 'immutableapp'),
      /containers\[web\]\.image: "example\/web:1" → "evil:2"[^()]*: \{\[immutableapp-config-0\]\} → nothing\)/, // and no writer is named
    ],
    [
      'the template of its ReplicaSet',
      async (place, one) => {
        const set = place.list('ReplicaSet').find(({ metadata }) => metadata.labels?.['immutableapp.io/instance'] === one)!;
        await place.stage.admin.merge(place.path('ReplicaSet', set.metadata.name), edited('evil:3'));
      },
      'ReplicaSet',
    ],
    [
      'the image of one pod',
      (place, one) => kubectl(place, 'set', 'image', `pod/${place.podsOf(one)[0]!.metadata.name}`, 'web=evil:4'),
      'image of web: "example/web:1" → "evil:4", by kubectl-set',
    ],
    [
      'the image of one pod, by somebody who calls himself as its maker does',
      (place, one) => {
        const pod = `pod/${place.podsOf(one)[0]!.metadata.name}`;
        return kubectl(place, 'set', 'image', pod, 'web=evil:5', '--field-manager=kube-controller-manager');
      },
      'image of web: "example/web:1" → "evil:5"',
    ],
    ['a ConfigMap deleted', (place, one) => place.remove('ConfigMap', `${one}.httpd`), /ConfigMap .*httpd is gone/],
    [
      'a ConfigMap poisoned under its own name',
      async (place, one) => {
        const { metadata } = place.find('ConfigMap', `${one}.httpd`)!;
        const { labels, ownerReferences } = metadata;
        await place.remove('ConfigMap', `${one}.httpd`);
        await place.create('ConfigMap', `${one}.httpd`, {
          metadata: { labels, ownerReferences },
          data: { 'httpd.conf': 'poison' },
          immutable: true,
        });
      },
      /ConfigMap .*httpd (is gone|was deleted and created again)/,
    ],
    [
      'a Deployment forged under its name, in its name',
      async (place, one) => {
        const { metadata, spec } = place.find('Deployment', one)!;
        const { labels, ownerReferences } = metadata;
        const forged = { metadata: { name: one, labels, ownerReferences }, spec: { ...spec, ...evil(spec.template) } };
        // The operator makes it anew as well: an intruder who comes second tries again.
        for (let code = 409; code === 409;) {
          await place.remove('Deployment', one);
          ({ code } = await stage.admin.post(place.path('Deployment'), { apiVersion: 'apps/v1', kind: 'Deployment', ...forged }));
        }
      },
      'evil:6',
    ],
    [
      'a pod with a debug container in it, when its grace is over',
      (place, one) => {
        const pod = place.podsOf(one)[0]!.metadata.name;
        return kubectl(place, 'debug', pod, '--image=busybox', '--container=debugger', '--attach=false', '--profile=general');
      },
      'debug container debugger was put into pod',
    ],
  ];
  test.concurrent.each(attacks)(
    '%s',
    async (what, attack, says) => {
      const { place, one } = await serving();
      await attack(place, one);
      await replaced(place, one, says);
      // A new ReplicaSet rolls pods before anybody can react, and who deletes a Deployment takes its pods: that is not ours to prevent.
      if (!what.includes('forged')) await place.expectSafe({ tampered: true });
      for (const kind of ['Event', 'ImmutableApp', 'ControllerRevision'] as const)
        expect(JSON.stringify(place.history(kind))).not.toContain('hunter2');
    },
    TEST_MS,
  );
});

test(
  'what a template carries from an object that it was copied from is no evidence',
  async () => {
    const { metadata, spec } = template() as { metadata: { labels: object }; spec: { containers: object[] } };
    const labels = { 'pod-template-hash': 'abc', 'controller-revision-hash': 'abc', 'apps.kubernetes.io/pod-index': '0' };
    const copied = {
      metadata: {
        labels: { ...metadata.labels, ...labels },
        annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z', 'deployment.kubernetes.io/revision': '7' },
      },
      spec: {
        ...spec,
        nodeName: 'node-1',
        serviceAccountName: 'default',
        priority: 0,
        enableServiceLinks: true,
        tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }],
      },
    };
    const { place, one } = await serving({ template: copied });
    await kubectl(place, 'debug', place.podsOf(one)[0]!.metadata.name, '--image=busybox', '--container=d', '--attach=false');
    await place.told(({ status }) => status?.warnings?.some(({ reason }) => reason === 'Debugged') === true, 'only the visitor is told of');
    await replaced(place, one, 'debug container d was put into pod');
  },
  TEST_MS,
);

const edited = (image: string) => ({
  spec: { template: { spec: { containers: [{ name: 'web', image, ports: [{ name: 'http', containerPort: 8080 }] }] } } },
});
const evil = (of: { metadata: object; spec: object }) => ({
  template: { ...of, spec: { ...of.spec, ...edited('evil:6').spec.template.spec } },
});

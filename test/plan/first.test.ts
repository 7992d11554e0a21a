// The first apply, every object in full: what is published once is never changed, so each field is a promise.
import { expect, test } from '@jest/globals';
import type { Action } from '../../src/model/action.ts';
import { plan } from '../../src/plan/plan.ts';
import { APP, APP_UID, given, id, NAMESPACE, NOW } from '../given.ts';
import type { Given } from '../given.ts';
import { renderRecord } from '../../src/workloads/record.ts';

const ID = id('one');
const labels = { 'immutableapp.io/app': APP, 'immutableapp.io/version': ID, 'immutableapp.io/instance': ID };
const owner = {
  apiVersion: 'immutableapp.io/v1alpha1',
  kind: 'ImmutableApp',
  name: APP,
  uid: APP_UID,
  controller: true,
  blockOwnerDeletion: true,
};
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: ID, namespace: NAMESPACE, labels, ownerReferences: [owner] },
  spec: {
    replicas: 3,
    progressDeadlineSeconds: 2147483647,
    selector: { matchLabels: { 'immutableapp.io/instance': ID } },
    template: {
      metadata: { labels: { app: APP, ...labels } },
      spec: {
        containers: [
          {
            name: 'main',
            image: 'httpd:2.4',
            ports: [{ name: 'http', containerPort: 8080 }],
            volumeMounts: [{ name: 'immutableapp-config-0', mountPath: '/etc/httpd/httpd.conf', subPath: 'httpd.conf', readOnly: true }],
          },
        ],
        volumes: [{ name: 'immutableapp-config-0', configMap: { name: `${ID}.httpd` } }],
      },
    },
  },
};
const actions = (facts: Given) => plan(given(facts), NOW).actions;

test('the rehearsal is the very Deployment that is published later', () => {
  const [rehearsal] = actions({});
  expect(rehearsal).toEqual({
    do: 'ask',
    question: { ask: 'dryRun', fingerprint: expect.stringMatching(/^v1:/), configs: 1, object: deployment },
  });
  const published = actions({ versions: { one: {} } });
  expect(published[0]).toEqual({ do: 'publish', kind: 'Deployment', object: deployment, why: '3 replicas' });
});

test('the record holds content, fingerprint, name and spec hash', () => {
  const [action, ...others] = actions({ trial: 'accepted', spec: { version: '1.0' } });
  expect(others).toEqual([]);
  expect(action).toMatchObject({ do: 'publish', kind: 'ControllerRevision', why: 'new content' });
  const { record } = action as Extract<Action, { kind: 'ControllerRevision'; record: object }>;
  expect(renderRecord({ namespace: NAMESPACE, name: APP, uid: APP_UID }, record)).toEqual({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: ID,
      namespace: NAMESPACE,
      labels: { 'immutableapp.io/app': APP, 'immutableapp.io/version': ID },
      ownerReferences: [owner],
    },
    revision: 1,
    data: {
      fingerprint: expect.stringMatching(/^v1:[bcdfghjklmnpqrstvwxz2456789]{54}$/),
      name: '1.0',
      credit: 1140,
      specHash: expect.stringMatching(/^[bcdfghjklmnpqrstvwxz2456789]{54}$/),
      content: {
        template: {
          metadata: { labels: { app: APP } },
          spec: { containers: [{ name: 'main', image: 'httpd:2.4', ports: [{ name: 'http', containerPort: 8080 }] }] },
        },
        config: [{ name: 'httpd', data: { 'httpd.conf': 'Listen 8080' }, mountPath: '/etc/httpd' }],
      },
    },
  });
});

test('config objects belong to the record and are immutable; a Service of ours is created selecting nothing', () => {
  const [config, , service] = actions({ versions: { one: { configs: false } } });
  expect(config).toEqual({
    do: 'publish',
    kind: 'ConfigMap',
    why: 'config httpd',
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: `${ID}.httpd`,
        namespace: NAMESPACE,
        labels: { 'immutableapp.io/app': APP, 'immutableapp.io/version': ID },
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'ControllerRevision',
            name: ID,
            uid: `uid-ControllerRevision-${ID}`,
            controller: true,
            blockOwnerDeletion: false,
          },
        ],
      },
      immutable: true,
      data: { 'httpd.conf': 'Listen 8080' },
    },
  });
  expect(service).toEqual({
    do: 'expose',
    object: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'web',
        namespace: NAMESPACE,
        labels: { 'immutableapp.io/app': APP },
        annotations: { 'immutableapp.io/shape': expect.stringMatching(/^\w{16} field:ports$/) },
        ownerReferences: [owner],
      },
      spec: { ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    },
  });
});

test('a switch is one compare-and-swap that says who, when in the order of switches, and from where', () => {
  const seen = given({
    latest: 'two',
    versions: { one: { instances: [{ replicas: 3 }] }, two: { instances: [{ replicas: 3 }] } },
    switches: ['one'],
  });
  expect(plan(seen, NOW).actions).toEqual([
    {
      do: 'switch',
      service: 'web',
      resourceVersion: seen.services[0]?.resourceVersion,
      selector: { 'immutableapp.io/instance': id('two') },
      stamp: { uid: APP_UID, generation: 7, instance: id('two'), previous: ID, switchNumber: 2 },
      repair: false,
      role: 'Active',
    },
  ]);
});

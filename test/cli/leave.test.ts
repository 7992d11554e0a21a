// The way out: what the Deployment is, and in which order what an App made goes. That no Service has a gap is tried in test/cluster/migrate.test.ts.
import { describe, expect, test } from '@jest/globals';
import { obj } from '../../src/model/json.ts';
import type { Manifest } from '../../src/cli/documents.ts';
import { leave } from '../../src/cli/migrate/leave.ts';

const app = (spec: object, labels: object | undefined = { app: 'shop', version: 'v1' }): Manifest => ({
  apiVersion: 'immutableapp.io/v1alpha1',
  kind: 'ImmutableApp',
  metadata: { name: 'shop', namespace: 'demo', labels: { team: 'blue' }, uid: 'u' },
  spec: { template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } }, ...spec },
});
const commands = (spec: object): string[] => leave(app(spec)).steps.flatMap((step) => step.commands);
const deployment = (spec: object, labels?: object): Record<string, unknown> => obj(leave(app(spec, labels)).objects.at(-1)?.spec);

describe('the Deployment', () => {
  test('says what spec says, where it has a word for it', () => {
    const promotion = { minReadySeconds: 5, progressDeadlineSeconds: 90, drainSeconds: 9 };
    expect(deployment({ replicas: 3, promotion, retention: { versions: 4, warm: 2 } })).toEqual({
      replicas: 3,
      minReadySeconds: 5,
      progressDeadlineSeconds: 90,
      revisionHistoryLimit: 4,
      selector: { matchLabels: { app: 'shop' } },
      template: { metadata: { labels: { app: 'shop', version: 'v1' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
    });
  });

  test('finds its pods by a label of its own where the template has none', () => {
    expect(deployment({}, {})).toMatchObject({
      selector: { matchLabels: { app: 'shop' } },
      template: { metadata: { labels: { app: 'shop' } } },
    });
  });

  test('reads its config from ConfigMaps of its own', () => {
    const config = [
      { name: 'conf', data: { 'a.conf': 'x' }, mountPath: '/etc/shop' },
      { name: 'env', data: { A: 'b' }, env: true },
    ];
    const { objects, notes } = leave(app({ config }));
    expect(objects.map(({ kind, metadata }) => `${String(kind)} ${String(obj(metadata).name)}`)).toEqual([
      'ConfigMap shop-conf',
      'ConfigMap shop-env',
      'Deployment shop',
    ]);
    expect(deployment({ config })).toMatchObject({
      template: {
        spec: {
          containers: [
            { envFrom: [{ configMapRef: { name: 'shop-env' } }], volumeMounts: [{ mountPath: '/etc/shop/a.conf', subPath: 'a.conf' }] },
          ],
          volumes: [{ configMap: { name: 'shop-conf' } }],
        },
      },
    });
    expect(notes[0]?.says).toContain('spec.config became ConfigMaps of their own');
  });

  test('stops before it starts where the App did', () => {
    expect(deployment({ promotion: { overlap: 'Never' } })).toMatchObject({ strategy: { type: 'Recreate' } });
  });
});

describe('the steps', () => {
  test('adopted Services are let go, then the App goes', () => {
    expect(commands({ services: [{ name: 'web' }] })).toEqual([
      'kubectl apply -n demo -f deployment.yaml',
      'kubectl rollout status -n demo deployment/shop --timeout=15m',
      `kubectl patch -n demo iapp/shop --field-manager=oncall-$USER --type=merge -p '{"spec":{"paused":null,"services":null}}'`,
      `until kubectl get -n demo service/web -o jsonpath='{.spec.selector}' | grep -v immutableapp.io/instance | grep -q :; do sleep 1; done`,
      'kubectl annotate -n demo service/web --field-manager=oncall-$USER immutableapp.io/adopt-',
      'kubectl delete -n demo iapp/shop',
    ]);
  });

  test('Services that the App made outlive it', () => {
    const [, , orphan, handover, pods, records, ...more] = commands({ services: [{ name: 'web', ports: [{ port: 80 }] }] });
    expect(more).toEqual([]);
    expect(orphan).toBe('kubectl delete -n demo iapp/shop --cascade=orphan');
    expect(handover).toMatch(
      /^kubectl patch -n demo service\/web --field-manager=oncall-\$USER --type=merge -p '.*"selector":\{"immutableapp.io\/instance":null,"app":"shop"\}.*' --as=/,
    );
    expect(pods).toBe('kubectl delete -n demo deployment -l immutableapp.io/app=shop');
    expect(records).toMatch(
      /^kubectl delete -n demo controllerrevision \$\(kubectl get -n demo controllerrevision -l immutableapp.io\/app=shop /,
    );
  });

  test('where nothing may run twice the Deployment comes last', () => {
    const order = commands({ promotion: { overlap: 'Never' } });
    expect(order.indexOf('kubectl delete -n demo iapp/shop')).toBeLessThan(order.indexOf('kubectl apply -n demo -f deployment.yaml'));
  });
});

test('says when what serves is not what spec says', () => {
  const there = { ...app({}), status: { activeVersion: 'shop-a', latestVersion: 'shop-b' } };
  expect(
    leave(there)
      .notes.map(({ says }) => says)
      .join('\n'),
  ).toContain('what serves (shop-a) is not what spec says (shop-b)');
});

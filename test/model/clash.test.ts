// What of a template two of its pods, or pods of two of its versions, would want at the same time.
import { expect, test } from '@jest/globals';
import { clashesOf } from '../../src/model/clash.ts';

const NOTHING = { claims: [], hostPorts: [], apart: [] };
const of = (spec: object, labels: object = { app: 'web' }) => clashesOf({ metadata: { labels }, spec });
const ports = (...each: object[]) => [{ name: 'main', ports: each }];

test.each([
  ['no template', undefined],
  ['a template without a spec', {}],
  ['a spec of other types', { spec: { volumes: 'x', containers: { a: 1 }, affinity: [1], topologySpreadConstraints: null } }],
])('%s clashes with nothing', (_what, template) => {
  expect(clashesOf(template)).toEqual(NOTHING);
});

test('a claim counts once; a volume that each pod has for itself does not', () => {
  const claim = { persistentVolumeClaim: { claimName: 'store' } };
  const volumes = [
    { name: 'a', ...claim },
    { name: 'b', ...claim },
    { name: 'c', ephemeral: {} },
    { name: 'd', persistentVolumeClaim: {} },
  ];
  expect(of({ volumes }).claims).toEqual(['store']);
});

test.each([
  ['of a container', { containers: ports({ containerPort: 8080, hostPort: 80 }, { containerPort: 9090 }) }, [80]],
  ['of an init container', { initContainers: ports({ containerPort: 1, hostPort: 81 }), containers: ports() }, [81]],
  ['of both, the same one', { initContainers: ports({ hostPort: 80 }), containers: ports({ hostPort: 80 }) }, [80]],
  ['none in another type', { containers: ports({ hostPort: '80' }, { hostPort: null }, { hostPort: [81] }) }, []],
  ['0, which is none', { containers: ports({ containerPort: 8080, hostPort: 0 }) }, []],
  [
    'all there are, on the network of the node',
    { hostNetwork: true, containers: ports({ containerPort: 8080 }, { containerPort: 9090 }) },
    [8080, 9090],
  ],
  ['there, with both', { hostNetwork: true, containers: ports({ containerPort: 8080, hostPort: 8080 }) }, [8080]],
  ['there, of an init container', { hostNetwork: true, initContainers: ports({ containerPort: 7070 }), containers: ports() }, [7070]],
  ['without that network', { hostNetwork: false, containers: ports({ containerPort: 8080 }) }, []],
])('a port of the node: %s', (_which, spec, expected) => {
  expect(of(spec).hostPorts).toEqual(expected);
});

const WEB = { labelSelector: { matchLabels: { app: 'web' } } };
const anti = (...terms: object[]) => ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } });
const spread = (term: object, whenUnsatisfiable = 'DoNotSchedule') => ({ topologySpreadConstraints: [{ ...term, whenUnsatisfiable }] });
const expressing = (key: string, operator: string, ...values: string[]) => ({
  labelSelector: { matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }] },
});

test.each([
  ['a required term that finds its own pods', anti(WEB), ['podAntiAffinity']],
  ['one of several', anti({ labelSelector: { matchLabels: { app: 'db' } } }, WEB), ['podAntiAffinity']],
  ['a term by our label', anti({ labelSelector: { matchLabels: { 'immutableapp.io/app': 'shop' } } }), ['podAntiAffinity']],
  ['an empty selector, which finds everything', anti({ labelSelector: {} }), ['podAntiAffinity']],
  ['In', anti(expressing('app', 'In', 'db', 'web')), ['podAntiAffinity']],
  ['NotIn', anti(expressing('app', 'NotIn', 'db')), ['podAntiAffinity']],
  ['Exists', anti(expressing('app', 'Exists')), ['podAntiAffinity']],
  ['DoesNotExist', anti(expressing('team', 'DoesNotExist')), ['podAntiAffinity']],
  ['a spread that must be', spread(WEB), ['topologySpreadConstraints']],
  ['another key is none of ours', anti({ ...WEB, matchLabelKeys: ['team'] }), ['podAntiAffinity']],
  ['both', { ...anti(WEB), ...spread(WEB) }, ['podAntiAffinity', 'topologySpreadConstraints']],
])('keeps versions off each other’s nodes: %s', (_which, spec, expected) => {
  expect(of(spec).apart).toEqual(expected);
});

test.each([
  ['pods of something else', anti({ labelSelector: { matchLabels: { app: 'db' } } })],
  ['a label too many', anti({ labelSelector: { matchLabels: { app: 'web', team: 'x' } } })],
  ['In', anti(expressing('app', 'In', 'db'))],
  ['NotIn', anti(expressing('app', 'NotIn', 'web'))],
  ['Exists', anti(expressing('team', 'Exists'))],
  ['DoesNotExist', anti(expressing('app', 'DoesNotExist'))],
  ['an operator that nobody knows', anti(expressing('app', 'Like', 'web'))],
  ['no selector, which finds nothing', anti({})],
  ['each instance for itself', anti({ ...WEB, matchLabelKeys: ['immutableapp.io/instance'] })],
  [
    'each ReplicaSet for itself',
    { ...anti({ ...WEB, matchLabelKeys: ['pod-template-hash'] }), ...spread({ ...WEB, matchLabelKeys: ['pod-template-hash'] }) },
  ],
  ['other versions on purpose', anti({ ...WEB, mismatchLabelKeys: ['immutableapp.io/instance'] })],
  ['a selector that is null', anti({ labelSelector: null })],
  ['an operator that nobody knows, of a label that it lacks', anti(expressing('team', 'Like', 'web'))],
  ['each ReplicaSet for itself, by more keys than one', anti({ ...WEB, matchLabelKeys: ['team', 'pod-template-hash'] })],
  ['a spread that may be', spread(WEB, 'ScheduleAnyway')],
  [
    'what is only preferred',
    { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: WEB }] } } },
  ],
])('does not: %s', (_which, spec) => {
  expect(of(spec).apart).toEqual([]);
});

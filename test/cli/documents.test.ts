// Manifests say here what they say to kubectl: the values beside these texts are those that kubectl 1.33 printed for them.
import { describe, expect, test } from '@jest/globals';
import { isA, readManifests } from '../../src/cli/documents.ts';

const scalar = (text: string): unknown => readManifests(`{kind: X, apiVersion: v1, value: ${text}}\n`.replace('{', '# YAML\n{'))[0]?.value;

describe('a scalar is what kubectl takes it for', () => {
  test.each<[string, unknown]>([
    ['yes', true],
    ['y', true],
    ['on', true],
    ['Off', false],
    ['0644', 420],
    ['0o14', 12],
    ['0b11', 3],
    ['0x1F', 31],
    ['1_000', 1000],
    ['08', 8],
    ['+1', 1],
    ['1e3', 1000],
    ['.5', 0.5],
    ['-0', 0],
    ['~', null],
    ['=', '='],
    ['12:30', '12:30'],
    ['190:20:30', '190:20:30'],
    ['2001-01-01', '2001-01-01'],
    ['2001-12-14t21:59:43.10-05:00', '2001-12-14t21:59:43.10-05:00'],
    ['9007199254740993', 9007199254740993n],
    ['"0644"', '0644'],
  ])('%s', (text, value) => {
    expect(scalar(text)).toEqual(value);
  });
});

test('Lists are unfolded, empty documents skipped, anchors followed', () => {
  const text = `
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: &data {k: v}}
- {apiVersion: v1, kind: ConfigMapList, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {<<: *data, l: w}}]}
---
# nothing
---
{apiVersion: v1, kind: Service, metadata: {name: c}}
`;
  expect(readManifests(text)).toEqual([
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { k: 'v' } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' }, data: { k: 'v', l: 'w' } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'c' } },
  ]);
});

test('JSON keeps integers that a number cannot carry', () => {
  expect(readManifests('{"kind": "X", "apiVersion": "v1", "n": 9007199254740993}')[0]?.n).toBe(9007199254740993n);
});

test('what cannot be read is said with its place', () => {
  expect(() => readManifests('a: {')).toThrow(/at line 1/);
  expect(() => readManifests('just: this')).toThrow('a document is no Kubernetes object: it has no kind');
});

test('kinds are told apart by their group', () => {
  expect(isA({ kind: 'Service', apiVersion: 'serving.knative.dev/v1' }, 'Service')).toBe(false);
  expect(isA({ kind: 'Deployment', apiVersion: 'apps/v1beta1' }, 'Deployment', 'apps')).toBe(true);
});

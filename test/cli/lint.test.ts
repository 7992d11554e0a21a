// What is said of a manifest before it is applied. That the schema says what the API server says is tried on a real one, in test/cluster.
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { Environment } from '@marcbachmann/cel-js';
import { list, obj, text } from '../../src/model/json.ts';
import { readManifests } from '../../src/cli/documents.ts';
import { remarksOn } from '../../src/cli/lint/lint.ts';
import { faultsOf } from '../../src/cli/lint/schema.ts';
import { SCHEMA } from '../../src/cli/lint/crd.ts';

const CONTAINER = '{name: web, image: "web:1", ports: [{name: http, containerPort: 80}]}';
const app = (spec: string, metadata = '{name: web, namespace: demo}'): string =>
  `{apiVersion: immutableapp.io/v1alpha1, kind: ImmutableApp, metadata: ${metadata}, spec: ${spec}}`;
const pods = (container: string): string => `{template: {spec: {containers: [${container}]}}}`;
const said = async (text: string): Promise<string[]> => {
  const [first, ...others] = readManifests(text);
  const remarks = await remarksOn(first!, others, Date.parse('2030-01-31T04:00:00Z'));
  return remarks.map(({ level, path, reason, message }) => `${level} ${path ?? reason ?? ''}: ${message}`);
};

describe('by the schema', () => {
  test.each<[string, string, RegExp]>([
    ['a name with a dot', app(pods(CONTAINER), '{name: we.b}'), /metadata.name: must match pattern/],
    ['a long name', app(pods(CONTAINER), `{name: ${'w'.repeat(47)}}`), /metadata.name: must NOT have more than 46/],
    ['no template', app('{replicas: 3}'), /^error spec: must have required property 'template'/],
    ['no containers', app('{template: {spec: {}}}'), /^error spec.template.spec: must have required property 'containers'/],
    [
      'a text where a number belongs',
      app(pods('{name: a, image: b, ports: [{containerPort: "80"}]}')),
      /^error spec.template.spec.containers\[0\].ports\[0\].containerPort: must be integer/,
    ],
    [
      'a field that is misspelt',
      app('{template: {spec: {containers: []}}, replica: 3}'),
      /^error spec.replica: no such field: .*did you mean replicas\?/,
    ],
    [
      'a field of a pod that is misspelt',
      app(pods('{name: a, image: b, imagePullPollicy: Always}')),
      /containers\[0\].imagePullPollicy: no such field: the version would be refused \(InvalidTemplate\); did you mean imagePullPolicy\?/,
    ],
    [
      'a container twice',
      app('{template: {spec: {containers: [{name: a, image: b}, {name: a, image: c}]}}}'),
      /^error spec.template.spec.containers: a is there twice/,
    ],
    [
      'a label of ours',
      app('{template: {metadata: {labels: {immutableapp.io/app: x}}, spec: {containers: []}}}'),
      /^error spec.template.metadata.labels: labels with the prefix/,
    ],
    [
      'a mode that there is not',
      app(`{template: {spec: {containers: [${CONTAINER}]}}, promotion: {mode: Auto}}`),
      /^error spec.promotion.mode: supported values/,
    ],
    [
      'a version that looks like an id',
      app(`{template: {spec: {containers: [${CONTAINER}]}}, version: web-bcdfghjklm}`),
      /this looks like a version id/,
    ],
    [
      'a shape without ports',
      app(`{template: {spec: {containers: [${CONTAINER}]}}, services: [{name: web, type: NodePort}]}`),
      /a service without ports names an existing Service/,
    ],
    [
      'a config key that is no file name',
      app(`{template: {spec: {containers: [${CONTAINER}]}}, config: [{name: a, data: {"a/b": x}}]}`),
      /^error spec.config\[0\].data: /,
    ],
  ])('%s', async (_, manifest, words) => {
    expect((await said(manifest)).join('\n')).toMatch(words);
  });

  test('samples have no fault', () => {
    for (const sample of ['1-apache', '2-apache-config', '3-nginx', '4-ladder', '5-gates', '6-fails-before', '7-fails-after'])
      expect(faultsOf(readManifests(readFileSync(`deploy/samples/${sample}.yaml`, 'utf8'))[0]!)).toEqual([]);
  });

  test('every rule in CEL can be read, and there are some', () => {
    const cel = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });
    const rules = rulesIn(JSON.parse(SCHEMA));
    expect(rules.length).toBeGreaterThan(20);
    for (const rule of rules) expect(() => cel.parse(rule)).not.toThrow();
  });

  test('the schema is that of the CRD', () => {
    const { spec } = parse(readFileSync('crds/immutableapp.yaml', 'utf8')) as {
      spec: { versions: { schema: { openAPIV3Schema: unknown } }[] };
    };
    const { properties } = spec.versions[0]!.schema.openAPIV3Schema as { properties: { spec: { properties: object } } };
    const shipped = JSON.parse(SCHEMA) as { properties: { spec: { properties: object } } };
    expect(Object.keys(shipped.properties.spec.properties)).toEqual(Object.keys(properties.spec.properties));
  });
});

const rulesIn = (schema: unknown): string[] => {
  if (Array.isArray(schema)) return schema.flatMap(rulesIn);
  if (typeof schema !== 'object' || schema === null) return [];
  return [...list(obj(schema)['x-kubernetes-validations']).map(({ rule }) => text(rule)), ...Object.values(schema).flatMap(rulesIn)];
};

describe('by the operator', () => {
  const served = (services: string, container = CONTAINER): string =>
    app(`{template: {spec: {containers: [${container}]}}, services: [${services}]}`);
  const web = '{name: web, ports: [{port: 80, targetPort: http}]}';
  const gated = (gates: string): string =>
    app(`{template: {spec: {containers: [${CONTAINER}]}}, services: [${web}], promotion: {before: [${gates}]}}`);
  test.each<[string, string, readonly RegExp[]]>([
    ['nothing', served(web), []],
    [
      'gates that wait for people and for an hour',
      gated('{name: signed, approval: {count: 1}}, {name: hours, window: {timeZone: UTC, from: "03:00", to: "03:01"}}'),
      [],
    ],
    ['a port that no container has', served(web, '{name: web, image: "web:1"}'), [/^error PortMissing: /]],
    ['a Service that is not in the files', served('{name: web}'), [/^warning ServiceMissing: .*it may be in the cluster/]],
    [
      'a ConfigMap that is not in the files',
      served(web, '{name: web, image: "web:1", ports: [{name: http, containerPort: 80}], envFrom: [{configMapRef: {name: env}}]}'),
      [/^warning ConfigMissing: .*ConfigMap\/env.*it may be in the cluster/],
    ],
    [
      'a Service without consent',
      `${served('{name: web}')}\n---\n{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}`,
      [/^error ServiceNotAdopted: /],
    ],
    [
      'a claim',
      app('{template: {spec: {containers: [{name: a, image: b}], volumes: [{name: v, persistentVolumeClaim: {claimName: pages}}]}}}'),
      [/^warning SharedVolume: /],
    ],
    [
      'a reference that is forbidden',
      app(`{template: {spec: {containers: [{name: a, image: b, envFrom: [{secretRef: {name: key}}]}]}}, references: {secrets: Forbid}}`),
      [/^error ReferenceForbidden: /],
    ],
    [
      'a paused App is judged as if it were not',
      app('{paused: true, template: {spec: {containers: [{name: a, image: b}]}}, references: {images: Digest}}'),
      [/^error ImageNotPinned: /],
    ],
  ])('%s', async (_, manifest, words) => {
    expect(await said(manifest)).toEqual(words.map((word) => expect.stringMatching(word)));
  });
});

// What must hold of the CRD as a file, without any API server.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { podTemplateSchema, trimOpenApi, type PodTemplateInput, type Schema } from '../../scripts/crd-template.ts';

interface Crd {
  spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
}

const crd = parse(readFileSync('crds/immutableapp.yaml', 'utf8')) as Crd;
const root = crd.spec.versions[0]!.schema.openAPIV3Schema;
const spec = root.properties!['spec']!;
const template = spec.properties!['template']!;

interface Place {
  path: string;
  schema: Schema;
}

/** A schema and all below it, each with its path. */
function places(schema: Schema, path: string): Place[] {
  const children = Object.entries(schema.properties ?? {}).map(([name, child]): [string, Schema] => [`${path}.${name}`, child]);
  if (schema.items) children.push([`${path}[]`, schema.items]);
  if (schema.additionalProperties) children.push([`${path}{}`, schema.additionalProperties]);
  return [{ path, schema }, ...children.flatMap(([below, child]) => places(child, below))];
}

const pathsWhere = (from: Place[], holds: (schema: Schema) => boolean): string[] =>
  from.filter(({ schema }) => holds(schema)).map(({ path }) => path);

test('a plain kubectl apply can keep the whole CRD in its annotation', () => {
  expect(Buffer.byteLength(JSON.stringify(crd))).toBeLessThan(200 * 1024);
});

test('in spec replicas is the only field with a default, so no content is changed on admission', () => {
  expect(pathsWhere(places(root, ''), (schema) => 'default' in schema)).toEqual(['.spec.replicas', '.status']);
});

test('the template loses no field on admission: every object with named fields keeps the others', () => {
  const keepsOthers = (schema: Schema): boolean => schema['x-kubernetes-preserve-unknown-fields'] === true;
  expect(pathsWhere(places(template, 'template').slice(1), (schema) => schema.properties !== undefined && !keepsOthers(schema))).toEqual(
    [],
  );
});

test('outside the template and the Jobs of gates nothing is kept that the schema does not know', () => {
  const outside = places(root, '').filter(({ path }) => !path.startsWith('.spec.template') && !path.includes('.job.spec'));
  expect(pathsWhere(outside, (schema) => schema['x-kubernetes-preserve-unknown-fields'] === true)).toEqual([]);
});

test('the lists of a template merge by key as those of a pod, where the key is required and a pod takes it once', () => {
  const keyed = places(template, 'template').flatMap(({ path, schema }) => {
    const keys = schema['x-kubernetes-list-map-keys'] as string[] | undefined;
    return keys ? [`${path.replace('template.spec.', '')} by ${keys.join(', ')}`] : [];
  });
  expect(keyed).toEqual([
    'containers by name',
    'containers[].resources.claims by name',
    'containers[].volumeDevices by devicePath',
    'containers[].volumeMounts by mountPath',
    'initContainers by name',
    'initContainers[].resources.claims by name',
    'initContainers[].volumeDevices by devicePath',
    'initContainers[].volumeMounts by mountPath',
    'resourceClaims by name',
    'resources.claims by name',
    'schedulingGates by name',
    'topologySpreadConstraints by topologyKey, whenUnsatisfiable',
    'volumes by name',
  ]);
});

test('null may stand for whatever may be absent: in the template, a member of a map, an element of a list', () => {
  const names = (schema: Schema): string[] => Object.keys(schema.properties ?? {}).filter((name) => !schema.required?.includes(name));
  const strict = places(template, 'template').flatMap(({ path, schema }) => [
    ...names(schema).flatMap((name) => (schema.properties![name]!['nullable'] === true ? [] : [`${path}.${name}`])),
    ...(schema.additionalProperties && schema.additionalProperties['nullable'] !== true ? [`${path}{}`] : []),
    // An element that is found by its key cannot be null; a pod would have to have the key, too.
    ...(schema.items && schema['x-kubernetes-list-type'] === undefined && schema.items['nullable'] !== true ? [`${path}[]`] : []),
  ]);
  expect(strict).toEqual([]);
  const lax = pathsWhere(places(template, 'template'), ({ required, properties }) =>
    (required ?? []).some((name) => properties?.[name]?.['nullable'] === true),
  );
  expect(lax).toEqual([]);
});

test('and for settings, but for the size, for which the API server fills in its default', () => {
  const outside = places(spec, 'spec').filter(({ path }) => !path.startsWith('spec.template'));
  const strict = outside.flatMap(({ path, schema }) =>
    Object.entries(schema.properties ?? {})
      .filter(([name, child]) => !schema.required?.includes(name) && child['nullable'] !== true)
      .map(([name]) => `${path}.${name}`),
  );
  // A gate is of one kind, which is not left out.
  expect(strict.filter((path) => !/\.(before|during|after)\[\]\.(window|http|prometheus|webhook|approval|job)$/.test(path))).toEqual([
    'spec.replicas',
  ]);
});

test('every field of the spec is explained', () => {
  const below = places(spec, 'spec').filter(({ path }) => !path.startsWith('spec.template.') && !/(\[\]|\{\})$/.test(path));
  expect(pathsWhere(below, (schema) => schema['description'] === undefined)).toEqual([]);
});

test('what is committed is what the generator writes', () => {
  const check = (): string => execFileSync(process.execPath, ['scripts/generate.ts', '--check'], { encoding: 'utf8', stdio: 'pipe' });
  expect(check).not.toThrow();
});

// A small OpenAPI document with every peculiarity of the real one.
const core = (name: string) => `io.k8s.api.core.v1.${name}`;
const reference = (name: string) => ({ allOf: [{ $ref: `#/components/schemas/${name}` }], default: {}, description: 'x' });
const OPEN_API = {
  components: {
    schemas: {
      [core('PodTemplateSpec')]: {
        type: 'object',
        properties: { spec: reference(core('PodSpec')), metadata: reference('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta') },
      },
      [core('PodSpec')]: {
        type: 'object',
        description: 'x',
        required: ['containers'],
        properties: {
          containers: {
            type: 'array',
            items: reference(core('Container')),
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
            'x-kubernetes-patch-merge-key': 'name',
          },
          ephemeralContainers: { type: 'array', items: reference(core('EphemeralContainer')) },
        },
      },
      [core('Container')]: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', default: '' },
          default: { type: 'string', description: 'a field that is called like a keyword' },
          cpu: reference('io.k8s.apimachinery.pkg.api.resource.Quantity'),
          port: reference('io.k8s.apimachinery.pkg.util.intstr.IntOrString'),
          args: { type: 'array', items: { type: 'string', default: '' }, 'x-kubernetes-list-type': 'atomic' },
          env: {
            type: 'array',
            items: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
          },
          ports: {
            type: 'array',
            items: { type: 'object', required: ['number'], properties: { number: { type: 'integer' }, protocol: { type: 'string' } } },
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['number', 'protocol'],
          },
        },
      },
      [core('EphemeralContainer')]: { type: 'object', description: 'never reached' },
      [core('Unrelated')]: { type: 'object' },
    },
  },
};

test('the input keeps only what a pod template reaches', () => {
  expect(Object.keys(trimOpenApi(JSON.stringify(OPEN_API), 'test').schemas)).toEqual(['Container', 'PodSpec', 'PodTemplateSpec'].map(core));
});

test('references are inlined, defaults dropped, unknown fields kept, lists keyed where every key is required and comes once, null allowed', () => {
  const input: PodTemplateInput = trimOpenApi(JSON.stringify(OPEN_API), 'test');
  const kept = { 'x-kubernetes-preserve-unknown-fields': true };
  const text = { type: 'string', nullable: true };
  expect(podTemplateSchema(input).properties!['spec']).toEqual({
    ...kept,
    type: 'object',
    required: ['containers'],
    properties: {
      containers: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        items: {
          ...kept,
          type: 'object',
          required: ['name'],
          properties: {
            name: { type: 'string' },
            default: text,
            cpu: { ...kept, nullable: true },
            port: { 'x-kubernetes-int-or-string': true, nullable: true },
            args: { type: 'array', nullable: true, items: text },
            env: {
              type: 'array',
              nullable: true,
              items: { ...kept, type: 'object', nullable: true, required: ['name'], properties: { name: { type: 'string' } } },
            },
            ports: {
              type: 'array',
              nullable: true,
              items: {
                ...kept,
                type: 'object',
                nullable: true,
                required: ['number'],
                properties: { number: { type: 'integer' }, protocol: text },
              },
            },
          },
        },
      },
    },
  });
});

test('an input that lacks a schema is an error that says what to do', () => {
  const input = trimOpenApi(JSON.stringify(OPEN_API), 'test');
  const { [core('Container')]: _container, ...schemas } = input.schemas;
  expect(() => podTemplateSchema({ ...input, schemas })).toThrow('has no schema io.k8s.api.core.v1.Container: refresh it');
});

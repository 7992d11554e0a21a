// TypeScript types of an ImmutableApp from the schema of its CRD. It decides the names of the types; shapes and comments
// come from crds/immutableapp.yaml alone.
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { format } from 'prettier';
import { parse } from 'yaml';
import type { Schema } from './crd-template.ts';

// The types that deserve a name, by their place in the schema ([] = the items of a list). Anything else stays inline.
const NAMES: Record<string, string> = {
  metadata: 'ObjectMeta',
  spec: 'ImmutableAppSpec',
  'spec.config[]': 'ConfigSpec',
  'spec.services[]': 'ServiceSpec',
  'spec.services[].ports[]': 'ServicePortSpec',
  'spec.promotion': 'PromotionSpec',
  'spec.promotion.before[]': 'GateSpec',
  'spec.promotion.after[]': 'GateSpec',
  'spec.retention': 'RetentionSpec',
  'spec.disruption': 'DisruptionSpec',
  'spec.references': 'ReferencesSpec',
  status: 'ImmutableAppStatus',
  'status.conditions[]': 'Condition',
  'status.versions[]': 'VersionStatus',
  'status.versions[].failure': 'FailureStatus',
  'status.versions[].gates[]': 'GateStatus',
  'status.versions[].instances[]': 'InstanceStatus',
  'status.services[]': 'ServiceStatus',
  'status.history[]': 'FlipStatus',
  'status.warnings[]': 'WarningStatus',
};

// What the API server guarantees of any object's metadata, as JSON; only what this program reads.
const METADATA: Schema = {
  type: 'object',
  required: ['name'],
  properties: {
    ...Object.fromEntries(
      ['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp'].map((name) => [name, { type: 'string' }]),
    ),
    generation: { type: 'integer' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

const OVERRIDES: Record<string, JSONSchema> = {
  apiVersion: { tsType: "'immutableapp.io/v1alpha1'" },
  kind: { tsType: "'ImmutableApp'" },
  'spec.template': { tsType: 'V1PodTemplateSpec', description: 'The pods of a version, as the user wrote them.' },
};

/** The source text of src/model/spec.ts for the CRD with this YAML text. */
export async function typesOf(crdYaml: string): Promise<string> {
  const crd = parse(crdYaml) as { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } };
  const root = structuredClone(crd.spec.versions[0]!.schema.openAPIV3Schema);
  root.properties = { ...root.properties, metadata: METADATA };
  root.required = ['apiVersion', 'kind', 'metadata', 'spec'];
  const definitions: Record<string, JSONSchema> = {};
  const schema = { ...named(root, '', definitions), $defs: definitions };
  const types = await compile(schema, 'ImmutableApp', {
    additionalProperties: false,
    bannerComment: '',
    format: false,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: false,
  });
  const text = [
    '// The types of an ImmutableApp as the API server returns it. GENERATED from crds/immutableapp.yaml: never edit it, run',
    '// `npm run generate`. An optional field may be absent; its default is in its comment, and applying it is up to app.ts.',
    "import type { V1PodTemplateSpec } from '@kubernetes/client-node';",
    '',
    types,
  ].join('\n');
  return format(rewrapped(text), { parser: 'typescript', singleQuote: true, printWidth: 140, trailingComma: 'all' });
}

/** Comments on one line where they fit, broken before column 120 where they do not. */
function rewrapped(text: string): string {
  return text.replace(/^( *)\/\*\*\n *\* (.*)\n *\*\/$/gm, (_whole, indent: string, comment: string) => {
    if (indent.length + comment.length + 7 <= 120) return `${indent}/** ${comment} */`;
    const lines = comment.match(new RegExp(`.{1,${117 - indent.length}}(?= |$)`, 'g')) ?? [];
    return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line.trim()}`), `${indent} */`].join('\n');
  });
}

/** The schema at a place as json-schema-to-typescript wants it: shape and comment only, named types as references. */
function named(schema: Schema, place: string, definitions: Record<string, JSONSchema>): JSONSchema {
  const shape = shapeOf(schema, place, definitions);
  const name = NAMES[place];
  if (name === undefined) return shape;
  definitions[name] ??= { ...shape, title: name };
  return { $ref: `#/$defs/${name}` };
}

function shapeOf(schema: Schema, place: string, definitions: Record<string, JSONSchema>): JSONSchema {
  const comment = typeof schema['description'] === 'string' ? { description: schema['description'] } : {};
  const override = OVERRIDES[place];
  if (override !== undefined) return override;
  if (schema['x-kubernetes-int-or-string'] === true) return { ...comment, type: ['integer', 'string'] };
  if (schema.properties) {
    const below = (property: string): string => (place === '' ? property : `${place}.${property}`);
    const properties = Object.entries(schema.properties).map(([key, child]) => [key, named(child, below(key), definitions)] as const);
    return {
      ...comment,
      type: 'object',
      properties: Object.fromEntries(properties),
      required: schema.required ?? [],
      additionalProperties: false,
    };
  }
  if (schema.items) return { ...comment, type: 'array', items: named(schema.items, `${place}[]`, definitions) };
  if (schema.additionalProperties) return { ...comment, tsType: 'Record<string, string>' };
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return { ...comment, tsType: 'Record<string, unknown>' };
  const words = wordsOf(schema);
  if (words !== undefined) return { ...comment, enum: words };
  return { ...comment, type: schema.type as 'string' };
}

/** What a text may be: an enum takes no null, whatever it lists, so a text that may be null has a rule instead. */
function wordsOf(schema: Schema): string[] | undefined {
  if (Array.isArray(schema['enum'])) return schema['enum'] as string[];
  const rules = (schema['x-kubernetes-validations'] ?? []) as readonly { readonly rule: string }[];
  const list = rules.map(({ rule }) => /^self in \['(.*)'\]$/.exec(rule)?.[1]).find((found) => found !== undefined);
  return list?.split("', '").filter((word) => word !== '');
}

// The schema of a pod template inside our CRD, made from the API server's own OpenAPI v3. It decides what `spec.template`
// accepts at the prompt; it must never set a default there (the content is hashed as it was written) and never prune a field
// (the API server's dry-run of the Deployment shall refuse it in its own words).
import { readFile } from 'node:fs/promises';
import { Document, visit } from 'yaml';

/** A JSON schema, as plain data. */
export interface Schema {
  [key: string]: unknown;
  type?: string;
  format?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema;
  required?: string[];
}

/** The committed input: the schemas that a PodTemplateSpec reaches, by their Kubernetes names, without descriptions. */
export interface PodTemplateInput {
  source: string;
  schemas: Record<string, Schema>;
}

const CORE = 'io.k8s.api.core.v1.';
const ROOT = `${CORE}PodTemplateSpec`;

// Of metadata a template has labels and annotations. `creationTimestamp: null`, which tools like to print, is a known field;
// everything else is kept for the dry-run to judge.
const METADATA: Schema = {
  type: 'object',
  properties: {
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
    creationTimestamp: { type: 'string' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

const REPLACED: Record<string, Schema> = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': METADATA,
  // A quantity may be written as 0.5 as well, which `x-kubernetes-int-or-string` would refuse.
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { 'x-kubernetes-preserve-unknown-fields': true },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { 'x-kubernetes-int-or-string': true },
};

// Fields that a pod takes twice: the last one counts. A list that merges by key would refuse what charts render.
const TWICE: Record<string, readonly string[]> = { [`${CORE}Container`]: ['env'], [`${CORE}PodSpec`]: ['hostAliases'] };

// No template may carry ephemeral containers: left to the API server's own refusal, they cost no room here.
const OMITTED: Record<string, readonly string[]> = { [`${CORE}PodSpec`]: ['ephemeralContainers'] };

const DROPPED = new Set([
  'default',
  'description',
  'x-kubernetes-group-version-kind',
  'x-kubernetes-patch-merge-key',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-unions',
]);

/** Trims a whole OpenAPI v3 document, as JSON text, to the schemas a pod template needs. `source` names where it is from. */
export function trimOpenApi(text: string, source: string): PodTemplateInput {
  const all = (JSON.parse(text) as { components: { schemas: Record<string, Schema> } }).components.schemas;
  const reached: Record<string, Schema> = {};
  const reach = (name: string): void => {
    if (name in reached || name in REPLACED) return;
    const schema = all[name];
    if (schema === undefined) throw new Error(`${source} has no schema ${name}`);
    reached[name] = withoutDropped(schema);
    for (const [property, child] of Object.entries(schema.properties ?? {})) {
      if (!OMITTED[name]?.includes(property)) for (const next of references(child)) reach(next);
    }
  };
  reach(ROOT);
  const sorted = Object.entries(reached).sort(([a], [b]) => (a < b ? -1 : 1));
  return { source, schemas: Object.fromEntries(sorted) };
}

/** Reads an OpenAPI v3 document from a file or an http(s) URL and trims it. */
export async function fetchOpenApi(place: string): Promise<PodTemplateInput> {
  const text = /^https?:/.test(place) ? await download(place) : await readFile(place, 'utf8');
  const version = /v\d+\.\d+\.\d+/.exec(place)?.[0] ?? (JSON.parse(text) as { info: { version: string } }).info.version;
  return trimOpenApi(text, `Kubernetes ${version}, OpenAPI v3 of apps/v1`);
}

async function download(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status} ${answer.statusText}`);
  return answer.text();
}

/** The structural schema of a pod template. Unlike in a Deployment's own, its spec must be there: the CRD requires it. */
export function podTemplateSchema(input: PodTemplateInput): Schema {
  const schema = structural({ $ref: `#/${ROOT}` }, input.schemas);
  delete schema.properties?.spec?.['nullable'];
  return schema;
}

/** A schema as the lines of a YAML mapping, indented by so many spaces; whatever is short is written on one line. */
export function yamlLines(schema: Schema, indent: number): string {
  const document = new Document(schema);
  visit(document, {
    Collection: (_key, node) => {
      node.flow = node !== document.contents && JSON.stringify(node).length <= 110;
      return node.flow ? visit.SKIP : undefined;
    },
  });
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false, indentSeq: false });
  return text.replace(/^(?=.)/gm, ' '.repeat(indent));
}

function structural(schema: Schema, schemas: Record<string, Schema>): Schema {
  const [name] = references(schema, 'here');
  if (name !== undefined) {
    const target = REPLACED[name] ?? schemas[name];
    if (target === undefined) throw new Error(`the pod template input has no schema ${name}: refresh it`);
    const { properties } = target;
    if (properties === undefined) return structural(target, schemas);
    const kept = Object.entries(properties)
      .filter(([property]) => !OMITTED[name]?.includes(property))
      .map(([property, child]) => [property, TWICE[name]?.includes(property) ? atomic(child) : child] as const);
    return structural({ ...target, properties: Object.fromEntries(kept) }, schemas);
  }
  const { properties, items, additionalProperties, ...result } = withoutDropped(schema);
  if (properties) {
    result['x-kubernetes-preserve-unknown-fields'] = true;
    const entries = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
    const below = (property: string, child: Schema): Schema =>
      schema.required?.includes(property) === true ? structural(child, schemas) : nullable(structural(child, schemas));
    result.properties = Object.fromEntries(entries.map(([property, child]) => [property, below(property, child)]));
  }
  if (items) result.items = structural(items, schemas);
  if (additionalProperties) result.additionalProperties = nullable(structural(additionalProperties, schemas));
  if (!mergeable(result)) {
    delete result['x-kubernetes-list-type'];
    delete result['x-kubernetes-list-map-keys'];
    if (items) result.items = nullable(structural(items, schemas));
  }
  // What a reader wants to know first comes first; what is long comes last.
  const { type, format, ...rest } = result;
  return { ...(type && { type }), ...(format && { format }), ...rest };
}

/** A Deployment takes null for whatever may be absent. A plain apply has it dropped on the way, a server-side apply does not. */
const nullable = ({ type, ...rest }: Schema): Schema => ({ ...(type && { type }), nullable: true, ...rest });

function atomic(list: Schema): Schema {
  const { 'x-kubernetes-list-type': _type, 'x-kubernetes-list-map-keys': _keys, ...rest } = list;
  return rest;
}

/** A list may merge by key only if every key is required, since the alternative, a default, is not allowed in the content. */
function mergeable(schema: Schema): boolean {
  const keys = schema['x-kubernetes-list-map-keys'] as string[] | undefined;
  if (keys === undefined) return schema['x-kubernetes-list-type'] === 'set';
  return keys.every((key) => schema.items?.required?.includes(key));
}

function withoutDropped(schema: Schema): Schema {
  const walk = (value: unknown, named: boolean): unknown => {
    if (Array.isArray(value)) return value.map((item) => walk(item, false));
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([key]) => named || !DROPPED.has(key));
    // Below `properties` the keys are names of fields, and a field may well be called "description" or "default".
    return Object.fromEntries(kept.map(([key, child]) => [key, walk(child, !named && key === 'properties')]));
  };
  return walk(schema, false) as Schema;
}

/** The names of the schemas that one refers to: all of them, or only the one it stands for itself. */
function references(schema: Schema, where: 'here' | 'anywhere' = 'anywhere'): string[] {
  const own = [schema, ...((schema['allOf'] as Schema[] | undefined) ?? [])].flatMap((part) =>
    typeof part['$ref'] === 'string' ? [part['$ref'].slice(part['$ref'].lastIndexOf('/') + 1)] : [],
  );
  if (where === 'here') return own;
  const children = [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})];
  return [...own, ...children.flatMap((child) => (child ? references(child) : []))];
}

// Which fields the API server knows. What it does not know it drops, and a strict request is refused for it. The pod template and the status
// of an App are read from the CRD, which has the former from Kubernetes' own description of it.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Fields, Stored, StoredKind } from './store.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

const crd = parse(readFileSync(new URL('../../crds/immutableapp.yaml', import.meta.url), 'utf8')) as {
  spec: { versions: [{ schema: { openAPIV3Schema: { properties: { spec: Schema; status: Schema } } } }] };
};
const { spec, status } = crd.spec.versions[0].schema.openAPIV3Schema.properties;

const ANY: Schema = {};
const fields = (...names: string[]): Record<string, Schema> => Object.fromEntries(names.map((name) => [name, ANY]));
const object = (own: Readonly<Record<string, Schema>>): Schema => ({ properties: { ...fields('apiVersion', 'kind', 'metadata'), ...own } });

const SCHEMAS: Partial<Record<StoredKind, Schema>> = {
  ImmutableApp: object({ spec: ANY, status }),
  ConfigMap: object(fields('data', 'binaryData', 'immutable')),
  ControllerRevision: object(fields('data', 'revision')),
  Deployment: object({
    status: ANY,
    spec: {
      properties: {
        ...fields('replicas', 'selector', 'strategy', 'minReadySeconds', 'revisionHistoryLimit', 'paused', 'progressDeadlineSeconds'),
        template: spec.properties!.template!,
      },
    },
  }),
  Service: object({
    status: ANY,
    spec: {
      properties: fields(
        ...['ports', 'selector', 'type', 'clusterIP', 'clusterIPs', 'externalIPs', 'externalName', 'externalTrafficPolicy'],
        ...['healthCheckNodePort', 'internalTrafficPolicy', 'ipFamilies', 'ipFamilyPolicy', 'loadBalancerClass', 'loadBalancerIP'],
        ...['loadBalancerSourceRanges', 'allocateLoadBalancerNodePorts', 'publishNotReadyAddresses', 'sessionAffinity'],
        ...['sessionAffinityConfig', 'trafficDistribution'],
      ),
    },
  }),
};

/** Takes out of an object what is not known of its kind, and says what that was. */
export function drop(kind: StoredKind, draft: Stored): string[] {
  const schema = SCHEMAS[kind];
  return schema === undefined ? [] : dropped(draft, schema, '');
}

function dropped(value: unknown, { properties, items }: Schema, path: string): string[] {
  if (items !== undefined && Array.isArray(value)) return value.flatMap((item, i) => dropped(item, items, `${path}[${String(i)}]`));
  if (properties === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const found: string[] = [];
  for (const [name, member] of Object.entries(value as Fields)) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const at = path === '' ? name : `${path}.${name}`;
    if (schema !== undefined) found.push(...dropped(member, schema, at));
    else {
      found.push(at);
      Reflect.deleteProperty(value, name);
    }
  }
  return found;
}

/** The first member of an App's status that is of another type than it may be. */
export const mistyped = (value: unknown): string | undefined => wrong(value, status, 'status');

function wrong(value: unknown, { type, properties, items }: Schema, path: string): string | undefined {
  const actual = Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  if (type !== undefined && type !== actual && !(type === 'number' && actual === 'integer')) return `${path}: must be of type ${type}`;
  const members: [string, Schema | undefined, unknown][] = Array.isArray(value)
    ? value.map((item, i) => [`${path}[${String(i)}]`, items, item])
    : actual === 'object'
      ? Object.entries(value as Fields).map(([name, member]) => [`${path}.${name}`, properties?.[name], member])
      : [];
  for (const [at, schema, member] of members) {
    const complaint = schema === undefined ? undefined : wrong(member, schema, at);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

// What the API server would say of a manifest by the schema of the CRD: types and limits, fields it does not know, keys that are there twice, and the
// rules in CEL. It runs the schema that is shipped; decides nothing by itself.
import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { Ajv, type ErrorObject } from 'ajv';
import type { Obj } from '../../model/json.ts';
import { list, obj, text } from '../../model/json.ts';
import { nearest } from '../../model/spelling.ts';
import { SCHEMA } from './crd.ts';

/** One thing that is wrong, and where: `spec.services[0].name`. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

const INT_OR_STRING = 'x-kubernetes-int-or-string';

/** Compiled when it is first needed: that takes longer than all else here, and optimized code would take longer still. */
const compiled = lazy(() => {
  const schema = prepared(JSON.parse(SCHEMA)) as Obj;
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false, code: { optimize: false } });
  return { schema, validate: ajv.compile(schema) };
});

function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Every fault, in the order of the schema; none if the API server would take it. */
export function faultsOf(manifest: Obj): readonly Fault[] {
  const { schema, validate } = compiled();
  const typed = validate(manifest) ? [] : (validate.errors ?? []).map(faultIn);
  return [...typed, ...walk(schema, manifest, [])];
}

/** As JSON Schema has it. */
function prepared(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(prepared);
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.fromEntries(Object.entries(schema).map(([key, member]) => [key, prepared(member)]));
  const { nullable: _, ...typeless } = members;
  if (members[INT_OR_STRING] === true) return { ...typeless, type: ['integer', 'string', 'null'] };
  return 'type' in members ? members : typeless;
}

function faultIn({ instancePath, message = '', params }: ErrorObject): Fault {
  const steps = instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const allowed = (params as Obj).allowedValues;
  return { path: placeOf(steps), message: `${message}${Array.isArray(allowed) ? `: ${allowed.map(String).join(', ')}` : ''}` };
}

function placeOf(steps: readonly string[]): string {
  return steps.map((step, at) => (/^\d+$/.test(step) ? `[${step}]` : `${at === 0 ? '' : '.'}${step}`)).join('');
}

/** What JSON Schema has no word for. */
function walk(schema: Obj, value: unknown, steps: readonly string[]): Fault[] {
  if (value === null || value === undefined) return [];
  const own = [...rulesOn(schema, value, steps), ...twice(schema, value, steps), ...unknown(schema, value, steps)];
  if (Array.isArray(value)) return [...own, ...value.flatMap((item, at) => walk(obj(schema.items), item, [...steps, String(at)]))];
  if (typeof value !== 'object') return own;
  const { properties, additionalProperties } = schema;
  const below = Object.entries(value).flatMap(([key, member]) =>
    walk(obj(obj(properties)[key] ?? additionalProperties), member, [...steps, key]),
  );
  return [...own, ...below];
}

const cel = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });
const parsed = new Map<string, ParseResult>();

function rulesOn(schema: Obj, value: unknown, steps: readonly string[]): Fault[] {
  return list(schema['x-kubernetes-validations']).flatMap(({ rule, message, fieldPath }) => {
    const program = parsed.get(text(rule)) ?? cel.parse(text(rule));
    parsed.set(text(rule), program);
    const holds = verdict(program, value);
    const below = text(fieldPath)
      .split('.')
      .filter((step) => step !== '');
    return holds ? [] : [{ path: placeOf([...steps, ...below]), message: text(message) || `must obey ${text(rule)}` }];
  });
}

/** A rule that cannot be asked of a value of the wrong type has nothing to add to that. */
function verdict(program: ParseResult, value: unknown): boolean {
  try {
    return program({ self: celValue(value) }) !== false;
  } catch {
    return true;
  }
}

/** CEL tells integers from other numbers. */
function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, member]) => (member === null ? [] : [[key, celValue(member)]])));
}

function twice(schema: Obj, value: unknown, steps: readonly string[]): Fault[] {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!Array.isArray(value) || !Array.isArray(keys)) return [];
  const names = value.map((item) => keys.map((key) => JSON.stringify(obj(item)[text(key)] ?? '').replaceAll('"', '')).join('/'));
  const double = [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
  return double.map((name) => ({ path: placeOf(steps), message: `${name} is there twice` }));
}

const ROOT = ['status'];

function unknown(schema: Obj, value: unknown, steps: readonly string[]): Fault[] {
  const { properties } = schema;
  const isOfAll = placeOf(steps) === 'metadata'; // the API server knows more of it than the schema of one kind
  // Of a Job the schema says only what a gate may not have.
  const isOfJob = /^spec\.promotion\.\w+\[\d+\]\.job\.spec\b/.test(placeOf(steps));
  if (properties === undefined || isOfAll || isOfJob || typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const known = [...Object.keys(obj(properties)), ...(steps.length === 0 ? ROOT : [])];
  const kept = schema['x-kubernetes-preserve-unknown-fields'] === true;
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const meant = nearest(key, known);
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
      return {
        path: placeOf([...steps, key]),
        message: `no such field: ${kept ? 'the version would be refused (InvalidTemplate)' : 'the API server refuses or drops it'}${hint}`,
      };
    });
}

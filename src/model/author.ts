// Who wrote what, from managedFields: the names that clients give themselves (--field-manager). The answer is never the operator's own name,
// and there is none where it could be either of two.
import { list, obj, text } from './json.ts';
import type { Obj } from './json.ts';
import { ANNOTATION, FIELD_MANAGER } from './vocabulary.ts';

/** Of an App: who last wrote each part of it; '' for unknown. */
export interface Authors {
  /** Of template and config. */
  readonly content: string;
  readonly activeVersion: string;
  readonly pin: string;
  readonly reject: string;
  readonly renew: string;
  readonly waive: string;
}

interface Writer {
  readonly by: string;
  readonly fields: Obj;
}

/** The last manager that owns the field. managedFields count in whole seconds: of two in the same second the last one is unknown. */
function lastWriter(managedFields: unknown, owns: (fields: Obj) => boolean): Writer | undefined {
  const owners = list(managedFields).filter(
    ({ manager, subresource, fieldsV1 }) => manager !== FIELD_MANAGER && text(subresource) === '' && owns(obj(fieldsV1)),
  );
  const last = owners.map(({ time }) => text(time)).reduce((a, b) => (a > b ? a : b), '');
  const [writer, other] = owners.filter(({ time }) => text(time) === last);
  return writer === undefined || other !== undefined ? undefined : { by: text(writer.manager), fields: obj(writer.fieldsV1) };
}

/** `managedFields` of an App. */
export function authorsOf(managedFields: unknown): Authors {
  const ofSpec = (...fields: readonly string[]): string =>
    lastWriter(managedFields, (owned) => fields.some((field) => `f:${field}` in obj(owned['f:spec'])))?.by ?? '';
  const ofNote = (annotation: string): string =>
    lastWriter(managedFields, (owned) => `f:${annotation}` in obj(obj(owned['f:metadata'])['f:annotations']))?.by ?? '';
  return {
    content: ofSpec('template', 'config'),
    activeVersion: ofSpec('activeVersion'),
    pin: ofNote(ANNOTATION.pin),
    reject: ofNote(ANNOTATION.reject),
    renew: ofNote(ANNOTATION.renew),
    waive: ofNote(ANNOTATION.waive),
  };
}

const MOST_KEYS = 3;

/** Who wrote a ConfigMap last, and which keys: `(flags.yaml) by bob`; '' for unknown. */
export function sourceAuthor(configMap: unknown): string {
  const { managedFields } = obj(obj(configMap).metadata);
  const writer = lastWriter(managedFields, (owned) => 'f:data' in owned || 'f:binaryData' in owned);
  if (writer === undefined) return '';
  const owned = [writer.fields['f:data'], writer.fields['f:binaryData']].flatMap((fields) => Object.keys(obj(fields)));
  const keys = owned.filter((field) => field.startsWith('f:')).map((field) => field.slice(2));
  const shown = keys.length > MOST_KEYS ? [...keys.slice(0, MOST_KEYS), '…'] : keys;
  return `${shown.length === 0 ? '' : `(${shown.join(', ')}) `}by ${writer.by}`;
}

// Who wrote what, as managedFields tell it, as far as it matters whether that was somebody else: the fields of a spec but its size, and the
// annotations of a Service.
import { list, obj, text } from '../../src/model/json.ts';
import type { Fields, Metadata, Stored, StoredKind } from './store.ts';
import { same } from './store.ts';

const SIGNED: ReadonlySet<StoredKind> = new Set(['Deployment', 'ReplicaSet', 'Pod', 'Service']);
/** Fields that several managers have parts of. Any other belongs to whoever changed it last. */
const SHARED: ReadonlySet<string> = new Set(['template', 'containers', 'ports']);

interface Change {
  readonly keys: readonly string[];
  readonly now: Fields;
}
type Entry = NonNullable<Metadata['managedFields']>[number];

export function sign(kind: StoredKind, manager: string, time: string, before: Stored | undefined, after: Stored): void {
  if (!SIGNED.has(kind)) return;
  const spec = changeOf(before?.spec, after.spec);
  const notes = kind === 'Service' ? changeOf(before?.metadata.annotations, after.metadata.annotations) : { keys: [], now: {} };
  if (notes.keys.length === 0 && spec.keys.every((field) => field === 'replicas')) return;
  const entries = after.metadata.managedFields ?? [];
  const rewritten = (entry: Entry, mine: boolean): Entry => {
    const { 'f:metadata': metadata, 'f:spec': owned } = entry.fieldsV1;
    const fieldsV1 = {
      'f:metadata': { ...obj(metadata), 'f:annotations': kept(obj(metadata)['f:annotations'], notes, mine) },
      'f:spec': kept(owned, spec, mine),
    };
    return { ...entry, fieldsV1 };
  };
  const made = before === undefined ? { 'f:metadata': { 'f:ownerReferences': {} } } : {};
  const own = entries.find((entry) => entry.manager === manager)?.fieldsV1 ?? made;
  const others = entries.filter((entry) => entry.manager !== manager).map((entry) => rewritten(entry, false));
  const mine = rewritten({ manager, operation: 'Update', time, fieldsV1: own }, true);
  for (const [field, value] of Object.entries(obj(mine.fieldsV1['f:spec'])))
    if (field === 'f:containers') Object.assign(obj(value), imagesOf(after.spec));
  after.metadata.managedFields = [...others, mine].filter(isOfSomething);
}

/** Members that are other than they were, those that are gone included. */
function changeOf(before: unknown, after: unknown): Change {
  const [was, now] = [obj(before), obj(after)];
  const keys = [...new Set([...Object.keys(was), ...Object.keys(now)])].filter((key) => !same(was[key], now[key]));
  return { keys, now };
}

function kept(owned: unknown, { keys, now }: Change, mine: boolean): Fields {
  const still = Object.entries(obj(owned)).filter(([field]) => {
    const key = field.slice('f:'.length);
    return !keys.includes(key) || (key in now && SHARED.has(key));
  });
  const added = mine ? keys.filter((key) => key in now).map((key): [string, unknown] => [`f:${key}`, {}]) : [];
  return Object.fromEntries([...still, ...added]);
}

const isOfSomething = ({ fieldsV1: { 'f:metadata': metadata, 'f:spec': spec } }: Entry): boolean =>
  [spec, obj(metadata)['f:annotations'], obj(metadata)['f:ownerReferences'] === undefined ? {} : { made: true }].some(
    (owned) => Object.keys(obj(owned)).length > 0,
  );

/** Of containers nothing but the image is ever written again. */
const imagesOf = (podSpec: unknown): Fields =>
  Object.fromEntries(list(obj(podSpec).containers).map(({ name }) => [`k:{"name":"${text(name)}"}`, { 'f:image': {} }]));

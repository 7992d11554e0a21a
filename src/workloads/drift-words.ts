// Describes how one object differs from another, for people. Never shows values of env, args, commands, headers or annotations: they may be
// secret, and these texts go into status and events.
import type { Obj } from '../model/json.ts';
import { obj, text } from '../model/json.ts';

const MOST_WORDS = 5;
const MOST_CHARACTERS = 60;
/** Below these fields it is only said that something changed. */
const SECRETIVE = ['env', 'args', 'command', 'httpHeaders', 'annotations', 'volumeAttributes'];

/** From one to the other: `spec.template.spec.containers[web].image: "httpd:2.4" → "evil:1"`. Empty when nothing differs. */
export function inWords(before: unknown, after: unknown, root = 'spec'): string[] {
  const changes = [...differences(keyed(before), keyed(after), [])].map(({ steps, old, now }) => {
    const where = root + steps.map((step) => (step.startsWith('[') ? step : `.${step}`)).join('');
    const secret = steps.some((step) => SECRETIVE.includes(step));
    return secret ? `${where} was changed` : `${where}: ${shown(old)} → ${shown(now)}`;
  });
  return changes.length > MOST_WORDS ? [...changes.slice(0, MOST_WORDS), `and ${String(changes.length - MOST_WORDS)} more`] : changes;
}

/** A value as JSON, cut. Of an object only its keys, since its values may be secret. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'bigint') return String(value);
  const said = isObject(value) ? `{${Object.keys(value).join(', ')}}` : JSON.stringify(value);
  return said.length > MOST_CHARACTERS ? `${said.slice(0, MOST_CHARACTERS)}…` : said;
}

interface Difference {
  readonly steps: readonly string[];
  readonly old: unknown;
  readonly now: unknown;
}

function* differences(old: unknown, now: unknown, steps: readonly string[]): Generator<Difference> {
  if (!isObject(old) || !isObject(now)) {
    if (old !== now) yield { steps, old, now };
    return;
  }
  const [before, after] = [Object.keys(old), Object.keys(now)];
  for (const key of new Set([...before, ...after])) yield* differences(own(old, key), own(now, key), [...steps, key]);
  // The order of a list matters, too: a variable may refer to an earlier one, and init containers run in order.
  const [left, stayed] = [before.filter((key) => Object.hasOwn(now, key)), after.filter((key) => Object.hasOwn(old, key))];
  if (before.some(isElement) && left.join() !== stayed.join()) yield { steps: [...steps, '[order]'], old: left.join(), now: stayed.join() };
}

/** A list as an object, by the names of its elements if they are unique, so that one new element does not make all later ones differ. */
function keyed(value: unknown): unknown {
  if (Array.isArray(value)) {
    const names = value.map((element) => text(obj(element).name));
    const named = names.every((name) => name !== '') && new Set(names).size === names.length;
    return Object.fromEntries(value.map((element, i) => [`[${named ? names[i]! : String(i)}]`, keyed(element)]));
  }
  if (!isObject(value)) return value;
  // null counts as absent: one release of the API server writes it, and the next leaves it out.
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, keyed(inner)]])));
}

const isElement = (key: string): boolean => key.startsWith('[');
const isObject = (value: unknown): value is Obj => typeof value === 'object' && value !== null;
/** A label may well be called `constructor`. */
const own = (value: Obj, key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);

// What `-o json` prints, as JSON Schema, for those commands whose values are alike.
import type { Schema } from './command.ts';

export const text = { type: 'string' } as const;
export const whole = { type: 'integer' } as const;
export const bool = { type: 'boolean' } as const;
export const listOf = (items: Schema): Schema => ({ type: 'array', items });
/** Members whose names end in `?` may be absent; there are no others. Spelt out when it is read, which few commands do. */
export const object = (members: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  get properties() {
    return Object.fromEntries(Object.entries(members).map(([name, schema]) => [name.replace('?', ''), schema]));
  },
  get required() {
    return Object.keys(members).filter((name) => !name.endsWith('?'));
  },
  additionalProperties: false,
});

export const PODS = object({ ready: whole, desired: whole });
/** As the API has it. */
export const free = { type: 'object' } as const;

const ONE = object({
  namespace: text,
  name: text,
  state: text,
  current: bool,
  'serves?': object({ id: text, called: text, 'instance?': text, 'since?': text, 'reason?': text, 'by?': text, pods: PODS }),
  'newest?': object({ id: text, called: text, serves: bool, 'state?': text, 'why?': text }),
  'back?': object({ id: text, called: text, 'state?': text, pods: PODS, command: text, 'secretsGone?': listOf(text) }),
  services: listOf(free),
  conditions: listOf(free),
  warnings: listOf(free),
  'defaults?': object({ 'images?': text }),
  references: listOf(object({ name: text, verdict: { enum: ['same', 'moved', 'unknown'] }, message: text })),
  gates: listOf(object({ version: text, name: text, 'verdict?': text, 'message?': text })),
});
/** One App, or a list of them where several are asked for. */
export const OVERVIEW: Schema = { anyOf: [ONE, listOf(ONE)] };

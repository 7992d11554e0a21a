// As much of JSON Schema as the commands use to say what `-o json` prints.
type Schema = Readonly<Record<string, unknown>>;

/** What is wrong with a value, each with its path; nothing when it conforms. */
export function violations(schema: Schema, value: unknown, path = '$'): string[] {
  const {
    type,
    properties = {},
    required = [],
    additionalProperties,
    items,
    anyOf,
    enum: words,
  } = schema as {
    type?: string;
    properties?: Record<string, Schema>;
    required?: string[];
    additionalProperties?: boolean | Schema;
    items?: Schema;
    anyOf?: Schema[];
    enum?: unknown[];
  };
  if (anyOf !== undefined) {
    const each = anyOf.map((one) => violations(one, value, path));
    return each.some((wrong) => wrong.length === 0) ? [] : each.flat();
  }
  if (words !== undefined) return words.includes(value) ? [] : [`${path} is none of ${words.join(', ')}`];
  if (type === 'array')
    return Array.isArray(value) ? value.flatMap((item, i) => violations(items ?? {}, item, `${path}[${i}]`)) : [`${path} is no list`];
  if (type === 'object') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
    const members = Object.entries(value);
    return [
      ...required.filter((name) => !(name in value)).map((name) => `${path}.${name} is missing`),
      ...members.flatMap(([name, member]) => {
        const known = properties[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
        if (known !== undefined) return violations(known, member, `${path}.${name}`);
        return additionalProperties === false ? [`${path}.${name} is not foreseen`] : [];
      }),
    ];
  }
  const is = type === 'integer' ? Number.isInteger(value) : type === undefined || typeof value === type;
  return is ? [] : [`${path} is no ${type ?? ''}`];
}

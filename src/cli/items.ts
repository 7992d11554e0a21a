// A list, read while it arrives: a thousand Apps are three megabytes, which take the API server longer to write than us to read.

export interface List<T> {
  readonly items: readonly T[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/** So many characters are worth being parsed by themselves. */
const PIECE = 128 * 1024;

/**
 * `begin`: what each item begins with in compact JSON, and nothing in an item does; in a string its quotes would be escaped. Without it, or of
 * a list that is written in another way, all is parsed at the end.
 */
export async function listFrom<T>(chunks: AsyncIterable<string>, begin?: string): Promise<List<T>> {
  const pieces: Partial<List<T>>[] = [];
  let text = '';
  let due = begin === undefined ? Infinity : PIECE;
  for await (const chunk of chunks) {
    text += chunk;
    if (text.length < due) continue;
    const end = text.lastIndexOf(`},${begin ?? ''}`) + 1;
    if (end > 0) {
      pieces.push(JSON.parse(`${text.slice(0, end)}]}`) as Partial<List<T>>);
      text = `{"items":[${text.slice(end + 1)}`;
    }
    due = text.length + PIECE;
  }
  const last = JSON.parse(text) as List<T>;
  return Object.assign({}, ...pieces, last, { items: [...pieces, last].flatMap(({ items }) => items ?? []) }) as List<T>;
}

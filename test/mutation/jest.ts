// Stands in for '@jest/globals' in `npm run quick` and while mutants run: collects tests instead of running them, so that one process,
// with everything loaded once, can run all of them, or just those that reach a mutant. Knows what those tests use of jest; a test that
// asks for more fails to load.
import { format } from 'node:util';

export { expect } from 'expect';

type Body = (...row: never[]) => unknown;
type Table = readonly unknown[];

interface Scope {
  readonly names: readonly string[];
  readonly before: Body[];
  readonly after: Body[];
}

export interface Collected {
  readonly id: string;
  readonly run: () => Promise<void>;
}

let file = '';
let scope: Scope = { names: [], before: [], after: [] };
let found: Collected[] = [];

/** Everything that a test file declares while it loads, in its order. */
export async function collect(name: string, load: () => Promise<unknown>): Promise<readonly Collected[]> {
  file = name;
  scope = { names: [], before: [], after: [] };
  found = [];
  await load();
  return found;
}

/** As jest says it: values for the placeholders, numbered where two would be called the same. */
function title(name: string, row: readonly unknown[]): string {
  const places = name.match(/%[spijdo]/g)?.length ?? 0;
  return format(name.replaceAll('%p', '%j'), ...row.slice(0, places));
}

function declare(name: string, row: readonly unknown[], body: Body): void {
  const { names, before, after } = scope;
  const called = [file, ...names, title(name, row)].join(' › ');
  const namesakes = found.filter(({ id }) => id === called || id.startsWith(`${called} #`)).length;
  const run = async (): Promise<void> => {
    for (const step of before) await step();
    try {
      await body(...(row as never[]));
    } finally {
      for (const step of after) await step();
    }
  };
  found.push({ id: namesakes === 0 ? called : `${called} #${namesakes + 1}`, run });
}

function group(name: string, row: readonly unknown[], body: Body): void {
  const outer = scope;
  scope = { names: [...outer.names, title(name, row)], before: [...outer.before], after: [...outer.after] };
  body(...(row as never[]));
  scope = outer;
}

type Declare = (name: string, row: readonly unknown[], body: Body) => void;
const each =
  (one: Declare) =>
  (table: Table) =>
  (name: string, body: Body): void => {
    for (const row of table) one(name, Array.isArray(row) ? row : [row], body);
  };
const plain =
  (one: Declare) =>
  (name: string, body: Body): void => {
    one(name, [], body);
  };

export const test = Object.assign(plain(declare), { each: each(declare) });
export const describe = Object.assign(plain(group), { each: each(group) });
export const beforeEach = (body: Body): void => void scope.before.push(body);
export const afterEach = (body: Body): void => void scope.after.push(body);

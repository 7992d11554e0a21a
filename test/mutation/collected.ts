// The tests of a file as functions, so that one process, with everything loaded once, can run just those that reach a mutant.
import { getState, resetState } from 'jest-circus';

type Block = ReturnType<typeof getState>['rootDescribeBlock'];
type Test = Block['tests'][number];

/** Between a file, the blocks in it and the test: what an id is made of. */
export const SEPARATOR = ' › ';

export interface Collected {
  readonly id: string;
  /** `begun`: the blocks whose beforeAll has run; without it that, and afterAll, run for each test, so that what it reaches counts for each. */
  readonly run: (begun?: Set<unknown>) => Promise<void>;
}

/** Everything that a test file declares while it loads, in its order. */
export async function collect(file: string, load: () => Promise<unknown>): Promise<readonly Collected[]> {
  resetState();
  await load();
  const met = new Map<string, number>();
  return testsIn(getState().rootDescribeBlock).map((test) => {
    const blocks = pathTo(test.parent);
    const name = [file, ...blocks.slice(1).map((block) => block.name), test.name].join(SEPARATOR);
    const namesakes = met.get(name) ?? 0;
    met.set(name, namesakes + 1);
    return { id: namesakes === 0 ? name : `${name} #${namesakes + 1}`, run: (begun) => play(test, blocks, begun) };
  });
}

const testsIn = ({ children }: Block): Test[] => children.flatMap((child) => (child.type === 'test' ? [child] : testsIn(child)));

/** Outermost first. */
const pathTo = (block: Block): Block[] => (block.parent === undefined ? [block] : [...pathTo(block.parent), block]);

type Body = () => unknown;

async function play({ fn }: Test, blocks: readonly Block[], begun: Set<unknown> | undefined): Promise<void> {
  const hooks = (kind: string, of = blocks): Body[] =>
    of.flatMap((block) => block.hooks.filter(({ type }) => type === kind).map((hook) => hook.fn as Body));
  const fresh = blocks.filter((block) => begun?.has(block) !== true);
  for (const block of fresh) begun?.add(block);
  for (const step of [...hooks('beforeAll', fresh), ...hooks('beforeEach')]) await step();
  try {
    await (fn as Body)();
  } finally {
    for (const step of [...hooks('afterEach'), ...hooks('afterAll', begun === undefined ? blocks : [])].toReversed()) await step();
  }
}

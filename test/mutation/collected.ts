// The tests of a file as functions, so that one process, with everything loaded once, can run just those that reach a mutant.
import { getState, resetState } from 'jest-circus';

type Block = ReturnType<typeof getState>['rootDescribeBlock'];
type Test = Block['tests'][number];

export interface Collected {
  readonly id: string;
  readonly run: () => Promise<void>;
}

/** Everything that a test file declares while it loads, in its order. Hooks are run for each test. */
export async function collect(file: string, load: () => Promise<unknown>): Promise<readonly Collected[]> {
  resetState();
  await load();
  const met = new Map<string, number>();
  return testsIn(getState().rootDescribeBlock).map((test) => {
    const blocks = pathTo(test.parent);
    const name = [file, ...blocks.slice(1).map((block) => block.name), test.name].join(' › ');
    const namesakes = met.get(name) ?? 0;
    met.set(name, namesakes + 1);
    return { id: namesakes === 0 ? name : `${name} #${namesakes + 1}`, run: () => play(test, blocks) };
  });
}

const testsIn = ({ children }: Block): Test[] => children.flatMap((child) => (child.type === 'test' ? [child] : testsIn(child)));

/** Outermost first. */
const pathTo = (block: Block): Block[] => (block.parent === undefined ? [block] : [...pathTo(block.parent), block]);

type Body = () => unknown;

async function play({ fn }: Test, blocks: readonly Block[]): Promise<void> {
  const hooks = (kind: string): Body[] =>
    blocks.flatMap((block) => block.hooks.filter(({ type }) => type === kind).map((hook) => hook.fn as Body));
  for (const step of [...hooks('beforeAll'), ...hooks('beforeEach')]) await step();
  try {
    await (fn as Body)();
  } finally {
    for (const step of [...hooks('afterEach'), ...hooks('afterAll')].toReversed()) await step();
  }
}

// Each write of each story is refused for good, by rights, by a policy or by a quota in turn, so that each story meets all three and no
// write has to be tried three times: no promise that does not need it may be broken.
import { expect, jest, test } from '@jest/globals';
import { refused, WORDS, writesOf } from './refused.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

/** On a machine that has other things to do. */
jest.setTimeout(60_000);

test.each<Scenario>([...SCENARIOS])('$name', async (scenario) => {
  const writes = await writesOf(scenario);
  const wrong: string[] = [];
  for (const [i, write] of writes.entries()) {
    await refused(scenario, write, WORDS[i % WORDS.length]!).catch((error: unknown) => {
      wrong.push((error as Error).message);
    });
  }
  expect(wrong.join('\n\n')).toBe('');
});

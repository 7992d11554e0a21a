// The process dies at every request of every story in turn, before its effect and after: another takes over, and the story must end as
// it would have without.
import { describe, jest, test } from '@jest/globals';
import { atEveryRequest } from './compare.ts';
import { LIVES, SCENARIOS } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

/** On a machine that has other things to do. */
jest.setTimeout(60_000);

describe.each<Scenario>([...SCENARIOS, ...LIVES])('$name', (scenario) => {
  test.each(['dies before', 'dies after'] as const)('the process that sent each request %s its effect', (fault) =>
    atEveryRequest(scenario, fault),
  );
});

// The answer to each request of every story in turn comes seconds after its effect, when the watches have told of that and of what it led to: the
// story must end as it would have without.
import { jest, test } from '@jest/globals';
import { atEveryRequest } from './compare.ts';
import { LIVES, SCENARIOS } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

/** On a machine that has other things to do. */
jest.setTimeout(60_000);

test.each<Scenario>([...SCENARIOS, ...LIVES])('$name', (scenario) => atEveryRequest(scenario, 'is answered late'));

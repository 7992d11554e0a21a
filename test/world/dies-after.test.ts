// The process dies at every request of every story in turn, after its effect: another takes over, and the story must end as it would have
// without.
import { jest, test } from '@jest/globals';
import { atEveryRequest } from './compare.ts';
import { LIVES, SCENARIOS } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

/** On a machine that has other things to do. */
jest.setTimeout(60_000);

test.each<Scenario>([...SCENARIOS, ...LIVES])('$name', (scenario) => atEveryRequest(scenario, 'dies after'));

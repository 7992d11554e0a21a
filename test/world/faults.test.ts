// One thing goes wrong, at every request in turn, in every way: the story must end as it would have without, and no promise may be
// broken on the way.
import { describe, expect, test } from '@jest/globals';
import { asCalm, undisturbed } from './compare.ts';
import type { Played } from './play.ts';
import { LIVES, SCENARIOS } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';
import { FAULTS, isWrite } from './server.ts';
import { KINDS } from './store.ts';

describe.each<Scenario>([...SCENARIOS, ...LIVES])('$name', (scenario) => {
  test('nothing goes wrong', async () => {
    const { from, to } = await undisturbed(scenario);
    expect(to).toBeGreaterThanOrEqual(from);
  });

  test.each(FAULTS)('each request %s', async (fault) => {
    const { from, to, world } = await undisturbed(scenario);
    for (let number = from; number <= to; number++) {
      const request = world.requests[number - 1]!;
      if (!isWrite(request) && fault === 'fails after') continue; // a read has no effect to fail after
      await asCalm(scenario, { faults: [[number, fault]] }, `request #${number} (${request.verb} ${request.kind}) ${fault}`);
    }
  });

  test('status is wiped after each request', async () => {
    const { from, to } = await undisturbed(scenario);
    if (scenario.recalls === true) return;
    for (let number = from; number <= to; number++) {
      const wipe = new Map([
        [
          number,
          (world: Played['world']) => {
            world.wipeStatus('shop');
          },
        ],
      ]);
      await asCalm(scenario, { disturb: wipe }, `status wiped after #${number}`);
    }
  });

  test('news of one kind are five seconds old', async () => {
    for (const kind of KINDS) await asCalm(scenario, { weather: { slow: { [kind]: 5_000 } } }, `slow ${kind}`);
  });
});

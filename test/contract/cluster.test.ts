// The contract on a real API server. Where the world disagrees, the world is wrong.
// An API server of its own: its cases do what the policies would refuse.
import { afterAll, beforeAll, test } from '@jest/globals';
import { startCluster } from '../../deploy/local/cluster.ts';
import { slotsOf } from '../../src/shell/gates/slots.ts';
import { CASES } from './cases.ts';
import { openReality, type Reality } from './cluster.ts';

const START_MS = 15 * 60_000; // The cluster's programs may have to be built first.
const CASE_MS = 120_000;

let reality: Reality;
/** At once, and no more than an API server on a busy machine answers within the deadline of a call. */
const MOST = 32;
/** Each in a namespace of its own: controllers take their time whether one case waits for them or many do. */
let playing: ReadonlyMap<string, Promise<void>>;

beforeAll(async () => {
  reality = await openReality(await startCluster({ log: (line) => process.stderr.write(`${line}\n`) }));
  const slots = slotsOf(MOST, MOST);
  const played = async ({ play }: (typeof CASES)[number]): Promise<void> => {
    const give = await slots.take('cases');
    await reality.subject().then(play).finally(give);
  };
  playing = new Map(CASES.map((each) => [each.name, played(each)]));
  for (const each of playing.values()) each.catch(() => undefined); // Told where its test waits for it.
}, START_MS);
afterAll(() => (reality as Reality | undefined)?.close());

test.each(CASES)('$name', ({ name }) => playing.get(name), CASE_MS);

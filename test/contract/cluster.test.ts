// The contract on a real API server. Where the world disagrees, the world is wrong.
// An API server of its own: its cases do what the policies would refuse.
import { afterAll, beforeAll, test } from '@jest/globals';
import { startCluster } from '../../deploy/local/cluster.ts';
import { CASES } from './cases.ts';
import { openReality, type Reality } from './cluster.ts';

const START_MS = 15 * 60_000; // The cluster's programs may have to be built first.
const CASE_MS = 120_000;

let reality: Reality;
/** All at once, each in a namespace of its own: controllers take their time whether one case waits for them or all do. */
let playing: ReadonlyMap<string, Promise<void>>;

beforeAll(async () => {
  reality = await openReality(await startCluster({ log: (line) => process.stderr.write(`${line}\n`) }));
  playing = new Map(CASES.map(({ name, play }) => [name, reality.subject().then(play)]));
  for (const played of playing.values()) played.catch(() => undefined); // Told where its test waits for it.
}, START_MS);
afterAll(() => (reality as Reality | undefined)?.close());

test.each(CASES)('$name', ({ name }) => playing.get(name), CASE_MS);

// Every way in which the connection to the API server may fail that we know of, and how long it may take until events flow again.
// docs/faults.md shows the same table to people.
import type { Credentials } from '../../src/shell/api/connection.ts';
import type { Watch } from '../../src/shell/api/watch.ts';
import type { ManualClock } from './faultserver.ts';
import { eventually } from './faultserver.ts';
import type { Origin, Published } from './origin.ts';

export interface Scene {
  readonly origin: Origin;
  readonly clock: ManualClock;
  readonly watch: Watch;
  /** What the sink was told of, deletions as `-name`, by uid. */
  readonly told: readonly string[];
  readonly objects: readonly Published[];
  /** Names at which the sink throws. */
  readonly poison: Set<string>;
  readonly credentials: () => Credentials;
  /** Lets exactly this much time pass, once somebody waits for it. */
  passes(ms: number): Promise<void>;
}

export interface Fault {
  readonly fault: string;
  /** Until an event that is published right after the fault has reached the sink: the waits, and a second for connecting. */
  readonly boundMs: number;
  /** The waits that make up the bound, with the jitter at its worst, in the order in which they come. */
  readonly waits: readonly number[];
  /** What goes wrong. What comes after is measured. */
  happens(scene: Scene): Promise<void> | void;
  /** What else must be so when the event has come. */
  then?(scene: Scene): void;
  /** Other credentials are read after the first refusal, while the watch waits. */
  readonly relearns?: true;
  /** Nothing must come: the watch has ended instead. */
  readonly ends?: true;
}

// The constants of src/shell/api/watch.ts: back-off from 0.8 s, doubled up to 30 s, up to half as much again; 130 s of silence.
const FIRST = 1_200;
const SECOND = 2_400;
const LONGEST = 45_000;
const SILENCE = 130_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const FAULTS: readonly Fault[] = [
  {
    fault: 'half-open stream',
    boundMs: 132_200,
    waits: [SILENCE, FIRST],
    happens: ({ origin }) => {
      origin.forget();
    },
  },
  {
    fault: 'reset mid-line',
    boundMs: 2_200,
    waits: [FIRST],
    happens: async ({ origin, told }) => {
      const before = told.length;
      origin.publish('MODIFIED', 'first');
      origin.say('{"type":"ADDED","object":{"metadata":{"na');
      await eventually(() => told.length > before);
      origin.cut();
    },
  },
  {
    fault: 'garbage line',
    boundMs: 2_200,
    waits: [FIRST],
    happens: ({ origin }) => {
      origin.say('<html>not what you asked for</html>\n');
      origin.forget();
    },
  },
  {
    fault: 'ERROR event 410',
    boundMs: 1_000,
    waits: [],
    happens: ({ origin }) => {
      origin.fail(410);
    },
  },
  {
    fault: 'ERROR event 500',
    boundMs: 2_200,
    waits: [FIRST],
    happens: ({ origin }) => {
      origin.fail(500);
    },
  },
  {
    fault: 'ERROR event 429 with Retry-After: 7',
    boundMs: 8_000,
    waits: [7_000],
    happens: ({ origin }) => {
      origin.fail(429, { retryAfterSeconds: 7 });
    },
  },
  {
    fault: 'clean close of a quiet watch',
    boundMs: 1_000,
    waits: [],
    happens: ({ origin, clock }) => {
      clock.advance(MINUTE);
      origin.end();
    },
  },
  {
    fault: 'bookmark-only traffic',
    boundMs: 1_000,
    waits: [],
    happens: async ({ origin, clock, watch }) => {
      for (let minute = 0; minute < 30; minute++) {
        clock.advance(MINUTE);
        origin.bookmark();
        await eventually(() => watch.lastContactAt() === clock.monotonic(), 'the bookmark came');
      }
    },
  },
  {
    // The second 410 in a row: the first was why there is a list at all.
    fault: '`continue` expires mid-list',
    boundMs: 2_200,
    waits: [FIRST],
    happens: ({ origin }) => {
      origin.pages = { expired: 1 };
      origin.fail(410);
    },
    then: ({ origin }) => {
      if (origin.pages?.expired !== 0) throw new Error('no list was broken off');
    },
  },
  {
    fault: 'throwing handler',
    boundMs: 1_000,
    waits: [],
    happens: ({ origin, poison }) => {
      poison.add('poison');
      origin.publish('ADDED', 'poison');
    },
  },
  {
    fault: 'stop during back-off',
    boundMs: 1_000,
    waits: [],
    ends: true,
    happens: async ({ origin, clock, watch }) => {
      origin.cut();
      await eventually(() => clock.waits()[0] === FIRST);
      watch.stop();
    },
  },
  {
    fault: 'delete and recreate under one name',
    boundMs: 1_000,
    waits: [],
    happens: ({ origin }) => {
      origin.publish('DELETED', 'first');
      origin.publish('ADDED', 'first', {}, 'uid-second-life');
    },
    then: ({ told }) => {
      if (told.slice(-3, -1).join() !== '-uid-first,uid-second-life') throw new Error(`told ${told.join()}`);
    },
  },
  {
    fault: 'fields nobody knows',
    boundMs: 1_000,
    waits: [],
    happens: ({ origin }) => {
      origin.publish('MODIFIED', 'first', { spec: { future: { of: ['kubernetes', 1.5, null, true] } } });
    },
    then: ({ objects }) => {
      const known = objects.find(({ spec }) => spec !== undefined);
      if (JSON.stringify(known?.spec) !== '{"future":{"of":["kubernetes",1.5,null,true]}}') throw new Error('they were dropped');
    },
  },
  {
    fault: 'API server restart',
    boundMs: 46_000,
    waits: [LONGEST],
    happens: async (scene) => {
      const port = scene.origin.port;
      await scene.origin.stop();
      // Down for long enough that patience is at its longest when it comes back, a moment after it was asked in vain.
      for (const ms of [FIRST, SECOND, 4_800, 9_600, 19_200, 38_400]) await scene.passes(ms);
      await eventually(() => scene.clock.waits()[0] === LONGEST);
      await scene.origin.start('same');
      if (scene.origin.port !== port) throw new Error('another port');
    },
  },
  {
    fault: 'token rotation',
    boundMs: 4_600,
    waits: [FIRST, SECOND],
    relearns: true,
    happens: async ({ origin }) => {
      await origin.rotate('two');
      origin.cut();
    },
  },
  {
    fault: 'CA rotation',
    boundMs: 4_600,
    waits: [FIRST, SECOND],
    relearns: true,
    happens: async ({ origin }) => {
      await origin.stop();
      await origin.start('another');
    },
  },
  {
    fault: 'clock set forwards by an hour',
    boundMs: 1_000,
    waits: [],
    happens: ({ clock }) => {
      clock.sleep(HOUR);
    },
  },
  {
    fault: 'clock set back by an hour',
    boundMs: 1_000,
    waits: [],
    happens: ({ clock }) => {
      clock.sleep(-HOUR);
    },
  },
];

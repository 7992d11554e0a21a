// The contract on the world: what the simulation claims. cluster.test.ts is the truth.
import { test } from '@jest/globals';
import { CASES } from './cases.ts';
import { worldSubject } from './world.ts';

test.each(CASES)('$name', ({ play }) => play(worldSubject()));

// The contract: what the operator and its tests take for granted of an API server and the controllers around it. Every case is played on
// the world and on a real cluster, with the same assertions, so that the world cannot drift from the truth.
import { CHANGING } from './changing.ts';
import { CREATING } from './creating.ts';
import { FINISHING } from './finishing.ts';
import { OWNING } from './owning.ts';
import { REPORTING } from './reporting.ts';
import { ROLLING } from './rolling.ts';
import { SERVICES } from './services.ts';
import { STRAYING } from './straying.ts';
import type { Case } from './subject.ts';
import { WATCHING } from './watching.ts';

export const CASES: readonly Case[] = [
  ...CREATING,
  ...CHANGING,
  ...REPORTING,
  ...SERVICES,
  ...OWNING,
  ...ROLLING,
  ...FINISHING,
  ...STRAYING,
  ...WATCHING,
];

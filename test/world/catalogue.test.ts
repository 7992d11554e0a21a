// Every fault of the catalogue is played, proven elsewhere, or cannot happen for a reason that is said; none is forgotten.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { list, obj } from '../../src/model/json.ts';
import { CATALOGUE } from './catalogue.ts';
import type { Told } from './catalogue.ts';
import { asCalm } from './compare.ts';
import { play } from './play.ts';

const FAULTS_KNOWN = 52;

test('every fault has its row, in order', () => {
  expect(CATALOGUE.map(({ fault }) => fault)).toEqual(Array.from({ length: FAULTS_KNOWN }, (_, i) => i + 1));
  for (const { plays, tested = [], not } of CATALOGUE) expect(plays !== undefined || tested.length > 0 || not !== undefined).toBe(true);
});

const CITED = CATALOGUE.flatMap(({ fault, tested = [] }) => tested.map(([file, title]) => [fault, file, title] as const));
test.each(CITED)('F%i is proven in %s: %s', (_fault, file, title) => {
  expect(readFileSync(file, 'utf8')).toContain(`'${title}`);
});

async function tell({ scenario, options, label, alike = false, says, hears }: Told): Promise<void> {
  const { world } = alike ? await asCalm(scenario, options, label) : await play(scenario, options, label);
  if (hears !== undefined && !world.requests.some(({ outcome = '' }) => outcome.includes(hears)))
    throw new Error(`${scenario.name}, ${label}: nobody heard "${hears}"`);
  if (says === undefined) return;
  const said = world.oracles.reports.flatMap(({ status }) => [
    ...list(obj(status).conditions).map(({ reason }) => reason),
    ...list(obj(status).versions).map(({ reason }) => reason),
  ]);
  if (!said.includes(says)) throw new Error(`${scenario.name}, ${label}: nobody said ${says}, but ${[...new Set(said)].join(', ')}`);
}

describe('played', () => {
  const rows = CATALOGUE.flatMap(({ fault, what, plays }) => (plays === undefined ? [] : [[fault, what, plays] as const]));
  test.each(rows)(
    'F%i %s',
    async (_fault, _what, plays) => {
      const stories = await plays();
      expect(stories.length).toBeGreaterThan(0);
      for (const story of stories) await tell(story);
    },
    120_000,
  );
});

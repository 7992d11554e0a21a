// An older operator meets what a newer one wrote: it passes over what it cannot read, says so, and moves nothing because of it.
import { expect, test } from '@jest/globals';
import type { FactSeen } from '../../src/model/observed.ts';
import { REASON } from '../../src/model/vocabulary.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Given } from '../given.ts';
import { APP, coming, freeze, given, id, NOW, stored, up } from '../given.ts';
import { projectRevision } from '../../src/workloads/record.ts';
import { lines } from './table.ts';

/** A fact as a later operator may write it, of a kind that this one has never heard of. */
const factSeenOf = (name: string, owner: string): FactSeen =>
  projectRevision(
    stored(
      {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: {
          name: `${id(name)}.weather`,
          namespace: 'ns',
          labels: { 'immutableapp.io/app': APP, 'immutableapp.io/version': id(name) },
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ControllerRevision', name: id(name), uid: owner, controller: true }],
        },
        revision: 1,
        data: { fact: { is: 'weather', rain: true } },
      },
      {},
    ),
  ) as FactSeen;

test.each<[string, Given]>([
  ['what serves', { versions: { one: up(3) }, switches: ['one'] }],
  ['what comes up', { latest: 'two', versions: { one: up(3), two: coming(3, 3) }, switches: ['one'] }],
  ['what a former life left', { left: { one: up(3) }, versions: {}, life: 'orphaned' }],
])('a fact of a kind that is not known changes nothing: %s', (_, facts) => {
  const seen = given(facts);
  const record = seen.records[0]!;
  const later = freeze({ ...seen, factsSeen: [...seen.factsSeen, factSeenOf('one', record.uid)] });
  expect(plan(later, NOW)).toEqual(plan(seen, NOW));
});

test('a record of a scheme that is not known is not used: what runs serves on, and spec is made again under the scheme that is', () => {
  const seen = given({ versions: { one: up(3) }, switches: ['one'] });
  const older = freeze({ ...seen, records: seen.records.map((record) => ({ ...record, authentic: false })) });
  const { actions, status } = plan(older, NOW);
  expect(lines(actions)).toEqual(['rehearse one-2 ×3']);
  expect(status.warnings).toMatchObject([{ reason: REASON.RecordUnreadable }]);
});

// What is nobody's business changes no decision: every row of every table is decided again among strangers, and in another order.
import { expect, test } from '@jest/globals';
import type { FactSeen, Fact, InstanceSeen, RecordSeen, Snapshot } from '../../src/model/observed.ts';
import type { InstanceName } from '../../src/model/version.ts';
import type { Answers } from '../../src/model/question.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { plan } from '../../src/plan/plan.ts';
import { freeze, given, NOW, up } from '../given.ts';
import type { Row } from './table.ts';
import { TABLES } from './tables.ts';

const rows: readonly [string, readonly Row[]][] = Object.entries(TABLES);

/** The decision of a row on what was seen, as the tables take it. */
function decideOn(first: Snapshot, { since }: Row): Plan {
  if (since === undefined) return plan(first, NOW);
  return plan(freeze({ ...first, notes: plan(first, NOW - since * 1000).notes }), NOW);
}

const reversed = <K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<K, V> => new Map([...map].toReversed());
/** Facts of one kind about one version have an order; nothing else has. */
const backwards = (seen: Snapshot): Snapshot => ({
  ...seen,
  records: seen.records.toReversed(),
  configs: seen.configs.toReversed(),
  instances: seen.instances.toReversed(),
  services: seen.services.toReversed(),
  budgets: seen.budgets.toReversed(),
  neighbours: seen.neighbours.toReversed(),
  sources: seen.sources.toReversed(),
  answers: Object.fromEntries(
    Object.entries(seen.answers).map(([ask, answers]) => [ask, reversed(answers as ReadonlyMap<string, unknown>)]),
  ) as unknown as Answers,
});

/** Another App of the namespace, seen by mistake: its objects bear names that no version of ours has. */
const elsewhere = given({ latest: 'stranger', versions: { stranger: { ...up(2), name: 'x' } }, switches: ['stranger'], sources: {} });
const owner = { kind: 'ImmutableApp', name: 'another', uid: 'uid-another' };
const FACTS: readonly Fact[] = [
  { is: 'held', by: 'them' },
  { is: 'rejected', by: 'them' },
  { is: 'alias', name: 'theirs' },
  { is: 'specHash', specHash: 'theirs' },
  { is: 'route', switchNumber: 0, instance: 'theirs' as InstanceName, previous: '' },
  { is: 'restored', from: 'theirs' },
];

function among(seen: Snapshot): Snapshot {
  const [record] = elsewhere.records as readonly [RecordSeen];
  const [instance] = elsewhere.instances as readonly [InstanceSeen];
  const factsSeen = FACTS.map((fact, i): FactSeen => ({
    ...record,
    is: 'fact',
    name: `theirs-${String(i)}`,
    uid: `uid-fact-${String(i)}`,
    owner,
    fact,
  }));
  const ours = seen.instances.filter((each) => each.owner?.uid === seen.app.uid);
  // Of another App, with the label of a version of ours.
  const dressed = ours.map((each): InstanceSeen => ({ ...each, name: `${each.id}-77` as InstanceName, uid: `${each.uid}-77`, owner }));
  // Of ours, with a name that no instance has.
  const misnamed = ours.map((each): InstanceSeen => ({ ...each, name: `${each.id}-x7` as InstanceName, uid: `${each.uid}-x7` }));
  const service = elsewhere.services[0]!;
  const aside = { ...service, name: 'theirs', uid: 'uid-theirs', labels: {}, annotations: {}, owner: undefined };
  return {
    ...seen,
    records: [{ ...record, owner, revision: 99 }, ...seen.records],
    factsSeen: [...factsSeen, ...factsSeen.map((each) => ({ ...each, owner: undefined })), ...seen.factsSeen],
    configs: [...elsewhere.configs.map((config) => ({ ...config, owner })), ...seen.configs],
    instances: [{ ...instance, owner }, ...dressed, ...misnamed, ...seen.instances],
    services: [{ ...aside, selector: { app: 'another' } }, ...seen.services],
    neighbours: [{ name: 'beside', selector: { app: 'another' }, headless: false, publishNotReadyAddresses: false }, ...seen.neighbours],
    budgets: [
      { ...record, name: 'theirs', uid: 'uid-budget', owner: undefined, allows: 'x', selector: { matchLabels: { app: 'another' } } },
      ...seen.budgets,
    ],
    sources: [{ name: 'unrelated', uid: 'uid-unrelated', resourceVersion: '1', exempt: false }, ...seen.sources],
    taken: new Set(['ControllerRevision/theirs', 'Deployment/theirs', 'ConfigMap/theirs', ...seen.taken]),
  };
}

test.each(rows)('%s: strangers are none of its business, nor is the order in which things were seen', (_subject, table) => {
  for (const row of table) {
    const seen = given(row.given);
    expect({ [row.name]: decideOn(freeze(among(backwards(seen))), row) }).toEqual({ [row.name]: decideOn(seen, row) });
  }
});

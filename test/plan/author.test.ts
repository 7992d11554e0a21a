// Who is behind a version and a move of traffic: written into records, history and events when it is known, left out when it is not.
import { expect, test } from '@jest/globals';
import type { Given } from '../given.ts';
import { cold, given, id, NOW, up } from '../given.ts';
import { plan } from '../../src/plan/plan.ts';
import { happened } from '../../src/shell/loop/events.ts';

const wrote = (manager: string, owned: object) => ({ manager, operation: 'Update', time: '2026-03-01T11:59:00Z', fieldsV1: owned });
const note = (name: string) => ({ 'f:metadata': { 'f:annotations': { [`f:immutableapp.io/${name}`]: {} } } });
const MANAGED = [
  wrote('argocd', { 'f:spec': { 'f:template': {} } }),
  wrote('oncall-ann', { 'f:spec': { 'f:activeVersion': {} } }),
  wrote('oncall-pia', note('pin')),
  wrote('oncall-bob', note('reject')),
  wrote('oncall-rex', note('renew')),
  wrote('immutableapp', { 'f:spec': { 'f:template': {}, 'f:activeVersion': {} } }),
];
const managed = (annotations: object = {}): Pick<Given, 'metadata'> => ({
  metadata: {
    managedFields: MANAGED,
    annotations: Object.fromEntries(Object.entries(annotations).map(([name, typed]) => [`immutableapp.io/${name}`, typed])),
  },
});
/** Everything has looked like this for ten minutes. */
function settled(facts: Given) {
  const seen = given(facts);
  return plan({ ...seen, notes: plan(seen, NOW - 600_000).notes }, NOW);
}
const BOTH: Given = { latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one', 'two'] };
const HOUR = new Date(NOW + 3_600_000).toISOString();

test.each<[string, Given, string | undefined]>([
  ['a pin', { ...BOTH, ...managed({ pin: `${id('one')} until ${HOUR}` }), status: { pinned: '' } }, 'oncall-pia'],
  ['the pointer', { ...BOTH, ...managed(), spec: { activeVersion: id('one') }, decision: '' }, 'oncall-ann'],
  ['a rejection', { ...BOTH, ...managed({ reject: id('two') }) }, 'oncall-bob'],
  ['content that served before', { ...BOTH, latest: 'one', ...managed() }, 'argocd'],
  ['a failure', { ...BOTH, ...managed(), versions: { one: up(3), two: { ...up(3), failed: {} } } }, undefined],
  ['nobody that is known', { ...BOTH, latest: 'one' }, undefined],
])('traffic is moved by %s', (_what, facts, by) => {
  const { actions } = settled(facts);
  const move = actions.find((action) => action.do === 'switch');
  expect(move?.by ?? '').toBe(by ?? '');
  const [event] = happened(actions).filter(({ reason }) => reason === 'Switched');
  expect(event?.note).toMatch(by === undefined ? /\(switch 3\)$/ : new RegExp(`\\(switch 3\\): ${by}$`));
  // And so history says once the switch is seen.
  const after = settled({ ...facts, services: { web: { on: 'one', stamp: { switchNumber: 3, previous: 'two' } } } });
  expect(after.status.history?.[0]).toMatchObject({ switchNumber: 3, to: id('one') });
  expect(after.status.history?.[0]?.by).toBe(by);
});

/** What the record that is published says. */
const created = (facts: Given): unknown => {
  const { actions } = settled(facts);
  const records = actions.flatMap((action) => (action.do === 'publish' && action.kind === 'ControllerRevision' ? action.record : []));
  return records.length === 0 ? 'nothing' : records[0]!.by;
};
const captured = (by: string): Given => ({
  latest: 'siteb',
  versions: { sitea: up(3) },
  switches: ['sitea'],
  sources: { site: { says: 'b', read: { by } } },
  trial: 'accepted',
  ...managed(),
});

test('a record says who asked for it: who wrote spec, or the ConfigMap that changed, its keys and who wrote it', () => {
  expect(created({ latest: 'two', versions: { one: up(3) }, switches: ['one'], trial: 'accepted', ...managed() })).toBe('argocd');
  expect(created({ latest: 'two', versions: { one: up(3) }, switches: ['one'], trial: 'accepted' })).toBe('');
  expect(created(captured('(site.conf) by bob'))).toBe('ConfigMap/site (site.conf) by bob');
  expect(created(captured(''))).toBe('ConfigMap/site');
});

test('of several ConfigMaps those that changed made it', () => {
  const pair = (latest: string, site: string): Given => ({
    latest,
    versions: { pair: up(3) },
    switches: ['pair'],
    sources: { extra: { says: 'f', read: { by: 'by bob' } }, site: { says: site, read: { by: 'by ann' } } },
    trial: 'accepted',
    ...managed(),
  });
  expect(created(pair('pairb', 'a'))).toBe('ConfigMap/extra by bob');
  expect(created(pair('pairc', 'b'))).toBe('ConfigMap/extra by bob, ConfigMap/site by ann');
});

test('a version that a ConfigMap made moves traffic in its name, and so does one that comes back by it', () => {
  const made: Given = {
    ...captured('(site.conf) by bob'),
    versions: { sitea: up(3), siteb: { ...up(3), by: 'ConfigMap/site (site.conf) by eve' } },
    status: { versions: [{ id: id('siteb') }, { id: id('sitea'), servedFrom: '2026-03-01T11:00:00Z' }] },
  };
  expect(settled(made).actions.find((action) => action.do === 'switch')?.by).toBe('ConfigMap/site (site.conf) by eve');
  const back: Given = { ...made, latest: 'sitea', switches: ['sitea', 'siteb'], sources: { site: { says: 'a', read: { by: 'by ann' } } } };
  expect(settled(back).actions.find((action) => action.do === 'switch')?.by).toBe('ConfigMap/site by ann');
});

test('a hold and a rejection remember who decided', () => {
  const facts = (given: Given) => settled(given).actions.flatMap((action) => (action.do === 'attest' ? [action.fact] : []));
  expect(facts({ ...BOTH, ...managed(), spec: { activeVersion: id('one') }, decision: '' })).toContainEqual({
    ...{ is: 'held', by: id('one'), who: 'oncall-ann' },
  });
  expect(facts({ ...BOTH, ...managed({ reject: id('two') }) })).toContainEqual({ is: 'rejected', by: id('two'), who: 'oncall-bob' });
  const held = settled({ ...BOTH, switches: ['one'], versions: { one: up(3), two: { ...cold, held: '1.0', heldBy: 'oncall-ann' } } });
  expect(held.status.conditions?.find(({ type }) => type === 'Ready')?.message).toContain(
    'is newer and held, since spec.activeVersion was set to "1.0" at 2026-03-01T11:00:00Z by oncall-ann: name it in spec.activeVersion to release it',
  );
});

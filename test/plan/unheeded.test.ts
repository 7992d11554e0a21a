// Warnings about what people wrote and what has no effect, whole, where the tables quote only some of them.
import { expect, test } from '@jest/globals';
import { plan } from '../../src/plan/plan.ts';
import type { Given } from '../given.ts';
import { cold, given, id, nick, NOW, up } from '../given.ts';

const warnings = (facts: Given): string[] =>
  (plan(given(facts), NOW).status.warnings ?? []).map(({ reason, message }) => nick(`${reason!}: ${message!}`));
const annotated = (name: string, typed: string): Pick<Given, 'metadata'> => ({
  metadata: { annotations: { [`immutableapp.io/${name}`]: typed } },
});

test('a name that does not exist is told with what serves, if anything does', () => {
  const facts: Given = { versions: { one: { ...up(3), name: '1.0' } }, ...annotated('reject', '9.9') };
  const said = 'VersionNotFound: annotation immutableapp.io/reject names "9.9", which does not exist: nothing was rejected; use one of 1.0';
  expect(warnings(facts)).toEqual([said]);
  expect(warnings({ ...facts, switches: ['one'] })).toEqual([`${said}; it serves one (1.0)`]);
});

test('only receivers that are not defined for the namespace are told', () => {
  const fleet = {
    gateSources: [
      { name: 'team-a', namespaces: undefined },
      { name: 'team-b', namespaces: ['other'] },
    ],
  };
  const facts: Given = { versions: { one: up(3) }, switches: ['one'], spec: { notify: ['team-a', 'team-b'] }, fleet };
  expect(warnings(facts)).toEqual([
    'ReceiverUnknown: spec.notify names "team-b", which is not defined for namespace prod: there are team-a',
  ]);
});

test('what runs without a record and is rejected is like nothing that serves', () => {
  const versions: Given['versions'] = { one: up(3), two: { ...up(3), record: 'lost' } };
  expect(warnings({ versions, switches: ['one'], ...annotated('reject', id('two')) })).toEqual([]);
});

test('what serves is not like itself: it was renewed since it was rejected', () => {
  const one = { ...up(3), name: '1.0', renewed: { nonce: 'a', reject: '1.0' } };
  const facts: Given = { versions: { one, two: cold }, switches: ['one'], ...annotated('reject', '1.0') };
  expect(warnings(facts)).toEqual([]);
});

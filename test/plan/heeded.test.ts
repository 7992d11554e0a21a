// Which decision of a person is acted on, by itself and beside another one, and what is kept of it until it can be stored.
import { describe, expect, test } from '@jest/globals';
import { plan } from '../../src/plan/plan.ts';
import { cold, given, id, NOW, up } from '../given.ts';
import type { Given } from '../given.ts';
import { lines } from './table.ts';

const PIN = '1.0 until 2026-03-01T13:00:00Z';
const pinned = { metadata: { annotations: { 'immutableapp.io/pin': PIN } } };
const FACTS: Given = { latest: 'two', versions: { one: { ...up(3), name: '1.0' }, two: up(3) }, switches: ['one'] };
const deciding = (facts: Given) => plan(given({ ...FACTS, ...facts }), NOW);
const about = (facts: Given): string[] => lines(deciding(facts).actions).filter((line) => /^(attest|retire ControllerRevision)/.test(line));

test.each<[string, Given, string, string]>([
  [
    'a pin that is done, and not the pointer beside it that cannot be followed',
    {
      versions: { ...FACTS.versions, two: { ...up(3), held: PIN } },
      ...pinned,
      spec: { activeVersion: '9' },
      status: { pinned: PIN, decision: 'before' },
    },
    '',
    PIN,
  ],
  [
    'a pin that was done before, though what it names is gone',
    { versions: { two: up(3) }, ...pinned, switches: ['two'], status: { pinned: PIN } },
    '',
    PIN,
  ],
])('status keeps: %s', (_what, facts, decision, pin) => {
  const { status } = deciding(facts);
  expect([status.decision, status.pinned]).toEqual([decision, pin]);
});

describe('what is held', () => {
  const three = { ...up(3), name: '3.0', held: 'x' };
  test('is free when the pointer names it, though a pin to another version comes first', () => {
    const facts = { latest: 'two', versions: { ...FACTS.versions, three }, ...pinned, spec: { activeVersion: '3.0' } };
    expect(about({ ...facts, status: { pinned: PIN, decision: '3.0' } })).toEqual([
      'retire ControllerRevision three.held: held no more: spec.activeVersion names it',
    ]);
  });
  test('is free when it is named by the words that once held it, since they meant another version then', () => {
    const versions = { ...FACTS.versions, two: { ...up(3), name: '2.0', held: '2.0' } };
    expect(about({ versions, spec: { activeVersion: '2.0' }, decision: '2.0' })).toEqual([
      'retire ControllerRevision two.held: held no more: spec.activeVersion names it',
    ]);
  });
  test('stays so while a pin to another version holds it and the pointer names it', () => {
    const versions = { ...FACTS.versions, two: { ...up(3), name: '2.0', held: PIN } };
    expect(about({ versions, ...pinned, spec: { activeVersion: '2.0' }, status: { pinned: PIN, decision: '2.0' } })).toEqual([]);
  });
  test('by a decision that no status has reported yet tells that it was acted on, whatever else is reported as held', () => {
    const versions = { one: { ...up(3), name: '1.0' }, four: { held: 'x' }, two: { held: '1.0' }, three: cold };
    const of = (reported: string) => ({
      ...{ latest: 'three', versions, spec: { activeVersion: '1.0' } },
      status: { decision: '', latestVersion: id('two'), versions: [{ id: id('one') }, { id: id(reported), reason: 'Held' }] },
    });
    expect(about(of('four'))).toEqual([]);
    expect(about(of('two'))).toEqual(['attest three.held: spec.activeVersion names one (1.0)']);
  });
});

describe('a hold that the API server refused to store', () => {
  const POINTED: Given = { spec: { activeVersion: '1.0' }, decision: '' };
  const refused = { 'attest ControllerRevision/two.held': 'exceeded quota: controllerrevisions' };
  const after = (facts: Given, before: Given) => plan(given({ ...FACTS, ...facts, notes: deciding(before).notes }), NOW + 60_000);
  const held = (facts: Given, before: Given): string[] =>
    lines(after(facts, before).actions).filter((line) => line.startsWith('attest two.held'));

  test('is stored later, though nobody names another version any more', () => {
    expect(held({ decision: '1.0' }, { ...POINTED, refused })).toEqual([
      'attest two.held: another version was named before this could be recorded',
    ]);
  });
  test('is stored once', () => {
    expect(held({ decision: '1.0', versions: { ...FACTS.versions, two: { ...up(3), held: '1.0' } } }, { ...POINTED, refused })).toEqual([]);
  });
  test('is not stored where nobody decided anything', () => {
    expect(held({ decision: '1.0' }, {})).toEqual([]);
  });
});

// Which records count when spec may be a version in other words, and what the App is known by then.
import { expect, test } from '@jest/globals';
import type { App } from '../../src/model/app.ts';
import type { RecordSeen } from '../../src/model/observed.ts';
import { inOtherWords } from '../../src/plan/read/likeness.ts';
import { bytesIn, given, up } from '../given.ts';

/** The only version says the same as spec in other words. */
const seen = given({
  latest: 'bytes',
  versions: { bytes: up(3) },
  switches: ['bytes'],
  spec: { ...bytesIn('AAEC\nAwQFBgc=\n') },
});
const app = seen.app as App;
const [record] = seen.records as readonly [RecordSeen];
const known = (of: Partial<RecordSeen>): App => inOtherWords({ records: [{ ...record, ...of }] }, app);
const source = { name: 'site', uid: 'uid-ConfigMap-site', resourceVersion: '4712', digest: 'x' };

test('a version that means the same is what spec means, too', () => {
  const { fingerprints, inlines } = known({});
  expect(fingerprints).toEqual([...app.fingerprints, record.fingerprint]);
  expect(inlines).toEqual([...app.inlines, record.inline]);
  expect(app.inlines).not.toContain(record.inline);
});

test('one that captured something is known by its template and config alone: what it captured may have changed', () => {
  const { fingerprints, inlines } = known({ sources: [source] });
  expect(fingerprints).toEqual(app.fingerprints);
  expect(inlines).toEqual([...app.inlines, record.inline]);
});

test.each<[string, Partial<RecordSeen>]>([
  ['that does not hold what it was made of', { authentic: false }],
  ['that is being deleted', { deleting: true }],
  ['that is both', { authentic: false, deleting: true }],
  ['that means something else', { meaning: 'v1:another' as RecordSeen['meaning'] }],
  ['that says it in these very words', { inline: app.inlines[0]! }],
])('nothing is added by a record %s', (_, of) => {
  expect(known(of)).toBe(app);
});

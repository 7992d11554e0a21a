// What becomes an event of a report: news, once.
import { expect, test } from '@jest/globals';
import { changed } from '../../src/shell/loop/events.ts';

const warning = (message: string, reason = 'VersionNotFound') => ({ warnings: [{ reason, message }] });
const MISSED = 'annotation immutableapp.io/reject names "2.O", which no record holds';

test('a rejection that names nothing is an event, once, whatever serves meanwhile', () => {
  const first = warning(`${MISSED}: nothing was rejected; it serves shop-1`);
  expect(changed({}, first)).toEqual([{ type: 'Warning', reason: 'VersionNotFound', note: first.warnings[0]!.message }]);
  expect(changed(first, warning(`${MISSED}: nothing was rejected; it serves shop-2`))).toEqual([]);
  expect(changed(first, warning(MISSED.replace('2.O', '3.O')))).toHaveLength(1);
});

test('an annotation that nobody reads is an event; a pin that is over is none', () => {
  expect(changed({}, warning('annotation immutableapp.io/rejected is not read', 'AnnotationUnknown'))).toHaveLength(1);
  expect(changed({}, warning('the pin to 1.0 has expired', 'PinExpired'))).toEqual([]);
});

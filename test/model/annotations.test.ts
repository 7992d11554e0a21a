// What people type in annotations is read exactly, or reported with the form it should have.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { READ_ANNOTATIONS, PATTERNS, readAnnotations } from '../../src/model/annotations.ts';

const read = (annotation: 'pin' | 'reject' | 'renew' | 'approve' | 'waive', typed: string) =>
  readAnnotations({ [`immutableapp.io/${annotation}`]: typed });

test('nothing said is nothing read', () => {
  expect(readAnnotations({})).toEqual({
    pin: undefined,
    reject: { versions: [], typed: '' },
    renew: undefined,
    approvals: [],
    waivers: [],
    unreadable: [],
    unknown: [],
  });
});

test.each([
  ['2.4.1 until 2026-03-01T12:00:00Z', '2.4.1', '2026-03-01T12:00:00.000Z'],
  ['shop-bcdfghjklm until 2026-03-01T12:00:00.5+02:00', 'shop-bcdfghjklm', '2026-03-01T10:00:00.500Z'],
  ['  v1_a+b until 2026-03-01T12:00:00Z ', 'v1_a+b', '2026-03-01T12:00:00.000Z'],
])('pin "%s"', (typed, version, until) => {
  const { pin, unreadable } = read('pin', typed);
  expect([pin?.version, new Date(pin?.until ?? 0).toISOString(), unreadable]).toEqual([version, until, []]);
});

test.each(['1.0', 'until 2026-03-01T12:00:00Z', '1.0 until 2026-03-01', '1.0 until 12:00', '1.0 for 1h', '1.0 until 2026-02-40T12:00:00Z'])(
  'pin "%s" cannot be read',
  (typed) => {
    const { pin, unreadable } = read('pin', typed);
    expect(pin).toBeUndefined();
    expect(unreadable).toEqual([
      `annotation immutableapp.io/pin says "${typed}", which cannot be read: write "<version> until 2030-01-31T04:00:00Z"`,
    ]);
  },
);

const ONE = 'web-bcdfghjklm';
const TWO = 'web-2-kkkkkkkkkk';

test.each<[string, [string, string][]]>([
  ['', []],
  [`${ONE} by ann`, [[ONE, 'ann']]],
  [` ${ONE} by ann, ${TWO} by system:serviceaccount:ns:bot `, [[ONE, 'ann'], [TWO, 'system:serviceaccount:ns:bot']]], // prettier-ignore
  [`${ONE} by Ann of the night shift`, [[ONE, 'Ann of the night shift']]],
  [`${ONE} by ann by bob`, [[ONE, 'ann by bob']]],
  [`${ONE} by ann,${ONE} by ann\u0085`, [[ONE, 'ann'], [ONE, 'ann\u0085']]], // prettier-ignore
  [`${ONE} by ann, ${ONE} by ann\u00a0`, [[ONE, 'ann'], [ONE, 'ann\u00a0']]], // prettier-ignore
])('approve %j', (typed, found) => {
  const { approvals, unreadable } = read('approve', typed);
  expect([approvals.map(({ version, by }) => [version, by]), unreadable]).toEqual([found, []]);
});

const BROKEN = [
  ONE,
  `${ONE} by`,
  'by ann',
  `${ONE} ann`,
  `${ONE} by ann,`,
  `${ONE} by ann,, ${ONE} by bob`,
  `${ONE} by ,`,
  `${ONE} by a\nb`,
];
// A name is not enough: it may come to mean other content.
test.each([...BROKEN, '2.4.1 by ann', `${ONE} by ann, 2.4.1 by ann`, `${ONE}2 by ann`, `${ONE}  by ann`])(
  'approve %j cannot be read',
  (typed) => {
    expect(read('approve', typed)).toMatchObject({
      approvals: [],
      unreadable: [expect.stringContaining('write "<id> by <your user name>", after a comma if others stand there')],
    });
  },
);

test('waive', () => {
  expect(read('waive', `${ONE}/errors, ${TWO}/smoke`).waivers).toEqual([
    { version: ONE, gate: 'errors' },
    { version: TWO, gate: 'smoke' },
  ]);
});
test('waivers that are read are not reported', () => {
  expect(read('waive', ` ${ONE}/errors `)).toMatchObject({ waivers: [{ version: ONE, gate: 'errors' }], unreadable: [], unknown: [] });
});
test.each([`${ONE} errors`, '2.4.1/errors', `${ONE}/Errors`, `${ONE}/before/errors`])('waive %j cannot be read', (typed) => {
  expect(read('waive', typed)).toMatchObject({
    waivers: [],
    unreadable: [expect.stringContaining('write "<id>/<gate>,<id>/<gate>"')],
  });
});

test('of what cannot be read two hundred letters are quoted', () => {
  const { unreadable } = read('renew', 'x '.repeat(300));
  expect(unreadable).toEqual([
    `annotation immutableapp.io/renew says "${'x '.repeat(100)}", which cannot be read: write "<version>@<anything new>"`,
  ]);
});

test.each([
  ['a-1', ['a-1']],
  ['a-1,b-2', ['a-1', 'b-2']],
  ['a-1, b-2', ['a-1', 'b-2']],
])('reject "%s"', (typed, versions) => {
  expect(read('reject', typed)).toMatchObject({ reject: { versions, typed }, unreadable: [] });
});
test.each(['a b', ',', 'a,', 'a,,b', 'a;b'])('reject "%s" cannot be read', (typed) => {
  expect(read('reject', typed)).toMatchObject({
    reject: { versions: [] },
    unreadable: [expect.stringContaining('write "<version>,<version>"')],
  });
});

test('renew "shop-1@2026-03-01"', () => {
  expect(read('renew', 'shop-1@2026-03-01')).toMatchObject({ renew: { version: 'shop-1', nonce: '2026-03-01' }, unreadable: [] });
});
test.each(['shop-1', '@1', 'shop-1@', 'shop-1@a b', 'a@b@c'])('renew "%s" cannot be read', (typed) => {
  expect(read('renew', typed)).toMatchObject({
    renew: undefined,
    approvals: [],
    waivers: [],
    unreadable: [expect.stringContaining('write "<version>@<anything new>"')],
  });
});

test('whatever was typed, it is read or reported, and never both', () => {
  fc.assert(
    fc.property(fc.constantFrom('pin', 'reject', 'renew'), fc.string(), (annotation, typed) => {
      const { pin, reject, renew, unreadable } = read(annotation, typed);
      const understood = pin !== undefined || renew !== undefined || reject.versions.length > 0;
      expect(unreadable.length).toBe(typed.trim() === '' || understood ? 0 : 1);
    }),
  );
});

const DAYS = ['2026-02-28', '2026-02-29', '2024-02-29', '2000-02-29', '1900-02-29', '2026-04-30', '2026-04-31', '2026-12-31', '2026-00-10'];
const HOURS = [
  '00:00:00',
  '23:59:59',
  '24:00:00',
  '23:60:00',
  '23:59:60',
  '12:00:00.123456789',
  '12:00:00.1234567890',
  '12:00:00,5',
  '12:00',
];
const OFFSETS = ['Z', 'z', '+00:00', '-00:00', '+23:59', '+24:00', '+25:00', '+99:99', '+00:60', '+0100', ''];
const days = (day: string): number => new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 0)).getUTCDate();

test.each(DAYS)('of %s only what names an instant is a pin', (day) => {
  const real = Number(day.slice(5, 7)) > 0 && Number(day.slice(8)) <= days(day);
  for (const hour of HOURS)
    for (const offset of OFFSETS) {
      const typed = `1.0 until ${day}T${hour}${offset}`;
      const right = real && /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?$/.test(hour) && /^(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/.test(offset);
      const { pin, unreadable } = read('pin', typed);
      expect([typed, pin !== undefined, unreadable.length]).toEqual([typed, right, right ? 0 : 1]);
      if (pin !== undefined) expect(new Date(pin.until).toISOString()).toMatch(/^\d{4}-/);
    }
});

test('the policy refuses by the same patterns, and knows the same annotations', () => {
  const policy = readFileSync('deploy/policies/prompt.yaml', 'utf8');
  for (const [annotation, pattern] of Object.entries(PATTERNS))
    expect(policy).toContain(`variables.${annotation}.matches('^[ \\t\\n\\r]*${pattern.slice(1, -1)}[ \\t\\n\\r]*$')`);
  expect(policy).toContain(`[${READ_ANNOTATIONS.map((key) => `'${key}'`).join(', ')}]`);
});

test.each([
  ['immutableapp.io/rejected', 'did you mean immutableapp.io/reject?'],
  ['immutableapp.io/Pin', 'did you mean immutableapp.io/pin?'],
  ['immutableapp.io/renew-now', 'did you mean immutableapp.io/renew?'],
  [
    'immutableapp.io/adopt',
    'immutableapp.io/pin, immutableapp.io/reject, immutableapp.io/renew, immutableapp.io/approve, immutableapp.io/waive are',
  ],
])('%s is read by nobody', (key, hint) => {
  expect(readAnnotations({ [key]: 'x', 'team/immutableapp.io': 'x' }).unknown).toEqual([
    `annotation ${key} is not read on an ImmutableApp and does nothing: ${hint}`,
  ]);
});

test('of one that is read by nobody a hundred letters are quoted', () => {
  const key = `immutableapp.io/pin-${'x'.repeat(200)}`;
  expect(readAnnotations({ [key]: 'x' }).unknown).toEqual([
    `annotation ${key.slice(0, 100)} is not read on an ImmutableApp and does nothing: did you mean immutableapp.io/pin?`,
  ]);
});

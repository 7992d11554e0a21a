// What a version is called must never change by itself: golden vectors, an independent canonicalizer, and what may not count.
import { describe, expect, test } from '@jest/globals';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from '../../src/model/app.ts';
import type { App } from '../../src/model/app.ts';
import { exact } from '../../src/model/json.ts';
import type { Json, VersionId } from '../../src/model/version.ts';
import {
  canonical,
  configObjectName,
  configsOf,
  digest,
  fingerprintOf,
  idOf,
  instanceName,
  looksLikeId,
  readings,
} from '../../src/model/version.ts';
import { cases } from '../tools/cases.ts';

interface Vector {
  readonly name: string;
  readonly spec: Record<string, unknown>;
  readonly content: string;
  readonly fingerprint: string;
  readonly id: string;
}
const { vectors } = exact(readFileSync(new URL('fingerprints.json', import.meta.url), 'utf8')) as { vectors: Vector[] };
const app = (spec: unknown): App => parse({ metadata: { name: 'shop', namespace: 'prod', uid: 'u', generation: 1 }, spec });
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

describe('golden vectors: changing one rolls every App of every user', () => {
  test.each(vectors.map((vector): [string, Vector] => [vector.name, vector]))('%s', (_name, { spec, content, fingerprint, id }) => {
    const seen = app(spec);
    expect(seen.content).toBe(content);
    expect(seen.fingerprint).toBe(fingerprint);
    expect(idOf('shop', seen.fingerprint)).toBe(id);
  });
  test('content read back from a record gives the same fingerprint again', () => {
    for (const { content, fingerprint } of vectors) expect(fingerprintOf(canonical(exact(content) as Json))).toBe(fingerprint);
  });
  test('no two contents share a fingerprint', () => {
    expect(new Set(vectors.map(({ fingerprint }) => fingerprint)).size).toBe(vectors.length);
  });
});

describe('canonical JSON', () => {
  // RFC 8785 as somebody else wrote it, after the one thing we do beyond it: members that are null do not count.
  const withoutNulls = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(withoutNulls);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== null)
        .map(([key, member]) => [key, withoutNulls(member)]),
    );
  };

  test('a hard sample of RFC 8785', () => {
    const sample = {
      numbers: [333333333.3333333, 4.5, 2e-3, 1e-27, 1e-7, 0.000001, 123456789012345.6, -0, 0, 1.0, 5e-324, 0.1],
      string: '\u20ac$\u000f\nA\'B"\\\\"/\u0000\u007f\u0080',
      literals: [null, true, false],
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
      '10': 'Ten',
      '9': 'Nine',
      '': { '': [[], {}] },
      constructor: 'a word like any other',
    };
    expect(canonical(sample)).toBe(canonicalize(sample));
    expect(canonical([1.0, -0, 1e2])).toBe('[1,0,100]');
  });
  test('whatever JSON there is, an independent implementation agrees', () => {
    const json = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' });
    fc.assert(
      fc.property(json, (value) => {
        fc.pre(!hasUnsafeInteger(value));
        expect(canonical(value as Json)).toBe(canonicalize(withoutNulls(value)));
      }),
      { numRuns: cases(1000) },
    );
  });
  test('the order of keys does not count, the order of a list does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }), (members) => {
        const reversed = Object.fromEntries(Object.entries(members).toReversed());
        expect(canonical(reversed)).toBe(canonical(members));
      }),
    );
    expect(canonical(['a', 'b'])).not.toBe(canonical(['b', 'a']));
  });
  test('canonical text is its own canonical form', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!hasUnsafeInteger(value));
        const once = canonical(value as Json);
        expect(canonical(JSON.parse(once) as Json)).toBe(once);
      }),
    );
  });
  test('members that are null are left out, elements that are null are not', () => {
    expect(canonical({ a: null, b: [null, { c: null }] })).toBe('{"b":[null,{}]}');
  });
  test('a member that is undefined is no member', () => {
    expect(canonical({ a: undefined, b: 1 } as unknown as Json)).toBe('{"b":1}');
  });
  test('a member called __proto__ is a member', () => {
    expect(canonical(JSON.parse('{"__proto__":{"a":1}}') as Json)).toBe('{"__proto__":{"a":1}}');
  });
  test.each([[2 ** 53], [-(2 ** 53)], [1e20], [Infinity], [NaN]])('%s is refused: it may have been another', (number) => {
    let said = '';
    try {
      canonical({ a: [number] });
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said).toMatch(Number.isFinite(number) ? /beyond 2\^53 and may have been another/ : /not a JSON number/);
  });
  test('an integer of any size is what was written, and what is written with an exponent is a fraction like any other', () => {
    expect(canonical([9007199254740993n, -9223372036854775808n, 10n ** 40n])).toBe(
      `[9007199254740993,-9223372036854775808,1${'0'.repeat(40)}]`,
    );
    expect(canonical([1e21, 1e300, -1e21])).toBe('[1e+21,1e+300,-1e+21]');
    expect(canonical([5n])).toBe(canonical([5]));
  });
  test('the largest integers that are exact are not refused', () => {
    expect(canonical([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])).toBe('[9007199254740991,-9007199254740991]');
  });
  // RFC 8785 would refuse it. The API server never serves one (Go turns it into U+FFFD); escaped it is at least nothing else.
  test('a lone surrogate is escaped', () => {
    expect(canonical(['\ud800', '\ufffd'])).toBe('["\\ud800","\ufffd"]');
  });
});

function hasUnsafeInteger(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  if (typeof value === 'string') return !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, member]) => !key.isWellFormed() || hasUnsafeInteger(member));
}

describe('digest', () => {
  test('is all of SHA-256 in the safe alphabet, 54 digits, the most significant first', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const digits = digest(text);
        expect(digits).toMatch(new RegExp(`^[${ALPHABET}]{54}$`));
        const number = Array.from(digits).reduce((sum, digit) => sum * 27n + BigInt(ALPHABET.indexOf(digit)), 0n);
        expect(number).toBe(BigInt(`0x${createHash('sha256').update(text).digest('hex')}`));
      }),
    );
  });
});

describe('names', () => {
  const id = idOf('shop', fingerprintOf('{}'));
  test('an id is the App and ten digits, and looks like one', () => {
    expect(id).toMatch(new RegExp(`^shop-[${ALPHABET}]{10}$`));
    expect(looksLikeId(id)).toBe(true);
  });
  test('what looks like an id to us looks like one to the CRD, which refuses it as a name', () => {
    const crd = readFileSync(new URL('../../crds/immutableapp.yaml', import.meta.url), 'utf8');
    const [, pattern = ''] = /!self\.matches\('(\^\.\+-\[\w+\]\{10\}\$)'\)/.exec(crd) ?? [];
    const names = [id, 'shop-2222222222', 'a-b-bcdfghjklm', '2.4.1', 'shop-aaaaaaaaaa', 'shop-bcdfghjkl', 'bcdfghjklm', 'shop-bcdfghjklmn'];
    expect(names.map(looksLikeId)).toEqual([true, true, true, false, false, false, false, false]);
    expect(names.map((name) => new RegExp(pattern).test(name))).toEqual(names.map(looksLikeId));
  });
  test('instances count from one, the first without a number', () => {
    expect([1, 2, 10].map((ordinal) => instanceName(id, ordinal))).toEqual([id, `${id}-2`, `${id}-10`]);
  });
  test('the longest App name still makes names the API server takes as labels', () => {
    const longest = idOf('a'.repeat(46), fingerprintOf('{}'));
    expect(instanceName(longest, 9999).length).toBeLessThanOrEqual(63);
  });
  test('an instance says which config objects it reads, and of which ordinal they are', () => {
    const read = (configs: readonly string[], all = ['httpd', 'site.conf']) => configsOf({ id, configs }, { configs: all });
    const names = [`${id}-12.httpd`, `${id}-12.site.conf`];
    expect(read([...names, `${id}-12.absent`])).toEqual({ names, ordinal: 12 });
    expect(read([`${id}.httpd`])).toEqual({ names: [`${id}.httpd`], ordinal: 1 });
    expect(read([])).toEqual({ names: [], ordinal: 1 });
  });
  test('a config object has a name that the API server takes, however long that of the ConfigMap is that was captured', () => {
    const longest = idOf('a'.repeat(46), fingerprintOf('{}'));
    const captured = [253, 252, 240, 200, 195, 180].flatMap((length) =>
      ['x', '.x', '-x'].map((end) => 'c'.repeat(length - end.length) + end),
    );
    captured.push(`${'long.'.repeat(50)}end`, `${'a.'.repeat(126)}b`);
    for (const ordinal of [1, 2, 9999]) {
      const names = captured.map((config) => configObjectName(longest, config, ordinal));
      for (const name of names) expect(name).toMatch(/^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
      expect(new Set(names).size).toBe(captured.length);
      expect(configsOf({ id: longest, configs: names }, { configs: captured })).toEqual({ names, ordinal });
      expect(configsOf({ id: longest, configs: names }, { configs: captured.slice(1) }).names).toEqual(names.slice(1));
    }
    const fits = 'c'.repeat(253 - id.length - 1);
    expect(configObjectName(id, fits)).toBe(`${id}.${fits}`);
  });
  test('what is left of a name that was cut ends before all its dashes and dots', () => {
    const room = 253 - 10 - 1 - id.length - 1;
    const cut = (end: string) => configObjectName(id, `${'c'.repeat(room - end.length)}${end}${'d'.repeat(20)}`);
    const tail = new RegExp(`^-[${ALPHABET}]{10}$`);
    for (const end of ['', '-', '.', '--', '---']) {
      const kept = `${id}.${'c'.repeat(room - end.length)}`;
      expect(cut(end).startsWith(kept)).toBe(true);
      expect(cut(end).slice(kept.length)).toMatch(tail);
    }
  });
  test('no two versions share a config object', () => {
    expect(configObjectName(id, 'httpd')).toBe(`${id}.httpd`);
    expect(id).not.toContain('.');
    expect(configObjectName('shop-b' as VersionId, 'c')).not.toBe(configObjectName('shop' as VersionId, 'b.c'));
  });
});

describe('what a null may have stood for', () => {
  test('is nothing, an object or a list, each null for itself', () => {
    const all = readings({ a: null, b: [{ c: null }], d: 1 });
    expect(all).toHaveLength(9);
    expect(all[0]).toEqual({ a: null, b: [{ c: null }], d: 1 });
    expect(all).toContainEqual({ a: {}, b: [{ c: [] }], d: 1 });
    expect(new Set(all.map(canonical)).size).toBe(9);
  });
  test('is read one by one up to four of them', () => {
    const four = readings({ a: null, b: null, c: null, d: null });
    expect(new Set(four.map(canonical)).size).toBe(81);
    expect(four).toContainEqual({ a: null, b: {}, c: [], d: {} });
  });
  test('is the value itself where there is none: it is not copied', () => {
    const value = { a: [1, null] };
    expect(readings(value)[0]).toBe(value);
  });
  test('is the same for all of them, where there are many', () => {
    const many = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`k${String(i)}`, null]));
    expect(readings(many)).toHaveLength(3);
    expect(readings(many)[1]).toEqual(Object.fromEntries(Object.keys(many).map((key) => [key, {}])));
  });
  test('is not asked where there is none, nor of what a list holds', () => {
    const value = { a: {}, b: [null, 1] };
    expect(readings(value)).toEqual([value]);
  });
});

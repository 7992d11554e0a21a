// What is put into a query, and what can never be.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { query } from '../../src/gates/query.ts';

const NAMES = { namespace: 'shop', app: 'web.eu', version: 'web.eu-kj2s9', instance: 'web.eu-kj2s9' };
const matches = (instance: string, pod: string): boolean => new RegExp(`^(?:${query('$pods', { ...NAMES, instance })})$`).test(pod);

test('five names are replaced, and nothing else', () => {
  const text =
    'sum(rate(errors{namespace="$namespace",pod=~"$pods",code=~"5..$"}[1m])) # $app $version $instance $apps $other ${app} $$app';
  expect(query(text, NAMES)).toBe(
    'sum(rate(errors{namespace="shop",pod=~"web[.]eu-kj2s9-[a-z0-9]*-?[a-z0-9]{5}",code=~"5..$"}[1m])) # web.eu web.eu-kj2s9 web.eu-kj2s9 $apps $other ${app} $web.eu',
  );
});

describe('pods', () => {
  test.each([
    ['web-kj2s9', 'web-kj2s9-5d4f8c7b9d-x2x4z', true],
    ['web-kj2s9', 'web-kj2s9-2-5d4f8c7b9d-x2x4z', false],
    ['web-kj2s9-2', 'web-kj2s9-2-5d4f8c7b9d-x2x4z', true],
    ['web-kj2s9-2', 'web-kj2s9-5d4f8c7b9d-x2x4z', false],
    ['web.eu-1', 'webxeu-1-5d4f8c7b9d-x2x4z', false],
    // Kubernetes cuts a long name after 58 characters.
    ['a'.repeat(50), `${`${'a'.repeat(50)}-5d4f8c7b9d-`.slice(0, 58)}x2x4z`, true],
    ['a'.repeat(57), `${'a'.repeat(57)}-x2x4z`, true],
    ['a'.repeat(59), `${'a'.repeat(58)}x2x4z`, true],
  ])('of %s: is %s one? %s', (instance, pod, is) => {
    expect(matches(instance, pod)).toBe(is);
  });
});

test('no name ends a string, in whichever quotes, or is a regular expression', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (evil) => {
      const names = { namespace: evil, app: evil, version: evil, instance: evil };
      expect(query('$namespace $app $version $instance', names)).toMatch(/^[\w. -]*$/);
      expect(query('$pods', names)).not.toMatch(/["'`\\\n(|+$^]/);
    }),
  );
  expect(query('{app="$app"}', { ...NAMES, app: '"} or vector(1) #' })).toBe('{app="___or_vector_1___"}');
  // What a value says is not read again.
  expect(query('$app', { ...NAMES, app: '$namespace' })).toBe('_namespace');
});

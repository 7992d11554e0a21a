// What a fact is called: by what it says, in letters that a name may have, and no longer than it must be.
import { expect, test } from '@jest/globals';
import { factName } from '../../src/model/fact.ts';
import { digest } from '../../src/model/version.ts';

const [name, specHash] = ['shop-bcdfghjklm', digest('spec')];

test('a spec hash is known by its first ten digits', () => {
  expect(factName({ name }, { is: 'specHash', specHash })).toBe(`${name}.spec-hash-${specHash.slice(0, 10)}`);
});

test('a word that a person chose is not in the name, only a digest of it', () => {
  expect(factName({ name }, { is: 'renewed', nonce: 'A b', instances: [], reject: '' })).toBe(
    `${name}.renewed-${digest('A b').slice(0, 10)}`,
  );
});

// What a former life of an App left behind, told from what belongs to others.
import { expect, test } from '@jest/globals';
import type { Owner } from '../../src/model/observed.ts';
import { leftOver } from '../../src/model/observed.ts';

const owner: Owner = { kind: 'ImmutableApp', name: 'shop', uid: 'former' };

test.each<[string, Owner | undefined, boolean]>([
  ['of nobody', undefined, true],
  ['of an App of this name that is gone', owner, true],
  ['of this very App', { ...owner, uid: 'present' }, false],
  ['of another App', { ...owner, name: 'blog' }, false],
  ['of another kind of owner with this name', { ...owner, kind: 'Deployment' }, false],
])('%s', (_whose, of, left) => {
  expect(leftOver({ name: 'shop', uid: 'present' }, { owner: of })).toBe(left);
});

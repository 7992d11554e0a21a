// The index of a store, against the simplest one there is: whatever comes and goes, under whichever keys.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Store } from '../../src/shell/store/store.ts';

const KEYS = ['a', 'b', 'c'];
const UIDS = ['1', '2', '3', '4'];
const object = (uid: string, resourceVersion: number, keys: readonly string[]) => ({
  metadata: { uid, resourceVersion: String(resourceVersion) },
  keys,
});
const step = fc.record({
  uid: fc.constantFrom(...UIDS),
  keys: fc.option(fc.array(fc.constantFrom(...KEYS), { maxLength: 4 }), { nil: undefined }),
});

test('every key finds what has it now, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const store = new Store<{ uid: string; resourceVersion: string; keys: readonly string[] }>({
        project: (raw) => {
          const { metadata, keys } = raw as ReturnType<typeof object>;
          return { ...metadata, keys };
        },
        index: ({ keys }) => keys,
        changed: () => undefined,
      });
      const simple = new Map<string, readonly string[]>();
      for (const [nth, { uid, keys }] of steps.entries()) {
        if (keys === undefined) {
          store.drop(object(uid, nth + 1, []));
          simple.delete(uid);
        } else {
          store.put(object(uid, nth + 1, keys));
          simple.set(uid, keys);
        }
        for (const key of KEYS) {
          const found = store.indexed(key).map((value) => value.uid);
          expect(found.toSorted()).toEqual(
            [...simple]
              .filter(([, of]) => of.includes(key))
              .map(([each]) => each)
              .toSorted(),
          );
        }
      }
    }),
  );
});

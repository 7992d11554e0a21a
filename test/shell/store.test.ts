// A store against the simplest one there is: what its index finds, whatever comes and goes, and what it holds, however late answers are.
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

const storeOf = () =>
  new Store<{ uid: string; resourceVersion: string; keys: readonly string[] }>({
    project: (raw) => {
      const { metadata, keys } = raw as ReturnType<typeof object>;
      return { ...metadata, keys };
    },
    index: ({ keys }) => keys,
    changed: () => undefined,
  });

test('every key finds what has it now, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const store = storeOf();
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

/**
 * What happens to objects, by the order of their versions; which answers come then, to requests about any of them; and how many of these events the
 * watch loses and makes good by a list, from 0.
 */
const happening = fc.record({
  name: fc.nat(3),
  deleted: fc.boolean(),
  answers: fc.array(fc.nat(40), { maxLength: 2 }),
  lost: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(6) }),
});

test('however late an answer is, or however early: in the end there is what there is, and what was deleted stays so', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), fc.constantFrom([''], ['team', 'other']), (happenings, watched) => {
      const store = storeOf();
      for (const namespace of watched) store.begin(namespace);
      // An object that is made anew has another uid.
      const lives = new Map<number, number>();
      const history = happenings.map(({ name, deleted }, nth) => {
        const life = lives.get(name) ?? 0;
        if (deleted) lives.set(name, life + 1);
        const metadata = { uid: `${name}.${life}`, resourceVersion: String(nth + 1), namespace: name % 2 === 0 ? 'team' : 'other' };
        return { name, deleted, raw: { metadata, keys: ['a'] } };
      });
      const living = (until: number) =>
        [...new Map(history.slice(0, until).map((event) => [event.name, event])).values()].filter(({ deleted }) => !deleted);
      const answer = (nth: number): void => {
        const event = history[nth];
        if (event?.deleted === false) store.learn(event.raw);
      };
      for (let at = 0; at < history.length;) {
        const { answers, lost } = happenings[at]!;
        const until = Math.min(at + Math.max(1, lost), history.length);
        const { deleted, raw } = history[at]!;
        if (lost > 0)
          for (const namespace of watched) {
            store.begin(namespace);
            answers.forEach(answer);
            for (const { raw } of living(until)) if (namespace === '' || raw.metadata.namespace === namespace) store.put(raw);
            store.end(namespace, String(until));
          }
        else if (deleted) store.drop(raw);
        else store.put(raw);
        at = until;
        answers.forEach(answer);
        const dead = history.slice(0, at).filter((event) => event.deleted);
        expect(dead.filter((event) => store.get(event.raw.metadata.uid) !== undefined)).toEqual([]);
      }
      const found = store.all().map(({ uid, resourceVersion }) => [uid, resourceVersion]);
      expect(found.toSorted()).toEqual(
        living(history.length)
          .map(({ raw }) => [raw.metadata.uid, raw.metadata.resourceVersion])
          .toSorted(),
      );
    }),
    { numRuns: 1000 },
  );
});

test('what a list has not is gone, unless an answer that came meanwhile is newer than the list', () => {
  const store = storeOf();
  store.put(object('amended', 1, []));
  store.put(object('of a cluster that was restored from a backup', 1000, []));
  store.begin();
  store.amend(object('amended', 2, []), (value) => value);
  store.learn(object('older', 2, []));
  store.learn(object('newer', 4, []));
  store.end('', '3');
  expect(store.all().map(({ uid }) => uid)).toEqual(['newer']);
});

test('what one watch tells of says nothing of an object that another is still to tell of', () => {
  const store = storeOf();
  for (const namespace of ['team', 'other']) store.begin(namespace);
  const of = (namespace: string, uid: string, resourceVersion: string) => ({ metadata: { uid, resourceVersion, namespace }, keys: [] });
  store.drop(of('other', 'old', '9'));
  store.learn(of('team', 'new', '8'));
  expect(store.get('new')).toBeDefined();
});

test('older news about what we deleted is ignored, until the watch tells of the deletion; nothing is kept if it has told before', () => {
  const store = storeOf();
  const there = (): boolean => store.get('1') !== undefined;
  store.put(object('1', 1, []));
  store.forget('1');
  store.put(object('1', 2, []));
  expect(there()).toBe(false);
  store.drop(object('1', 3, []));
  store.forget('1');
  // No uid comes twice: it shows only that nothing waits for this one.
  store.put(object('1', 4, []));
  expect(there()).toBe(true);
});

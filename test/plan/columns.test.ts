// How versions are shown to people, and what is different between two.
import { describe, expect, test } from '@jest/globals';
import type { RecordSeen } from '../../src/model/observed.ts';
import { hint } from '../../src/plan/choose/hint.ts';
import { called, changes, differenceOf } from '../../src/plan/read/columns.ts';
import type { Given } from '../given.ts';
import { cold, id, nick, up } from '../given.ts';
import { sceneOf } from './stage.ts';

const short = (nickname: string): string => id(nickname).replace('shop-', '');
const recordOf = (nickname: string): RecordSeen => sceneOf({ latest: nickname, versions: { [nickname]: up(3) } }).versions.all[0]!.record!;

describe('what is different', () => {
  const one = recordOf('one');
  test.each<[string, RecordSeen, RecordSeen, string]>([
    ['an image, and config', one, recordOf('three'), 'main: httpd:2.4 → nginx:1.27'],
    ['config alone', one, recordOf('two'), 'template or config'],
    ['nothing', one, one, ''],
    ['a container that is new', { ...one, images: [] }, one, 'main: none → httpd:2.4'],
    ['a container that is gone', one, { ...one, images: [] }, 'main: httpd:2.4 → none'],
    ['a captured ConfigMap', recordOf('sitea'), recordOf('siteb'), 'ConfigMap site'],
  ])('%s', (_what, before, after, said) => {
    expect(differenceOf(before, after)).toBe(said);
  });
  test('the image of each container is compared with its own', () => {
    const with2 = (image: string): RecordSeen => ({ ...one, images: [...one.images, { container: 'side', image }] });
    expect(differenceOf(with2('log:1'), with2('log:2'))).toBe('side: log:1 → log:2');
  });
  test('a ConfigMap that was not there is another one than an empty one, and one that was never captured', () => {
    const sources = (uid: string): RecordSeen => ({ ...one, sources: [{ name: 'site', uid, digest: 'x', resourceVersion: '1' }] });
    expect(changes(sources('u'), sources('v'))).toEqual([]);
    expect(changes(sources('u'), sources(''))).toEqual(['site']);
    expect(changes(one, sources('u'))).toEqual(['site']);
  });
});

describe('a version that a ConfigMap made is called after the one before it', () => {
  const { app, versions } = sceneOf({ latest: 'siteb', versions: { sitea: { ...cold, name: '1.0' }, siteb: up(3) } });
  const [latest, before] = versions.all as [(typeof versions.all)[0], (typeof versions.all)[0]];
  const captured = (...names: readonly string[]) => {
    const sources = names.map((name) => ({ name, uid: 'u', digest: 'new', resourceVersion: '1' }));
    const made = { ...latest, record: { ...latest.record!, sources } };
    return called(app, { all: [made, before] }, made);
  };
  test('and the ConfigMaps that changed, three at most', () => {
    expect(called(app, versions, latest)).toBe(`1.0+site (${short('siteb')})`);
    expect(captured('a', 'b', 'site')).toBe(`1.0+a+b+site (${short('siteb')})`);
    expect(captured('a', 'b', 'c', 'site')).toBe(`1.0+a+b+c+… (${short('siteb')})`);
    expect(captured('shop-a', 'site')).toBe(`1.0+a+site (${short('siteb')})`);
  });
});

test('of two that are as old none is called after the other', () => {
  const { app, versions } = sceneOf({
    latest: 'siteb',
    versions: { sitea: { ...cold, name: '1.0', revision: 4 }, siteb: { ...up(3), revision: 4 } },
  });
  expect(versions.all.map((version) => called(app, versions, version))).toEqual(
    expect.arrayContaining([short('siteb'), `1.0 (${short('sitea')})`]),
  );
});

describe('who names what does not exist', () => {
  const said = (facts: Given, typed: string): string => {
    const { app, versions } = sceneOf(facts);
    return nick(hint(app, versions, typed));
  };
  test('is told that no version can serve', () => {
    const failed = { ...cold, name: '1.0', failed: {} };
    expect(said({ latest: 'two', versions: { one: failed } }, 'x')).toBe('no existing version can serve');
    expect(said({ latest: 'two', versions: {} }, 'x')).toBe('there are no versions yet');
  });
  test('and which versions are shown so', () => {
    const three: Given = { latest: 'sitec', versions: { sitea: { ...cold, name: '1.0' }, siteb: cold, sitec: up(3) } };
    expect(said(three, '1.0+site')).toBe('that is how several are shown, and no name: use sitec or siteb');
  });
});

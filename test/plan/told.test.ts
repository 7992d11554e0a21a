// What is told of a status that says less than ours: a restored one, or one that another release of the operator wrote.
import { describe, expect, test } from '@jest/globals';
import type { Action } from '../../src/model/action.ts';
import type { App, Status } from '../../src/model/app.ts';
import type { Notice } from '../../src/model/notice.ts';
import { noticesDone, noticesOf } from '../../src/plan/report/notices.ts';
import { APP_UID, cold, given, id, nick, up } from '../given.ts';

const seen = given({ latest: 'two', versions: { one: up(3), two: cold }, switches: ['one'] });
const app = seen.app as App;
const told = (status: Status): Notice[] => noticesOf(seen, app, status);
const brief = (status: Status): unknown[] => told(status).map(({ about, at, message }) => [nick(about), at, nick(message)]);
const about = (key: string): string => `${APP_UID}/${key}`;

describe('of a status that says less', () => {
  test('a move from nowhere to nowhere is told as it is', () => {
    expect(brief({ history: [{ switchNumber: 3, reason: 'Automatic' }] })).toEqual([[about('moved/3'), undefined, ' serves']]);
  });
  test('a move without a number, or for no reason that is told, is told to nobody', () => {
    expect(
      brief({
        history: [
          { to: id('one'), reason: 'Automatic' },
          { switchNumber: 2, to: id('one'), reason: 'Unheard' },
        ],
      }),
    ).toEqual([]);
  });
  test('that something was compromised is told without saying how', () => {
    expect(brief({ versions: [{ id: id('one'), discarded: [{ instance: id('one') }] }] })).toEqual([
      [about('intrusion/Compromised/one'), undefined, 'one was compromised () and is replaced by a clean instance'],
    ]);
  });
  test('that Latest waits is told without saying why', () => {
    const conditions = [{ type: 'Ready', status: 'True' as const, reason: 'AwaitingActivation' }];
    expect(brief({ conditions, latestVersion: id('two'), versions: [{ id: id('two') }] })).toEqual([
      [about('waiting/AwaitingActivation/two'), undefined, ''],
    ]);
  });
  test('what needs a person is told without saying since when', () => {
    expect(brief({ conditions: [{ type: 'Stalled', status: 'True', reason: 'SpecInvalid' }] })).toEqual([
      [about('failed/SpecInvalid/7/'), undefined, ''],
    ]);
  });
  test('that others interfere is told without saying how', () => {
    const said = (message: string) => brief({ warnings: [{ reason: 'ImageDiverged', message }] });
    expect(brief({ warnings: [{ reason: 'ImageDiverged' }] })).toEqual(said(''));
    expect(said('')).toEqual([[expect.stringContaining('intrusion/ImageDiverged/'), undefined, '']]);
  });
});

test('a selector that was restored is told by its switch, if nobody is known to have changed it', () => {
  const stamp = { uid: APP_UID, generation: 1, instance: 'one', previous: '', switchNumber: 4 };
  const repair = {
    do: 'switch',
    service: 'web',
    resourceVersion: '1',
    selector: {},
    stamp,
    repair: true,
    role: 'Active',
  } as unknown as Action;
  const { about: key, at, message, who } = noticesDone(app, [repair])[0]!;
  expect([key, at, message, who]).toEqual([about('intrusion/Repaired/web/4'), undefined, 'selector of web is restored to one', undefined]);
});

// Who has approved what, by an annotation that people write.
import { expect, test } from '@jest/globals';
import { approval, approvers } from '../../src/gates/approval.ts';
import { readAnnotations } from '../../src/model/annotations.ts';
import { REASON } from '../../src/model/vocabulary.ts';

const ABOUT = { namespace: 'prod', app: 'web', version: 'web-bcdfghjklm', instance: 'web-bcdfghjklm' };
const said = (typed: string) => readAnnotations({ 'immutableapp.io/approve': typed }).approvals;

test('one person counts once, and for no other version', () => {
  expect(
    approvers(said('web-bcdfghjklm by ann, web-bcdfghjklm by ann, web-cdfghjklmn by bob, web-bcdfghjklm by eve'), 'web-bcdfghjklm'),
  ).toEqual(['ann', 'eve']);
});

test('enough approve, or it waits and says how', () => {
  const two = { is: 'approval', count: 2 } as const;
  expect(approval(two, ABOUT, said('web-bcdfghjklm by ann, web-bcdfghjklm by eve'), true)).toEqual({
    is: 'pass',
    by: ['ann', 'eve'],
    note: 'approved by ann, eve',
  });
  expect(approval(two, ABOUT, said('web-bcdfghjklm by ann, web-bcdfghjklm by ann'), true)).toEqual({
    is: 'wait',
    reason: REASON.ApprovalMissing,
    message: '1 of 2 people have approved it (ann): kubectl iapp approve web web-bcdfghjklm -n prod',
  });
  expect(approval({ ...two, count: 3 }, ABOUT, said('web-bcdfghjklm by ann, web-bcdfghjklm by eve'), true)).toMatchObject({
    message: '2 of 3 people have approved it (ann, eve): kubectl iapp approve web web-bcdfghjklm -n prod',
  });
  expect(approval({ ...two, count: 1 }, ABOUT, [], true)).toMatchObject({
    message: '0 of 1 person has approved it: kubectl iapp approve web web-bcdfghjklm -n prod',
  });
});

test('where anybody can write any name, it says so, and counts all the same', () => {
  const one = { is: 'approval', count: 1 } as const;
  const doubt = { unverified: expect.stringContaining('unverified') as unknown };
  expect(approval(one, ABOUT, [], false)).toMatchObject({ is: 'wait', message: doubt.unverified });
  expect(approval(one, ABOUT, said('web-bcdfghjklm by ann'), false)).toMatchObject({ is: 'pass', note: doubt.unverified });
});

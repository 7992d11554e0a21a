// Who has approved what, by an annotation that people write.
import { expect, test } from '@jest/globals';
import { approval, approvals, approvers } from '../../src/gates/approval.ts';
import { REASON } from '../../src/model/vocabulary.ts';

test.each<[string, [string, string][]]>([
  ['', []],
  ['web-1 by ann', [['web-1', 'ann']]],
  [' web-1  by ann , web-2 by system:serviceaccount:ns:bot', [['web-1', 'ann'], ['web-2', 'system:serviceaccount:ns:bot']]], // prettier-ignore
  ['web-1 by Ann of the night shift', [['web-1', 'Ann of the night shift']]],
  ['web-1, web-1 by, by ann, web-1 ann,,', []],
  ['web-1 by ann\nweb-1 by bob', []],
])('%j', (text, found) => {
  expect(approvals(text).map(({ version, by }) => [version, by])).toEqual(found);
});

test('one person counts once, and for no other version', () => {
  expect(approvers('web-1 by ann, web-1 by ann, web-2 by bob, web-1 by eve', 'web-1')).toEqual(['ann', 'eve']);
});

test('enough approve, or it waits and says how', () => {
  const spec = { is: 'approval', count: 2 } as const;
  expect(approval(spec, 'web-1', 'web-1 by ann, web-1 by eve', true)).toEqual({ is: 'pass' });
  expect(approval(spec, 'web-1', 'web-1 by ann, web-1 by ann', true)).toEqual({
    is: 'wait',
    reason: REASON.GatesRunning,
    message:
      '1 of 2 people have approved web-1 (ann): annotate the App with immutableapp.io/approve: "web-1 by YOUR-NAME", after a comma if there are others',
  });
  expect(approval(spec, 'web-1', '', false)).toMatchObject({ message: expect.stringContaining('unverified') });
});

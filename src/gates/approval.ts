// Waits until enough people have approved a version. The admission policies see to it that people write only their own name.
import type { Approval } from '../model/annotations.ts';
import type { ApprovalSpec } from '../model/measure.ts';
import { REASON } from '../model/vocabulary.ts';
import type { Verdict } from './gate.ts';
import type { Names } from './query.ts';

/** Those who approved this version, each once. */
export const approvers = (approvals: readonly Approval[], version: string): string[] => [
  ...new Set(approvals.flatMap((entry) => (entry.version === version ? [entry.by] : []))),
];

/** `isVerified`: the policies are in force, so that nobody can write somebody else's name. */
export function approval({ count }: ApprovalSpec, about: Names, approvals: readonly Approval[], isVerified: boolean): Verdict {
  const { namespace, app, version } = about;
  const by = approvers(approvals, version);
  const doubt = isVerified ? '' : '; unverified: without the admission policies anybody can write any name';
  if (by.length >= count) return { is: 'pass', by, note: `approved by ${by.join(', ')}${doubt}` };
  const missing = `${String(by.length)} of ${count === 1 ? '1 person has' : `${String(count)} people have`} approved it${by.length === 0 ? '' : ` (${by.join(', ')})`}`;
  return {
    is: 'wait',
    reason: REASON.ApprovalMissing,
    message: `${missing}: kubectl iapp approve ${app} ${version} -n ${namespace}${doubt}`,
  };
}

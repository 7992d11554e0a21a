// Reads who has approved a version, and counts them. The admission policies see to it that people write only their own name.
import type { ApprovalSpec } from '../model/measure.ts';
import { REASON } from '../model/vocabulary.ts';
import type { Verdict } from './gate.ts';

export interface Approval {
  readonly version: string;
  readonly by: string;
}

/** `<id> by <user>`, separated by commas. Other entries are ignored. A user name may contain anything but a comma. */
export const approvals = (text: string): Approval[] =>
  text.split(',').flatMap((entry) => {
    const [, version, by] = /^\s*(\S+)\s+by\s+(\S.*?)\s*$/.exec(entry) ?? [];
    return version === undefined || by === undefined ? [] : [{ version, by }];
  });

/** Those who approved this version, each once. */
export const approvers = (text: string, version: string): string[] => [
  ...new Set(approvals(text).flatMap((entry) => (entry.version === version ? [entry.by] : []))),
];

/** `isVerified`: the policies are in force, so that nobody can write somebody else's name. */
export function approval({ count }: ApprovalSpec, version: string, text: string, isVerified: boolean): Verdict {
  const by = approvers(text, version);
  if (by.length >= count) return { is: 'pass' };
  const missing = `${String(by.length)} of ${String(count)} people have approved ${version}${by.length === 0 ? '' : ` (${by.join(', ')})`}`;
  const doubt = isVerified ? '' : '; unverified: without the admission policies anybody can write any name';
  const message = `${missing}${doubt}: annotate the App with immutableapp.io/approve: "${version} by YOUR-NAME", after a comma if there are others`;
  return { is: 'wait', reason: REASON.GatesRunning, message };
}

// The list of gates; promotion.ts asks all of them.
import type { Candidate, Gate, Verdict } from './gate.ts';
import { decisiveOf } from './gate.ts';
import { integrity } from './integrity.ts';
import { ports } from './ports.ts';
import { readiness } from './readiness.ts';
import { selector } from './selector.ts';

export const READINESS = 'readiness';
/** Gates that can judge a Deployment before it exists. */
export const FORESEEN: ReadonlySet<string> = new Set(['ports', 'selector']);

/** In the order in which their reasons are shown. */
export const GATES: readonly { readonly name: string; readonly judge: Gate }[] = [
  { name: 'integrity', judge: integrity },
  { name: 'ports', judge: ports },
  { name: 'selector', judge: selector },
  { name: READINESS, judge: readiness },
];

export interface Judgement {
  readonly verdict: Verdict;
  readonly gates: readonly { readonly name: string; readonly verdict: Verdict }[];
}

/** Asks every gate. */
export function judge(candidate: Candidate): Judgement {
  const gates = GATES.map(({ name, judge: ask }) => ({ name, verdict: ask(candidate) }));
  return { verdict: decisiveOf(gates)?.verdict ?? { is: 'pass' }, gates };
}

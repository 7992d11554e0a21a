// One thing that a decision reports: the same reason and message go into the condition and the event.
import type { Reason } from '../../model/vocabulary.ts';

export interface Finding {
  readonly reason: Reason;
  readonly message: string;
}

export const finding = (reason: Reason, message: string): Finding => ({ reason, message });

// Waiting until something is true of an App: each change is told once, and it ends when it is true, when only a person can help, when
// somebody decided otherwise, or in time.
import { CONDITION } from '../model/vocabulary.ts';
import { conditionOf, isTrue, type AppObject } from './apps.ts';
import type { Context } from './command.ts';
import { EXIT, type Exit } from './exit.ts';
import { followed } from './following.ts';
import { summary } from './overview.ts';
import { cut, duration, span } from './text.ts';
import { Complaint } from './exit.ts';

export type Verdict = { readonly is: 'wait' } | { readonly is: 'done' } | { readonly is: 'stalled' | 'held'; readonly why: string };
export const WAIT: Verdict = { is: 'wait' };
export const DONE: Verdict = { is: 'done' };

export interface Waiting {
  readonly app: AppObject;
  readonly judge: (app: AppObject) => Verdict;
  readonly timeoutMs: number;
  /** Where changes are told. */
  readonly tell: (line: string) => void;
}

export interface Waited {
  readonly exit: Exit;
  readonly app: AppObject | undefined;
  readonly why: string;
}

const EXITS = { done: EXIT.done, stalled: EXIT.stalled, held: EXIT.held } as const;

export async function waited(context: Context, { app, judge, timeoutMs, tell }: Waiting): Promise<Waited> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort();
  }, timeoutMs);
  const { screen } = context;
  let last = '';
  let seen: AppObject | undefined = app;
  try {
    for await (const now of followed(context, app, AbortSignal.any([context.signal, deadline.signal]))) {
      seen = now;
      if (now === undefined) return { exit: EXIT.failed, app: undefined, why: `${app.metadata.name} was deleted` };
      const line = summary(now);
      if (line !== last) tell(screen.live ? cut(line, screen.width) : line);
      last = line;
      const verdict = judge(now);
      if (verdict.is !== 'wait') return { exit: EXITS[verdict.is], app: now, why: verdict.is === 'done' ? '' : verdict.why };
    }
  } finally {
    clearTimeout(timer);
  }
  if (context.signal.aborted) return { exit: EXIT.interrupted, app: seen, why: 'interrupted; what was written stands' };
  return { exit: EXIT.timedOut, app: seen, why: `not within ${span(timeoutMs)}` };
}

/** What stalls an App whose status is about `generation`, in the operator's words. */
export function stalledAt(app: AppObject, generation: number): Verdict | undefined {
  const { reason = '', message = '' } = conditionOf(app, CONDITION.stalled) ?? {};
  const reported = (app.status?.observedGeneration ?? 0) >= generation;
  return reported && isTrue(app, CONDITION.stalled) ? { is: 'stalled', why: `${reason}: ${message}` } : undefined;
}

/** Of an option that takes one. */
export function durationOf({ options }: Pick<Context, 'options'>, name: string, flag: string): number {
  const text = options.text(name) ?? '';
  const ms = duration(text);
  if (ms === undefined) throw new Complaint(`--${flag} takes a duration such as 90s, 4h or 1h30m, not "${text}"`, EXIT.usage);
  return ms;
}

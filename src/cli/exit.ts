// How a command ends: exit codes, and the one sentence of a command that fails.

/** Exit codes. Scripts rely on them: a number keeps its meaning. */
export const EXIT = {
  done: 0,
  /** It was refused, it failed, or what was named is not there. */
  failed: 1,
  usage: 2,
  /** The API server cannot be reached, or does not know who asks. */
  away: 3,
  /** It was reached, and does not allow it. */
  forbidden: 4,
  timedOut: 5,
  /** Only a person, a change of spec or the cluster can help. */
  stalled: 6,
  /** What was waited for is passed over by a human decision. */
  held: 7,
  interrupted: 130,
} as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_WORDS: readonly (readonly [Exit, string])[] = [
  [EXIT.done, 'done'],
  [EXIT.failed, 'it failed or was refused, or what was named is not there'],
  [EXIT.usage, 'a command, an argument or an option is wrong'],
  [EXIT.away, 'the cluster cannot be reached, or does not know who asks'],
  [EXIT.forbidden, 'the cluster does not allow it'],
  [EXIT.timedOut, 'what was waited for did not come in time'],
  [EXIT.stalled, 'it is stalled: a person, a change of spec or the cluster has to help'],
  [EXIT.held, 'a person decided otherwise: held, pinned, paused or waiting to be named'],
  [EXIT.interrupted, 'interrupted while it waited'],
];

/** Ends a command with one sentence and an exit code; never with a stack. */
export class Complaint extends Error {
  readonly exit: Exit;
  constructor(message: string, exit: Exit = EXIT.failed) {
    super(message);
    this.exit = exit;
  }
}

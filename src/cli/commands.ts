// Every command of the plugin, in the order in which --help lists them. A new one is a file in commands/ and a line here.
import type { Command } from './command.ts';
import { back } from './commands/back.ts';
import { diff } from './commands/diff.ts';
import { go } from './commands/go.ts';
import { hash } from './commands/hash.ts';
import { history } from './commands/history.ts';
import { lint } from './commands/lint.ts';
import { migrate } from './commands/migrate.ts';
import { pause, resume } from './commands/pause.ts';
import { pin, unpin } from './commands/pin.ts';
import { plan } from './commands/plan.ts';
import { reject, renew } from './commands/reject.ts';
import { render } from './commands/render.ts';
import { scale } from './commands/scale.ts';
import { status } from './commands/status.ts';
import { versions } from './commands/versions.ts';

const SEE: readonly Command[] = [status, versions, history, diff];
const MOVE: readonly Command[] = [go, back, pin, unpin, reject, renew, pause, resume, scale];
const FROM_FILES: readonly Command[] = [plan, lint, hash, render, migrate];

export const COMMANDS: readonly Command[] = [...SEE, ...MOVE, ...FROM_FILES];

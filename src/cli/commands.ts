// Every command of the plugin, in the order in which --help lists them. A new one is a file in commands/ and a line here.
import type { Command } from './command.ts';
import { approve, waive } from './commands/approve.ts';
import { audit } from './commands/audit.ts';
import { back } from './commands/back.ts';
import { diff } from './commands/diff.ts';
import { doctor } from './commands/doctor.ts';
import { glass } from './commands/glass.ts';
import { go } from './commands/go.ts';
import { hash } from './commands/hash.ts';
import { history } from './commands/history.ts';
import { holdLine } from './commands/hold-line.ts';
import { ladder } from './commands/ladder.ts';
import { lint } from './commands/lint.ts';
import { logs } from './commands/logs.ts';
import { migrate } from './commands/migrate.ts';
import { pause, resume } from './commands/pause.ts';
import { pin, unpin } from './commands/pin.ts';
import { pinImagesOf } from './commands/pin-images.ts';
import { plan } from './commands/plan.ts';
import { pods } from './commands/pods.ts';
import { reject, renew } from './commands/reject.ts';
import { render } from './commands/render.ts';
import { report } from './commands/report.ts';
import { scale } from './commands/scale.ts';
import { status } from './commands/status.ts';
import { top } from './commands/top.ts';
import { versions } from './commands/versions.ts';
import { wait } from './commands/wait.ts';
import { cool, warm } from './commands/warm.ts';
import { why } from './commands/why.ts';

const SEE: readonly Command[] = [status, why, versions, history, diff, pods, logs];
const MOVE: readonly Command[] = [go, back, pin, unpin, reject, renew, approve, waive, pause, resume, scale];
const PIPELINES: readonly Command[] = [wait, top];
const FROM_FILES: readonly Command[] = [plan, lint, hash, render, ladder, pinImagesOf, migrate];
const LOOK_AFTER: readonly Command[] = [audit, warm, cool, doctor, report, holdLine, glass];

export const COMMANDS: readonly Command[] = [...SEE, ...MOVE, ...PIPELINES, ...FROM_FILES, ...LOOK_AFTER];

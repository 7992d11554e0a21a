// A program in a terminal, as a person has it: `script` of util-linux gives it a pseudo-terminal, and the emulator that VS Code has in its terminal says
// what is on the screen then.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import xterm from '@xterm/headless';

const SIZE = { columns: 200, rows: 50 };
/** Longer than what people would wait for. */
const DEADLINE_MS = 30_000;

/** What `look` says of the screen: `undefined` or `false` is not yet. */
type Look<T> = (screen: readonly string[]) => T | undefined | false;

export class Terminal {
  readonly #program: ChildProcessWithoutNullStreams;
  readonly #emulator = new xterm.Terminal({ cols: SIZE.columns, rows: SIZE.rows, allowProposedApi: true });
  readonly #drawn = new EventEmitter();
  /** How it ended, in words. */
  readonly ended: Promise<string>;

  /** Runs a line of shell. */
  constructor(line: string, environment: NodeJS.ProcessEnv) {
    const inside = `stty rows ${SIZE.rows} columns ${SIZE.columns}; exec ${line}`;
    this.#program = spawn('script', ['--quiet', '--flush', '--return', '--command', inside, '/dev/null'], {
      env: { ...environment, TERM: 'xterm-256color' },
    });
    this.ended = once(this.#program, 'exit').then(([code, signal]) => `exited with ${String(code ?? signal)}`);
    this.#program.stdin.on('error', () => undefined); // It has ended, and says so by itself.
    // What a program asks its terminal, such as where the cursor is, the terminal answers.
    this.#emulator.onData((answer) => void this.#program.stdin.write(answer));
    this.#program.stdout.on('data', (bytes: Buffer) => {
      this.#emulator.write(bytes, () => this.#drawn.emit('drawn'));
    });
  }

  /** Its rows, without blanks at their ends. */
  get screen(): readonly string[] {
    const { active } = this.#emulator.buffer;
    return Array.from({ length: SIZE.rows }, (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? '');
  }

  press(keys: string): void {
    this.#program.stdin.write(keys);
  }

  /** Waits for what `look` finds on the screen; says what is there instead when it does not come. */
  async until<T>(what: string, look: Look<T>): Promise<T> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const ended = this.ended.then((how) => `the program ${how}`);
    for (;;) {
      const found = look(this.screen);
      if (found !== undefined && found !== false) return found;
      const drawn = once(this.#drawn, 'drawn', { signal }).then(
        () => undefined,
        () => `not within ${DEADLINE_MS / 1000} s`,
      );
      const why = await Promise.race([drawn, ended]);
      if (why !== undefined) throw new Error(`${why}: ${what}; on the screen:\n${this.screen.join('\n').trimEnd()}`);
    }
  }

  /** Hangs up, as when a window is closed. A program may take no notice of SIGTERM, and `script` would wait for it. */
  async close(): Promise<void> {
    this.#program.kill('SIGKILL');
    await this.ended;
    this.#emulator.dispose();
  }
}

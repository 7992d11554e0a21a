// Where output goes: text for people, or the value behind it as JSON or YAML for programs. Knows the terminal; decides nothing about Apps.
import { stripVTControlCharacters, styleText } from 'node:util';
import { stringify } from 'yaml';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (style: Style, text: string) => string;

/** What a command found out: for people, for programs, for other commands. */
export interface View {
  readonly value: unknown;
  /** For `-o name`, one on each line. */
  readonly names: readonly string[];
  lines(paint: Paint, width: number): readonly string[];
}

export interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export interface Screen {
  readonly width: number;
  /** Whether a person sees it as it comes. */
  readonly live: boolean;
  readonly format: 'text' | 'json' | 'yaml' | 'name';
  readonly paint: Paint;
  readonly show: (view: View) => void;
  readonly say: (line: string) => void;
  /** Beside the answer: on standard error, so that a pipe never sees it. */
  readonly note: (line: string) => void;
  /** Replaces what was drawn last, on a terminal; elsewhere it only writes. */
  readonly draw: (lines: readonly string[]) => void;
}

/** Where no terminal tells. */
const WIDTH = 80;
const ROWS = 24;
const PLAIN: Paint = (_style, text) => text;
const CLEAR_BELOW = '\u001b[0J';

export function screenOn(out: Stream, err: Stream, format: Screen['format'], colour: boolean): Screen {
  const live = out.isTTY === true && format === 'text';
  const widthNow = (): number => (out.isTTY === true ? (out.columns ?? WIDTH) : WIDTH);
  const paint: Paint = live && colour ? (style, text) => styleText(style, text, { validateStream: false }) : PLAIN;
  let drawn: readonly string[] = [];
  const say = (line: string): void => void out.write(`${line}\n`);
  return {
    get width() {
      return widthNow();
    },
    live,
    format,
    paint,
    say,
    show(view) {
      if (format === 'json') say(JSON.stringify(view.value, null, 2));
      else if (format === 'yaml') out.write(stringify(view.value));
      else for (const line of format === 'name' ? view.names : view.lines(paint, widthNow())) say(line);
    },
    note: (line) => void err.write(`${line}\n`),
    draw(lines) {
      // By the width of now: a terminal that was made narrower has wrapped what stands on it.
      const back = live && drawn.length > 0 ? `\u001b[${rowsOf(drawn, widthNow())}A\r${CLEAR_BELOW}` : '';
      drawn = live ? fitting(lines, out.rows ?? ROWS) : lines;
      // At once: nobody is to see it empty.
      out.write(`${back}${drawn.map((line) => `${line}\n`).join('')}`);
    },
  };
}

const rowsOf = (lines: readonly string[], width: number): number =>
  lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(stripVTControlCharacters(line).length / width)), 0);

/** What scrolled away is beyond the cursor's reach and would stay there, so as much as there are rows above the cursor's own. */
function fitting(lines: readonly string[], rows: number): readonly string[] {
  const room = Math.max(2, rows - 1);
  if (lines.length <= room) return lines;
  return [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines: make the window higher`];
}

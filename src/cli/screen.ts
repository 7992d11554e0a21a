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
const PLAIN: Paint = (_style, text) => text;
const CLEAR_BELOW = '\u001b[0J';

export function screenOn(out: Stream, err: Stream, format: Screen['format'], colour: boolean): Screen {
  const live = out.isTTY === true && format === 'text';
  const width = out.isTTY === true ? (out.columns ?? WIDTH) : WIDTH;
  const paint: Paint = live && colour ? (style, text) => styleText(style, text, { validateStream: false }) : PLAIN;
  let drawn = 0;
  const say = (line: string): void => void out.write(`${line}\n`);
  return {
    width,
    live,
    format,
    paint,
    say,
    show(view) {
      if (format === 'json') say(JSON.stringify(view.value, null, 2));
      else if (format === 'yaml') out.write(stringify(view.value));
      else for (const line of format === 'name' ? view.names : view.lines(paint, width)) say(line);
    },
    note: (line) => void err.write(`${line}\n`),
    draw(lines) {
      if (live && drawn > 0) out.write(`\u001b[${drawn}A\r${CLEAR_BELOW}`);
      for (const line of lines) say(line);
      drawn = lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(stripVTControlCharacters(line).length / width)), 0);
    },
  };
}

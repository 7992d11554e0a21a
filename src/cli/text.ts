// Text for a terminal: columns as kubectl has them, wrapped lines, how long ago something was. Pure.
import { stripVTControlCharacters } from 'node:util';

const lengthOf = (text: string): number => stripVTControlCharacters(text).length;
const GAP = 3;

/** Columns as kubectl prints them: as wide as need be, the last one cut at the width of the terminal. No rows, no lines. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[], width = Infinity): string[] {
  if (rows.length === 0) return [];
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => lengthOf(row[i] ?? ''))));
  return all.map((row) => {
    const line = row.map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat(widths[i]! - lengthOf(cell) + GAP))).join('');
    return cut(line.trimEnd(), width);
  });
}

/** At most so long, and says so. Colours are left alone where nothing is cut. */
export function cut(text: string, width: number): string {
  return lengthOf(text) <= width ? text : `${stripVTControlCharacters(text).slice(0, Math.max(0, width - 1))}…`;
}

/** A command up to the punctuation behind it, or one word. */
const UNBROKEN = /\(?kubectl \S.*?(?=[;:,.)]*(\s+\(|[;:,.)]\s|$))[;:,.)]*|\S+/g;

/**
 * Words on lines of at most `width`; a word that is longer has a line of its own, and so has a command, which somebody may want to copy. The first
 * line is not indented.
 */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.replaceAll(/\s+/g, ' ').match(UNBROKEN) ?? []) {
    const next = line === '' ? word : `${line} ${word}`;
    const room = width - (lines.length === 0 ? 0 : indent.length);
    if (line !== '' && lengthOf(next) > room) {
      lines.push(line);
      line = word;
    } else line = next;
  }
  if (line !== '') lines.push(line);
  return lines.map((each, i) => (i === 0 ? each : indent + each));
}

const STEPS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
  [1, 's'],
];

/** `45s`, `12m`, `3h20m`, `2d4h`, as kubectl shows ages. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const at = STEPS.findIndex(([step]) => seconds >= step);
  if (at < 0) return '0s';
  const [step, unit] = STEPS[at]!;
  const [next, small] = STEPS[at + 1] ?? [1, ''];
  const whole = Math.floor(seconds / step);
  const rest = Math.floor((seconds - whole * step) / next);
  return whole < 10 && rest > 0 && small !== '' && unit !== 'm' ? `${whole}${unit}${rest}${small}` : `${whole}${unit}`;
}

export const ago = (at: string | undefined, now: number): string => (at === undefined ? '' : span(now - Date.parse(at)));

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `90s`, `4h`, `1h30m`; undefined for anything else. */
export function duration(text: string): number | undefined {
  if (!/^(\d+(ms|[smhd]))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)(ms|[smhd])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0);
}

export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** In quotes for a POSIX shell, where it needs them. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** `2.4.1 (kj2s4f45hj)` as `2.4.1`, where no other of these is called so. */
export function bareNames(all: readonly string[]): (called: string) => string {
  const bare = (called: string): string => called.replace(/ \(\w+\)$/, '');
  return (called) => (all.every((other) => other === called || bare(other) !== bare(called)) ? bare(called) : called);
}

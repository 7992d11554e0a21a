// How the story sounds: few words, one line each, colours only where a person looks. Decides nothing about what is told.
import { terminalLog, type Log } from './progress.ts';

export interface Voice {
  /** Progress of what takes long. */
  readonly log: Log;
  line(text?: string): void;
  /** What was done, with the seconds since the story began. */
  scene(seconds: number, text: string): void;
  chapter(title: string, command: string): void;
  /** What was seen, with the seconds since its chapter began. */
  beat(seconds: number, word: string, text: string): void;
  /** What is being waited for; overwritten by the next line, and only on a terminal. */
  waiting(text: string): void;
}

const WORD = 10;

export function newVoice(output: NodeJS.WriteStream = process.stdout): Voice {
  const log = terminalLog(output);
  const coloured = output.isTTY && (process.env.NO_COLOR ?? '') === '';
  const tint = (code: number) => (text: string) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);
  const [bold, dim, green] = [tint(1), tint(2), tint(32)];
  const clock = (seconds: number): string => dim(`${seconds.toFixed(2).padStart(7)} s`);
  return {
    log,
    line(text = '') {
      log(text);
    },
    scene(seconds, text) {
      log(`${clock(seconds)}  ${text}`);
    },
    chapter(title, command) {
      log(`\n${bold(title)}\n${' '.repeat(11)}${dim(`$ ${command}`)}`);
    },
    beat(seconds, word, text) {
      log(`${clock(seconds)}  ${green(word.padEnd(WORD))}${text}`);
    },
    waiting(text) {
      log(`${' '.repeat(11)}… ${text}`, true);
    },
  };
}

// How long work is told: a line that lasts, or one that the next may overwrite where the output is a terminal.

/** `transient` lines come every second and may be dropped. */
export type Log = (line: string, transient?: boolean) => void;

/** Writes to standard error: transient lines in place on a terminal, nowhere else. */
export function terminalLog(output: NodeJS.WriteStream = process.stderr): Log {
  let open = false;
  return (line, transient = false) => {
    if (transient && !output.isTTY) return;
    const shown = transient ? line.slice(0, output.columns - 1) : `${line}\n`;
    output.write(open ? `\r\x1b[K${shown}` : shown);
    open = transient;
  };
}

/** Calls `describe` every second until stopped; every fifteenth line lasts, for logs that are no terminal. */
export function reportEverySecond(log: Log, describe: (elapsed: string) => string): () => void {
  const start = performance.now();
  let ticks = 0;
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - start) / 1000);
    const line = describe(`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`);
    log(line, true);
    if (++ticks % 15 === 0 && !process.stderr.isTTY) log(line);
  }, 1000);
  return () => {
    clearInterval(timer);
  };
}

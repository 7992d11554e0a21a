#!/usr/bin/env node
// kubectl iapp: the plugin's composition root, and its only reader of flags and environment. Decides nothing.
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { COMMANDS } from './commands.ts';
import { run } from './plugin.ts';

const interruption = new AbortController();
process.once('SIGINT', () => {
  interruption.abort();
  // A second one ends it whatever it does.
  process.once('SIGINT', () => process.exit(130));
});
// `kubectl iapp … | head` has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question, { signal: interruption.signal });
  } catch {
    return '';
  } finally {
    terminal.close();
  }
}

async function main(): Promise<void> {
  process.exitCode = await run(COMMANDS, process.argv.slice(2), {
    out: process.stdout,
    err: process.stderr,
    environment: { USER: userInfo().username, ...process.env },
    signal: interruption.signal,
    now: Date.now,
    read: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
    ask,
  });
  // Connections are kept alive for the next request, and there is none.
  process.exit();
}

// Not awaited here: a single executable is no module, in which one could.
void main();

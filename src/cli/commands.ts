// Every command of the plugin, in the order in which --help lists them. A new one is a file in commands/ and a line here.
import type { Command } from './command.ts';
import { migrate } from './commands/migrate.ts';
import { status } from './commands/status.ts';

export const COMMANDS: readonly Command[] = [status, migrate];

// Arguments and options that several commands take.
import type { Argument, Option } from './command.ts';

const APP = { name: 'app', optional: true, completes: 'apps' } as const;

export const AN_APP: Argument = { ...APP, about: 'name of the ImmutableApp' };
export const THE_APP: Argument = { ...APP, about: 'name of the ImmutableApp; may be left out where there is one only' };
export const APPS: Argument = { ...APP, about: 'name of the ImmutableApp; without it all of the namespace, or of every one with -A' };
export const A_VERSION: Argument = { name: 'version', about: 'name or id of the version', optional: true, completes: 'versions' };

/** Files beside the option below: both are read. */
export const SOME_FILES: Argument = {
  name: 'file',
  about: 'manifests; - is standard input',
  optional: true,
  several: true,
  completes: 'files',
};
const FILENAME = '-f, --filename <file>';
/** For a command that reads one: a second is refused, and not swallowed. */
export const A_FILE: Option = {
  flags: FILENAME,
  about: 'a manifest with the ImmutableApp; - is standard input',
  several: true,
  completes: 'files',
};
/** Spelt as kubectl spells it, in every command that reads files. */
export const filenames = (what: string): Option => ({
  flags: FILENAME,
  about: `${what}; - is standard input; may be given more than once`,
  several: true,
  completes: 'files',
});

// Arguments that several commands take.
import type { Argument } from './command.ts';

const APP = { name: 'app', optional: true, completes: 'apps' } as const;

export const AN_APP: Argument = { ...APP, about: 'name of the ImmutableApp' };
export const THE_APP: Argument = { ...APP, about: 'name of the ImmutableApp; may be left out where there is one only' };
export const APPS: Argument = { ...APP, about: 'name of the ImmutableApp; without it all of the namespace, or of every one with -A' };
export const A_VERSION: Argument = { name: 'version', about: 'name or id of the version', optional: true, completes: 'versions' };

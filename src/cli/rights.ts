// Rights that several commands ask for.
import { GROUP } from '../model/vocabulary.ts';
import type { Right } from './command.ts';

const apps = (...verbs: readonly string[]): Right => ({ group: GROUP, resource: 'immutableapps', verbs });

/** One App by its name; the list names the others when there is none such, or none was named. */
export const READ_APP: readonly Right[] = [apps('get'), { ...apps('list'), without: 'name the App; a misspelt name gets no suggestion' }];
export const LIST_APPS: readonly Right[] = [apps('list')];
export const WATCH_APPS: Right = { ...apps('watch'), without: 'no -w' };
export const READ_RECORDS: Right = { group: 'apps', resource: 'controllerrevisions', verbs: ['get'] };
export const LIST_PODS: Right = { group: '', resource: 'pods', verbs: ['list'] };

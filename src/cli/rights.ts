// Rights that several commands ask for.
import { GROUP } from '../model/vocabulary.ts';
import type { Right } from './command.ts';

const apps = (...verbs: readonly string[]): Right => ({ group: GROUP, resource: 'immutableapps', verbs });

/** One App by its name; the list names the others when there is none such, or none was named. */
export const READ_APP: readonly Right[] = [apps('get'), { ...apps('list'), without: 'name the App; a misspelt name gets no suggestion' }];
export const LIST_APPS: readonly Right[] = [apps('list')];
export const WATCH_APPS: Right = { ...apps('watch'), without: 'no -w' };
/** To write, and to see it come true. */
export const WRITE_APP: readonly Right[] = [...READ_APP, apps('patch'), { ...apps('list', 'watch'), without: 'say --no-wait' }];
export const WAIT_APP: readonly Right[] = [apps('get'), apps('list', 'watch')];
export const LIST_RECORDS: Right = { group: 'apps', resource: 'controllerrevisions', verbs: ['list'] };
/** By metadata only. */
export const SEE_SECRETS: Right = { group: '', resource: 'secrets', verbs: ['get'], without: 'Secrets that are gone are not told of' };
/** By metadata only. */
export const SEE_CONFIG_MAPS: Right = {
  group: '',
  resource: 'configmaps',
  verbs: ['get'],
  without: 'whether a ConfigMap that is not captured has changed is not said',
};
export const LIST_PODS: Right = { group: '', resource: 'pods', verbs: ['list'] };

// The real k9s, and the schemas by which it judges its files, which need no build. Both are of the version in k9s/go.mod.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Filling } from '../../deploy/local/cache.ts';
import { findRequired, folderOf, needGo } from './required.ts';

const SOURCE = join(import.meta.dirname, 'k9s');
const MODULE = 'github.com/derailed/k9s';

/** As people say it, without the v of Go. */
export const K9S_VERSION = new RegExp(`${MODULE} v(\\S+)`).exec(readFileSync(join(SOURCE, 'go.mod'), 'utf8'))![1]!;
const K9S = { title: `k9s ${K9S_VERSION}`, source: SOURCE, programs: { k9s: MODULE } };

/** Path of its executable. Rejects, with the reason, where it cannot be built. */
export const findK9s = async (filling: Filling): Promise<string> => join(await findRequired(K9S, filling), 'k9s');

/** The folder of `plugins.json` and `views.json`. */
export async function k9sSchemas(): Promise<string> {
  needGo(K9S.title);
  return join(await folderOf(SOURCE, MODULE), 'internal/config/json/schemas');
}

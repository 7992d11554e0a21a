// The schemas by which k9s judges its files, as its Go module carries them: asked of the module proxy once, then kept with the programs of the cluster.
import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { sourceFingerprint, whyNoGo } from '../../deploy/local/build.ts';
import { cached } from '../../deploy/local/cache.ts';

export const K9S_VERSION = 'v0.50.16';
const MODULE = 'github.com/derailed/k9s';
const SCHEMAS = ['plugins', 'views'];

/** The folder of `plugins.json` and `views.json`. */
export function k9sSchemas(): Promise<string> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const key = `k9s-schemas-${K9S_VERSION}-${sourceFingerprint(import.meta.dirname, [basename(import.meta.filename)])}`;
  return cached(key, { log }, async (part) => {
    const noGo = whyNoGo();
    if (noGo !== undefined) throw new Error(`The schemas of k9s cannot be had: ${noGo}. Install Go 1.26 or later.`);
    // Outside of any module: this one has no go.mod.
    const options = { cwd: part, env: { ...process.env, GOWORK: 'off', GOFLAGS: '-mod=mod' } };
    const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', `${MODULE}@${K9S_VERSION}`], options);
    const { Dir } = JSON.parse(stdout) as { Dir: string };
    for (const name of SCHEMAS) await copyFile(join(Dir, 'internal/config/json/schemas', `${name}.json`), join(part, `${name}.json`));
  });
}

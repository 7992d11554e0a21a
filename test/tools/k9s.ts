// The real k9s, built once from the Go module proxy and kept with the programs of the cluster, and the schemas by which it judges its files, which
// need no build. Both are of the version in k9s/go.mod.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compile, REPRODUCIBLE, sourceFingerprint, whyNoGo } from '../../deploy/local/build.ts';
import { cached, type Filling } from '../../deploy/local/cache.ts';

const SOURCE = join(import.meta.dirname, 'k9s');
const MODULE = 'github.com/derailed/k9s';

/** As people say it, without the v of Go. */
export const K9S_VERSION = new RegExp(`${MODULE} v(\\S+)`).exec(readFileSync(join(SOURCE, 'go.mod'), 'utf8'))![1]!;

/** Path of its executable. The first call builds it, in some minutes. Rejects, with the reason, where that is impossible. */
export async function findK9s(filling: Filling): Promise<string> {
  const key = `k9s-${sourceFingerprint(SOURCE, ['go.mod', 'go.sum'])}-${process.platform}-${process.arch}`;
  const folder = await cached(key, filling, async (part) => {
    needGo();
    const [output, flags] = [join(part, 'k9s'), [...REPRODUCIBLE, '-ldflags=-s -w']];
    await compile({ title: `k9s ${K9S_VERSION}`, source: SOURCE, target: MODULE, output, folder: part, flags }, filling);
  });
  return join(folder, 'k9s');
}

/** The folder of `plugins.json` and `views.json`. */
export async function k9sSchemas(): Promise<string> {
  needGo();
  const { stdout } = await promisify(execFile)('go', ['-C', SOURCE, 'mod', 'download', '-json', MODULE], {
    env: { ...process.env, GOWORK: 'off' },
  });
  return join((JSON.parse(stdout) as { Dir: string }).Dir, 'internal/config/json/schemas');
}

function needGo(): void {
  const noGo = whyNoGo();
  if (noGo !== undefined) throw new Error(`k9s cannot be had: ${noGo}. Install Go 1.26 or later.`);
}

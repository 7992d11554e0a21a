// Programs of modules that a go.mod beside the tests requires, at the versions that it pins: built once from the Go module proxy and kept with the
// programs of the cluster.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { compile, REPRODUCIBLE, sourceFingerprint, whyNoGo } from '../../deploy/local/build.ts';
import { cached, type Filling } from '../../deploy/local/cache.ts';

export interface Required {
  /** What people call it. */
  readonly title: string;
  /** The folder of go.mod and go.sum. */
  readonly source: string;
  /** Packages, by the names that their programs get. */
  readonly programs: Readonly<Record<string, string>>;
  /** What is kept of the modules beside the programs: folders or files, by the names that they get. */
  readonly keep?: Readonly<Record<string, { readonly module: string; readonly path: string }>>;
  /** Values of symbols, by their names. */
  readonly symbols?: Readonly<Record<string, string>>;
}

/** The folder that has them. The first call builds them, in some minutes. Rejects, with the reason, where that is impossible. */
export function findRequired({ title, source, programs, keep = {}, symbols = {} }: Required, filling: Filling): Promise<string> {
  const link = ['-s', '-w', ...Object.entries(symbols).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
  const how = createHash('sha256')
    .update(sourceFingerprint(import.meta.dirname, [basename(import.meta.filename)]))
    .update(JSON.stringify([programs, keep, symbols]))
    .digest('hex')
    .slice(0, 12);
  const key = `${basename(source)}-${sourceFingerprint(source, ['go.mod', 'go.sum'])}-${how}-${process.platform}-${process.arch}`;
  return cached(key, filling, async (part) => {
    needGo(title);
    for (const [name, target] of Object.entries(programs)) {
      const [output, flags] = [join(part, name), [...REPRODUCIBLE, `-ldflags=${link}`]];
      await compile({ title, source, target, output, folder: part, flags }, filling);
    }
    for (const [name, { module, path }] of Object.entries(keep))
      await cp(join(await folderOf(source, module), path), join(part, name), { recursive: true });
  });
}

/** Where Go keeps the source of a module of which go.mod says the version. */
export async function folderOf(source: string, module: string): Promise<string> {
  const { stdout } = await promisify(execFile)('go', ['-C', source, 'mod', 'download', '-json', module], {
    env: { ...process.env, GOWORK: 'off' },
  });
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

export function needGo(title: string): void {
  const noGo = whyNoGo();
  if (noGo !== undefined) throw new Error(`${title} cannot be built: ${noGo}. Install Go 1.26 or later.`);
}

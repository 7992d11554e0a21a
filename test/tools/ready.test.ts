// The first commands in a fresh folder, as people and editors start them: at once. A real npm installs, without a registry: what is installed
// lies in the folder.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'immutableapp-ready-'));
  await mkdir(join(folder, 'scripts'));
  await cp('scripts/ready.mjs', join(folder, 'scripts/ready.mjs'));
  await writeFile(join(folder, 'hello'), "console.log('hello');\n");
  // Their "node" is the one that runs here.
  await mkdir(join(folder, 'theirs/bin'), { recursive: true });
  await writeFile(join(folder, 'theirs/bin/node'), `#!/bin/sh\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 });
  await json('theirs/package.json', { name: 'node', version: '1.0.0' });
  const dependencies = { node: 'file:theirs' };
  await json('package.json', { name: 'fresh', version: '1.0.0', dependencies });
  const packages = {
    '': { name: 'fresh', version: '1.0.0', dependencies },
    'node_modules/node': { resolved: 'theirs', link: true },
    theirs: { name: 'node', version: '1.0.0' },
  };
  await json('package-lock.json', { name: 'fresh', version: '1.0.0', lockfileVersion: 3, requires: true, packages });
});
afterEach(() => rm(folder, { recursive: true }));

const json = (path: string, content: object): Promise<void> => writeFile(join(folder, path), JSON.stringify(content));

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
const run = (): Promise<Ran> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, 'scripts/ready.mjs'), 'hello']);
    const written = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) child[stream].on('data', (text) => (written[stream] += String(text)));
    child.once('close', (code) => {
      resolve({ code, ...written });
    });
  });
const installs = (all: readonly Ran[]): number => all.filter(({ stderr }) => stderr.includes('Installing dependencies')).length;

test('three at once install once, and each of them runs', async () => {
  const all = await Promise.all([run(), run(), run()]);
  expect(all.map(({ code, stdout }) => ({ code, stdout }))).toEqual(Array(3).fill({ code: 0, stdout: 'hello\n' }));
  expect(installs(all)).toBe(1);
  expect(installs([await run()])).toBe(0);
});

test('what a killed one left behind keeps nobody waiting', async () => {
  const dead = spawn(process.execPath, ['--version']);
  await new Promise((resolve) => dead.once('close', resolve));
  await mkdir(join(folder, '.cache'));
  await writeFile(join(folder, '.cache/installing'), String(dead.pid));
  const ran = await run();
  expect(ran).toMatchObject({ code: 0, stdout: 'hello\n' });
  expect(installs([ran])).toBe(1);
  await expect(readFile(join(folder, '.cache/installing'))).rejects.toThrow('ENOENT');
});

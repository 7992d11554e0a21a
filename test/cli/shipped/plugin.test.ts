// kubectl iapp as it is shipped for people who have Node: three files in a folder, of which one loads another.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { plugin } from '../../../scripts/build.ts';
import { VERSION } from '../../../src/flags.ts';

const folder = mkdtempSync(join(tmpdir(), 'shipped-'));
const home = join(folder, 'home');
beforeAll(async () => {
  await plugin(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function started(file: string, environment: NodeJS.ProcessEnv = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, HOME: home, ...environment };
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [file, '--version'], { env })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

const VERSION_SAID = { code: 0, stdout: `${VERSION}\n`, stderr: '' };

test('keeps what Node compiled of it beside what kubectl keeps', async () => {
  expect(await started(join(folder, 'kubectl-iapp'))).toEqual(VERSION_SAID);
  expect(readdirSync(join(home, '.kube/cache/iapp'))).not.toEqual([]);
  const KUBECACHEDIR = join(folder, 'elsewhere');
  expect(await started(join(folder, 'kubectl-iapp'), { KUBECACHEDIR })).toEqual(VERSION_SAID);
  expect(readdirSync(join(KUBECACHEDIR, 'iapp'))).not.toEqual([]);
});

test('works where nothing can be kept, and through a link, as krew makes it', async () => {
  const link = join(folder, 'linked');
  symlinkSync('kubectl-iapp', link);
  expect(await started(link, { HOME: '/dev/null' })).toEqual(VERSION_SAID);
});

test('as an ES module, as it is beside a package.json that says so', async () => {
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  expect(await started(join(folder, 'kubectl-iapp'))).toEqual(VERSION_SAID);
  rmSync(join(folder, 'package.json'));
});

test('copied alone it says what is missing, in a sentence', async () => {
  rmSync(join(folder, 'iapp.cjs'));
  expect(await started(join(folder, 'kubectl-iapp'))).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'iapp.cjs is not there: it belongs beside kubectl-iapp.\n',
  });
});

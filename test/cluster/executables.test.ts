// kubectl iapp as krew installs it: the archive that the manifest names, with the hash that it names, unpacked into a folder of the PATH. Runs without a
// Node of its own on the PATH, against a real API server.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { executables, krewManifest, PLATFORMS } from '../../scripts/executables.ts';
import { VERSION } from '../../src/flags.ts';
import { openStage, TEST_MS } from './opening.ts';

interface Krew {
  readonly spec: {
    readonly version: string;
    readonly platforms: readonly {
      readonly selector: { readonly matchLabels: { readonly os: string; readonly arch: string } };
      readonly uri: string;
      readonly sha256: string;
      readonly bin: string;
    }[];
  };
}

const stage = openStage();
const folder = mkdtempSync(join(tmpdir(), 'iapp-'));
const arch = process.arch === 'x64' ? 'amd64' : 'arm64';
const before = process.env.PATH;

beforeAll(async () => {
  const made = await executables(
    folder,
    PLATFORMS.filter((each) => (each.os === 'linux' && each.arch === arch) || (each.os === 'darwin' && each.arch === arch)),
  );
  const { spec } = parse(krewManifest(made, 'https://example.com/v1/')) as Krew;
  expect(spec.version).toBe(`v${VERSION}`);
  expect(spec.platforms).toHaveLength(2);
  for (const { uri, sha256 } of spec.platforms) {
    expect(uri).toMatch(/^https:\/\/example\.com\/v1\/kubectl-iapp-[\w.-]+\.tar\.gz$/);
    expect(
      createHash('sha256')
        .update(readFileSync(join(folder, uri.slice('https://example.com/v1/'.length))))
        .digest('hex'),
    ).toBe(sha256);
  }
  const { uri, bin } = spec.platforms.find(({ selector }) => selector.matchLabels.os === 'linux')!;
  execFileSync('tar', ['-xzf', join(folder, uri.slice('https://example.com/v1/'.length)), '-C', folder]);
  expect(bin).toBe('kubectl-iapp');
  process.env.PATH = `${folder}:/usr/bin:/bin`;
}, TEST_MS);

afterAll(() => {
  process.env.PATH = before;
  rmSync(folder, { recursive: true });
});

test('kubectl finds it, it says its version, completes, asks the cluster, and keeps its exit codes', async () => {
  expect(await stage.cluster.kubectl(['iapp', '--version'])).toMatchObject({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  expect(await stage.cluster.kubectl(['iapp', 'status'])).toMatchObject({ code: 0, stderr: 'There is no ImmutableApp here.\n' });
  expect(await stage.cluster.kubectl(['iapp', 'sttus'])).toMatchObject({ code: 2 });
  expect((await stage.cluster.kubectl(['__complete', 'iapp', 'hist'])).stdout).toMatch(/^history\t/);
});

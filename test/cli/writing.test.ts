// A write before it is written: as whom, as which kubectl line, and whether Git keeps the field.
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppObject } from '../../src/cli/apps.ts';
import { Options } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { keeperOf } from '../../src/cli/ownership.ts';
import { stalledAt } from '../../src/cli/progress.ts';
import { served } from '../../src/cli/commands/go.ts';
import { appAndVersion, DRY, DRY_RUN, kubectlLine, managerOf } from '../../src/cli/writing.ts';
import { app, condition } from './given.ts';

const POINTER = ['spec', 'activeVersion'];
const PIN = ['metadata', 'annotations', 'immutableapp.io/pin'];

describe('who writes', () => {
  const manager = (reason?: string): string =>
    managerOf({ person: 'oncall-ann', options: new Options(reason === undefined ? {} : { reason }) });
  test('is the person, and why', () => {
    expect([manager(), manager('p99  doubled\n')]).toEqual(['oncall-ann', 'oncall-ann: p99 doubled']);
  });
  test('has room for what the API server keeps of a field manager', () => {
    expect(manager('x'.repeat(116))).toHaveLength(128);
    expect(() => manager('x'.repeat(117))).toThrow('--reason is too long: 116 bytes are room for it');
    expect(() => manager('a\u0007b')).toThrow('cannot be printed');
  });
});

describe('the same by kubectl', () => {
  test('of a field is a patch', () => {
    expect(kubectlLine(app(), POINTER, '2.4.0', 'oncall-ann: p99 doubled')).toBe(
      `kubectl patch -n shop iapp/web --type=merge --field-manager='oncall-ann: p99 doubled' -p '{"spec":{"activeVersion":"2.4.0"}}'`,
    );
  });
  test('of an annotation is annotate, and a minus takes it off', () => {
    expect(kubectlLine(app(), PIN, '2.4.0 until 2030-01-31T04:00:00Z', 'oncall-ann')).toBe(
      `kubectl annotate -n shop iapp/web --overwrite --field-manager=oncall-ann immutableapp.io/pin='2.4.0 until 2030-01-31T04:00:00Z'`,
    );
    expect(kubectlLine(app(), PIN, null, 'oncall-ann')).toMatch(/ immutableapp\.io\/pin-$/);
  });
});

describe('what commands print (test/cluster/golden.test.ts compares it with what they do print)', () => {
  const folder = join(import.meta.dirname, 'golden');
  const printed = (name: string): readonly (readonly string[])[] =>
    readFileSync(join(folder, name), 'utf8')
      .split(/\n\n(?=\$ kubectl iapp )/)
      .map((section) => section.split('\n'));
  const dry = COMMANDS.filter(({ options }) => options.some(({ flags }) => flags === DRY_RUN.flags)).map(({ name }) => name);
  // There is nothing to write there, or Git keeps it; what writes says is one piece of code.
  const NOTHING_TO_WRITE = new Set(['unpin', 'resume', 'scale']);

  test.each(dry.filter((name) => !NOTHING_TO_WRITE.has(name)))(
    '%s --dry-run says first that nothing is done, and last that it would be',
    (name) => {
      const runs = printed(`${name}.txt`).filter(([typed]) => typed!.includes(DRY_RUN.flags));
      expect(runs).not.toEqual([]);
      for (const [, first, ...rest] of runs) expect([first, rest.findLast((line) => line !== '')]).toEqual([DRY.above, DRY.below]);
    },
  );

  test('a kubectl line that writes says as whom, or Flux takes it back', () => {
    const lines = readdirSync(folder).flatMap((name) => (name.endsWith('.txt') ? printed(name).flat() : []));
    const writes = lines.filter((line) => /^(\$|#) +kubectl .*\b(annotate|label|patch|create)\b/.test(line));
    expect(writes.length).toBeGreaterThan(20);
    expect(writes.filter((line) => !/ --field-manager='?oncall-/.test(line))).toEqual([]);
  });
});

describe('Git keeps a field', () => {
  const managed = (operation: string, manager: string, subresource = ''): AppObject =>
    app(
      {},
      {},
      { managedFields: [{ manager, operation, subresource, fieldsV1: { 'f:spec': { 'f:activeVersion': {}, 'f:version': {} } } }] },
    );
  const applied = (spec: object, more: object = {}): AppObject =>
    app({}, {}, { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec }) }, ...more });
  test('that somebody applies on the server', () => {
    expect(keeperOf(managed('Apply', 'kustomize-controller'), POINTER)).toBe('kustomize-controller');
  });
  test('that somebody applied on the client', () => {
    expect(keeperOf(applied({ activeVersion: '1' }), POINTER)).toBe('kubectl apply');
    expect(keeperOf(applied({ activeVersion: '1' }, { managedFields: [{ manager: 'argocd-controller' }] }), POINTER)).toBe(
      'argocd-controller',
    );
  });
  test('and none that a person wrote, or that the manifest does not say', () => {
    expect(keeperOf(managed('Update', 'oncall-ann'), POINTER)).toBeUndefined();
    expect(keeperOf(managed('Apply', 'immutableapp', 'status'), POINTER)).toBeUndefined();
    expect(keeperOf(managed('Apply', 'kustomize-controller'), ['spec', 'paused'])).toBeUndefined();
    expect(keeperOf(managed('Apply', 'kustomize-controller'), PIN)).toBeUndefined();
    expect(keeperOf(applied({}), POINTER)).toBeUndefined();
    expect(
      keeperOf(app({}, {}, { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'no JSON' } }), POINTER),
    ).toBeUndefined();
  });
});

describe('it is true', () => {
  test('once the version serves on every Service, and the report is about this write', () => {
    expect(served(app(), 'web-kj2s4f45hj', 7)).toEqual({ is: 'done' });
    expect(served(app(), 'web-kj2s4f45hj', 8)).toEqual({ is: 'wait' });
    expect(served(app(), 'web-dgbxfth96n', 7)).toEqual({ is: 'wait' });
    const half = app({
      services: [
        { name: 'web', role: 'Active', converged: false },
        { name: 'preview', role: 'Preview', converged: false },
      ],
    });
    expect(served(half, 'web-kj2s4f45hj', 7)).toEqual({ is: 'wait' });
  });
  test('or stalls, and not because of what was so before', () => {
    const stuck = app({ activeVersion: 'web-other', conditions: [condition('Stalled', 'True', 'VersionNotFound', 'there is none')] });
    expect(served(stuck, 'web-kj2s4f45hj', 7)).toEqual({ is: 'stalled', why: 'VersionNotFound: there is none' });
    expect(stalledAt(stuck, 8)).toBeUndefined();
  });
});

test('one word is a version, two are App and version', () => {
  expect([appAndVersion(['2.4.0']), appAndVersion(['web', '2.4.0']), appAndVersion([])]).toEqual([
    { app: undefined, version: '2.4.0' },
    { app: 'web', version: '2.4.0' },
    { app: undefined, version: undefined },
  ]);
});

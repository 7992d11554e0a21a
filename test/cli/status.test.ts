// The first screen, as text: of an App that is well, and of those that are not.
import { expect, test } from '@jest/globals';
import type { AppObject } from '../../src/cli/apps.ts';
import { versionNamed, wayBack } from '../../src/cli/apps.ts';
import { calledAt, overview, summary } from '../../src/cli/overview.ts';
import { view } from '../../src/cli/commands/status.ts';
import type { Paint } from '../../src/cli/screen.ts';
import { app, AT, condition, iso, STATUS } from './given.ts';

const PLAIN: Paint = (_style, text) => text;
const screen = (seen: AppObject): string[] => [...view(seen, AT).lines(PLAIN, 80)];

test('what serves, since when and by whom; what is newest; the way back', () => {
  expect(screen(app())).toEqual([
    'web (shop): Serving',
    '  serves     2.4.1 (kj2s4f45hj) for 3h: Automatic by argocd-controller',
    '  pods       3/3 pods of web-kj2s4f45hj',
    '  newest     it is what serves',
    '  way back   2.4.0 (dgbxfth96n), Warm, 3/3 pods warm: at once',
    '             kubectl iapp back web -n shop',
    '  service    web → web-kj2s4f45hj',
  ]);
});

test('the share of a version that climbs a ladder, as a bar', () => {
  const ladder = { rung: 2, rungs: 3, percent: 25, instance: 'web-zzzzzzzzzz', since: iso(60), next: iso(-60) };
  expect(screen(app({ services: [{ name: 'web', role: 'Active', instance: 'web-kj2s4f45hj', converged: true, ladder }] }))).toEqual(
    expect.arrayContaining([
      '  share      █████░░░░░░░░░░░░░░░ 25 % of web → web-zzzzzzzzzz (rung 2 of 3),',
      '             next 2030-01-31T04:01:00.000Z',
    ]),
  );
  const low = { ...ladder, percent: 1, rung: 1 };
  expect(screen(app({ services: [{ name: 'web', role: 'Active', ladder: low }] })).join('\n')).toContain('█░░░░░░░░░░░░░░░░░░░ 1 % of web');
  expect(screen(app()).join('\n')).not.toContain('share');
});

test('Secrets without which the way back starts no pod', () => {
  const lines = [...view(app(), AT, undefined, ['db']).lines(PLAIN, 80)];
  expect(lines).toContain('             SECRET GONE: db: no new pod of it starts');
  expect(view(app(), AT, undefined, ['db']).value).toMatchObject({ back: { secretsGone: ['db'] } });
  expect(view(app(), AT, undefined, []).value).not.toMatchObject({ back: { secretsGone: [] } });
});

test('what the platform sets where the App says nothing', () => {
  expect(screen(app({ defaults: { images: 'Pinned' } }))).toContain("  images     Pinned, by the platform's default: the App does not say");
  expect(screen(app()).join('\n')).not.toContain('images ');
});

const [newestVersion, ...older] = STATUS.versions!;
const FAILED = app({
  latestVersion: 'web-zzzzzzzzzz',
  versions: [
    {
      id: 'web-zzzzzzzzzz',
      called: '2.5.0 (zzzzzzzzzz)',
      names: ['2.5.0'],
      state: 'Failed',
      reason: 'CrashLoop',
      images: [{ container: 'web', image: 'example/web:2.5.0' }],
    },
    newestVersion!,
    ...older,
  ],
  conditions: [
    condition('Available', 'True', 'Serving'),
    condition('Ready', 'False', 'VersionFailed', '2.5.0 failed'),
    condition('UpToDate', 'False', 'VersionFailed', '2.5.0 is the content of spec and failed (CrashLoop); 2.4.1 serves'),
    condition('Stalled', 'True', 'VersionFailed', '2.5.0 failed (CrashLoop): push a fix'),
    condition('Enforced', 'False', 'DetectOnly', 'the policies are not installed'),
  ],
  warnings: [{ reason: 'HostPort', message: 'the template takes a port of the node' }],
});

test('why the newest does not serve, and what is not well', () => {
  expect(screen(FAILED).slice(3)).toEqual([
    '  newest     2.5.0 (zzzzzzzzzz), Failed: 2.5.0 is the content of spec and failed',
    '             (CrashLoop); 2.4.1 serves',
    '  way back   2.4.0 (dgbxfth96n), Warm, 3/3 pods warm: at once',
    '             kubectl iapp back web -n shop',
    '  service    web → web-kj2s4f45hj',
    '! Stalled VersionFailed: 2.5.0 failed (CrashLoop): push a fix',
    '! DetectOnly: the policies are not installed',
    '! HostPort: the template takes a port of the node',
  ]);
});

test('one line of it, for a pipe', () => {
  expect(summary(FAILED)).toBe(
    'web: 2.4.1 (kj2s4f45hj) serves, 3/3 pods; 2.5.0 (zzzzzzzzzz) is newest; VersionFailed: 2.5.0 failed (CrashLoop): push a fix',
  );
});

test('an App of which nothing is reported yet has a screen, too', () => {
  const { status: _, ...fresh } = app();
  expect(screen(fresh)).toEqual([
    'web (shop): Unreported',
    '  note       the operator has not reported on your last change yet',
    '  serves     nothing yet',
    '  way back   none: nothing else has served that nobody decided against',
  ]);
});

test('the way back leaves out what failed, was rejected or is held', () => {
  const decided = (state: string, reason?: string) =>
    app({ versions: [newestVersion!, { ...older[0]!, state, ...(reason === undefined ? {} : { reason }) }, older[1]!] });
  for (const [state, reason] of [
    ['Failed', 'CrashLoop'],
    ['Rejected', 'Rejected'],
    ['Warm', 'Held'],
    ['Cold', 'HeldAlong'],
  ] as const)
    expect(wayBack(decided(state, reason))?.id).toBe('web-c56lcd8llx');
  expect(wayBack(app())?.id).toBe('web-dgbxfth96n');
  expect(wayBack(app({ versions: [newestVersion!] }))).toBeUndefined();
});

test('what served last is the way back, whatever its age', () => {
  const again = app({ versions: [newestVersion!, { ...older[0]!, servedUntil: iso(90_000) }, older[1]!] });
  expect(wayBack(again)?.id).toBe('web-c56lcd8llx');
});

test.each([
  ['2.4.0', 'web-dgbxfth96n', '2.4.0'],
  ['web-dgbxfth96n', 'web-dgbxfth96n', 'web-dgbxfth96n'],
  ['dgbxfth96n', 'web-dgbxfth96n', 'web-dgbxfth96n'],
  ['latest', 'web-kj2s4f45hj', 'web-kj2s4f45hj'],
  ['active', 'web-kj2s4f45hj', 'web-kj2s4f45hj'],
])('%s is %s, written as %s', (typed, id, written) => {
  const named = versionNamed(app(), typed);
  expect([named.version.id, named.written]).toEqual([id, written]);
});

test('what is no version is answered with those there are', () => {
  expect(() => versionNamed(app(), '2.4.7')).toThrow('web has no version 2.4.7: did you mean 2.4.1?');
  expect(() => versionNamed(app(), 'nonsense')).toThrow('web has no version nonsense: it has 2.4.1, 2.4.0, 2.3.0');
});

test('an instance is called as its version, or as it was called when its record was there', () => {
  expect(calledAt(app(), 'web-dgbxfth96n-2')).toBe('2.4.0 (dgbxfth96n)');
  expect(calledAt(app(), 'web-gone', '1.0')).toBe('1.0 (gone)');
  expect(calledAt(app(), '')).toBe('');
});

test('what has not been reported on is not called current', () => {
  expect(overview(app({ observedGeneration: 6 })).current).toBe(false);
  expect(overview(app()).current).toBe(true);
});

// versions and history, as tables.
import { expect, test } from '@jest/globals';
import { view as history } from '../../src/cli/commands/history.ts';
import { view as versions } from '../../src/cli/commands/versions.ts';
import type { Paint } from '../../src/cli/screen.ts';
import { app, AT } from './given.ts';

const PLAIN: Paint = (_style, text) => text;

test('every version, its state, and when it served', () => {
  expect(versions(app(), AT).lines(PLAIN, 80)).toEqual([
    'VERSION   ID           STATE    PODS   SERVED         AGE    IMAGES',
    '2.4.1     kj2s4f45hj   Active   3/3    since 3h       3h3m   web:2.4.1',
    '2.4.0     dgbxfth96n   Warm     3/3    until 3h ago   1d1h   web:2.4.0',
    '2.3.0     c56lcd8llx   Cold     -      until 1d ago   2d7h   web:2.3.0',
  ]);
});

test('every move of traffic, who, why and for how long', () => {
  expect(history(app(), AT).lines(PLAIN, 80)).toEqual([
    'WHEN       TO      FROM    SERVED   WHY         BY',
    '3h ago     2.4.1   2.4.0   3h…      Automatic   argocd-controller',
    '1d ago     2.4.0   2.3.0   21h      Activated   oncall-bob: p99 doubled',
    '2d4h ago   2.3.0   -       1d4h     Automatic   argocd-controller',
  ]);
});

test('and who approved it', () => {
  const { status, ...rest } = app();
  const [newest] = status!.history!;
  const approved = { ...rest, status: { ...status, history: [{ ...newest!, approvedBy: ['ann', 'bob'] }] } };
  expect(history(approved, AT).lines(PLAIN, 100)[1]).toContain('argocd-controller, approved by ann and bob');
});

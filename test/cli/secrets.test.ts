// What is said of Secrets that are gone, before anybody goes to a version that needs them.
import { expect, test } from '@jest/globals';
import type { Context } from '../../src/cli/command.ts';
import type { AppObject } from '../../src/cli/apps.ts';
import { Complaint, EXIT } from '../../src/cli/exit.ts';
import { secretsGone } from '../../src/cli/secrets.ts';

const APP = { metadata: { name: 'web', namespace: 'prod' } } as AppObject;
const VERSION = { id: 'web-dgbxfth96n', called: '2.4.0 (dgbxfth96n)', names: ['2.4.0'] };
const env = (name: string) => ({ secretRef: { name } });
const template = { spec: { containers: [{ name: 'web', image: 'web:1', envFrom: [env('db'), env('mail')] }] } };
const RECORD = { data: { fingerprint: 'v1:x', content: { template } } };

const context = (isThere: (path: string) => Promise<boolean>, records: readonly unknown[] = [RECORD]): Context =>
  ({ cluster: () => Promise.resolve({ list: () => Promise.resolve(records), isThere }) }) as unknown as Context;

test('a line for each Secret that is not there, asked by its path', async () => {
  const asked: string[] = [];
  const there = (path: string) => (asked.push(path), Promise.resolve(!path.endsWith('/db')));
  expect(await secretsGone(context(there), APP, VERSION)).toEqual([
    '! Secret db is not there: no pod of 2.4.0 (dgbxfth96n) starts without it',
  ]);
  expect(asked).toEqual(['/api/v1/namespaces/prod/secrets/db', '/api/v1/namespaces/prod/secrets/mail']);
});

test.each([
  ['all are there', context(() => Promise.resolve(true))],
  ['nobody may look', context(() => Promise.reject(new Complaint('secrets "db" is forbidden', EXIT.failed)))],
  ['the record is gone', context(() => Promise.resolve(false), [])],
])('nothing where %s', async (_, given) => {
  expect(await secretsGone(given, APP, VERSION)).toEqual([]);
});

test('a cluster that does not answer is no silence', async () => {
  await expect(
    secretsGone(
      context(() => Promise.reject(new Complaint('no answer', EXIT.away))),
      APP,
      VERSION,
    ),
  ).rejects.toThrow('no answer');
});

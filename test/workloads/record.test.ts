// Records come back as they were written, plain or packed; a damaged one is not believed.
import { describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import type { App } from '../../src/model/app.ts';
import { parse, readContent } from '../../src/model/app.ts';
import type { FactSeen, RecordSeen } from '../../src/model/observed.ts';
import { projectConfigMap, renderConfigMap } from '../../src/workloads/configmap.ts';
import { renderDeployment } from '../../src/workloads/deployment.ts';
import { marshal } from '../../src/shell/api/wire.ts';
import { exact } from '../../src/model/json.ts';
import { contentOf, projectRevision, renderFact, renderRecord } from '../../src/workloads/record.ts';
import type { InstanceName } from '../../src/model/version.ts';
import { fingerprintOf } from '../../src/model/version.ts';
import { REASON } from '../../src/model/vocabulary.ts';
import { blueprintOf, id, rawApp, stored } from '../given.ts';

type Raw = Record<string, unknown>;
const app = (spec: Raw = {}): App => parse(rawApp({ status: {}, spec: { version: '1.0', ...spec } }));
/** Through JSON and back, as over the wire, with keys in another order. */
const wire = (raw: Raw): Raw =>
  JSON.parse(
    JSON.stringify(raw, (_key, value: unknown) => (isPlain(value) ? Object.fromEntries(Object.entries(value).toReversed()) : value)),
  ) as Raw;
const isPlain = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);
const recordOf = (author: App): Raw => wire(stored(renderRecord(author, blueprintOf(author, id('one'), { revision: 4 })), {}));
const big = { config: [{ name: 'big', data: { text: 'Grüße '.repeat(5000) } }] };

describe.each([
  ['plain', app()],
  ['packed', app(big)],
])('a record, %s', (form, author) => {
  const raw = recordOf(author);
  test('comes back as it was written', () => {
    expect(contentOf(raw)).toBe(author.content);
    expect(projectRevision(raw)).toMatchObject({
      is: 'record',
      id: id('one'),
      fingerprint: author.fingerprint,
      authentic: true,
      versionName: '1.0',
      specHash: 'specHash',
      revision: 4,
      images: [{ container: 'main', image: 'httpd:2.4' }],
      configs: [form === 'plain' ? 'httpd' : 'big'],
      owner: { kind: 'ImmutableApp', name: 'shop', uid: 'uid-app' },
    });
  });
  test(`is ${form} in etcd`, () => {
    expect('gzip' in (raw.data as Raw)).toBe(form === 'packed');
    expect('content' in (raw.data as Raw)).toBe(form === 'plain');
    if (form === 'packed') expect(JSON.stringify(raw).length).toBeLessThan(author.content.length / 4);
  });
  test('with other content is not authentic, and says nothing about images', () => {
    const other = recordOf(
      app(
        form === 'plain'
          ? { template: { spec: { containers: [{ name: 'evil', image: 'evil' }] } } }
          : { config: [{ name: 'big', data: { text: 'Gruß '.repeat(9000) } }] },
      ),
    );
    const forged = { ...raw, data: { ...(other.data as Raw), fingerprint: author.fingerprint } };
    expect(projectRevision(forged)).toMatchObject({ authentic: false, images: [], configs: [] });
  });
});

test.each<[string, unknown]>([
  ['no data', undefined],
  ['null', null],
  ['gzip that is none', { fingerprint: 'v1:x', gzip: 'aGVsbG8=' }],
  ['gzip that is cut off', { fingerprint: 'v1:x', gzip: gzipSync('x'.repeat(9999)).toString('base64').slice(0, 20) }],
  ['gzip that unpacks to more than any content', { fingerprint: 'v1:x', gzip: gzipSync('x'.repeat(3 * 1024 * 1024)).toString('base64') }],
  ['gzip of what is not JSON', { fingerprint: fingerprintOf('hello'), gzip: gzipSync('hello').toString('base64') }],
  [
    'gzip of a number with no canonical form',
    { fingerprint: fingerprintOf('{"template":[],"config":[1e17]}'), gzip: gzipSync('{"template":[],"config":[1e17]}').toString('base64') },
  ],
  ['content with no canonical form', { fingerprint: 'v1:x', content: { a: 2 ** 60 } }],
])('a record with %s is not authentic, and no error', (_what, data) => {
  expect(projectRevision({ metadata: { name: 'r' }, data })).toMatchObject({ is: 'record', authentic: false });
});

test('a fact comes back as it was written, belongs to its record, and has one name per verdict', () => {
  const record = projectRevision(recordOf(app())) as RecordSeen;
  const instance = id('one') as string as InstanceName;
  const fact = { is: 'failed', by: '1.0', instance, cause: 'version', reason: REASON.CrashLoop, message: 'm', attempt: 0 } as const;
  const raw = stored(renderFact(app(), record, fact), {});
  expect(projectRevision(raw) as FactSeen).toMatchObject({
    is: 'fact',
    name: `${id('one')}.failed`,
    id: id('one'),
    fact,
    owner: { kind: 'ControllerRevision', name: record.name, uid: record.uid },
  });
});

test('a config object is immutable, and holds no empty member', () => {
  const record = projectRevision(recordOf(app())) as RecordSeen;
  const wish = { name: 'web', data: {}, binaryData: { k: 'AA==' }, mountPath: '', env: false };
  const raw = renderConfigMap(app(), record, wish);
  expect(raw).toMatchObject({ immutable: true, binaryData: { k: 'AA==' }, metadata: { name: `${id('one')}.web` } });
  expect('data' in raw).toBe(false);
  expect(projectConfigMap(stored(raw, {}))).toMatchObject({ id: id('one'), owner: { uid: record.uid } });
});

test('a config object says bytes as the API server will, however they were written', () => {
  const binaryData = { plain: '//8=', lines: 'AAEC\r\n//8=\n', loose: 'AB==', none: '' };
  const record = projectRevision(recordOf(app())) as RecordSeen;
  const wish = { name: 'web', mountPath: '', env: false, data: { empty: '' }, binaryData };
  expect(renderConfigMap(app(), record, wish)).toMatchObject({
    data: { empty: '' },
    binaryData: { plain: '//8=', lines: 'AAEC//8=', loose: 'AA==', none: '' },
  });
});

test.each([
  ['plain', {}],
  ['packed', big],
])('a record keeps integers beyond 2^53 as they were written, %s', (form, more) => {
  const toleration = { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 9223372036854775807n };
  const template = {
    spec: { containers: [{ name: 'web', image: 'x', securityContext: { runAsUser: 9007199254740993n } }], tolerations: [toleration] },
  };
  const author = app({ template, ...more });
  const raw = exact(marshal(renderRecord(author, blueprintOf(author, id('one'), { revision: 4 })))) as Raw;
  expect('gzip' in (raw.data as Raw)).toBe(form === 'packed');
  expect(contentOf(raw)).toBe(author.content);
  expect(author.content).toContain('"runAsUser":9007199254740993}');
  expect(author.content).toContain('"tolerationSeconds":9223372036854775807}');
  expect(projectRevision(raw)).toMatchObject({ authentic: true });
  const tolerations = [{ ...toleration, tolerationSeconds: 9223372036854775806n }];
  const other = app({ template: { spec: { ...template.spec, tolerations } }, ...more });
  expect(other.fingerprint).not.toBe(author.fingerprint);
  expect(renderDeployment(author, id('one'), 'one' as InstanceName, readContent(author.content), 1)).toMatchObject({ spec: { template } });
});

test('a fact that says more than a number can carry is none', () => {
  const raw = { metadata: {}, data: { fact: { is: 'route', switchNumber: 9007199254740993n, instance: 'a', previous: '' } } };
  expect((projectRevision(raw) as FactSeen).fact).toBeUndefined();
});

// What `diff` finds between two contents, kind by kind.
import { expect, test } from '@jest/globals';
import { compare, type Contents } from '../../src/cli/comparison.ts';
import { shown } from '../../src/cli/differences.ts';

const CONFIG = { name: 'site', data: {}, binaryData: {}, mountPath: '', env: false };
const contents = (container: object, config: readonly Partial<Contents['config'][number]>[] = [], spec: object = {}): Contents => ({
  template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1', ...container }], ...spec } },
  config: config.map((entry) => ({ ...CONFIG, ...entry })),
});
const long = (changed: string): string => Array.from({ length: 600 }, (_, i) => (i === 299 ? changed : `line ${i + 1}`)).join('\n') + '\n';

test.each<[string, Contents, Contents, unknown[]]>([
  ['nothing', contents({}), contents({}), []],
  ['an image', contents({}), contents({ image: 'web:2' }), [{ kind: 'image', where: 'web', before: 'web:1', after: 'web:2' }]],
  [
    'an env value, one that is new, and one from a Secret, by name only',
    contents({
      env: [
        { name: 'LEVEL', value: 'info' },
        { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'old', key: 't' } } },
      ],
    }),
    contents({
      env: [
        { name: 'LEVEL', value: 'debug' },
        { name: 'NEW', value: '' },
        { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'new', key: 't' } } },
      ],
    }),
    [
      { kind: 'env', where: 'web LEVEL', before: 'info', after: 'debug' },
      {
        kind: 'env',
        where: 'web TOKEN',
        before: 'from {"secretKeyRef":{"name":"old","key":"t"}}',
        after: 'from {"secretKeyRef":{"name":"new","key":"t"}}',
      },
      { kind: 'env', where: 'web NEW', after: '' },
    ],
  ],
  [
    'one line in a config of 600',
    contents({}, [{ data: { 'site.conf': long('color blue') } }]),
    contents({}, [{ data: { 'site.conf': long('color green') } }]),
    [
      {
        kind: 'config',
        where: 'site/site.conf',
        lines: ['@@ -298,5 +298,5 @@', ' line 298', ' line 299', '-color blue', '+color green', ' line 301', ' line 302'],
      },
    ],
  ],
  [
    'a key that is gone and one that came',
    contents({}, [{ data: { old: 'x\n' } }]),
    contents({}, [{ data: { new: 'y\n' } }]),
    [
      { kind: 'config', where: 'site/old', lines: ['@@ -1,1 +1,0 @@', '-x'] },
      { kind: 'config', where: 'site/new', lines: ['@@ -1,0 +1,1 @@', '+y'] },
    ],
  ],
  [
    'binary data, by size and digest',
    contents({}, [{ binaryData: { logo: 'AAAA' } }]),
    contents({}, [{ binaryData: { logo: 'AAAAAA==' } }]),
    [{ kind: 'binary', where: 'site/logo', before: '3 bytes, sha256:709e80c88487', after: '4 bytes, sha256:df3f619804a9' }],
  ],
  [
    'where a config is mounted',
    contents({}, [{ mountPath: '/etc/a' }]),
    contents({}, [{ mountPath: '/etc/b' }]),
    [{ kind: 'config', where: 'site mountPath', before: '/etc/a', after: '/etc/b' }],
  ],
  [
    'a sidecar that was added, as a whole',
    contents({}),
    {
      ...contents({}),
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            { name: 'web', image: 'web:1' },
            { name: 'log', image: 'log:1', args: ['-v'] },
          ],
        },
      },
    },
    [{ kind: 'container', where: 'log', after: 'log:1' }],
  ],
  [
    'the rest of the template, by names and not by places',
    contents({ resources: { limits: { cpu: '1' } } }, [], { volumes: [{ name: 'a', secret: { secretName: 's' } }] }),
    contents({ resources: { limits: { cpu: 2 } } }, [], {
      volumes: [
        { name: 'b', emptyDir: {} },
        { name: 'a', secret: { secretName: 't' } },
      ],
    }),
    [
      { kind: 'template', where: 'spec.containers[web].resources.limits.cpu', before: '1', after: '2' },
      { kind: 'template', where: 'spec.volumes[a].secret.secretName', before: 's', after: 't' },
      { kind: 'template', where: 'spec.volumes[b].name', after: 'b' },
    ],
  ],
])('%s', (_what, before, after, differences) => {
  const found = compare(before, after);
  expect(found).toHaveLength(differences.length);
  expect(found).toEqual(expect.arrayContaining(differences));
});

test('for people, nothing is wider than the screen', () => {
  const all = compare(contents({}), contents({ image: `web@sha256:${'a'.repeat(64)}` }));
  expect(shown(all, (_style, text) => text, 40)).toEqual(['image web  web:1 → web@sha256:aaaaaaaaa…']);
});

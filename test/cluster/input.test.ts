// What Kubernetes takes, brought to serving: nulls, duplicates, integers that no number carries, bytes and files of every kind. Each App
// rolls on, goes back and is deleted as any other, and nothing about it looks like drift.
import { expect, test } from '@jest/globals';
import { is, template } from './harness.ts';
import type { Place } from './harness.ts';
import type { App } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';

type Json = Readonly<Record<string, unknown>>;

const stage = openStage((stage) => stage.operator());

const FOR_EVER = '9223372036854775807';
const toleration = (key: string, seconds: string): Json => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: seconds });
const many = <T>(count: number, each: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => each(index));
const BYTES = Buffer.from([255, 255, 251, 239]).toString('base64');
const file = {
  name: 'site.conf.d',
  data: { empty: '', 'a.b_c-d': 'x' },
  binaryData: { b: BYTES, none: '', lines: `${BYTES.slice(0, 4)}\n${BYTES.slice(4)}\r\n` },
};

// Numbers beyond 2^53 are written as text here and as numbers in what is sent.
const CASES: readonly (readonly [what: string, content: Json])[] = [
  [
    'integers beyond 2^53',
    { template: template({ pod: { tolerations: [toleration('a', FOR_EVER), toleration('b', '9007199254740993')] } }) },
  ],
  [
    'integers beyond 2^53, in a record that is packed',
    {
      template: template({ pod: { tolerations: [toleration('a', FOR_EVER)] } }),
      config: [{ name: 'big', data: { text: 'Grüße '.repeat(5000) } }],
    },
  ],
  [
    'nulls and duplicates',
    {
      template: {
        metadata: { creationTimestamp: null, labels: { app: 'web', tier: null }, annotations: null },
        spec: {
          nodeSelector: { disk: null },
          volumes: null,
          hostAliases: many(2, (i) => ({ ip: '192.0.2.1', hostnames: [`h${String(i)}`] })),
          containers: [
            {
              ...{ name: 'web', image: 'example/web:1', ports: [{ name: 'http', containerPort: 8080, hostIP: null }], args: ['a', null] },
              env: many(2, (i) => ({ name: 'A', value: String(i) })),
              resources: { limits: { cpu: null } },
            },
          ],
        },
      },
    },
  ],
  [
    'bytes, empty files and many configs',
    {
      template: template({
        container: { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
        pod: { volumes: [{ name: 'v', configMap: { name: file.name } }] },
      }),
      config: [file, ...many(34, (i) => ({ name: `c${String(i)}.dashboard`, data: { x: String(i) } }))],
    },
  ],
];

/** Applied by the server, as text. */
async function apply(place: Place, spec: Json): Promise<App> {
  const input = JSON.stringify(place.app(spec)).replace(/"tolerationSeconds":"(\d+)"/g, '"tolerationSeconds":$1');
  const { code, stdout, stderr } = await stage.cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-o', 'json', '-f', '-'], {
    input,
  });
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as App;
}

test.each(CASES)(
  '%s',
  async (_what, content) => {
    const place = await stage.place();
    const one = (await place.steady(await apply(place, { version: '1', ...content }))).status!.activeVersion!;
    const shown = await stage.kubectl('get', 'deployment', one, '-n', place.namespace, '-o', 'json');
    if (JSON.stringify(content).includes(FOR_EVER)) expect(shown).toContain(`"tolerationSeconds": ${FOR_EVER}`);
    // The same again is no other version; another one is, and the way back is open.
    await place.steady(await apply(place, { version: '1', ...content }));
    await place.steady(await apply(place, { version: '2', template: template({ image: 'example/web:2' }) }));
    await apply(place, { version: '2', template: template({ image: 'example/web:2' }), activeVersion: '1' });
    const back = await place.told((app) => app.status?.activeVersion === one && !is(app, 'Reconciling'), 'is back');
    expect(back.status?.versions?.map(({ instances = [] }) => instances.length)).toEqual([1, 1]);
    expect(place.list('Deployment').length).toBe(2);
    await place.expectSafe();
    await stage.kubectl('delete', 'iapp', 'shop', '-n', place.namespace, '--cascade=foreground', '--timeout=90s');
  },
  TEST_MS,
);

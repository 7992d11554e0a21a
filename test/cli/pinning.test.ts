// A manifest whose tags become digests: only those change, in place.
import { describe, expect, test } from '@jest/globals';
import { pinImages, type Seen } from '../../src/cli/pinning.ts';

const A = `sha256:${'a'.repeat(64)}`;
const MANIFEST = `# Ours
apiVersion: v1
kind: Service
metadata: {name: other}
---
apiVersion: immutableapp.io/v1alpha1
kind: ImmutableApp
metadata:
  name: web # the shop
spec:
  template:
    spec:
      initContainers:
      - image: 'migrate:1'   # once
        name: migrate
      containers:
      - {name: web, image: "example/web:2.4.1", args: [0o17]}
      - name: proxy
        image: envoy@${A}
      - name: unknown
        image: &image example/unknown:1
`;
const seen: Seen = (app, namespace, container, image) =>
  app === 'web' && namespace === 'prod' && ['migrate migrate:1', 'web example/web:2.4.1'].includes(`${container} ${image}`) ? A : undefined;

describe('pin-images', () => {
  test('writes the digest behind the tag, and leaves all else as it is', () => {
    const { text, pinnings } = pinImages(MANIFEST, 'prod', seen);
    expect(text).toBe(MANIFEST.replace("'migrate:1'", `'migrate:1@${A}'`).replace('"example/web:2.4.1"', `"example/web:2.4.1@${A}"`));
    expect(pinnings).toEqual([
      { app: 'web', container: 'migrate', before: 'migrate:1', after: `migrate:1@${A}` },
      { app: 'web', container: 'web', before: 'example/web:2.4.1', after: `example/web:2.4.1@${A}` },
      { app: 'web', container: 'unknown', before: 'example/unknown:1' },
    ]);
    expect(pinImages(text, 'prod', seen).text).toBe(text);
  });

  test('an App of another namespace is another App', () => {
    expect(pinImages(MANIFEST, 'test', seen).text).toBe(MANIFEST);
    const there = MANIFEST.replace('  name: web # the shop', '  name: web\n  namespace: prod');
    expect(pinImages(there, 'test', seen).pinnings.filter(({ after }) => after !== undefined)).toHaveLength(2);
  });

  test('Lists and JSON are manifests, too', () => {
    const app = { apiVersion: 'immutableapp.io/v1alpha1', kind: 'ImmutableApp', metadata: { name: 'web' } };
    const spec = { template: { spec: { containers: [{ name: 'web', image: 'example/web:2.4.1' }] } } };
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ ...app, spec }] }, null, 1);
    expect(pinImages(list, 'prod', seen).text).toBe(list.replace('web:2.4.1', `web:2.4.1@${A}`));
  });

  test('what cannot be read is said', () => {
    expect(() => pinImages('a: [', 'prod', seen)).toThrow();
    expect(pinImages('', 'prod', seen)).toEqual({ text: '', pinnings: [] });
  });
});

// What `report` keeps of objects, and what it must never keep; and quantities, as `warm` adds them.
import { expect, test } from '@jest/globals';
import { addQuantities, quantity } from '../../src/cli/quantity.ts';
import { redact } from '../../src/cli/redaction.ts';

const SECRET = 'hunter2';
const APP = {
  metadata: {
    name: 'web',
    annotations: { 'immutableapp.io/pin': '1 until 2030-01-31T04:00:00Z', 'kubectl.kubernetes.io/last-applied-configuration': SECRET },
  },
  spec: {
    template: {
      spec: {
        containers: [
          {
            name: 'web',
            image: 'web:1',
            command: ['sh', '-c', SECRET],
            args: [SECRET],
            env: [
              { name: 'TOKEN', value: SECRET },
              { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
            ],
            livenessProbe: { exec: { command: [SECRET] }, httpGet: { httpHeaders: [{ name: 'Authorization', value: SECRET }] } },
          },
        ],
      },
    },
    config: [{ name: 'site', data: { 'site.conf': SECRET }, binaryData: { logo: SECRET } }],
  },
};

test('nothing that may be secret is left, and names are', () => {
  const text = JSON.stringify(redact(APP));
  expect(text).not.toContain(SECRET);
  for (const kept of ['TOKEN', 'secretKeyRef', 'site.conf', 'web:1', '1 until 2030', '(7 bytes, sha256:']) expect(text).toContain(kept);
});

test('a ConfigMap and a packed record keep keys and digests', () => {
  const configMap = redact({ kind: 'ConfigMap', data: { a: SECRET, fingerprint_: SECRET } });
  expect(JSON.stringify(configMap)).not.toContain(SECRET);
  const record = redact({ data: { fingerprint: 'v1:x', name: '1', content: { template: SECRET }, gzip: SECRET } });
  expect(record).toMatchObject({ data: { fingerprint: 'v1:x', name: '1', gzip: expect.stringContaining('7 bytes') } });
  expect(JSON.stringify(record)).not.toContain(SECRET);
});

test('facts of the operator stay', () => {
  const fact = { data: { fact: { is: 'held', by: 'oncall-ann' } } };
  expect(redact(fact)).toEqual(fact);
});

test.each([
  ['500m', 0.5],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['2', 2],
  ['1e3', 1000],
  ['nonsense', undefined],
  ['', undefined],
])('%s is %s', (text, value) => {
  expect(quantity(text)).toBe(value);
});

test('sums are read as quantities are written', () => {
  expect(addQuantities(['100m', '250m'], 2)).toBe('700m');
  expect(addQuantities(['500m', '250m'], 4)).toBe('3');
  expect(addQuantities(['64Mi', '1Gi'], 3)).toBe('3.2Gi');
  expect(addQuantities([], 3)).toBe('0');
});

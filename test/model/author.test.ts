// Who wrote it: the field manager whose it is and who wrote last, never the operator, never a guess.
import { expect, test } from '@jest/globals';
import { authorsOf, sourceAuthor } from '../../src/model/author.ts';

const entry = (manager: string, minute: number, fieldsV1: object, more: object = {}) => ({
  ...{ manager, operation: 'Update', time: `2026-03-01T12:${String(minute).padStart(2, '0')}:00Z`, fieldsV1 },
  ...more,
});
const spec = (...fields: readonly string[]) => ({ 'f:spec': Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) });
const notes = (...names: readonly string[]) => ({
  'f:metadata': { 'f:annotations': Object.fromEntries(names.map((name) => [`f:immutableapp.io/${name}`, {}])) },
});
const NOBODY = { content: '', activeVersion: '', pin: '', reject: '', renew: '', waive: '' };

test('of an App: each field has its own', () => {
  expect(
    authorsOf([
      entry('argocd-controller', 1, spec('template', 'version', 'replicas')),
      entry('oncall-ann', 2, { ...spec('activeVersion'), ...notes('pin') }),
      entry('oncall-bob', 3, notes('reject', 'renew')),
    ]),
  ).toEqual({
    content: 'argocd-controller',
    activeVersion: 'oncall-ann',
    pin: 'oncall-ann',
    reject: 'oncall-bob',
    renew: 'oncall-bob',
    waive: '',
  });
});

test.each([
  ['the last one that owns a part of it', [entry('ci', 1, spec('template')), entry('kubectl-set', 2, spec('template'))], 'kubectl-set'],
  ['whatever the order', [entry('kubectl-set', 2, spec('config')), entry('ci', 1, spec('template'))], 'kubectl-set'],
  ['not the operator', [entry('ci', 1, spec('template')), entry('immutableapp', 2, spec('template'))], 'ci'],
  ['not who scales', [entry('ci', 1, spec('template')), entry('hpa', 2, spec('template'), { subresource: 'scale' })], 'ci'],
  ['not who wrote something else', [entry('ci', 1, spec('template')), entry('ann', 2, spec('replicas'))], 'ci'],
  ['nobody, of two in one second', [entry('ci', 1, spec('template')), entry('ann', 1, spec('template'))], ''],
  ['nobody', [], ''],
])('of content: %s', (_what, managedFields, content) => {
  expect(authorsOf(managedFields)).toEqual({ ...NOBODY, content });
});

test('of what is no list of managers: nobody', () => {
  for (const odd of [undefined, null, 'x', [null], [{ manager: 1 }], [{ manager: 'x', fieldsV1: 'y' }]])
    expect(authorsOf(odd)).toEqual(NOBODY);
});

const keys = (...names: readonly string[]) => ({
  'f:data': Object.fromEntries(['.', ...names.map((name) => `f:${name}`)].map((key) => [key, {}])),
});
test.each([
  [[entry('ci', 1, keys('a', 'b')), entry('bob', 2, keys('flags.yaml'))], '(flags.yaml) by bob'],
  [[entry('bob', 2, { 'f:binaryData': { 'f:logo': {} } })], '(logo) by bob'],
  [[entry('bob', 2, keys('a', 'b', 'c', 'd'))], '(a, b, c, …) by bob'],
  [[entry('bob', 2, { 'f:data': { '.': {} } })], 'by bob'],
  [[entry('bob', 2, { 'f:metadata': {} })], ''],
  [[entry('bob', 2, keys('a', 'b', 'c'))], '(a, b, c) by bob'],
])('of a ConfigMap: the last writer and its keys (%#)', (managedFields, said) => {
  expect(sourceAuthor({ metadata: { managedFields } })).toBe(said);
});

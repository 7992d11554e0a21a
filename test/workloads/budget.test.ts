// Whom a budget counts: label selectors as the API server reads them.
import { expect, test } from '@jest/globals';
import { parse } from '../../src/model/app.ts';
import { LABEL } from '../../src/model/vocabulary.ts';
import { allowance, covers, projectBudget, renderBudget, spans, spares } from '../../src/workloads/budget.ts';
import { given, id, rawApp, up } from '../given.ts';

const labels = { app: 'shop', tier: 'web' };
const budget = (selector?: object) => projectBudget({ metadata: { name: 'b' }, spec: { minAvailable: 1, ...(selector && { selector }) } });
const rule = (key: string, operator: string, ...values: string[]) => ({ matchExpressions: [{ key, operator, values }] });

test.each<[string, object | undefined, boolean]>([
  ['no selector counts nobody', undefined, false],
  ['an empty one counts everybody', {}, true],
  ['labels', { matchLabels: { app: 'shop', tier: 'web' } }, true],
  ['a label that differs', { matchLabels: { app: 'shop', tier: 'db' } }, false],
  ['In', rule('tier', 'In', 'db', 'web'), true],
  ['In without the label', rule('zone', 'In', 'a'), false],
  ['NotIn', rule('tier', 'NotIn', 'web'), false],
  ['NotIn without the label', rule('zone', 'NotIn', 'a'), true],
  ['Exists', rule('tier', 'Exists'), true],
  ['Exists without the label', rule('zone', 'Exists'), false],
  ['DoesNotExist', rule('tier', 'DoesNotExist'), false],
  ['DoesNotExist without the label', rule('zone', 'DoesNotExist'), true],
  ['both have to agree', { matchLabels: { app: 'shop' }, ...rule('tier', 'In', 'db') }, false],
])('%s', (_what, selector, counted) => {
  expect(covers(budget(selector), labels)).toBe(counted);
});

test('a budget of ours counts one instance, goes with its Deployment, and is read back as what it was asked to be', () => {
  const seen = given({ versions: { one: up(3), two: up(3) } });
  const [one, two] = seen.instances;
  const app = parse(rawApp({ spec: { disruption: { maxUnavailable: '50%' } }, status: {} }));
  const object = renderBudget(app, one!, one!.name, app.disruption!);
  const read = projectBudget(object);
  expect(read.allows).toBe(allowance(app.disruption!));
  expect(read.owner).toEqual({ kind: 'Deployment', name: id('one'), uid: one!.uid });
  expect(object.metadata.labels).toEqual({ [LABEL.app]: 'shop', [LABEL.version]: id('one'), [LABEL.instance]: id('one') });
  expect([one!, two!].map(({ podLabels }) => covers(read, podLabels))).toEqual([true, false]);
  expect(spans(read, seen.instances)).toBe(false);
});

test('one that names a version or an instance spans no more than that', () => {
  const { instances } = given({ versions: { one: up(3), two: up(3) } });
  expect(spans(budget({ matchLabels: { [LABEL.version]: id('one') } }), instances)).toBe(false);
  expect(spans(budget(rule(LABEL.instance, 'In', id('one'), id('two'))), instances)).toBe(true);
  expect(spans(budget({ matchLabels: { app: 'shop' } }), instances.slice(0, 1))).toBe(true);
  expect(spans(budget({ matchLabels: { app: 'other' } }), instances)).toBe(false);
});

test.each<[object, number, boolean]>([
  [{ minAvailable: 2 }, 3, true],
  [{ minAvailable: 2 }, 2, false],
  [{ minAvailable: 0 }, 1, true],
  [{ minAvailable: '50%' }, 2, true],
  [{ minAvailable: '51%' }, 2, false],
  [{ minAvailable: '1%' }, 1, false],
  [{ maxUnavailable: 1 }, 1, true],
  [{ maxUnavailable: 0 }, 3, false],
  [{ maxUnavailable: '1%' }, 1, true],
  [{ maxUnavailable: '0%' }, 3, false],
])('%j leaves an instance of %d pods one to spare: %j', (disruption, size, spare) => {
  expect(spares(disruption as Parameters<typeof spares>[0], size)).toBe(spare);
});

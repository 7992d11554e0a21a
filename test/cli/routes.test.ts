// A route of the Gateway API beside a ladder: what it gives each rung, and what the ladder says.
import { expect, test } from '@jest/globals';
import { checked } from '../../src/cli/routes.ts';
import { rungsOf } from '../../src/model/ladder.ts';

const RUNGS = rungsOf('web', [{ percent: 1 }, { percent: 5 }, { percent: 100 }]);

type Weights = Readonly<Record<string, number | undefined>>;
const refs = (weights: Weights, more: object = {}) =>
  Object.entries(weights).map(([name, weight]) => ({ name, port: 80, ...(weight !== undefined && { weight }), ...more }));
const route = (...rules: readonly object[][]) => ({
  kind: 'HTTPRoute',
  metadata: { name: 'shop', namespace: 'ns' },
  spec: { rules: rules.map((backendRefs) => ({ backendRefs })) },
});
const SAID = { 'web-r1': 1, 'web-r2': 4, 'web-r3': 95 };
const WELL = { rules: ['HTTPRoute shop'], wrong: [] };

test.each<[string, object, object]>([
  ['is as it is', route(refs(SAID)), WELL],
  ['has other weights of the same shares', route(refs({ 'web-r1': 10, 'web-r2': 40, 'web-r3': 950 })), WELL],
  ['is a GRPCRoute', { ...route(refs(SAID)), kind: 'GRPCRoute' }, { ...WELL, rules: ['GRPCRoute shop'] }],
  ['spells defaults out', route(refs(SAID, { group: '', kind: 'Service', namespace: 'ns' })), WELL],
  ['names another Service only', route(refs({ web: 1 })), { rules: [], wrong: [] }],
  ['names another port only', route(refs(SAID, { port: 81 })), { rules: [], wrong: [] }],
  ['names Services of another namespace', route(refs(SAID, { namespace: 'other' })), { rules: [], wrong: [] }],
  ['names what is no Service', route(refs(SAID, { group: 'x.io', kind: 'Backend' })), { rules: [], wrong: [] }],
  ['is no route', { ...route(refs(SAID)), kind: 'Ingress' }, { rules: [], wrong: [] }],
  [
    'lacks a rung',
    route(refs({ 'web-r2': 5, 'web-r3': 95 })),
    {
      rules: ['HTTPRoute shop'],
      wrong: ['HTTPRoute shop: web-r1 is missing, which has 1 % by the ladder', 'HTTPRoute shop: web-r2 gets 5 %, but 4 % by the ladder'],
    },
  ],
  [
    'says no weights, in its second rule',
    route(refs(SAID), refs({ 'web-r1': undefined, 'web-r2': undefined, 'web-r3': undefined })),
    {
      rules: ['HTTPRoute shop, rule 1', 'HTTPRoute shop, rule 2'],
      wrong: [
        'HTTPRoute shop, rule 2: web-r1 gets 33.3 %, but 1 % by the ladder',
        'HTTPRoute shop, rule 2: web-r2 gets 33.3 %, but 4 % by the ladder',
        'HTTPRoute shop, rule 2: web-r3 gets 33.3 %, but 95 % by the ladder',
      ],
    },
  ],
  [
    'gives a part to somebody else',
    route(refs({ ...SAID, 'web-r3': 45, old: 50 })),
    { rules: ['HTTPRoute shop'], wrong: ['HTTPRoute shop: web-r3 gets 45 %, but 95 % by the ladder'] },
  ],
  [
    'gives nothing to anybody',
    route(refs({ 'web-r1': 0, 'web-r2': 0, 'web-r3': 0 })),
    { rules: ['HTTPRoute shop'], wrong: expect.arrayContaining(['HTTPRoute shop: web-r3 gets 0 %, but 95 % by the ladder']) },
  ],
])('a route that %s', (_, object, said) => {
  expect(checked(RUNGS, 80, [object as Record<string, unknown>])).toEqual(said);
});

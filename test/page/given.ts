// Apps as the page is shown them: one with a version in every state, some for the list, and one whose every text is an attack.
import type { AppObject } from '../../src/cli/apps.ts';
import type { Cause } from '../../src/cli/causes.ts';
import type { Difference } from '../../src/cli/comparison.ts';
import { app, condition, iso, STATUS } from '../cli/given.ts';

type Version = NonNullable<NonNullable<AppObject['status']>['versions']>[number];

const version = (id: string, name: string, state: string, created: number, rest: Partial<Version> = {}): Version => ({
  id: `web-${id}`,
  called: `${name} (${id})`,
  names: [name],
  state,
  createdAt: iso(created),
  images: [{ container: 'web', image: `example/web:${name}` }],
  ...rest,
});
const runs = (id: string, role: string, ready: number, desired = 3): Pick<Version, 'instances'> => ({
  instances: [{ name: `web-${id}`, role, replicas: desired, ready, desired }],
});
const judged = (
  name: string,
  verdict: string,
  message: string,
  started: number,
  finished?: number,
): NonNullable<Version['gates']>[number] => ({
  name,
  verdict,
  message,
  startedAt: iso(started),
  ...(finished === undefined ? {} : { finishedAt: iso(finished) }),
});

/** Ids as the operator makes them: ten characters. */
const VERSIONS: Version[] = [
  version('p7m2x4c9va', '2.6.0', 'Target', 540, { ...runs('p7m2x4c9va', 'Target', 1), reason: 'ImagePullFailed' }),
  version('t5w8k3d6qe', '2.5.2', 'Preview', 2400, {
    ...runs('t5w8k3d6qe', 'Preview', 3),
    gates: [judged('smoke', 'pass', 'all 12 requests answered', 2000, 1800), judged('people', 'wait', 'sre has not agreed yet', 1800)],
  }),
  version('f4h9r2b7nx', '2.5.1', 'Failed', 4800, {
    reason: 'GateFailed',
    failure: { reason: 'GateFailed', message: 'errors: 4.1 % of 2,000 requests', at: iso(3600) },
    gates: [
      judged('smoke', 'pass', 'all 12 requests answered', 4500, 4300),
      judged('errors', 'fail', '4.1 % of 2,000 requests', 4300, 3600),
    ],
  }),
  version('kj2s4f45hj', '2.5.0', 'Active', 7200, {
    ...runs('kj2s4f45hj', 'Active', 3),
    servedFrom: iso(1500),
    discarded: [{ instance: 'web-kj2s4f45hj', message: 'its image was changed to evil:1', by: 'mallory', at: iso(1500) }],
  }),
  version('dgbxfth96n', '2.4.1', 'Draining', 10_000, {
    ...runs('dgbxfth96n', 'Draining', 3),
    servedFrom: iso(9600),
    servedUntil: iso(1500),
  }),
  version('c56lcd8llx', '2.4.0', 'Warm', 12_600, { ...runs('c56lcd8llx', 'Warm', 3), servedFrom: iso(12_000), servedUntil: iso(9600) }),
  version('w3n6j8s5zt', '2.3.1', 'Warm', 13_500, {
    ...runs('w3n6j8s5zt', 'Warm', 3),
    reason: 'Held',
    servedFrom: iso(13_200),
    servedUntil: iso(12_000),
  }),
  version('b9q4v7y2mk', '2.3.0', 'Rejected', 14_000, { reason: 'Rejected', servedFrom: iso(13_800), servedUntil: iso(13_200) }),
  version('g2z5c8x4hd', '2.2.0', 'Cold', 14_400, { servedFrom: iso(14_300), servedUntil: iso(13_800) }),
];

const moved = (switchNumber: number, seconds: number, from: string, to: string, name: string, reason: string, by: string) => ({
  switchNumber,
  at: iso(seconds),
  from: from === '' ? '' : `web-${from}`,
  to: `web-${to}`,
  name,
  reason,
  by,
});

/** A version in every state that there is, every mark of a gate, an intrusion, a way back. */
export const EVERY: AppObject = app(
  {
    activeName: '2.5.0',
    latestVersion: 'web-p7m2x4c9va',
    serves: '2.5.0 (kj2s4f45hj)',
    latest: '2.6.0 (p7m2x4c9va)',
    conditions: [
      condition('Available', 'True', 'Serving'),
      condition('Ready', 'False', 'BringingUp'),
      condition('Reconciling', 'True', 'BringingUp', '2.6.0 comes up: 1 of 3 pods are ready'),
      condition('UpToDate', 'False', 'BringingUp', '2.6.0 comes up: 1 of 3 pods are ready'),
    ],
    versions: VERSIONS,
    history: [
      moved(6, 1500, 'dgbxfth96n', 'kj2s4f45hj', '2.5.0', 'Automatic', 'argocd-controller'),
      moved(5, 9600, 'c56lcd8llx', 'dgbxfth96n', '2.4.1', 'Automatic', 'argocd-controller'),
      moved(4, 12_000, 'w3n6j8s5zt', 'c56lcd8llx', '2.4.0', 'Activated', 'oncall-ann: p99 doubled'),
      moved(3, 13_200, 'b9q4v7y2mk', 'w3n6j8s5zt', '2.3.1', 'Automatic', 'argocd-controller'),
      moved(2, 13_800, 'g2z5c8x4hd', 'b9q4v7y2mk', '2.3.0', 'Automatic', 'argocd-controller'),
      moved(1, 14_300, '', 'g2z5c8x4hd', '2.2.0', 'Automatic', 'argocd-controller'),
    ],
  },
  {},
  { generation: 7 },
);

export const CAUSES: Cause[] = [
  {
    what: '2.6.0 is not up',
    reason: 'ImagePullFailed',
    message: 'example/web:2.6.0: manifest unknown',
    next: 'push the image, or another version',
  },
];
export const CHANGES: Difference[] = [
  { kind: 'image', where: 'web', before: 'example/web:2.4.1', after: 'example/web:2.5.0' },
  { kind: 'config', where: 'site/site.conf', lines: ['@@ -1,2 +1,2 @@', '-color blue', '+color green', ' root /srv'] },
  { kind: 'env', where: 'web TOKEN' },
];

const held = (seconds: number, reason: string, message: string) => [
  condition('Available', 'True', 'Serving'),
  condition('Ready', 'True', reason),
  { ...condition('UpToDate', 'False', reason, message), lastTransitionTime: iso(seconds) },
];
export const FLEET: AppObject[] = [
  EVERY,
  app({ conditions: held(7200, 'AwaitingActivation', '2.4.2 waits to be named') }, {}, { name: 'checkout' }),
  app(
    { conditions: [{ ...condition('Stalled', 'True', 'InvalidSpec', 'spec.services[0].name is taken'), lastTransitionTime: iso(300) }] },
    {},
    { name: 'ledger', namespace: 'bank' },
  ),
  app({}, {}, { name: 'a-name-that-is-as-long-as-names-of-apps-may-be-and-yet-readable', namespace: 'a-namespace-with-a-long-name' }),
  { ...app({}, {}, { name: 'fresh' }), status: {} },
  ...['api', 'cart', 'mail', 'search', 'stock'].map((name) => app({}, {}, { name })),
];

const ATTACKS = [
  '<img src=x onerror=window.broken=1>',
  '<script>window.broken=1</script>',
  'javascript:window.broken=1',
  '"><svg onload=window.broken=1>',
];
/** The one after the other, and a mark to find it by. */
export const attack = (mark: string): string => `${mark} ${ATTACKS.join(' ')} \u202e\u0000 ${'x'.repeat(400)}`;

/** Every text that a cluster can put into it is an attack; names of objects cannot be. */
export const HOSTILE: AppObject = app(
  {
    serves: attack('serves'),
    latest: attack('latest'),
    activeName: attack('name'),
    conditions: (STATUS.conditions ?? []).map((each) => ({
      ...each,
      status: 'False' as const,
      reason: attack('reason'),
      message: attack('message'),
    })),
    versions: (STATUS.versions ?? []).map((each, i) => ({
      ...each,
      called: attack('called'),
      names: [attack('version')],
      reason: attack('why'),
      ...(i === 2 ? { state: attack('state') } : {}),
      discarded: [{ instance: attack('instance'), message: attack('discarded'), by: attack('intruder'), at: iso(30) }],
      gates: [judged(attack('gate'), 'fail', attack('verdict'), 60, 50)],
    })),
    services: [{ name: attack('service'), role: 'Active', instance: attack('to') }],
    history: (STATUS.history ?? []).map((each) => ({ ...each, name: attack('moved'), reason: attack('because'), by: attack('author') })),
  },
  {},
  { name: 'hostile' },
);
export const HOSTILE_CAUSES: Cause[] = [{ what: attack('cause'), reason: attack('causes'), message: attack('says'), next: attack('next') }];
export const HOSTILE_CHANGES: Difference[] = [
  { kind: 'image', where: attack('image'), before: attack('before'), after: attack('after') },
  { kind: 'config', where: attack('config'), lines: [attack('line')] },
  { kind: 'template', where: attack('label'), before: attack('old'), after: attack('new') },
];

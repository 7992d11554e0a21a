// What cannot become a version: said clearly, nothing created, the old version serves.
import { describe, expect, test } from '@jest/globals';
import { condition, owned, port, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

type Spec = Readonly<Record<string, unknown>>;
const spec: Spec = { replicas: 2, services: [{ name: 'web', ports: [port(8080)] }] };

/** What there is of ours, by uid: the same before and after means that nothing was created, replaced or removed. */
const inventory = (place: Place): string[] =>
  (['ControllerRevision', 'ConfigMap', 'Deployment', 'ReplicaSet', 'Pod', 'Service'] as const)
    .flatMap((kind) => place.list(kind).map(({ metadata }) => `${kind} ${metadata.name} ${metadata.uid}`))
    .toSorted();

const large = { config: [1, 2].map((n) => ({ name: `large-${n}`, data: { file: 'x'.repeat(600 * 1024) } })) };

// Each row: what it is, the change, the reason of Stalled, words that must be in its message.
const REFUSED: readonly (readonly [what: string, change: Spec, reason: string, says: RegExp])[] = [
  [
    'a template the API server refuses',
    { template: template({ container: { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } } }) },
    'InvalidTemplate',
    /must be less than or equal to cpu limit/,
  ],
  [
    'an unknown field',
    { template: template({ container: { imagePulPolicy: 'Always' } }) },
    'InvalidTemplate',
    /unknown field.*imagePulPolicy/,
  ],
  [
    'a volume that does not exist',
    { template: template({ container: { volumeMounts: [{ name: 'nowhere', mountPath: '/x' }] } }) },
    'InvalidTemplate',
    /volumeMounts.*Not found.*nowhere/,
  ],
  ['a bad activeVersion', { activeVersion: '9.9' }, 'VersionNotFound', /"9\.9".*use one of/],
  ['content over 1 MiB', large, 'ContentTooLarge', /at most 1048576/],
];

test(
  'what the API server only warns of is told in status as at the prompt, until the template is mended',
  async () => {
    const place = await stage.place();
    await stage.kubectl('label', 'namespace', place.namespace, 'pod-security.kubernetes.io/warn=restricted');
    const [web] = (template() as { spec: { containers: object[] } }).spec.containers;
    const twice = { containers: [web, { ...web, name: 'twin' }] };
    const one = await place.rollOut({ ...spec, template: template({ pod: twice }) });
    const said = () => (place.find('ImmutableApp', 'shop')?.status?.warnings ?? []).map(({ reason, message }) => `${reason}: ${message}`);
    await place.settle();
    expect(said()).toEqual([
      expect.stringMatching(/^AdmissionWarning: .*duplicate port definition/),
      expect.stringMatching(/^AdmissionWarning: .*duplicate port name "http"/),
      expect.stringMatching(new RegExp(`^AdmissionWarning: .*${one}.*would violate PodSecurity "restricted:latest"`)),
    ]);
    const safe = { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } };
    const sound = template({ container: { securityContext: { ...safe, seccompProfile: { type: 'RuntimeDefault' } } } });
    await place.rollOut({ ...spec, template: sound });
    await place.settle();
    expect(said()).toEqual([]);
  },
  TEST_MS,
);

describe('clear condition, nothing created, the old version serves', () => {
  test.each(REFUSED)(
    '%s',
    async (_, change, reason, says) => {
      const place = await stage.place();
      const old = await place.rollOut(spec);
      await place.settle();
      const before = inventory(place);
      const app = await place.update({ ...spec, ...change });
      const stalled = await place.stalled(app, reason);
      expect(condition(stalled, 'Stalled')?.message).toMatch(says);
      expect(condition(stalled, 'Ready')).toMatchObject({ status: 'False', reason });
      expect(condition(stalled, 'Available')).toMatchObject({ status: 'True' });
      await place.until('an event with the same reason', () =>
        place.events().some((event) => event.reason === reason && says.test(event.note)),
      );
      await place.settle();
      expect(inventory(place)).toEqual(before);

      // And it goes on as soon as the spec is sound; nothing of the refused one was ever there.
      const next = await place.rollOut({ ...spec, activeVersion: '', template: template({ image: 'example/web:2' }) });
      expect(await place.route()).toEqual([old, next]);
      expect(place.versions()).toEqual([old, next].toSorted());
      expect(new Set(place.history('Deployment').map(({ name }) => name))).toEqual(new Set([old, next]));
      await place.expectSafe();
    },
    TEST_MS,
  );

  test(
    'a first template that the API server refuses: not even the Service is created',
    async () => {
      const place = await stage.place();
      const app = await place.update({ template: template({ container: { image: '' } }) });
      const stalled = await place.stalled(app, 'InvalidTemplate');
      expect(condition(stalled, 'Available')).toMatchObject({ status: 'False' });
      await place.settle();
      const ours = ['ControllerRevision', 'ConfigMap', 'Deployment', 'Service', 'Pod'] as const;
      expect(
        ours
          .flatMap((kind) => place.history(kind).map(({ name }) => `${kind} ${name}`))
          .filter((name) => name !== 'ConfigMap kube-root-ca.crt'),
      ).toEqual([]);
      await place.rollOut({});
      await place.expectSafe();
    },
    TEST_MS,
  );

  test(
    'a port that no container names: traffic stays until the template names it',
    async () => {
      const place = await stage.place();
      const old = await place.rollOut({ template: template() });
      const app = await place.update({
        template: template({ image: 'example/web:2', container: { ports: [{ name: 'web', containerPort: 8080 }] } }),
      });
      const stalled = await place.stalled(app, 'PortMissing');
      expect(condition(stalled, 'Stalled')?.message).toMatch(/port named "http"/);
      await place.until(
        'its pods are available all the same',
        () => place.find('Deployment', stalled.status!.latestVersion!)?.status.availableReplicas === 1,
      );
      const next = await place.rollOut({ template: template({ image: 'example/web:3' }) });
      expect(await place.route()).toEqual([old, next]);
      await place.expectSafe();
    },
    TEST_MS,
  );
});

describe('admission error, nothing created, the old version serves', () => {
  const NAMED = { ...spec, version: '1.0' };
  const rows: readonly (readonly [what: string, change: Spec, says: RegExp])[] = [
    ['a label of ours', { template: template({ labels: { 'immutableapp.io/app': 'x' } }) }, /reserved for the operator/],
    ['gates during, without a ladder', { promotion: { during: [{ name: 'smoke', http: { port: 'http' } }] } }, /give a Service a ladder/],
  ];
  test.each(rows)(
    '%s',
    async (_, change, says) => {
      const place = await stage.place();
      const old = await place.rollOut(NAMED);
      await place.settle();
      const before = inventory(place);
      const answer = await place.tryApply(place.app({ ...NAMED, ...change }));
      expect(answer).toMatchObject({ code: 422, body: { message: expect.stringMatching(says) } });
      // A later change that is accepted shows that the operator lives and saw nothing of the refused one.
      const app = await place.update({ ...NAMED, promotion: { drainSeconds: 1 } });
      await place.steady(app);
      expect(app.metadata.generation).toBe(2);
      await place.settle();
      expect(inventory(place)).toEqual(before);
      expect(await place.route()).toEqual([old]);
      await place.expectSafe();
    },
    TEST_MS,
  );

  test(
    'a name too long, by one letter',
    async () => {
      const place = await stage.place();
      const refused = await place.tryApply(place.app({}, 'a'.repeat(47)));
      expect(refused).toMatchObject({
        code: 422,
        body: { message: expect.stringMatching(/metadata.name: Too long: may not be more than 46 bytes/) },
      });
      const longest = await place.rollOut({ services: [owned()] }, 'a'.repeat(46));
      expect(place.list('Deployment').map(({ metadata }) => metadata.name)).toEqual([longest]);
      expect(place.podsOf(longest).length).toBe(1);
      await place.expectSafe();
    },
    TEST_MS,
  );
});

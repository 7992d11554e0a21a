// Services: found, adopted, left alone, repaired, moved, let go; and what is left when the App goes.
import { describe, expect, test } from '@jest/globals';
import { canonical } from '../../src/model/version.ts';
import { ANNOTATION, LABEL } from '../../src/model/vocabulary.ts';
import { available, condition, GC_MS, HELD, is, owned, selectedBy, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

const existing = { services: [{ name: 'web' }] };
const CONSENT = { [ANNOTATION.adopt]: 'shop' };
const servicePorts = [{ name: 'http', port: 80, targetPort: 'http' }];

const createService = (place: Place, annotations: Record<string, string> = {}, selector: Record<string, string> = { app: 'web' }) =>
  place.create('Service', 'web', { metadata: { annotations }, spec: { selector, ports: servicePorts } });

test(
  'Service missing at first and created later with consent',
  async () => {
    const place = await stage.place();
    const app = await place.update(existing);
    const stalled = await place.stalled(app, 'ServiceMissing');
    expect(condition(stalled, 'Stalled')?.message).toMatch(/create it and annotate it with immutableapp\.io\/adopt=shop/);
    expect(condition(stalled, 'Available')).toMatchObject({ status: 'False' });
    await createService(place, CONSENT);
    const done = await place.steady(app);
    const instance = done.status!.activeInstance!;
    // Its own keys stay, ours is added.
    expect(place.find('Service', 'web')?.spec.selector).toEqual({ app: 'web', [LABEL.instance]: instance });
    const next = await place.rollOut({ ...existing, template: template({ image: 'example/web:2' }) });
    expect(await place.route()).toEqual([instance, next]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a Service without consent is left alone',
  async () => {
    const place = await stage.place();
    const service = await createService(place);
    const app = await place.update(existing);
    const stalled = await place.stalled(app, 'ServiceNotAdopted');
    expect(condition(stalled, 'Stalled')?.message).toMatch(/left alone until its owner consents/);
    // Consent for somebody else is none.
    await place.merge('Service', 'web', { metadata: { annotations: { [ANNOTATION.adopt]: 'another' } } });
    const changed = await place.update({ ...existing, template: template({ image: 'example/web:2' }) });
    await place.stalled(changed, 'ServiceNotAdopted');
    expect(place.find('Service', 'web')).toMatchObject({
      metadata: { uid: service.metadata.uid },
      spec: { selector: { app: 'web' } },
    });
    await place.merge('Service', 'web', { metadata: { annotations: CONSENT } });
    const done = await place.steady(changed);
    expect(selectedBy(place.find('Service', 'web'))).toBe(done.status?.activeInstance);
    const touched = (await stage.audit(place.namespace)).filter(({ resource, verb }) => resource === 'services' && verb !== 'get');
    expect(touched.map(({ verb, code }) => [verb, code])).toEqual([['patch', 200]]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a Service that cannot be moved safely is never adopted: headless, not-ready addresses, somebody else’s',
  async () => {
    for (const [flaw, what] of [
      [{ clusterIP: 'None' }, /is headless/],
      [{ publishNotReadyAddresses: true }, /addresses that are not ready/],
    ] as const) {
      const place = await stage.place();
      const service = await place.create('Service', 'web', {
        metadata: { annotations: CONSENT },
        spec: { selector: { app: 'web' }, ports: servicePorts, ...flaw },
      });
      const stalled = await place.stalled(await place.update(existing), 'ServiceUnfit');
      expect(condition(stalled, 'Stalled')?.message).toMatch(what);
      expect(place.find('Service', 'web')?.metadata.resourceVersion).toBe(service.metadata.resourceVersion);
    }
    const place = await stage.place();
    const service = await createService(place, CONSENT);
    const stalled = await place.stalled(await place.update({ services: [owned()] }), 'ServiceNotOwned'); // ports: wants to own it
    expect(condition(stalled, 'Stalled')?.message).toMatch(/exists and is not ours/);
    expect(place.find('Service', 'web')?.metadata.resourceVersion).toBe(service.metadata.resourceVersion);
  },
  TEST_MS,
);

test(
  'an adopted Service whose own selector the pods do not match: SelectorMismatch, not moved until they do',
  async () => {
    const place = await stage.place();
    await createService(place, CONSENT, { app: 'other' });
    const app = await place.update(existing);
    const stalled = await place.stalled(app, 'SelectorMismatch');
    expect(condition(stalled, 'Stalled')?.message).toMatch(/app=other/);
    expect(selectedBy(place.find('Service', 'web'))).toBeUndefined();
    await place.merge('Service', 'web', { spec: { selector: { app: 'web' } } });
    await place.steady(app);
    await place.expectSafe();
  },
  TEST_MS,
);

describe('emptied, edited and deleted Services repaired mid-rollout without skipping a gate', () => {
  test.each([
    ['created by us', true],
    ['adopted', false],
  ])(
    '%s',
    async (_, own) => {
      const place = await stage.place();
      const spec = { replicas: 2, ...(own ? {} : existing) };
      if (!own) await createService(place, CONSENT);
      const old = await place.rollOut(spec);
      const whole = place.find('Service', 'web')!.spec.selector;
      const app = await place.update({ ...spec, template: template({ image: 'example/web:2', annotations: HELD }) });
      const next = await place.heldUp(2, old);
      /** Somebody who may changes the selector; it is as it was before. */
      const repaired = async (what: string, selector: object | null) => {
        const edited = await place.byHand('Service', 'web', { spec: { selector } });
        expect(edited.spec.selector).not.toEqual(whole);
        await place.until(`${what} is put back`, () => isWhole(Number(edited.metadata.resourceVersion)));
      };
      const isWhole = (since: number) => {
        const service = place.find('Service', 'web');
        return (
          service !== undefined &&
          Number(service.metadata.resourceVersion) > since &&
          canonical(service.spec.selector ?? {}) === canonical(whole ?? {})
        );
      };
      await repaired('an emptied selector', own ? null : { [LABEL.instance]: null });
      await repaired('a selector that names the version that is not ready', { [LABEL.instance]: next });
      const since = Number(place.find('Service', 'web')!.metadata.resourceVersion);
      await place.removeByHand('Service', 'web');
      if (!own) {
        await place.until('it is missed', () => condition(place.find('ImmutableApp', 'shop'), 'Available')?.status === 'False');
        await createService(place, CONSENT);
      }
      await place.until('a Service that was deleted is there again and as it was', () => isWhole(since));
      expect(available(place.find('Deployment', next))).toBe(0);
      await place.release(next, 1);
      await place.deployment(next, 'has one available pod', (deployment) => available(deployment) === 1);
      await repaired('nonsense', { [LABEL.instance]: 'nonsense' });
      await place.release(next);
      await place.steady(app);
      await place.settle();
      // By the operator it was moved to the new version once, and that was when both its pods were available.
      const moves = place.history('Service', 'web').filter(({ object }) => object.metadata.annotations?.[ANNOTATION.stamp]?.includes(next));
      expect(available(place.before('Deployment', next, moves[0]!.version))).toBe(2);
      const reasons = place.events().map(({ reason }) => reason);
      expect(reasons.filter((reason) => reason === 'Switched').length).toBe(2);
      expect(reasons.filter((reason) => reason === 'Repaired').length).toBeGreaterThanOrEqual(3);
      await place.expectSafe({ gaps: true });
    },
    TEST_MS,
  );
});

test(
  'a Service no longer in spec: ours is deleted, an adopted one loses our key',
  async () => {
    const place = await stage.place();
    await createService(place, CONSENT);
    const both = { services: [{ name: 'web' }, owned('own'), owned('other')] };
    const id = await place.rollOut(both);
    await place.steady(await place.update({ services: [owned('other')] }));
    await place.until(
      'both are let go',
      () => place.find('Service', 'own') === undefined && selectedBy(place.find('Service', 'web')) === undefined,
    );
    expect(place.find('Service', 'web')?.spec.selector).toEqual({ app: 'web' });
    expect(place.find('Service', 'web')?.metadata.annotations).toEqual(CONSENT);
    expect(selectedBy(place.find('Service', 'other'))).toBe(id);
    await place.expectSafe({ gaps: true });
  },
  TEST_MS,
);

const config = [{ name: 'httpd', mountPath: '/etc/httpd', data: { 'httpd.conf': 'Listen 80' } }];

/** Two versions, a config, a Service of ours, an adopted one. */
async function settled(place: Place) {
  await createService(place, CONSENT);
  const spec = { services: [{ name: 'web' }, owned('own')], config };
  const old = await place.rollOut(spec);
  const next = await place.rollOut({ ...spec, template: template({ image: 'example/web:2' }) });
  return { old, next };
}

const ours = (place: Place) =>
  (['ImmutableApp', 'ControllerRevision', 'Deployment', 'ReplicaSet', 'Pod', 'EndpointSlice'] as const)
    .flatMap((kind) => place.list(kind).map(({ metadata }) => `${kind} ${metadata.name}`))
    .concat(place.list('ConfigMap').flatMap(({ metadata }) => (metadata.name === 'kube-root-ca.crt' ? [] : `ConfigMap ${metadata.name}`)))
    .concat(place.list('Service').flatMap(({ metadata }) => (metadata.name === 'web' ? [] : `Service ${metadata.name}`)))
    .filter((name) => !name.startsWith('EndpointSlice web-'));

describe('deleting the App leaves nothing, and adopted Services lose our key', () => {
  test.each(['Background', 'Foreground'] as const)(
    '%s',
    async (policy) => {
      const place = await stage.place();
      await settled(place);
      await place.remove('ImmutableApp', 'shop', policy);
      await place.until('nothing of it is left', () => ours(place).length === 0, GC_MS);
      const service = await place.until('the adopted Service is as it was', () => {
        const now = place.find('Service', 'web');
        return selectedBy(now) === undefined && now;
      });
      expect(service.spec.selector).toEqual({ app: 'web' });
      expect(service.metadata.annotations).toEqual(CONSENT);
      expect(service.metadata.labels?.[LABEL.app]).toBeUndefined();
      expect(service.metadata.ownerReferences).toBeUndefined();
    },
    TEST_MS,
  );

  test(
    'in the middle of a rollout: nothing is created any more',
    async () => {
      const place = await stage.place();
      const old = await place.rollOut({});
      await place.update({ template: template({ image: 'example/web:2', annotations: HELD }) });
      await place.heldUp(1, old);
      await place.remove('ImmutableApp', 'shop', 'Foreground');
      await place.until('nothing of it is left', () => ours(place).length === 0, GC_MS);
      await place.settle();
      const deleted = place
        .history('ImmutableApp', 'shop')
        .find(({ object, gone }) => gone || object.metadata.deletionTimestamp !== undefined)!;
      const created = place
        .history('Deployment')
        .filter(
          ({ version, object }) =>
            version > deleted.version &&
            object.metadata.deletionTimestamp === undefined &&
            Date.parse(object.metadata.creationTimestamp) > Date.parse(deleted.object.metadata.deletionTimestamp ?? ''),
        );
      expect(created).toEqual([]);
    },
    TEST_MS,
  );
});

test(
  '--cascade=orphan leaves Services as they are',
  async () => {
    const place = await stage.place();
    const { next } = await settled(place);
    const selectors = () => place.list('Service').map(({ metadata, spec }) => [metadata.name, spec.selector]);
    const before = selectors();
    const pods = place.podsOf(next).map(({ metadata }) => metadata.uid);
    await place.remove('ImmutableApp', 'shop', 'Orphan');
    await place.until('the App is gone', () => place.find('ImmutableApp', 'shop') === undefined, GC_MS);
    // The same operator serves another App after it has seen this one go.
    const another = await place.steady(await place.update({ services: [owned('another')] }, 'another'));
    expect(is(another, 'Available')).toBe(true);
    await place.settle();
    expect(selectors().filter(([name]) => name !== 'another')).toEqual(before);
    expect(place.podsOf(next).map(({ metadata }) => metadata.uid)).toEqual(pods);
    expect(place.find('Deployment', next)?.metadata.ownerReferences).toBeUndefined();
    await place.expectSafe();
  },
  TEST_MS,
);

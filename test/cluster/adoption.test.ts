// Services that were there before us, among people and tools that go on writing to them: never adopted, applied over, fought over, taken
// back, let go; and those that find our pods without us.
import { expect, test } from '@jest/globals';
import { ANNOTATION, LABEL } from '../../src/model/vocabulary.ts';
import { must } from './admin.ts';
import { condition, HELD, is, owned, Place, port, selectedBy, stampOn, template } from './harness.ts';
import type { App, Service } from './objects.ts';
import { openOwnStage, TEST_MS } from './opening.ts';

const stage = openOwnStage({ because: 'the policies would refuse what is tried here', policies: false }, (stage) => stage.operator());

const SPEC = { services: [{ name: 'web' }] };
const CONSENT = { [ANNOTATION.adopt]: 'shop' };
const SELECTOR = { app: 'web' };

const manifest = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', annotations: CONSENT },
  spec: { ports: [port()], ...spec },
});
const consenting = (place: Place, spec: object = { selector: SELECTOR }) => place.create('Service', 'web', manifest(spec));
/** Server-side apply, forced, as Flux does it. */
const applied = async (place: Place, spec: object) =>
  must(await stage.admin.apply<Service>(place.path('Service', 'web'), manifest(spec), 'flux'));
/** An edit by somebody of that name. */
const edited = async (place: Place, manager: string, selector: object) =>
  must(await stage.admin.merge<Service>(place.path('Service', 'web'), { spec: { selector } }, manager));
const version = ({ metadata }: Service): number => Number(metadata.resourceVersion);

/** Whose the selector is, as the API server says. */
const ownersOf = (service: Service | undefined): string[] =>
  (service?.metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => fieldsV1?.['f:spec']?.['f:selector'] !== undefined)
    .map(({ manager, operation }) => `${manager} ${operation}`);

const repairedAfter = (place: Place, since: number, instance: string) =>
  place.until('the selector is put back', () => {
    const now = place.find('Service', 'web');
    return now !== undefined && version(now) > since && selectedBy(now) === instance && now;
  });

test(
  'never adopted: an ExternalName, the API server’s own Service, one with somebody else’s EndpointSlice',
  async () => {
    const untouched = async (place: Place, name: string, services: object[], what: RegExp) => {
      await place.settle();
      const before = place.find('Service', name)!.metadata.resourceVersion;
      const stalled = await place.stalled(await place.update({ services }), 'ServiceUnfit');
      expect(condition(stalled, 'Stalled')?.message).toMatch(what);
      expect(condition(stalled, 'Available')).toMatchObject({ status: 'False', reason: 'ServiceUnfit' });
      await place.settle();
      expect(place.find('Service', name)?.metadata.resourceVersion).toBe(before);
    };

    const external = await stage.place();
    await external.create('Service', 'web', {
      metadata: { annotations: CONSENT },
      spec: { type: 'ExternalName', externalName: 'example.org' },
    });
    await untouched(external, 'web', [{ name: 'web' }], /is an ExternalName/);

    const home = new Place(stage, 'default');
    await home.merge('Service', 'kubernetes', { metadata: { annotations: CONSENT } });
    await untouched(home, 'kubernetes', [{ name: 'kubernetes' }], /API server's own/);
    await home.remove('ImmutableApp', 'shop');
    await home.merge('Service', 'kubernetes', { metadata: { annotations: { [ANNOTATION.adopt]: null } } });

    const mesh = await stage.place();
    await consenting(mesh);
    await mesh.create('EndpointSlice', 'web-mesh', {
      metadata: { labels: { 'kubernetes.io/service-name': 'web', 'endpointslice.kubernetes.io/managed-by': 'mesh.example.com' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['198.18.0.1'] }],
      ports: [],
    });
    await untouched(mesh, 'web', [{ name: 'web' }], /has EndpointSlice web-mesh, which mesh\.example\.com manages/);
    const looks = (await stage.audit(mesh.namespace)).filter(({ resource, verb }) => resource === 'endpointslices' && verb === 'list');
    expect(looks.map(({ code }) => code)).toEqual([200]);
    for (const place of [external, mesh]) await place.expectSafe();
  },
  TEST_MS,
);

test(
  'somebody turns it away from our pods, by its selector or its port: not available until they put it right, and nothing is moved',
  async () => {
    const place = await stage.place();
    await consenting(place);
    const id = await place.rollOut(SPEC);
    const unreached = async (what: RegExp): Promise<void> => {
      const told = await place.told((now) => condition(now, 'Available')?.reason === 'NoEndpoints', 'reaches nobody');
      expect(condition(told, 'Available')).toMatchObject({ status: 'False', message: expect.stringMatching(what) });
      expect(condition(told, 'Stalled')).toMatchObject({ status: 'True', reason: 'NoEndpoints' });
    };
    const reachedAgain = (): Promise<unknown> =>
      place.told((now) => is(now, 'Available') && is(now, 'Ready') && !is(now, 'Stalled'), 'reaches its pods again');

    await edited(place, 'kubectl-edit', { tier: 'web' });
    await unreached(/^Service web reaches none of the pods of \S+: selector of Service web asks for tier=web/);
    expect(place.find('Service', 'web')?.spec.selector).toEqual({ ...SELECTOR, tier: 'web', [LABEL.instance]: id });
    await edited(place, 'kubectl-edit', { tier: null });
    await reachedAgain();

    await place.merge('Service', 'web', { spec: { ports: [{ ...port(), targetPort: 'nope' }] } });
    await unreached(/no container has a port named "nope", which it sends traffic to/);
    await place.merge('Service', 'web', { spec: { ports: [port()] } });
    await reachedAgain();
    expect(place.versions()).toEqual([id]);
    await place.expectSafe({ gaps: true });
  },
  TEST_MS,
);

test(
  'a selector that Flux applies: not adopted, and adopted as soon as the manifest leaves it out',
  async () => {
    const place = await stage.place();
    const before = await applied(place, { selector: SELECTOR });
    expect(ownersOf(before)).toEqual(['flux Apply']);
    const app = await place.update(SPEC);
    const stalled = await place.stalled(app, 'SelectorInGit');
    expect(condition(stalled, 'Stalled')?.message).toMatch(/leave selector out of the manifest of Service web, which flux applies/);
    await place.settle();
    expect(place.find('Service', 'web')?.metadata.resourceVersion).toBe(before.metadata.resourceVersion);

    expect((await applied(place, {})).spec.selector).toBeUndefined();
    const id = (await place.steady(app)).status!.activeInstance!;
    const adopted = place.find('Service', 'web')!;
    expect(adopted.spec.selector).toEqual({ [LABEL.instance]: id });
    expect(ownersOf(adopted)).toEqual(['immutableapp Update']);
    // From now on both can write as they like.
    const again = await applied(place, { ports: [port(), { name: 'metrics', port: 9090 }] });
    expect(again.spec.selector).toEqual({ [LABEL.instance]: id });
    expect(stampOn(again)?.instance).toBe(id);
    await place.expectSafe({ gaps: true });
  },
  TEST_MS,
);

test(
  'a selector that Flux begins to apply after the adoption: put back each time, and the manifest is named',
  async () => {
    const place = await stage.place();
    await consenting(place);
    const id = await place.rollOut(SPEC);
    expect(ownersOf(place.find('Service', 'web'))).toEqual(['immutableapp Update']);
    const app = place.find('ImmutableApp', 'shop')!;

    const first = await applied(place, { selector: SELECTOR });
    expect(first.spec.selector).toEqual(SELECTOR); // our key is gone: every version would get traffic
    expect(ownersOf(first)).toEqual(['flux Apply']);
    expect(stampOn(first)?.instance).toBe(id); // our stamp is not
    const repaired = await repairedAfter(place, version(first), id);
    expect(repaired.spec.selector).toEqual({ ...SELECTOR, [LABEL.instance]: id });
    expect(ownersOf(repaired)).toEqual(['immutableapp Update']);
    const stalled = await place.stalled(app, 'SelectorInGit');
    expect(condition(stalled, 'Stalled')?.message).toMatch(/manifest of Service web, which flux applies/);
    expect(is(stalled, 'Available')).toBe(true);
    expect(is(stalled, 'Ready')).toBe(false);

    const second = await applied(place, { selector: SELECTOR });
    await repairedAfter(place, version(second), id);
    expect(
      place
        .events()
        .filter(({ reason }) => reason === 'Repaired')
        .map(({ note }) => note),
    ).toContain(`selector of web is restored to ${id} after flux changed it`);
    // It moves on all the same.
    await place.update({ ...SPEC, template: template({ image: 'example/web:2' }) });
    await place.until('the next version serves', () => ![undefined, id].includes(selectedBy(place.find('Service', 'web'))));
    await place.expectSafe({ gaps: true });
  },
  TEST_MS,
);

test(
  'two changes by one writer within an hour: it is named, and the selector is put back as before',
  async () => {
    const place = await stage.place();
    await consenting(place);
    const id = await place.rollOut({ services: [{ name: 'web' }, owned('own')] });
    const app = place.find('ImmutableApp', 'shop')!;
    const fight = async (manager: string) => {
      const { metadata, spec } = await edited(place, manager, { [LABEL.instance]: null });
      expect(spec.selector).toEqual(SELECTOR);
      await repairedAfter(place, Number(metadata.resourceVersion), id);
    };
    await fight('meddler');
    await fight('passer-by');
    await place.steady(app);
    expect(condition(place.find('ImmutableApp', 'shop'), 'Stalled')).toBeUndefined();
    await fight('meddler');
    const stalled = await place.stalled(app, 'SelectorContended');
    expect(condition(stalled, 'Stalled')?.message).toMatch(/^meddler has changed the selector of Service web twice within an hour/);
    expect(is(stalled, 'Available')).toBe(true);
    await place.until('an event says so', () => place.events().some(({ reason }) => reason === 'SelectorContended'));
    await fight('meddler');
    const reverts = (JSON.parse(place.find('Service', 'web')!.metadata.annotations![ANNOTATION.stamp]!) as { reverts: { by: string }[] })
      .reverts;
    expect(reverts.map(({ by }) => by)).toEqual(['passer-by', 'meddler', 'meddler']);
    await place.expectSafe({ gaps: true });
  },
  TEST_MS,
);

const strays = (app: App | undefined): string[] =>
  (app?.status?.warnings ?? []).flatMap(({ reason, message = '' }) => (reason === 'SelectedByOthers' ? [message] : []));

test(
  'a Service outside of spec that finds our pods is named when it appears, and no more when it does not',
  async () => {
    const place = await stage.place();
    const app = await place.update({});
    await place.steady(app);
    const told = () => place.events().filter(({ reason }) => reason === 'SelectedByOthers');
    const warned = (says: RegExp) => place.reported(app, (now) => says.test(strays(now).join('\n')), `warns ${String(says)}`);
    const silent = () => place.reported(app, (now) => strays(now).length === 0, 'warns of nothing');

    await place.create('Service', 'legacy', { spec: { selector: SELECTOR, ports: [port()] } });
    await warned(/^Service legacy finds pods of every version.*annotate it with immutableapp\.io\/adopt=shop, or change its selector$/);
    await place.until('an event says so', () => told().length === 1);
    await place.merge('Service', 'legacy', { spec: { selector: { tier: 'front' } } });
    await silent();
    await place.merge('Service', 'legacy', { spec: { selector: { tier: null, [LABEL.app]: 'shop' } } }); // by a label of ours
    await warned(/^Service legacy/);
    await place.create('Service', 'another', { spec: { selector: SELECTOR, ports: [port()] } });
    await warned(/^Service another[^]*^Service legacy/m);
    await place.remove('Service', 'another');
    await place.remove('Service', 'legacy');
    await silent();
    // It was there first: the version that comes is what makes it one.
    await place.create('Service', 'early', { spec: { selector: { team: 'front' }, ports: [port()] } });
    await place.settle();
    const next = await place.update({ template: template({ labels: { app: 'web', team: 'front' } }) });
    await place.reported(next, (now) => /^Service early/.test(strays(now).join()), 'warns of early');
    const writes = (await stage.audit(place.namespace)).filter(({ resource, verb }) => resource === 'services' && verb === 'patch');
    expect(writes.map(({ path }) => path.split('?')[0])).toEqual(Array(2).fill(place.path('Service', 'web')).slice(0, writes.length));
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'consent withdrawn in the middle of a rollout: the Service stays on what serves, until it is given again',
  async () => {
    const place = await stage.place();
    await consenting(place);
    const old = await place.rollOut(SPEC);
    const app = await place.update({ ...SPEC, template: template({ image: 'example/web:2', annotations: HELD }) });
    const next = await place.heldUp(1, old);
    await place.merge('Service', 'web', { metadata: { annotations: { [ANNOTATION.adopt]: null } } });
    const stalled = await place.stalled(app, 'ServiceNotAdopted');
    expect(condition(stalled, 'Stalled')?.message).toMatch(/stays where it is, for its owner's consent is gone/);
    await place.release(next);
    await place.deployment(next, 'is up', ({ status }) => status.availableReplicas === 1);
    await place.reported(app, (now) => JSON.stringify(now.status?.versions).includes('"ready":1'), 'has seen it');
    await place.settle();
    expect(place.find('Service', 'web')?.spec.selector).toEqual({ ...SELECTOR, [LABEL.instance]: old });
    await place.merge('Service', 'web', { metadata: { annotations: CONSENT } });
    await place.steady(app);
    expect(await place.route()).toEqual([old, next]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'an adopted Service taken out of spec is let go, its consent withdrawn or not, and people learn what that means',
  async () => {
    const place = await stage.place();
    await consenting(place);
    await place.rollOut({ services: [{ name: 'web' }, owned('own')] });
    await place.merge('Service', 'web', { metadata: { annotations: { [ANNOTATION.adopt]: null } } });
    const app = await place.update({ services: [owned('own')] });
    await place.reported(app, (now) => /^Service web finds pods of every version/.test(strays(now).join()), 'warns of it');
    const { metadata, spec } = place.find('Service', 'web')!;
    expect(spec.selector).toEqual(SELECTOR);
    expect(metadata.annotations?.[ANNOTATION.stamp]).toBeUndefined();
    expect(metadata.labels?.[LABEL.app]).toBeUndefined();
    await place.until('an event says so', () =>
      place.events().some(({ reason, note }) => reason === 'Released' && /Service web is released: without our key/.test(note)),
    );
    await place.expectSafe();
  },
  TEST_MS,
);

/** App one made a Service, and its owner lets App two have it. */
async function contested() {
  const place = await stage.place();
  const one = await place.rollOut({ services: [owned()] }, 'one');
  await place.merge('Service', 'web', { metadata: { annotations: { [ANNOTATION.adopt]: 'two' } } });
  const two = await place.update(SPEC, 'two');
  return { place, one, two, stalled: await place.stalled(two, 'ServiceNotOwned') };
}

test(
  'a Service of another App: consent or not, it stays with the App that made it, until that takes it out of spec',
  async () => {
    const { place, one, stalled } = await contested();
    expect(condition(stalled, 'Stalled')?.message).toContain('is made and moved by ImmutableApp one');
    await place.settle();
    expect(await place.route()).toEqual([one]);
    expect(is(place.find('ImmutableApp', 'one'), 'Ready')).toBe(true);
    await place.update({ services: [] }, 'one');
    const serves = await place.steady(await place.update({ services: [owned()] }, 'two'));
    expect(selectedBy(place.find('Service', 'web'))).toBe(serves.status?.activeInstance);
  },
  TEST_MS,
);

test(
  'a Service of another App, with consent, and that App let go with --cascade=orphan: it changes hands without a gap',
  async () => {
    const { place, one, two, stalled } = await contested();
    expect(condition(stalled, 'Stalled')?.message).toContain(
      `To get it without a gap: annotate it with immutableapp.io/adopt=two, and kubectl delete -n ${place.namespace} iapp/one --cascade=orphan`,
    );
    const next = await place.until('a pod of it is available', () => place.find('ImmutableApp', 'two')?.status?.versions?.[0]?.id);
    await place.deployment(next, 'is up', ({ status }) => status.availableReplicas === 1);
    await place.remove('ImmutableApp', 'one', 'Orphan');
    await place.steady(two);
    expect(await place.route()).toEqual([one, next]);
    expect(place.history('Service', 'web').some(({ gone }) => gone)).toBe(false);
    expect(place.find('Deployment', one)?.status.availableReplicas).toBe(1);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a Service with three ready endpoints is moved to an App that has three pods, and not before',
  async () => {
    const place = await stage.place();
    await place.create('Deployment', 'old', {
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'old' } },
        template: template({ labels: { app: 'old', tier: 'web' } }),
      },
    });
    await consenting(place, { selector: { tier: 'web' } });
    const ready = (): string[] =>
      place
        .list('EndpointSlice')
        .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'web')
        .flatMap(({ endpoints }) => (endpoints ?? []).filter(({ conditions }) => conditions.ready === true))
        .flatMap(({ targetRef }) => targetRef?.name ?? []);
    await place.until('three endpoints are ready', () => ready().length === 3);
    const pods = { template: template({ labels: { tier: 'web' } }) };
    const small = await place.stalled(await place.update({ ...SPEC, ...pods }), 'CapacityMissing');
    expect(condition(small, 'Stalled')?.message).toContain('--replicas=3');
    expect(ready().length).toBeGreaterThanOrEqual(3);
    expect(selectedBy(place.find('Service', 'web'))).toBeUndefined();
    const moved = await place.steady(await place.update({ ...SPEC, ...pods, replicas: 3 }));
    expect(selectedBy(place.find('Service', 'web'))).toBe(moved.status?.activeInstance);
    await place.until(
      'its endpoints are those of the App',
      () => ready().length === 3 && ready().every((name) => name.startsWith('shop-')),
    );
  },
  TEST_MS,
);

test(
  'labels and annotations go from a Service of ours when spec drops them',
  async () => {
    const place = await stage.place();
    const dressed = (labels: object | undefined, annotations: object | undefined) => ({
      services: [{ ...owned(), ...(labels && { labels }), ...(annotations && { annotations }) }],
    });
    await place.rollOut(dressed({ tier: 'front', team: 'a' }, { 'example.com/lb': 'x' }));
    await place.merge('Service', 'web', { metadata: { labels: { theirs: 'stays' }, annotations: { theirs: 'stays' } } });
    await place.update(dressed({ tier: 'back' }, undefined));
    const { metadata } = await place.until('they are gone', () => {
      const now = place.find('Service', 'web');
      return now?.metadata.labels?.tier === 'back' && now;
    });
    expect(metadata.labels).toEqual({ tier: 'back', theirs: 'stays', [LABEL.app]: 'shop' });
    expect(Object.keys(metadata.annotations ?? {}).toSorted()).toEqual([ANNOTATION.shape, ANNOTATION.stamp, 'theirs']);
    await place.expectSafe();
  },
  TEST_MS,
);

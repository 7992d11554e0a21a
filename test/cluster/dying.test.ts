// Namespaces that the real namespace controller deletes, kind by kind and in an order of its own: nobody is accused, nothing is made, nobody
// is told, and the circuit breaker stays closed.
import { expect, test } from '@jest/globals';
import { is, owned, polled } from './harness.ts';
import type { Place } from './harness.ts';
import { openStage } from './opening.ts';

const NAMESPACES = 24;
const TEST_MS = 180_000;

const stage = openStage(undefined, { refusals: true });

const config = [{ name: 'httpd', data: { 'httpd.conf': 'Listen 8080' }, mountPath: '/etc/httpd' }];

test(
  'two dozen namespaces with an App each are deleted together',
  async () => {
    const operator = await stage.operator();
    const places: Place[] = [];
    for (let i = 0; i < NAMESPACES; i++) places.push(await stage.place());
    await Promise.all(places.map((place) => place.apply(place.app({ config, services: [owned()] }))));
    for (const place of places) {
      await place.told((app) => is(app, 'Ready') && !is(app, 'Reconciling'), 'it serves');
      // An event is written after the status.
      await place.until('its events are told', () =>
        ['Minted', 'Switched'].every((each) => place.events().some(({ reason }) => reason === each)),
      );
    }
    const before = (await stage.audit()).length;

    await Promise.all(places.map(({ namespace }) => stage.admin.remove(`/api/v1/namespaces/${namespace}`)));
    for (const { namespace } of places)
      await polled(`${namespace} is gone`, async () => (await stage.admin.get(`/api/v1/namespaces/${namespace}`)).code === 404, TEST_MS);

    // Events that were there before are told once more as they are deleted.
    expect(new Set(places.flatMap((place) => place.events().map(({ reason }) => reason)))).toEqual(new Set(['Minted', 'Switched']));
    expect(places.flatMap((place) => place.history('ControllerRevision').filter(({ name }) => name.includes('.discarded-')))).toEqual([]);
    expect((await operator.page('/metrics'))?.text).toContain('immutableapp_circuit_breaker_open 0');
    const since = (await stage.audit()).slice(before).filter(({ resource }) => !resource.startsWith('leases'));
    expect(since.filter(({ verb, code }) => verb === 'create' && code < 300).map(({ path }) => path)).toEqual([]);
    // Each of them is refused once, and a second time where an event was to be told.
    expect(since.filter(({ verb }) => verb === 'create').length).toBeLessThanOrEqual(2 * NAMESPACES);
  },
  TEST_MS,
);

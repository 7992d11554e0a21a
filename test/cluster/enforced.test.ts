// Whether the policies hold is found out by trying them, told at once when they come, go or are outdated, and costs nothing in between; and
// the circuit breaker, whose state is on the Lease: every later leader finds it, and a human closes it.
import { expect, test } from '@jest/globals';
import { POLICY_REVISION } from '../../src/model/vocabulary.ts';
import { condition, is, polled, SYSTEM } from './harness.ts';
import type { Place } from './harness.ts';
import type { Lease } from './objects.ts';
import { openOwnStage, TEST_MS } from './opening.ts';

const POLICY = 'validatingadmissionpolicy/immutableapp-scale';
const BREAKER = 'immutableapp.io/circuit-breaker';

let place: Place;
const stage = openOwnStage({ because: 'it installs the policies, and takes them away', policies: false }, async (stage) => {
  place = await stage.place();
});

const enforced = (status: string, says: string | RegExp) =>
  place.told(
    (app) => {
      const found = condition(app, 'Enforced');
      return found?.status === status && (found.message ?? '').search(says) >= 0;
    },
    `Enforced=${status}: ${String(says)}`,
  );
const lease = (): Lease | undefined => stage.recorder.find('Lease', SYSTEM, 'immutableapp');
const announced = (reason: string): string[] =>
  stage.recorder
    .history('Event', SYSTEM)
    .filter(({ object }) => object.regarding.kind === 'Lease' && object.reason === reason)
    .map(({ object }) => object.note);

test(
  'not installed, installed, one deleted, one outdated, all well: each is told, the bad news with an event',
  async () => {
    const operator = await stage.operator();
    await place.rollOut({});
    await enforced('False', 'the admission policies are not in force');
    expect(announced('DetectOnly')).toEqual([]);
    await stage.enforce();
    await enforced('True', `policies at revision ${String(POLICY_REVISION)}`);
    expect((await operator.page('/metrics'))?.text).toMatch(/immutableapp_enforced 1/);

    await stage.kubectl('delete', POLICY);
    await enforced('False', 'admission policies scale are not in force: apply deploy/policies');
    expect((await operator.page('/metrics'))?.text).toMatch(/immutableapp_enforced 0/);
    await place.until('it is told', () => announced('DetectOnly').length === 1);

    await stage.kubectl('apply', '-f', 'deploy/policies/scale.yaml');
    await enforced('True', `revision ${String(POLICY_REVISION)}`);
    const older = JSON.stringify([{ op: 'replace', path: '/spec/validations/0/message', value: 'revision 0 is in force' }]);
    await stage.kubectl('patch', POLICY, '--type=json', '-p', older);
    await enforced('False', 'admission policies scale are older than this operator');
    await stage.enforce();
    await enforced('True', `revision ${String(POLICY_REVISION)}`);

    // Another process asks first and writes afterwards: it has nothing to write.
    const before = place.find('ImmutableApp', 'shop')?.metadata.resourceVersion;
    await operator.stop();
    const next = await stage.operator();
    await polled('it leads and has asked', async () => (await next.page('/metrics'))?.text.includes('immutableapp_enforced 1') === true);
    await place.settle();
    expect(place.find('ImmutableApp', 'shop')?.metadata.resourceVersion).toBe(before);
    await next.stop();
  },
  TEST_MS,
);

test(
  'a dozen Apps compromised at once: a few are replaced, then the breaker opens, a later leader keeps it, a human closes it',
  async () => {
    await stage.kubectl('delete', '-k', 'deploy/policies', '--ignore-not-found', '--wait=false');
    const operator = await stage.operator();
    const places = await Promise.all(Array.from({ length: 12 }, () => stage.place()));
    const ids = await Promise.all(places.map((one) => one.rollOut({})));
    await polled('the policies are gone', async () => (await operator.page('/metrics'))?.text.includes('immutableapp_enforced 0') === true);
    await Promise.all(places.map((one, i) => stage.kubectl('-n', one.namespace, 'set', 'image', `deployment/${ids[i]!}`, 'web=evil:1')));
    const apps = () => places.map((one) => one.find('ImmutableApp', 'shop')!);
    const halted = () => apps().filter((app) => condition(app, 'Stalled')?.reason === 'CircuitOpen');
    const replaced = () => apps().filter(({ status }, i) => status?.activeInstance === `${ids[i]!}-2`);
    await place.until('some are replaced, the rest waits', () => halted().length > 0 && halted().length + replaced().length === 12);
    expect(replaced().length).toBeLessThanOrEqual(5);
    expect(condition(halted()[0], 'Stalled')?.message).toContain('Apps were found compromised within five minutes');
    expect(lease()?.metadata.annotations?.[BREAKER]).toMatch(/^\d{4}-.*Apps were found compromised/);
    await place.until('it is told', () => announced('CircuitOpen').length > 0);
    expect(announced('CircuitOpen')[0]).toContain(`take annotation ${BREAKER} off this Lease`);

    await operator.stop();
    const next = await stage.operator();
    const seen = halted().length + replaced().length;
    await polled('a later leader keeps it open', async () => {
      const { text = '' } = (await next.page('/metrics')) ?? {};
      return text.includes('immutableapp_circuit_breaker_open 1') && text.includes('immutableapp_lease_held 1');
    });
    await place.until('and replaces no more than was begun', () => halted().length + replaced().length === seen);
    await stage.kubectl('annotate', 'lease', '-n', SYSTEM, 'immutableapp', `${BREAKER}-`);
    await place.until('the rest is replaced', () => replaced().length === 12);
    expect(replaced().every((app) => is(app, 'Available'))).toBe(true);
  },
  TEST_MS,
);

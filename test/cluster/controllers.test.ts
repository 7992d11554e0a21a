// A cluster whose controllers act under one name that the admission policies do not know: that is told before any App depends on it, with
// the line to add, and what waited comes up once that is there.
import { expect, test } from '@jest/globals';
import { condition, is, polled, SYSTEM } from './harness.ts';
import { openOwnStage, TEST_MS } from './opening.ts';

const NAME = 'acme:controllers';
/** The operator asks again every ten seconds. */
const AGAIN_MS = 30_000;

const stage = openOwnStage({ because: 'its controllers act as one user', controllersAs: NAME });

const events = async (): Promise<string[]> => {
  const { body } = await stage.admin.get<{ items: { reason: string; note: string; regarding: { kind: string } }[] }>(
    `/apis/events.k8s.io/v1/namespaces/${SYSTEM}/events`,
  );
  return body.items.filter(({ regarding }) => regarding.kind === 'Lease').map(({ reason, note }) => `${reason}: ${note}`);
};

test(
  'unknown controllers are named, and known once their name is added',
  async () => {
    await stage.operator();
    await polled('it is told on the Lease', async () => (await events()).some((event) => event.startsWith('ControllersUnknown: ')));
    expect((await events())[0]).toContain(`add the line ${NAME} to controllers and to collectors in ConfigMap immutableapp-identities`);

    const place = await stage.place();
    const applied = performance.now();
    const app = await place.apply(place.app({ replicas: 2 }));
    const stalled = await place.stalled(app, 'ControllersUnknown');
    expect((performance.now() - applied) / 1000).toBeLessThan(10);
    expect(condition(stalled, 'Stalled')?.message).toContain(`refuse "${NAME}"`);
    expect(condition(stalled, 'Enforced')).toMatchObject({ status: 'False', reason: 'ControllersUnknown' });

    const identities = `/api/v1/namespaces/${SYSTEM}/configmaps/immutableapp-identities`;
    const { body } = await stage.admin.get<{ data: Record<string, string> }>(identities);
    const data = { controllers: `${body.data.controllers}${NAME}\n`, collectors: `${body.data.collectors}${NAME}\n` };
    await stage.admin.merge(identities, { data });
    await place.told((now) => is(now, 'Ready') && !is(now, 'Stalled'), 'it serves');
    await polled(
      'the policies and the controllers get on',
      () => Promise.resolve(condition(place.find('ImmutableApp', 'shop'), 'Enforced')?.reason === 'PoliciesInForce'),
      AGAIN_MS,
    );
    await polled('nothing of the probe is left', async () => {
      const path = `/apis/apps/v1/namespaces/${SYSTEM}`;
      const left = await stage.admin.get<{ items: object[] }>(`${path}/deployments`);
      return left.body.items.length === 0;
    });
  },
  TEST_MS,
);

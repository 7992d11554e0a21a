// Argo CD's own judgement, by its own packages, of Apps on a real API server that it would have applied: what is out of sync and what is healed, in both
// of its apply modes, and how healthy it finds an App when a version fails.
import { expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Health } from '../argocd/program.ts';
import { argocd } from '../argocd/program.ts';
import { selectedBy, template } from './harness.ts';
import type { Place } from './harness.ts';
import type { App } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';

/** Where the program has to be built first. */
const BUILD_MS = 15 * 60_000;
const MANAGER = 'argocd-controller';
const stage = openStage((stage) => stage.operator());

type Mode = 'client-side' | 'server-side';
const FLAGS: Readonly<Record<Mode, readonly string[]>> = {
  'client-side': [],
  'server-side': ['--server-side', '--force-conflicts', `--field-manager=${MANAGER}`],
};

/** A folder in Git with one App in it, and Argo CD beside the cluster. */
function given(place: Place, mode: Mode) {
  const file = join(stage.cluster.directory, `${place.namespace}.json`);
  const apply = async (config: object): Promise<void> => {
    writeFileSync(file, JSON.stringify(config));
    await stage.kubectl('apply', ...FLAGS[mode], '-f', file);
  };
  const live = async (): Promise<App> =>
    JSON.parse(await stage.kubectl('get', 'iapp/shop', '-n', place.namespace, '-o', 'json', '--show-managed-fields')) as App;
  const differs = async (config: object): Promise<boolean | undefined> => {
    writeFileSync(file, JSON.stringify(config));
    const dry =
      mode === 'client-side' ? undefined : await stage.kubectl('apply', ...FLAGS[mode], '--dry-run=server', '-o', 'json', '-f', file);
    const object = await live();
    const [answer] = await argocd([{ object, config, ...(dry === undefined ? {} : { predicted: JSON.parse(dry) as object }) }]);
    if (answer?.error !== undefined) throw new Error(answer.error);
    return answer?.differs;
  };
  const health = async (): Promise<Health | undefined> => (await argocd([{ object: await live() }]))[0]?.health;
  return { apply, live, differs, health };
}

/** Somebody changes the App beside Git. */
const byHand = ({ namespace }: Place, verb: string, ...words: string[]): Promise<string> =>
  stage.kubectl(verb, '-n', namespace, 'iapp/shop', '--field-manager=oncall-ada', ...words);

test.each<Mode>(['client-side', 'server-side'])(
  '%s: an App is in sync whatever people decide, and what Git keeps is put back',
  async (mode) => {
    const place = await stage.place();
    const { apply, live, differs, health } = given(place, mode);
    const first = place.app({ replicas: 1 });
    await apply(first);
    const { activeInstance: one } = (await place.steady(await live())).status!;
    expect(await differs(first)).toBe(false);
    expect(await health()).toMatchObject({ status: 'Healthy' });

    const second = place.app({ replicas: 1, template: template({ image: 'web:2' }) });
    expect(await differs(second)).toBe(true);
    await apply(second);
    await place.steady(await live());
    expect(selectedBy(place.find('Service', 'web'))).not.toBe(one);

    // By hand, and the tool heals itself: it has nothing to put back.
    await byHand(place, 'patch', '--type=merge', '-p', `{"spec":{"activeVersion":"${one!}"}}`);
    await place.until('traffic is back', () => selectedBy(place.find('Service', 'web')) === one);
    await byHand(place, 'annotate', '--overwrite', `immutableapp.io/pin=${one!} until 2099-01-01T00:00:00Z`);
    await place.steady(await live());
    expect(await differs(second)).toBe(false);
    expect(await health()).toMatchObject({ status: 'Healthy' });
    await apply(second);
    await place.settle();
    expect(selectedBy(place.find('Service', 'web'))).toBe(one);

    // What Git says is healed.
    await stage.kubectl('scale', '-n', place.namespace, 'iapp/shop', '--replicas=2');
    expect(await differs(second)).toBe(true);
    await apply(second);
    expect((await live()).spec.replicas).toBe(1);
    await place.expectSafe();
  },
  BUILD_MS,
);

test(
  'Git moves traffic by activeVersion; a version that fails is Degraded while the one before serves, and in sync; pruning takes all of it away',
  async () => {
    const place = await stage.place();
    const { apply, live, differs, health } = given(place, 'server-side');
    await apply(place.app({ replicas: 1, version: '1.0' }));
    const { activeInstance: one } = (await place.steady(await live())).status!;
    const second = { replicas: 1, version: '2.0', template: template({ image: 'web:2' }) };
    await apply(place.app(second));
    await place.steady(await live());
    const back = place.app({ ...second, activeVersion: '1.0' });
    expect(await differs(back)).toBe(true);
    await apply(back);
    await place.until('Git moved traffic', () => selectedBy(place.find('Service', 'web')) === one);
    await place.steady(await live());
    await byHand(place, 'patch', '--type=merge', '-p', '{"spec":{"activeVersion":"2.0"}}');
    expect(await differs(back)).toBe(true);

    const bad = place.app({
      ...second,
      version: '3.0',
      activeVersion: '',
      template: template({ annotations: { 'test.immutableapp.io/ready': 'crash' } }),
      promotion: { progressDeadlineSeconds: 2 },
    });
    await apply(bad);
    await place.stalled(await live(), 'VersionFailed');
    expect(await health()).toMatchObject({ status: 'Degraded' });
    expect(await differs(bad)).toBe(false);

    await stage.kubectl('delete', '-n', place.namespace, 'iapp/shop', '--wait=false');
    await place.until(
      'nothing of it is left',
      () => place.list('Deployment').length === 0 && place.find('Service', 'web') === undefined,
      60_000,
    );
  },
  TEST_MS,
);

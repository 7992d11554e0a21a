// kubectl iapp status and why on a real API server: what the serving version refers to, and whether it has moved under it.
import { expect, test } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.ts';
import { run } from '../../src/cli/plugin.ts';
import { polled, template, type Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

async function iapp({ namespace }: Place, ...words: readonly string[]): Promise<unknown> {
  const written = { out: '', err: '' };
  const exit = await run(COMMANDS, [...words, '-o', 'json', '-n', namespace], {
    out: { write: (text: string) => (written.out += text) },
    err: { write: (text: string) => (written.err += text) },
    environment: { USER: 'ann', KUBECONFIG: stage.cluster.kubeconfig },
    signal: AbortSignal.timeout(TEST_MS),
    now: Date.now,
    read: () => Promise.resolve(''),
    ask: () => Promise.resolve(undefined),
  });
  expect({ exit, err: written.err }).toEqual({ exit: 0, err: '' });
  return JSON.parse(written.out);
}

test(
  'a ConfigMap that is read as it is: the same, until somebody writes it, and then with who did',
  async () => {
    const place = await stage.place();
    await place.create('ConfigMap', 'site', { data: { motd: 'hello' } });
    const pod = { volumes: [{ name: 'site', configMap: { name: 'site' } }] };
    await place.rollOut({ references: { configMaps: 'Live' }, template: template({ pod }) });
    const verdict = async (): Promise<unknown> => ((await iapp(place, 'status', 'shop')) as { references: unknown }).references;
    expect(await verdict()).toMatchObject([{ name: 'ConfigMap/site', verdict: 'same' }]);
    const { servedFrom } = place.find('ImmutableApp', 'shop')!.status!.versions![0]!;
    await polled('a second has passed, which is how exactly the API server writes times down', () =>
      Promise.resolve(Date.now() - Date.parse(servedFrom!) > 1000),
    );
    const patch = ['patch', 'configmap', 'site', '-p', '{"data":{"motd":"bye"}}', '--field-manager=oncall-bob'];
    await stage.kubectl('-n', place.namespace, ...patch);
    expect(await verdict()).toMatchObject([
      { name: 'ConfigMap/site', verdict: 'moved', message: expect.stringContaining('by oncall-bob, after the version began to serve') },
    ]);
    expect(await iapp(place, 'why', 'shop')).toMatchObject({ causes: [{ what: 'ConfigMap/site has moved under what serves' }] });
  },
  TEST_MS,
);

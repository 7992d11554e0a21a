// What a platform sets for Apps that say nothing of images, and what it asks of every App, at admission: images by digest. And what neither touches.
import { expect, test } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.ts';
import { run } from '../../src/cli/plugin.ts';
import { is, polled, template } from './harness.ts';
import { openOwnStage, TEST_MS } from './opening.ts';
import type { OperatorProcess } from './process.ts';

let operator: OperatorProcess;
const stage = openOwnStage({ because: 'its policy binds every App of the cluster' }, async (own) => {
  operator = await own.operator(['--no-leader-elect']);
});

const DIGEST = `@sha256:${'a'.repeat(64)}`;
const asks = (tags: string): string =>
  `the platform asks for images by digest: name ${tags} as image@sha256:…; kubectl iapp pin-images -f FILE writes those that ran`;

async function iapp(words: readonly string[], input = ''): Promise<string> {
  let text = '';
  const stream = { write: (more: string) => (text += more) };
  const environment = { KUBECONFIG: stage.cluster.kubeconfig };
  const signal = AbortSignal.timeout(TEST_MS);
  const ask = () => Promise.resolve(undefined);
  await run(COMMANDS, words, { out: stream, err: stream, environment, signal, now: Date.now, read: () => Promise.resolve(input), ask });
  return text;
}

test(
  'a default holds for what stands too, changes neither its version nor its pods, and is told',
  async () => {
    const [place, other] = [await stage.place(), await stage.place()];
    const annotations = { 'test.immutableapp.io/image-id': `docker.io/example/web${DIGEST}` };
    const spec = { template: template({ annotations }), config: [] };
    const one = await place.rollOut(spec);
    await other.rollOut({ ...spec, references: { images: 'Live' } });
    const pods = place.podsOf(one).map(({ metadata }) => metadata.uid);
    await operator.kill();
    await stage.operator(['--no-leader-elect', '--default', 'images=Pinned']);
    const { status } = await place.told(
      (app) => JSON.stringify(app.status?.versions).includes(DIGEST.slice(1)),
      'what it runs is on record',
    );
    expect(status).toMatchObject({ defaults: { images: 'Pinned' }, activeVersion: one, activeInstance: one, versions: [{ id: one }] });
    expect(place.podsOf(one).map(({ metadata }) => metadata.uid)).toEqual(pods);
    await stage.kubectl('annotate', '-n', place.namespace, 'iapp/shop', `immutableapp.io/renew=${one}@now`);
    await place.told((app) => app.status?.activeInstance === `${one}-2` && !is(app, 'Reconciling'), 'it is renewed');
    expect(JSON.stringify(place.find('Deployment', `${one}-2`)!.spec.template)).toContain(`example/web:1${DIGEST}`);

    const says = "Pinned, by the platform's default: the App does not say";
    expect(await iapp(['status', 'shop', '-n', place.namespace])).toContain(says);
    const planned = (name: string) => iapp(['plan', '-f', '-'], JSON.stringify(place.app(spec, name)));
    expect(await planned('shop')).toMatch(new RegExp(`Images +${says}[^]*Nothing would change`));
    expect(await planned('fresh')).toContain(says);

    // Who says no is left alone.
    expect(other.find('ImmutableApp', 'shop')!.status).not.toHaveProperty('defaults');
    expect((await stage.audit(other.namespace)).filter(({ verb, resource }) => verb === 'list' && resource === 'pods')).toEqual([]);
    for (const { namespace } of [place, other]) await stage.kubectl('delete', '-n', namespace, 'iapp/shop', '--timeout=50s');
  },
  TEST_MS,
);

test(
  'a tag is refused with the way out, in every place; an App from before is left alone until its template changes',
  async () => {
    const [before, place] = [await stage.place(), await stage.place()];
    const one = await before.rollOut({ template: template({ image: 'web:1' }) });
    await stage.kubectl('apply', '-k', 'deploy/policies/floor');
    const tried = async (options: Parameters<typeof template>[0]): Promise<string> => {
      const { code, body } = await place.tryApply(place.app({ template: template(options) }));
      return code < 300 ? '' : (body as unknown as { message: string }).message;
    };
    await polled('it is in force', async () => {
      const { code } = await stage.cluster.call('POST', `${place.path('ImmutableApp')}?dryRun=All`, place.app());
      return code >= 300;
    });
    expect(await tried({ image: 'nginx:1.27' })).toContain(asks('nginx:1.27'));
    const init = [
      { name: 'a', image: 'busybox' },
      { name: 'b', image: `busybox${DIGEST}` },
    ];
    const volumes = [{ name: 'files', image: { reference: 'example/files:3' } }];
    expect(await tried({ image: `nginx:1.27${DIGEST}`, pod: { initContainers: init, volumes } })).toContain(
      asks('busybox, example/files:3'),
    );
    expect(await tried({ image: `nginx:1.27${DIGEST}`, pod: { initContainers: init.slice(1) } })).toBe('');

    // The App from before.
    await before.told((app) => app.status?.activeVersion === one && is(app, 'Ready'), 'what served serves');
    await before.steady(await before.update({ template: template({ image: 'web:1' }), replicas: 2, activeVersion: one }));
    await stage.kubectl('annotate', '-n', before.namespace, 'iapp/shop', `immutableapp.io/renew=${one}@now`);
    await before.told((app) => app.status?.activeInstance === `${one}-2` && !is(app, 'Reconciling'), 'it is renewed');
    await stage.kubectl('delete', '-n', before.namespace, 'iapp/shop', '--timeout=50s');
  },
  TEST_MS,
);

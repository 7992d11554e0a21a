// What a platform asks of every App, at admission: images by digest. And what it does not touch.
import { expect, test } from '@jest/globals';
import { is, polled, template } from './harness.ts';
import { openOwnStage, TEST_MS } from './opening.ts';

const stage = openOwnStage({ because: 'its policy binds every App of the cluster' }, (own) => own.operator());

const DIGEST = `@sha256:${'a'.repeat(64)}`;
const asks = (tags: string): string =>
  `the platform asks for images by digest: name ${tags} as image@sha256:…; kubectl iapp pin-images -f FILE writes those that ran`;

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

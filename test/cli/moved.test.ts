// Whether what the serving version refers to has moved under it, by what was seen of it.
import { expect, test } from '@jest/globals';
import type { AppObject } from '../../src/cli/apps.ts';
import { causesOf } from '../../src/cli/causes.ts';
import type { Cluster, Metadata } from '../../src/cli/cluster.ts';
import { Complaint, EXIT } from '../../src/cli/exit.ts';
import { lookedAt, references } from '../../src/cli/moved.ts';
import type { Context } from '../../src/cli/command.ts';
import { Options } from '../../src/cli/command.ts';
import { diff } from '../../src/cli/commands/diff.ts';
import { view } from '../../src/cli/commands/status.ts';
import { app, AT, iso, STATUS } from './given.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const [serves, ...older] = STATUS.versions!;
const withImage = (image: object, mutableReferences: string[] = []): AppObject =>
  app({ versions: [{ ...serves!, images: [{ container: 'web', image: 'example/web:2.4.1', ...image }] }, ...older], mutableReferences });
const looked = (metadata: Metadata | undefined) => new Map([['ConfigMap/site', metadata]]);
const wrote = (secondsAgo: number) => ({ creationTimestamp: iso(99_999), managedFields: [{ manager: 'ann', time: iso(secondsAgo) }] });
const verdicts = (seen: AppObject, metadata?: Metadata | 'none') =>
  references(seen, metadata === undefined ? undefined : looked(metadata === 'none' ? undefined : metadata)).map(
    ({ name, verdict }) => `${name} ${verdict}`,
  );

test.each([
  ['a tag that nobody watches is not spoken of', {}, []],
  ['a tag that is what it was', { digest: A }, ['image example/web:2.4.1 same']],
  ['a tag that was moved', { digest: A, runs: B }, ['image example/web:2.4.1 moved']],
  ['an image by digest cannot move', { image: `example/web@${A}`, digest: A }, []],
])('%s', (_, image, expected) => {
  expect(verdicts(withImage(image))).toEqual(expected);
});

// The version serves since three hours.
test.each<[string, Metadata | 'none' | undefined, string]>([
  ['not looked at', undefined, 'unknown'],
  ['not there', 'none', 'unknown'],
  ['without a word on when', {}, 'unknown'],
  ['written before', wrote(10_801), 'same'],
  ['written within the second', { creationTimestamp: iso(10_800) }, 'same'],
  ['written since', wrote(60), 'moved'],
  ['made anew since', { creationTimestamp: iso(60) }, 'moved'],
])('a ConfigMap %s', (_, metadata, verdict) => {
  expect(verdicts(withImage({}, ['ConfigMap/site']), metadata)).toEqual([`ConfigMap/site ${verdict}`]);
});

test('nothing is said before anything serves', () => {
  expect(references(app({ activeVersion: '', mutableReferences: ['ConfigMap/site'] }))).toEqual([]);
});

test('only ConfigMaps are asked for, by their metadata; who may not look is told nothing', async () => {
  const asked: string[] = [];
  const cluster = (metadata: Cluster['metadata']) => ({ metadata }) as Cluster;
  const seen = withImage({}, ['ClusterTrustBundle/ca:*', 'ConfigMap/site', 'Secret/key']);
  const there = await lookedAt(
    cluster((path) => (asked.push(path), Promise.resolve(wrote(60)))),
    seen,
  );
  expect([...there.keys()]).toEqual(['ConfigMap/site']);
  expect(asked).toEqual(['/api/v1/namespaces/shop/configmaps/site']);
  const refuse = (exit: (typeof EXIT)['failed' | 'away']) => cluster(() => Promise.reject(new Complaint('no', exit)));
  expect(await lookedAt(refuse(EXIT.failed), seen)).toEqual(new Map());
  await expect(lookedAt(refuse(EXIT.away), seen)).rejects.toThrow('no');
});

test('status shows each with its verdict, and why names those that moved, with what to do', () => {
  const seen = withImage({ digest: A, runs: B }, ['ConfigMap/site', 'Secret/key']);
  const screen = [...view(seen, AT, looked(wrote(60))).lines((_, text) => text, 400)].join('\n');
  expect(screen).toContain(`refers to  image example/web:2.4.1: MOVED: a pod's web runs ${B}, but the version ran ${A} at first`);
  expect(screen).toContain(`ConfigMap/site: MOVED: written ${iso(60)} by ann, after the version began to serve`);
  expect(screen).toContain('Secret/key: it may have changed: not looked at');
  const evidence = { pods: [], events: [], references: references(seen, looked(wrote(60))) };
  const causes = causesOf(seen, evidence, { is: 'alive' } as never, AT);
  expect(causes.map(({ what, next }) => [what, next])).toEqual([
    ['image example/web:2.4.1 has moved under what serves', 'name the image by digest: kubectl iapp pin-images'],
    ['ConfigMap/site has moved under what serves', 'capture it: spec.references.configMaps: Capture'],
  ]);
});

/** The differences between two versions whose templates say the same, by what their containers were seen to run. */
async function differing(images: readonly [object, object]): Promise<unknown> {
  const template = { spec: { containers: [{ name: 'web', image: 'example/web:2' }] } };
  const versions = STATUS.versions!.slice(0, 2).map((version, i) => ({
    ...version,
    images: [{ container: 'web', image: 'example/web:2', ...images[i] }],
  }));
  const cluster = {
    namespace: 'shop',
    find: () => Promise.resolve(app({ versions })),
    list: () => Promise.resolve([{ data: { fingerprint: 'v1:x', content: { template } } }]),
  };
  let shown: unknown;
  const context = {
    args: ['web', '2.4.0', '2.4.1'],
    options: new Options({}),
    cluster: () => Promise.resolve(cluster),
    screen: { show: ({ value }: { value: unknown }) => (shown = value) },
  };
  await diff.run(context as unknown as Context);
  return (shown as { differences: unknown }).differences;
}

test.each<[string, readonly [object, object], readonly object[]]>([
  [
    'is a difference where it was two images',
    [{ digest: B }, { digest: A }],
    [{ before: `example/web:2@${A}`, after: `example/web:2@${B}` }],
  ],
  ['is none where it was one', [{ digest: A }, { digest: A }], []],
  ['is none where only one version was looked at', [{ digest: B }, {}], []],
])('a tag %s', async (_, images, expected) => {
  expect(await differing(images)).toEqual(expected.map((each) => ({ kind: 'image', where: 'web', ...each })));
});

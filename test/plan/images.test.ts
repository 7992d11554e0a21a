// What the next instance of a version is made from: the images that the version ran, where the App asks for that.
import { expect, test } from '@jest/globals';
import { list, obj } from '../../src/model/json.ts';
import type { Snapshot } from '../../src/model/observed.ts';
import { DEFAULTS } from '../../src/model/settings.ts';
import { plan } from '../../src/plan/plan.ts';
import { contentRun, digestsOf, lookAtImages, othersOf } from '../../src/plan/read/images.ts';
import type { Version } from '../../src/plan/read/versions.ts';
import type { Given } from '../given.ts';
import { freeze, given, id, nick, NOW, sha, up } from '../given.ts';
import { sceneOf } from './stage.ts';
import { lines } from './table.ts';

/** Two serves, and somebody goes back to one, which has no instance any more. */
const imageOf = (images: string): unknown => {
  const seen = given({
    latest: 'two',
    spec: { references: { images }, activeVersion: id('one') },
    versions: { one: { ran: { main: ['a'] } }, two: up(3) },
    switches: ['one', 'two'],
    recalled: ['one'],
  });
  const [made] = plan(seen, NOW).actions.flatMap((action) =>
    action.do === 'publish' && action.kind === 'Deployment' ? [action.object.spec] : [],
  );
  return list(obj(obj(obj(made).template).spec).containers)[0]?.image;
};

test.each([
  ['Live', 'httpd:2.4'],
  ['Watched', 'httpd:2.4'],
  ['Pinned', `httpd:2.4@${sha('a')}`],
])('%s: a version that comes back runs %s', (images, image) => {
  expect(imageOf(images)).toBe(image);
});

test.each([
  ['the platform’s, where the App says nothing', {}, { images: 'Pinned' }],
  ['none, where it says the same', { images: 'Pinned' }, undefined],
  ['none, where it says no', { images: 'Live' }, undefined],
])('a default is told: %s', (_, references, defaults) => {
  const seen = given({ spec: { references }, versions: { one: up(3) }, switches: ['one'] });
  expect(plan(seen, NOW, { ...DEFAULTS, images: 'Pinned' }).status.defaults).toEqual(defaults);
});

const watched = (more: Partial<Given> = {}): Given => ({
  spec: { references: { images: 'Watched' } },
  versions: { one: up(3) },
  switches: ['one'],
  ...more,
});
/** The same of a template with three containers, of which one is named by digest. */
const threefold = (facts: Given): Snapshot => {
  const seen = given(facts);
  const images = [
    { container: 'main', image: 'httpd:2.4' },
    { container: 'side', image: 'nginx:1.27' },
    { container: 'fixed', image: `busybox@${sha('f')}` },
  ];
  return freeze({
    ...seen,
    records: seen.records.map((record) => ({ ...record, images })),
    instances: seen.instances.map((instance) => ({ ...instance, digests: 1 })),
  });
};
const factOf = (containers: Readonly<Record<string, readonly string[]>>): Pick<Version, 'ran'> => {
  const ran = { is: 'images', instance: id('one'), containers } as const;
  return { ran: { fact: ran } as unknown as NonNullable<Version['ran']> };
};
const warningsOf = (seen: Snapshot): (string | undefined)[] =>
  (plan(seen, NOW).status.warnings ?? []).map(({ message }) => nick(message ?? ''));

test('a version is pinned to what each container ran, if that was one digest', () => {
  expect(digestsOf({ ran: undefined })).toEqual(new Map());
  expect(digestsOf(factOf({ main: [sha('a')], side: [sha('b'), sha('c')], none: [] }))).toEqual(new Map([['main', sha('a')]]));
});

test('what an author named by digest does not make an instance a pinned one: its tags are looked at', () => {
  expect(lines(plan(threefold(watched()), NOW).actions)).toEqual(['look at images of one']);
});

test('all that the containers run is written down, by container, and nothing of what is named by digest', () => {
  const running = { one: { digests: { main: ['a', 'b'], side: ['c'], fixed: ['f'] } } };
  const facts = plan(threefold(watched({ running })), NOW).actions.flatMap((action) => (action.do === 'attest' ? [action.fact] : []));
  expect(facts).toEqual([{ is: 'images', instance: id('one'), containers: { main: [sha('a'), sha('b')], side: [sha('c')] } }]);
});

test('of the images the tags are named, since one of them was moved', () => {
  const ran = { main: ['a'], side: ['b'] };
  const seen = threefold(watched({ versions: { one: { ...up(3), ran } }, running: { one: { digests: { main: ['a'], side: ['c'] } } } }));
  expect(warningsOf(seen)).toEqual([
    `container side of pod pod-1 runs ${sha('c')}, but ran ${sha('b')} when one was first fully available: a tag was moved (httpd:2.4, nginx:1.27), so name images by digest, or set spec.references.images to Pinned`,
  ]);
});

test('what pods of a former instance of the same name ran says nothing of this one', () => {
  const facts = watched({ versions: { one: { ...up(3), ran: { main: ['a'] } } }, running: { one: { digests: { main: ['b'] } } } });
  const others = (seen: Snapshot) => {
    const scene = sceneOf(seen);
    return othersOf(scene, scene.versions.all[0]!);
  };
  const seen = given(facts);
  expect([warningsOf(seen).length, others(seen)]).toEqual([1, new Map([['main', sha('b')]])]);
  const images = new Map([...seen.answers.images].map(([name, read]) => [name, { ...read, of: 'uid-former others' }]));
  const anew = freeze({ ...seen, answers: { ...seen.answers, images } });
  expect([warningsOf(anew), others(anew)]).toEqual([[], new Map()]);
  expect(lines(plan(anew, NOW).actions)).toEqual(['look at images of one']);
});

test('of a version whose record is lost nothing is known by its tags', () => {
  const scene = sceneOf(watched());
  const lost = { ...scene.versions.all[0]!, record: undefined };
  const [instance] = scene.seen.instances;
  expect(lookAtImages(scene, lost, instance!)).toEqual({ actions: [], diverged: undefined });
  const content = { template: { spec: { containers: [{ name: 'main', image: 'httpd:2.4' }] } }, config: [], absent: [] };
  expect(contentRun({ ...lost, ...factOf({ main: [sha('a')] }) }, instance!, content)).toEqual(content);
});

// A tag that is moved, on a real API server: nodes are simulated, and say of each new pod that it runs what the tag means at that moment. An image
// that is named by digest is that digest, wherever the tag is.
import { expect, test } from '@jest/globals';
import { is, template, type Place } from './harness.ts';
import { mutatePods } from './mutation.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

const sha = (letter: string): string => `sha256:${letter.repeat(64)}`;
const KEY = 'test.immutableapp.io/image-id';

/** From now on the tag is this image, in this namespace. */
async function tagged(place: Place, letter: string): Promise<void> {
  const name = `tag-${place.namespace}-${letter}`;
  const found = 'object.spec.containers[0].image';
  const means = `${found}.contains("@") ? "docker.io/example/web@" + ${found}.split("@")[1] : "docker.io/example/web@${sha(letter)}"`;
  const expression = `Object{metadata: Object.metadata{annotations: {"${KEY}": ${means}}}}`;
  await mutatePods(stage, { name, namespace: place.namespace, expression, shows: sha(letter) });
}

/** The tag means another image. */
async function moved(place: Place, from: string, to: string): Promise<void> {
  await stage.kubectl('delete', 'mutatingadmissionpolicybinding', `tag-${place.namespace}-${from}`);
  await tagged(place, to);
}

const specOf = (images: string, more: object = {}) => ({ replicas: 2, references: { images }, template: template(), ...more });
const TWO = { template: template({ container: { env: [{ name: 'TWO', value: '2' }] } }) };
const COLD = { retention: { warm: 0, warmSeconds: 0 }, promotion: { drainSeconds: 0 } };

const serving = async (images: string, more: object = {}): Promise<{ place: Place; one: string }> => {
  const place = await stage.place();
  await tagged(place, 'a');
  const one = await place.rollOut(specOf(images, more));
  await place.told(({ status }) => JSON.stringify(status?.versions?.[0]).includes(sha('a')), 'what it runs is on record');
  return { place, one };
};

const imageOf = (place: Place, instance: string): unknown =>
  (place.find('Deployment', instance)?.spec.template.spec as { containers: { image: string }[] } | undefined)?.containers[0]?.image;

test(
  'a pod of a scale-up that runs another image is told of, with both digests, and an event says it',
  async () => {
    const { place, one } = await serving('Watched');
    await moved(place, 'a', 'b');
    const app = await place.update(specOf('Watched', { replicas: 3 }));
    await place.reported(
      app,
      ({ status }) =>
        status?.warnings?.some(
          ({ reason, message = '' }) =>
            reason === 'ImageDiverged' && message.includes(`runs ${sha('b')}, but ran ${sha('a')} when ${one} was first fully available`),
        ) === true,
      'the other image is told of',
    );
    await place.until('an event says it', () => place.events().some(({ reason }) => reason === 'ImageDiverged'));
    await place.until('and it is well', () => is(place.find('ImmutableApp', 'shop'), 'Ready'));
  },
  TEST_MS,
);

test(
  'so is one that replaces a pod that a drain took away',
  async () => {
    const { place, one } = await serving('Watched');
    await moved(place, 'a', 'b');
    await place.remove('Pod', place.podsOf(one)[0]!.metadata.name);
    await place.told(
      ({ status }) => status?.warnings?.some(({ reason }) => reason === 'ImageDiverged') === true,
      'the other image is told of',
    );
  },
  TEST_MS,
);

test(
  'pinned, a clean instance of the first image takes over, and is what was published',
  async () => {
    const { place, one } = await serving('Pinned');
    const image = imageOf(place, one);
    await moved(place, 'a', 'b');
    await place.remove('Pod', place.podsOf(one)[0]!.metadata.name);
    const after = await place.told(({ status }) => status?.activeInstance === `${one}-2`, 'the pinned one serves');
    expect(after.status?.activeVersion).toBe(one);
    expect(imageOf(place, `${one}-2`)).toBe(`${String(image)}@${sha('a')}`);
    await place.told((app) => is(app, 'Ready') && !is(app, 'Reconciling') && !is(app, 'Stalled'), 'all is well');
    // A pod more of it is the same image: nothing is compared, and nothing replaced again.
    await place.remove('Pod', place.podsOf(`${one}-2`)[0]!.metadata.name);
    const whole = await place.told(({ status }) => status?.readyReplicas === 2 && status.pods === '2/2', 'it is whole again');
    expect(whole.status?.activeInstance).toBe(`${one}-2`);
    expect(whole.status?.versions?.[0]?.discarded).toHaveLength(1);
  },
  TEST_MS,
);

test(
  'pinned, a version whose pods are gone comes back with the same image, while a new one runs what the tag means',
  async () => {
    const { place, one } = await serving('Pinned', COLD);
    await moved(place, 'a', 'b');
    const two = await place.rollOut(specOf('Pinned', { ...COLD, ...TWO }));
    await place.until('one is cold', () => place.find('Deployment', one) === undefined);
    await place.serving(await place.point(one));
    expect(imageOf(place, one)).toMatch(new RegExp(`@${sha('a')}$`));
    const { status } = await place.told((app) => is(app, 'Ready') && !is(app, 'Reconciling'), 'all is well');
    const digests = status?.versions?.map(({ id, images }) => [id, images?.[0]?.digest]);
    expect(new Map(digests as [string, string][])).toEqual(
      new Map([
        [one, sha('a')],
        [two, sha('b')],
      ]),
    );
    expect(status?.warnings ?? []).toEqual([]);
  },
  TEST_MS,
);

test(
  'it costs one write for each version, and an App that does not ask for it nothing',
  async () => {
    const calls = async (images: string) => {
      const { place } = images === 'Live' ? { place: await stage.place() } : await serving(images);
      if (images === 'Live') await place.rollOut(specOf(images));
      const { length } = await stage.audit(place.namespace);
      await place.rollOut(specOf(images, TWO));
      if (images !== 'Live')
        await place.told(
          ({ status }) => status?.versions?.filter(({ images: all }) => all?.[0]?.digest !== undefined).length === 2,
          'both are on record',
        );
      const all = (await stage.audit(place.namespace)).slice(length);
      const count = (verb: string, resource: string) => all.filter((call) => call.verb === verb && call.resource === resource).length;
      return { facts: count('create', 'controllerrevisions'), reads: count('list', 'pods') };
    };
    const [live, watched] = [await calls('Live'), await calls('Watched')];
    process.stderr.write(`Live: ${JSON.stringify(live)}, Watched: ${JSON.stringify(watched)}\n`);
    expect(live).toEqual({ facts: 1, reads: 0 });
    expect(watched.facts).toBe(2);
    expect(watched.reads).toBeLessThanOrEqual(6);
  },
  TEST_MS,
);

// Tags that move under a version, on a real kubelet and a real containerd: the node resolves each name when it starts a container, and says itself
// what it runs. A pod that runs other bytes is named within a second, pinned versions come back with the same ones, and what only has another
// name is no other image. Each scene has names of its own, since names are the node's.
// An API server of its own: its node is a real one, and the names of images are the node's.
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { specHashOf } from '../../src/workloads/deployment.ts';
import { is, OwnStage, START_MS, template, type Place } from '../cluster/harness.ts';
import { mutatePods } from '../cluster/mutation.ts';
import type { App, Pod } from '../cluster/objects.ts';
import { cgroupOf } from './ground.ts';
import { realNode } from './machine.ts';
import { unpacked } from './provisions.ts';
import { Tags } from './tags.ts';

const MINUTE = 60_000;
/** From the moment at which the node says that a container runs. */
const NAMED_MS = 1000;
const NEVER = { imagePullPolicy: 'Never' };
const COLD = { retention: { warm: 0, warmSeconds: 0 }, promotion: { drainSeconds: 0 } };
const PROXY = 'proxy.test/mesh:1';

let stage: OwnStage;
let tags: Tags;
beforeAll(async () => {
  const { pause } = unpacked().images;
  const room = process.env.ROOM!;
  stage = await OwnStage.open({ nodes: realNode({ pause: pause.reference, cgroup: cgroupOf(room) }), directory: join(room, 'cluster') });
  tags = await Tags.open(pause, join(room, 'tags'));
  await stage.operator(['--no-leader-elect']);
}, START_MS);
afterEach(() => (tags as Tags | undefined)?.forget());
afterAll(() => (stage as OwnStage | undefined)?.close(), MINUTE);

interface Container {
  readonly name: string;
  readonly imageID?: string;
  readonly state?: { readonly running?: object };
}
const running = ({ metadata, status }: Pod): Container[] => {
  const { containerStatuses = [], initContainerStatuses = [] } = status as Record<string, Container[] | undefined>;
  return metadata.deletionTimestamp === undefined
    ? [...initContainerStatuses, ...containerStatuses].filter(({ state }) => state?.running !== undefined)
    : [];
};
const runs = (pod: Pod, digest: string): boolean => running(pod).some(({ imageID }) => imageID?.endsWith(digest) === true);
/** Of all its pods that are not being deleted, without repetition. */
const digestsOf = (place: Place, instance: string): string[] =>
  [...new Set(place.podsOf(instance).flatMap((pod) => running(pod).map(({ imageID = '' }) => imageID.split('@').at(-1)!)))].toSorted();

/** By their pods, as it stands there. */
const reportedBy = ({ place, one }: Scene): string[] => place.podsOf(one).flatMap((pod) => running(pod).map(({ imageID = '' }) => imageID));

const diverged = ({ status }: App): string | undefined => status?.warnings?.find(({ reason }) => reason === 'ImageDiverged')?.message;

class Scene {
  readonly place: Place;
  readonly image: string;
  readonly #images: string;
  one = '';

  constructor(place: Place, images: string) {
    this.place = place;
    this.#images = images;
    this.image = `hub.test/${place.namespace}:1`;
  }

  /** What is behind the name is on record, and serves. */
  static async open(images: 'Watched' | 'Pinned', more: object = {}): Promise<Scene> {
    const scene = new Scene(await stage.place(), images);
    await tags.pulled(scene.image, 'one');
    await scene.begin(more);
    await scene.place.told(({ status }) => status?.versions?.[0]?.images?.[0]?.digest === tags.digests.one, 'what it runs is on record');
    return scene;
  }

  async begin(more: object = {}): Promise<void> {
    this.one = await this.place.rollOut(this.spec(more));
  }

  spec(more: object = {}): Record<string, unknown> {
    return { replicas: 1, references: { images: this.#images }, template: template({ image: this.image, container: NEVER }), ...more };
  }

  /** A pod more. */
  async scaled(replicas: number, more: object = {}): Promise<void> {
    await this.place.update(this.spec({ ...more, replicas }));
    await this.place.until(
      `${replicas} pods run`,
      () => this.place.podsOf(this.one).filter((pod) => running(pod).length > 0).length === replicas,
    );
  }

  async drained(): Promise<void> {
    const [pod] = this.place.podsOf(this.one);
    await this.place.remove('Pod', pod!.metadata.name);
  }

  /** Another version serves, the first has no pods any more, and what is behind its name has moved. */
  async left(more: object = {}): Promise<void> {
    const two = template({ image: this.image, container: { ...NEVER, env: [{ name: 'TWO', value: '2' }] } });
    await this.place.rollOut(this.spec({ ...COLD, ...more, template: two }));
    await this.place.until('one is cold', () => this.place.find('Deployment', this.one) === undefined);
  }

  /** Waits until a pod that runs `digest` is told of; resolves to the milliseconds between the two. */
  async named(digest: string, container = 'web'): Promise<number> {
    const app = await this.place.told((each) => diverged(each)?.includes(`runs ${digest}`) === true, 'the other image is told of');
    await this.place.settle();
    const pods = this.place.history('Pod').filter(({ object }) => runs(object, digest));
    const [, pod] = /^container (\S+ of pod \S+) runs /.exec(diverged(app)!) ?? [];
    const first = pods.find(({ name }) => pod === `${container} of pod ${name}`);
    expect(diverged(app)).toMatch(new RegExp(`but ran sha256:[0-9a-f]{64} when ${this.one} was first fully available`));
    const told = this.place.history('ImmutableApp', 'shop').find(({ object }) => diverged(object) === diverged(app));
    const ms = told!.at - first!.at;
    process.stderr.write(`${this.place.namespace}: named after ${ms.toFixed(0)} ms\n`);
    return ms;
  }

  /** Of the App, as often as it was told. */
  divergences(): (string | undefined)[] {
    return this.place.history('ImmutableApp', 'shop').map(({ object }) => diverged(object));
  }

  /** Every Deployment is, as the API server stores it, what the operator wrote down. */
  expectSealed(): void {
    const sealed = this.place
      .list('ControllerRevision')
      .map(({ data }) => data as { specHash?: string; fact?: { specHash?: string } })
      .flatMap(({ specHash, fact }) => specHash ?? fact?.specHash ?? []);
    const deployments = this.place.list('Deployment');
    expect(deployments.length).toBeGreaterThan(0);
    for (const { spec } of deployments) expect(sealed).toContain(specHashOf(spec));
  }
}

describe('a pod that runs other bytes is named within a second', () => {
  test('in a scale-up, and an event says it', async () => {
    const scene = await Scene.open('Watched');
    await tags.pulled(scene.image, 'two');
    await scene.scaled(2);
    expect(await scene.named(tags.digests.two)).toBeLessThan(NAMED_MS);
    await scene.place.until('an event says it', () => scene.place.events().some(({ reason }) => reason === 'ImageDiverged'));
    expect(digestsOf(scene.place, scene.one)).toEqual([tags.digests.one, tags.digests.two].toSorted());
    scene.expectSealed();
    await scene.place.expectSafe();
  });

  test('after a drain', async () => {
    const scene = await Scene.open('Watched');
    await tags.pulled(scene.image, 'two');
    await scene.drained();
    expect(await scene.named(tags.digests.two)).toBeLessThan(NAMED_MS);
    scene.expectSealed();
  });

  test('in a rollback to a version whose pods are gone', async () => {
    const scene = await Scene.open('Watched');
    await tags.pulled(scene.image, 'two');
    await scene.left();
    await scene.place.serving(await scene.place.point(scene.one));
    expect(await scene.named(tags.digests.two)).toBeLessThan(NAMED_MS);
    scene.expectSealed();
    await scene.place.expectSafe();
  });

  test('in a container that runs beside the main one from the start', async () => {
    const beside = { initContainers: [{ name: 'log', image: 'hub.test/log:1', restartPolicy: 'Always', ...NEVER }] };
    // Of bytes of its own: of one image with two names the node reports one.
    await tags.pulled('hub.test/log:1', 'ours');
    const scene = await Scene.open('Watched', {});
    const two = template({ image: scene.image, container: NEVER, pod: beside });
    scene.one = await scene.place.rollOut(scene.spec({ template: two }));
    await scene.place.told(({ status }) => status?.versions?.[0]?.images?.length === 2, 'both are on record');
    await tags.pulled('hub.test/log:1', 'two');
    await scene.scaled(2, { template: two });
    expect(await scene.named(tags.digests.two, 'log')).toBeLessThan(NAMED_MS);
  });
});

describe('pinned, the same bytes come back', () => {
  test('after a drain, in an instance that takes over', async () => {
    const scene = await Scene.open('Pinned');
    await tags.pulled(scene.image, 'two');
    await scene.drained();
    const fresh = `${scene.one}-2`;
    const { status } = await scene.place.told((app) => app.status?.activeInstance === fresh && is(app, 'Ready'), 'a pinned one serves');
    expect(status?.activeVersion).toBe(scene.one);
    expect(digestsOf(scene.place, fresh)).toEqual([tags.digests.one]);
    scene.expectSealed();
    await scene.place.expectSafe({ gaps: true });
  });

  test('in a rollback to a version whose pods are gone, without a word', async () => {
    const scene = await Scene.open('Pinned');
    await tags.pulled(scene.image, 'two');
    await scene.left();
    await scene.place.steady(await scene.place.point(scene.one));
    expect(digestsOf(scene.place, scene.one)).toEqual([tags.digests.one]);
    expect(scene.divergences().filter((each) => each !== undefined)).toEqual([]);
    scene.expectSealed();
    await scene.place.expectSafe();
  });
});

/** Nothing was told before a pod ran other bytes, which is told: so it was looked at. */
async function nothingBefore(scene: Scene, replicas: number, more: object = {}): Promise<void> {
  expect(scene.divergences().filter((each) => each !== undefined)).toEqual([]);
  await tags.pulled(scene.image, 'two');
  await scene.scaled(replicas, more);
  await scene.named(tags.digests.two);
  const told = scene.divergences().filter((each) => each !== undefined);
  expect(new Set(told.map((each) => /runs (\S+),/.exec(each)![1]))).toEqual(new Set([tags.digests.two]));
}

describe('no alarm of', () => {
  test('an image of several architectures, however many pods run it', async () => {
    const scene = new Scene(await stage.place(), 'Watched');
    await tags.pulled(scene.image, 'index');
    await scene.begin();
    await scene.place.told(
      ({ status }) => status?.versions?.[0]?.images?.[0]?.digest === tags.digests.index,
      'that of the index is on record',
    );
    await scene.scaled(2);
    await nothingBefore(scene, 3);
  });

  test('an image that another repository has too, by the digest of its manifest, which is what the node then reports', async () => {
    const scene = new Scene(await stage.place(), 'Watched');
    const other = `aaa.test/${scene.place.namespace}`;
    await tags.pulled(scene.image, 'index');
    await scene.begin();
    await scene.place.told(({ status }) => status?.versions?.[0]?.images?.[0]?.digest === tags.digests.index, 'its digest is on record');
    await tags.pulled(`${other}:latest`, 'ours');
    await scene.scaled(2);
    expect(reportedBy(scene)).toContain(`${other}@${tags.digests.ours}`);
    await nothingBefore(scene, 3);
  });

  test('nor is a digest of another repository written down', async () => {
    const scene = new Scene(await stage.place(), 'Pinned');
    const other = `aaa.test/${scene.place.namespace}`;
    await tags.pulled(`${other}:latest`, 'ours');
    await tags.pulled(scene.image, 'index');
    await scene.begin();
    expect(reportedBy(scene)).toEqual([`${other}@${tags.digests.ours}`]);
    // One that is reported by the name of its pod is the first that is: so all of them were looked at.
    await tags.forget();
    await tags.pulled(scene.image, 'one');
    await scene.scaled(2);
    await scene.place.told(({ status }) => status?.versions?.[0]?.images?.[0]?.digest === tags.digests.one, 'a digest is on record');
    expect(scene.divergences().filter((each) => each !== undefined)).toEqual([]);
  });

  test('a container that was injected at admission, whose image moves', async () => {
    await tags.pulled(PROXY, 'one');
    const place = await stage.place();
    await inject(place);
    const scene = new Scene(place, 'Watched');
    await tags.pulled(scene.image, 'one');
    await scene.begin();
    await place.told(({ status }) => status?.versions?.[0]?.images?.[0]?.digest !== undefined, 'what it runs is on record');
    expect(
      place
        .podsOf(scene.one)
        .flatMap(running)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['proxy', 'web']);
    await tags.pulled(PROXY, 'two');
    await scene.scaled(2);
    await nothingBefore(scene, 3);
  });

  test('an image that was never pulled, whose id means something on its node only', async () => {
    const scene = new Scene(await stage.place(), 'Watched');
    await tags.local(scene.image, 'built');
    await scene.begin();
    await tags.local(scene.image, 'rebuilt');
    await scene.scaled(2);
    const ids = scene.place.podsOf(scene.one).flatMap((pod) => running(pod).map(({ imageID }) => imageID));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^sha256:/);
    // One that was pulled is the first that is written down: so all of them were looked at.
    await tags.pulled(scene.image, 'one');
    await scene.scaled(3);
    await scene.place.told(({ status }) => status?.versions?.[0]?.images?.[0]?.digest === tags.digests.one, 'a digest is on record');
    expect(scene.divergences().filter((each) => each !== undefined)).toEqual([]);
  });
});

/** Each new pod of this place gets a container more. */
async function inject({ namespace }: Place): Promise<void> {
  const proxy = `Object.spec.containers{name: "proxy", image: "${PROXY}", imagePullPolicy: "Never"}`;
  const expression = `Object{spec: Object.spec{containers: [${proxy}]}}`;
  await mutatePods(stage, { name: `inject-${namespace}`, namespace, expression, shows: PROXY });
}

// Tells a scenario under some weather and some trouble, watches every promise on the way, and judges how it ended.
import { LONG_MS, NAMESPACE, World } from '../world.ts';
import type { WorldOptions } from '../world.ts';
import { int, list, obj, text } from '../../src/model/json.ts';
import { isReady, ownedBy, podsOf } from './actors.ts';
import { strangers } from './images.ts';
import type { Scenario } from './scenarios.ts';
import type { Stored } from './store.ts';

export interface Played {
  readonly world: World;
  /** Number of the first request that belongs to the story itself. */
  readonly from: number;
  readonly to: number;
  /** What the operator created and deleted, in the order of the alphabet; and how it moved the Services. */
  readonly deeds: readonly string[];
  readonly moves: readonly string[];
}

/** Throws, with everything needed to play it again, when a promise is broken or the end is not what it should be. */
export async function play(scenario: Scenario, options: WorldOptions = {}, label = 'calm'): Promise<Played> {
  const world = new World(options);
  let from = 1;
  try {
    for (const step of scenario.given) {
      step(world);
      await world.settle(scenario.pauseMs ?? LONG_MS);
    }
    from = world.requests.length + 1;
    scenario.when(world);
    const quiet = await world.settle(LONG_MS);
    const to = world.requests.length;
    const wrong = [...(quiet ? [] : ['it never comes to rest']), ...complaints(world)];
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    const { deeds, moves } = world.oracles;
    const played = { world, from, to, deeds: deeds.toSorted(), moves: [...moves] };
    await rest(world, scenario.rereads === true ? ['ConfigMap'] : scenario.looks === true ? ['Deployment', 'ReplicaSet', 'Pod'] : []);
    return played;
  } catch (error) {
    const { message } = error as Error;
    throw new Error(
      `${scenario.name}, ${label}, seed ${options.seed ?? 1}: ${message}\n\n${world.story(from)}\n\n${world.operator.log.slice(-12).join('\n')}`,
      { cause: error },
    );
  }
}

/** At rest nothing is asked of the API server: not when every watch lists anew, not after an hour, not after a restart. */
export async function rest(world: World, rereads: readonly string[] = []): Promise<void> {
  const before = world.requests.length;
  const check = (why: string, excused: readonly string[] = []): void => {
    const asked = world.requests
      .slice(before)
      .filter(({ verb, kind }) => !((verb === 'read' || verb === 'dry-run') && excused.includes(kind)));
    if (asked.length > 0) throw new Error(`not at rest: ${why}\n${world.story(before + 1)}`);
  };
  world.operator.relist();
  await world.settle();
  check('every watch listed anew');
  world.crash();
  await world.settle();
  check('another process took over', rereads);
}

/** What is not as it should be once nothing happens any more. */
export function complaints(world: World): string[] {
  const { store } = world;
  const apps = store.list('ImmutableApp');
  const known = new Set(apps.map(({ metadata }) => metadata.name));
  const ours = (['ControllerRevision', 'ConfigMap', 'Deployment', 'Service'] as const).flatMap((kind) => store.list(kind));
  const left = ours.filter(({ metadata: { labels, ownerReferences } }) => {
    const app = labels?.['immutableapp.io/app'];
    return app !== undefined && !known.has(app) && (ownerReferences?.length ?? 0) > 0;
  });
  // Our key leaves an adopted Service, whether the operator saw the App go or was not there; unless what it selects was orphaned.
  const orphans = store.list('Deployment').some(({ metadata }) => (metadata.ownerReferences?.length ?? 0) === 0);
  const marked = store.list('Service').filter(({ metadata, spec }) => {
    return (
      (obj(spec?.selector)['immutableapp.io/instance'] !== undefined || metadata.annotations?.['immutableapp.io/stamp'] !== undefined) &&
      apps.length === 0 &&
      !orphans
    );
  });
  const remembered = world.operator.cache.apps;
  return [
    ...(remembered === apps.length ? [] : [`the operator knows ${remembered} Apps, and there are ${apps.length}`]),
    ...left.map(({ kind, metadata }) => `${kind}/${metadata.name} is left behind`),
    ...marked.map(({ metadata }) => `Service/${metadata.name} still carries our key`),
    ...apps.flatMap((app) => complaintsOf(world, app)),
  ];
}

function complaintsOf({ store }: World, app: Stored): string[] {
  const status = obj(app.status);
  const condition = (type: string) => list(status.conditions).find((one) => one.type === type);
  const [ready, stalled] = [condition('Ready'), condition('Stalled')];
  const wrong: string[] = [];
  const expect = (holds: boolean, otherwise: string): void => {
    if (!holds) wrong.push(`${app.metadata.name}: ${otherwise}`);
  };
  expect(status.observedGeneration === app.metadata.generation, 'status judges an older generation');
  expect(
    ready?.status === 'True' || (stalled?.status === 'True' && text(stalled.message) !== ''),
    `neither Ready nor Stalled: ${JSON.stringify(status.conditions)}`,
  );
  expect(condition('Reconciling') === undefined, `at rest and Reconciling: ${text(condition('Reconciling')?.message)}`);
  const { uid, namespace } = app.metadata;
  const replicas = int(app.spec?.replicas, 1);
  const instances = store.list('Deployment').filter((one) => ownedBy(one, uid));
  const actives = list(app.spec?.services).filter(({ role }) => role !== 'Preview');
  const active = text(status.activeInstance);
  for (const { name } of actives) {
    const selected = obj(store.get('Service', namespace, text(name))?.spec?.selector)['immutableapp.io/instance'];
    if (ready?.status === 'True') expect(selected === active, `Service ${text(name)} selects ${String(selected)}, not ${active}`);
  }
  const serving = instances.find(({ metadata }) => metadata.name === active);
  if (ready?.status === 'True') {
    expect(
      !JSON.stringify(serving === undefined ? [] : podsOf(store, serving.metadata.uid)).includes('evil'),
      'what serves runs something evil',
    );
    expect(serving !== undefined, `${active} is gone`);
    expect(serving === undefined || podsOf(store, serving.metadata.uid).filter(isReady).length === replicas, `not ${replicas} ready pods`);
    const pointer = text(app.spec?.activeVersion);
    if (pointer !== '')
      expect(
        text(status.activeVersion) === pointer ||
          list(status.versions).some(({ id, names }) => id === status.activeVersion && Array.isArray(names) && names.includes(pointer)),
        `serves ${text(status.activeVersion)}, asked for ${pointer}`,
      );
  }
  if (ready?.status === 'True' && serving !== undefined) wrong.push(...strangers(store, app, serving));
  const retention = obj(app.spec?.retention);
  const surplus = instances.filter(
    ({ metadata, spec }) =>
      metadata.name !== active && metadata.labels?.['immutableapp.io/version'] !== status.latestVersion && int(spec?.replicas, 1) > 0,
  );
  const warm = int(retention.warmSeconds, 600) === 0 ? 0 : int(retention.warm, 1);
  // While nobody knows what served, a Service does not follow, or none of its pods is ready, nothing has drained: what may still serve is
  // kept. `replicas` 0 asks for no pod.
  const pods = serving === undefined ? [] : podsOf(store, serving.metadata.uid).filter(isReady);
  const followed = actives.every(
    ({ name }) => obj(store.get('Service', namespace, text(name))?.spec?.selector)['immutableapp.io/instance'] === active,
  );
  const converged = followed && (pods.length > 0 || (serving !== undefined && replicas === 0));
  expect(active === '' || !converged || surplus.length <= warm, `surplus: ${surplus.map(({ metadata }) => metadata.name).join(', ')}`);
  const records = store.list('ControllerRevision').filter((record) => ownedBy(record, uid));
  expect(records.length <= Math.max(3, int(retention.versions, 10)), `${records.length} records`);
  for (const config of store.list('ConfigMap')) {
    if (config.metadata.labels?.['immutableapp.io/app'] !== app.metadata.name) continue;
    expect(
      config.metadata.ownerReferences === undefined ||
        store.list('ControllerRevision').some(({ metadata }) => ownedBy(config, metadata.uid)),
      `ConfigMap ${config.metadata.name} belongs to nothing`,
    );
  }
  const guarded = store.list('PodDisruptionBudget').map(({ metadata }) => metadata.ownerReferences?.[0]?.uid);
  // What is smaller and does not serve may have none that its size can meet.
  const large = instances.filter(({ metadata, spec }) => metadata.name === active || int(spec?.replicas, 1) >= replicas);
  const unguarded = app.spec?.disruption === undefined ? [] : large.filter(({ metadata }) => !guarded.includes(metadata.uid));
  expect(unguarded.length === 0, `no budget: ${unguarded.map(({ metadata }) => metadata.name).join(', ')}`);
  expect(app.metadata.namespace === NAMESPACE, 'strayed');
  return wrong;
}

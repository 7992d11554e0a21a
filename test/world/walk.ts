// A random life of one App: things happen to it, news come late. Then everybody stops, and it must come to rest as it should. A life is
// drawn whole from one seed, every step at its own instant and from its own seed: what is left out changes nothing about the others, so
// that a life that breaks a promise can be shrunk to the steps that matter, and lived again.
import { CALM, ROUGH, World, NAMESPACE } from '../world.ts';
import type { WorldOptions } from '../world.ts';
import { int, obj } from '../../src/model/json.ts';
import { draw, pick } from './deeds.ts';
import { complaints, rest } from './play.ts';
import { API, APP, legacyService, setSpec, shop, site, SITE, WEB } from './scenarios.ts';
import { mix, seeded } from './time.ts';

export interface Life {
  readonly seed: number;
  readonly length: number;
  /** The steps that are taken, by number from 1; all of them unless said otherwise. */
  readonly kept?: readonly number[];
  /** Draws everything that takes time; `calm`: nothing takes longer than it must. */
  readonly weather?: number | 'calm';
}

export interface Step {
  readonly number: number;
  readonly at: number;
  readonly name: string;
  readonly act: (world: World) => void;
}

export function stepsOf({ seed, length, kept }: Life): Step[] {
  let at = 0;
  const all = Array.from({ length }, (_, i): Step => {
    const random = seeded(mix(seed, i + 1));
    at += Math.ceil(pick(random, [10, 300, 3_000, 10_000, 60_000])! * random());
    const [, name, act] = draw(random);
    const step = (world: World): void => {
      act(world, random);
    };
    return { number: i + 1, at, name, act: step };
  });
  return kept === undefined ? all : all.filter(({ number }) => kept.includes(number));
}

/** What is there before the first step. */
function begin(world: World, seed: number): void {
  const random = seeded(mix(seed, 0));
  legacyService(world);
  const services = pick(random, [[WEB], [WEB, API], [WEB, { name: 'legacy' }], []])!;
  const warmSeconds = pick(random, [0, 0, 300])!;
  const { more = {} } = pick(random, [{}, SITE])!;
  site('s1')(world);
  world.apply('ImmutableApp', shop({ more, services, warmSeconds, replicas: 1 + Math.floor(random() * 3) }));
}

/** Whoever did something stops; what they left undone would keep the App from coming to rest. */
async function end(world: World): Promise<void> {
  await world.settle(3_000); // an App that was orphaned last is applied again
  world.edit('ImmutableApp', APP, setSpec({ paused: false }));
  if (world.store.get('ConfigMap', NAMESPACE, 'site') === undefined) site('s1')(world);
  await world.settle();
  const wrong = complaints(world);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  await rest(world, ['ConfigMap', 'Deployment', 'ReplicaSet', 'Pod']);
}

/** Throws when a promise is broken: how to live it again, the steps, the requests and how it looks now. Its cause says just what. */
export async function live(life: Life, options: WorldOptions = {}): Promise<World> {
  const { seed, weather = seed } = life;
  const world = new World({ seed: weather === 'calm' ? seed : weather, weather: weather === 'calm' ? CALM : ROUGH, ...options });
  const taken: string[] = [];
  try {
    begin(world, seed);
    for (const { number, at, name, act } of stepsOf(life)) {
      await world.until(at);
      taken.push(
        `${String(number).padStart(3)}  ${String(world.time.monotonic()).padStart(8)} ms, before #${world.requests.length + 1}: ${name}`,
      );
      act(world);
    }
    await end(world);
    return world;
  } catch (error) {
    const { message } = error as Error;
    const story = world.story(Math.max(1, world.requests.length - 45));
    const told = [taken.join('\n'), story, looks(world), world.operator.log.slice(-8).join('\n')];
    throw new Error(`life ${nameOf(life)}: ${message}\n\n${told.join('\n\n')}`, { cause: error });
  }
}

function looks({ store }: World): string {
  const kinds = ['ImmutableApp', 'Deployment', 'Service'] as const;
  return kinds
    .flatMap((kind) =>
      store.list(kind).map(({ metadata, spec, status }) => {
        const { history, conditions } = obj(status);
        const stamp = metadata.annotations?.['immutableapp.io/stamp'];
        const shown = { replicas: int(spec?.replicas, -1), selector: spec?.selector, stamp, activeVersion: spec?.activeVersion };
        return `${kind}/${metadata.name} ${JSON.stringify({ ...shown, history, conditions })}`;
      }),
    )
    .join('\n');
}

/** `260x24`, `260x24:3,7`, `260x24:3,7~calm`: all there is to know of a life. */
export const nameOf = ({ seed, length, kept, weather }: Life): string =>
  `${seed}x${length}${kept === undefined ? '' : `:${kept.join(',')}`}${weather === undefined ? '' : `~${weather}`}`;

/** The life that has this name, if one can. */
export function lifeCalled(name: string): Life | undefined {
  const [, seed, length, kept, weather] = /^(\d+)x(\d+)(?::([\d,]*))?(?:~(calm|\d+))?$/.exec(name) ?? [];
  if (seed === undefined || length === undefined) return undefined;
  return {
    seed: Number(seed),
    length: Number(length),
    ...(kept === undefined ? {} : { kept: kept.split(',').filter(Boolean).map(Number) }),
    ...(weather === undefined ? {} : { weather: weather === 'calm' ? weather : Number(weather) }),
  };
}

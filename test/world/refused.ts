// One write of a story is refused from its beginning on, for good: what does not need it must be done all the same, and people must
// hear of it. Once it is allowed the story ends as it would have.
import { failure } from '../../src/model/failure.ts';
import { int, list, obj, text } from '../../src/model/json.ts';
import { LABEL } from '../../src/model/vocabulary.ts';
import type { WorldOptions } from '../world.ts';
import { LONG_MS, NAMESPACE, World } from '../world.ts';
import { undisturbed } from './compare.ts';
import { complaints } from './play.ts';
import { APP, versionOf } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';
import type { Request } from './server.ts';
import { isWrite } from './server.ts';

/** Longer than a drain, a deadline, warmth and a pin take together. */
const SETTLE_MS = 45 * 60_000;
const MINUTE_MS = 60_000;
/** In a minute in which nothing happens: one try of what is refused, what is read live for it, what is written beside it, its report. */
const QUIET = 10;
/** What is refused is tried again after this long at the latest; a dry run is, so seldom. */
const AGAIN_MS = 5 * MINUTE_MS;

export const WORDS = [
  { status: 403, said: 'is forbidden: User "immutableapp" may not do this' },
  { status: 422, said: 'is invalid: a policy of the platform denies it' },
  { status: 403, said: 'is forbidden: exceeded quota: objects, used: 10, limited: 10' },
] as const;
export type Words = (typeof WORDS)[number];

export const writeOf = ({ verb, kind, name }: Request): string => `${verb} ${kind}/${kind === 'Event' ? '…' : name}`;

/** Each write of a story once, in the order in which they come. */
export async function writesOf(scenario: Scenario): Promise<string[]> {
  const { world, from, to } = await undisturbed(scenario);
  return [
    ...new Set(
      world.requests
        .slice(from - 1, to)
        .filter(isWrite)
        .map(writeOf),
    ),
  ];
}

/** Which instance each Service selects. */
const routes = ({ store }: World): Record<string, string> =>
  Object.fromEntries(
    store
      .list('Service')
      .map(({ metadata, spec }): [string, string] => [metadata.name, text(obj(spec?.selector)[LABEL.instance])])
      // That of a Job goes with its instance, and moves nothing.
      .filter(([service, instance]) => service !== instance),
  );

const decisions = ({ store }: World): string[] =>
  store
    .list('ControllerRevision')
    .map(({ metadata }) => metadata.name)
    .filter((name) => /\.(held|rejected)/.test(name));

const sized = ({ store }: World): string[] =>
  store
    .list('Deployment')
    .filter(({ spec }) => int(spec?.replicas, 1) > 0)
    .map(({ metadata }) => metadata.name);

/** The version that an object is of, by its name. */
const baseOf = (name: string): string => name.split('.')[0]!;

/**
 * What the end of a story hangs on: what its Services select in the end, with its record and config; the Services themselves; the Jobs that let it
 * in; the verdicts and holds that keep something else from serving, with the size at which it failed; and, where one stops before the other starts, every size.
 */
export function isNeeded(calm: World, write: string): boolean {
  const [verb = '', , name = ''] = write.split(/[ /]/);
  if (/ Service\//.test(write)) return verb !== 'delete';
  if (/ Job\//.test(write)) return true;
  if (/\.(failed|held|gates-before-\w+)$/.test(write)) return true;
  if (verb === 'scale' && calm.store.get('ControllerRevision', NAMESPACE, `${name}.failed`) !== undefined) return true;
  if (verb === 'scale' && obj(calm.store.get('ImmutableApp', NAMESPACE, APP)?.spec?.promotion).overlap === 'Never') return true;
  const targets = [...Object.values(routes(calm)), text(obj(calm.store.get('ImmutableApp', NAMESPACE, APP)?.status).activeInstance)];
  const base = baseOf(name);
  return targets.some((target) => target === base || target.startsWith(`${base}-`));
}

/** Plays it with this write refused. Throws, with everything needed to play it again, when something else suffers. */
export async function refused(scenario: Scenario, write: string, { status, said }: Words): Promise<void> {
  const calm = await undisturbed(scenario);
  let lifted = false;
  const tries: Request[] = [];
  const refuse: WorldOptions['refuse'] = (request) => {
    if (lifted || request.number < calm.from || !isWrite(request) || writeOf(request) !== write) return undefined;
    tries.push(request);
    return failure('Denied', `${request.kind} "${request.name}" ${said}`, status);
  };
  const world = new World({ refuse });
  try {
    for (const step of scenario.given) {
      step(world);
      await world.settle(scenario.pauseMs ?? LONG_MS);
    }
    scenario.when(world);
    await world.until(world.time.monotonic() + SETTLE_MS);
    const before = world.requests.length;
    await world.until(world.time.monotonic() + MINUTE_MS);
    const busy = world.requests.length - before;
    const isWanted = tries.some(({ at }) => at > world.time.monotonic() - 1.2 * AGAIN_MS);
    const wrong = [
      ...(busy > QUIET ? [`${String(busy)} requests in a minute in which nothing happened`] : []),
      ...(isWanted ? untold(world, write, said) : []),
      ...suffered(scenario, world, calm.world, write),
    ];
    lifted = true;
    const quiet = await world.settle(LONG_MS);
    // What nobody wants any more is another end: a pin is over, a collapse too long ago to be gone back from.
    const after = isWanted ? [...(quiet ? [] : ['it never comes to rest']), ...complaints(world), ...astray(world, calm.world)] : [];
    wrong.push(...after.map((one) => `once it was allowed: ${one}`));
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  } catch (error) {
    const { message } = error as Error;
    throw new Error(
      `${scenario.name}, ${write} refused (${String(status)} ${said}):\n${message}\n\n${story(world, calm.from)}\n\n${world.operator.log.slice(-8).join('\n')}`,
      { cause: error },
    );
  }
}

/** While it is wanted, its report names the object and repeats what the API server said. */
function untold({ store }: World, write: string, said: string): string[] {
  const app = store.get('ImmutableApp', NAMESPACE, APP);
  if (app === undefined || write.startsWith('status ') || write.includes(' Event/')) return [];
  const status = obj(app.status);
  const told = [...list(status.conditions).filter(({ type }) => type === 'Stalled'), ...list(status.warnings)].map(({ message }) =>
    text(message),
  );
  const name = write.split('/')[1]!;
  return told.some((message) => message.includes(name) && message.includes(said)) ? [] : [`it is not told: ${JSON.stringify(told)}`];
}

/** Whether the story itself goes on only once the version is up that this write is about. */
const isAwaited = ({ awaits }: Scenario, calm: World, write: string): boolean =>
  awaits !== undefined && versionOf(calm, awaits) === baseOf(write.split(/[ /]/)[2] ?? '');

/** What is not as it is in the end without the refusal, though it does not need what was refused. */
function suffered(scenario: Scenario, world: World, calm: World, write: string): string[] {
  const name = write.split('/')[1]!;
  const lost = decisions(calm).filter((factSeen) => factSeen !== name && !decisions(world).includes(factSeen));
  const wrong = lost.map((factSeen) => `${factSeen} is not kept`);
  if (isNeeded(calm, write) || isAwaited(scenario, calm, write)) return wrong;
  const surplus = sized(world).filter((instance) => instance !== name && !sized(calm).includes(instance));
  return [...wrong, ...astray(world, calm), ...surplus.map((instance) => `${instance} is surplus`)];
}

function astray(world: World, calm: World): string[] {
  const [is, was] = [routes(world), routes(calm)];
  return Object.keys(was)
    .filter((service) => is[service] !== was[service])
    .map((service) => `Service ${service} selects ${String(is[service])}, not ${was[service]!}`);
}

/** The first and the last of it: in between it is tried again and again. */
function story(world: World, from: number): string {
  const lines = world.story(from).split('\n');
  return lines.length < 60 ? lines.join('\n') : [...lines.slice(0, 40), '…', ...lines.slice(-12)].join('\n');
}

// The demo of npm start: a config update, a change of component, a rollback, an out-of-band change, and two versions that fail a gate, before
// they serve and after. It does what a person would do with kubectl, and prints what it then sees on the cluster. It never prints what it did not see: it stops and says where.
import { PERSON } from '../../src/model/command.ts';
import type { Move, View } from './story-view.ts';
import type { Voice } from './story-voice.ts';

export const APP = 'web';
const REPLICAS = 3;
const SAMPLES = 'deploy/samples';

export interface Stage {
  readonly view: View;
  readonly voice: Voice;
  readonly namespace: string;
  /** Runs kubectl in that namespace; rejects in its words if it fails. */
  readonly kubectl: (...args: string[]) => Promise<void>;
  /** Every line has this long to come true. */
  readonly deadlineMs: number;
  /** Aborted when the story cannot go on. */
  readonly signal: AbortSignal;
}

/** Which line did not come true. */
export class StoryFailed extends Error {
  override readonly name = 'StoryFailed';
}

export const patchOf = (version: string): string[] => [
  ...['patch', `iapp/${APP}`, `--field-manager=${PERSON}`, '--type=merge'],
  ...['-p', JSON.stringify({ spec: { activeVersion: version } })],
];
/** As a person would type it. */
export const typed = (args: readonly string[], namespace: string): string =>
  ['kubectl', ...(namespace === 'default' ? [] : ['-n', namespace]), ...args]
    .map((word) => (/[{}"*]/.test(word) ? `'${word}'` : word))
    .join(' ');

/** A version of the story: its name and, once it is created, its id. */
interface Told {
  readonly name: string;
  readonly id: string;
}

export async function tellStory(stage: Stage): Promise<void> {
  const apache = await publish(stage, '1  Apache', '1-apache.yaml', undefined);
  const update = await publish(stage, '2  A new config for Apache', '2-apache-config.yaml', apache);
  await drained(stage, apache);
  const nginx = await publish(stage, '3  Nginx instead of Apache', '3-nginx.yaml', update);
  await retired(stage, apache);
  await drained(stage, update);
  await switchBack(stage, update, nginx);
  const serving = await intrude(stage, update);
  await refuse(stage, serving);
  await takeBack(stage, serving);
  close(stage);
}

/** Applies a sample and follows its version until it serves. */
async function publish(stage: Stage, title: string, file: string, before: Told | undefined, gate?: string): Promise<Told> {
  const { told, begun, fullAt } = await comeUp(stage, title, file, before);
  const { view } = stage;
  const move = await beat(stage, begun, 'moved', `Service ${APP}`, () => {
    const seen = view.moves.find(({ at, to }) => at >= begun && to === told.id);
    const passed = gate === undefined || view.state(told.id)?.passed.includes(gate) === true;
    const why = gate === undefined ? `${since(fullAt, seen?.at ?? 0)} after the last pod was ready` : `whose gate ${gate} has passed`;
    return seen && passed ? { ...seen, says: `Service ${APP} → ${told.name}, ${why}` } : undefined;
  });
  await followed(stage, begun, told, move);
  return told;
}

interface CameUp {
  readonly told: Told;
  readonly begun: number;
  readonly fullAt: number;
}

/** Applies a sample and follows its version until all its pods are ready. */
async function comeUp(stage: Stage, title: string, file: string, before: Told | undefined): Promise<CameUp> {
  const { view } = stage;
  const known = new Set(view.created.map(({ id }) => id));
  const begun = await act(stage, title, ['apply', '-f', `${SAMPLES}/${file}`]);
  const { id, name } = await beat(stage, begun, 'created', 'a new version', () => {
    const version = view.created.find((one) => !known.has(one.id));
    const config = version && view.frozen.get(version.id);
    if (version === undefined || config === undefined) return undefined;
    return {
      ...version,
      at: Math.max(version.at, config.at),
      says: `${version.name} is ${version.id}; its config is frozen in ${config.name}`,
    };
  });
  const { at } = await beat(stage, begun, 'ready', `${REPLICAS} pods of ${name} (${view.available(id)} so far)`, () => {
    const seen = view.full.get(id);
    if (seen === undefined) return undefined;
    const beside = seen.serving === '' ? '' : `, beside ${seen.servingPods} of ${before?.name ?? seen.serving}, which serves`;
    return { at: seen.at, says: `${seen.pods}/${seen.pods} pods of ${name}${beside}` };
  });
  return { told: { id, name }, begun, fullAt: at };
}

/** The endpoints are the new version's, all of them and no other. */
async function followed(stage: Stage, begun: number, { id, name }: Told, move: Move): Promise<void> {
  const { view } = stage;
  await beat(stage, begun, 'followed', `the endpoints of ${name}`, () => {
    const seen = view.endpoints.find(({ at, ready, total }) => at >= move.at && total >= REPLICAS && ready.get(id) === total);
    if (seen === undefined) return undefined;
    const fewest = Math.min(...view.endpoints.filter(({ at }) => at >= begun && at <= seen.at).map(({ total }) => total));
    return {
      at: seen.at,
      says: `all ${seen.total} endpoints are ${name}'s${move.from === '' ? '' : `; there were never fewer than ${fewest}`}`,
    };
  });
}

async function drained(stage: Stage, old: Told): Promise<void> {
  const { view } = stage;
  await beat(stage, view.changedAt, 'drained', `${old.name} to drain`, () => {
    const seen = view.state(old.id);
    if (seen?.state !== 'Warm') return undefined;
    return { at: seen.since, says: `${old.name} stays warm with ${view.available(old.id)} pods: a rollback is one write` };
  });
}

async function retired(stage: Stage, old: Told): Promise<void> {
  const { view } = stage;
  await beat(stage, view.changedAt, 'retired', `${old.name} to go`, () => {
    const at = view.retired.get(old.id);
    return at === undefined ? undefined : { at, says: `${old.name}: its pods are deleted, its record and config stay` };
  });
}

async function switchBack(stage: Stage, back: Told, from: Told): Promise<void> {
  const { view } = stage;
  const begun = await act(stage, '4  A rollback, at 3 a.m.', patchOf(back.name));
  const move = await beat(stage, begun, 'moved', `Service ${APP}`, () => {
    const seen = view.moves.find(({ at, to }) => at >= begun && to === back.id);
    return seen && { ...seen, says: `Service ${APP} → ${back.name}, config and image together, ${since(begun, seen.at)} after the edit` };
  });
  await followed(stage, begun, back, move);
  await beat(stage, begun, 'held', `${from.name} to drain`, () => {
    const seen = view.state(from.id);
    if (seen?.state !== 'Warm' || seen.reason !== 'Held') return undefined;
    const started = [...view.podsSeen.values()].filter((at) => at >= begun).length;
    return { at: seen.since, says: `${from.name} stays warm, on hold until a person names it; pods started: ${started}` };
  });
}

/** With the admission policies the API server refuses; without them it is found, and a clean instance takes over. */
async function intrude(stage: Stage, serving: Told): Promise<Told> {
  const { view, voice, kubectl, namespace } = stage;
  const args = ['set', 'image', `deployment/${serving.id}`, '*=evil:1'];
  voice.chapter('5  Somebody edits the Deployment that serves', typed(args, namespace));
  const begun = performance.now();
  const refusal = await kubectl(...args).then(
    () => undefined,
    (error: unknown) => /denied request: (.*)/.exec((error as Error).message)?.[1],
  );
  if (refusal !== undefined) {
    voice.beat((performance.now() - begun) / 1000, 'refused', refusal);
    return serving;
  }
  const { to } = await beat(stage, begun, 'replaced', `a clean instance of ${serving.name}`, () => {
    const seen = view.moves.find(({ at, from }) => at >= begun && from === serving.id);
    return seen && { ...seen, says: `Service ${APP} → ${seen.to}, a clean instance of ${serving.name}` };
  });
  return { ...serving, id: to };
}

/** A gate fails the version before it gets any traffic. */
async function refuse(stage: Stage, serving: Told): Promise<void> {
  const { told, begun } = await comeUp(stage, '6  A version that fails its smoke test', '6-fails-before.yaml', serving);
  const { at } = await failed(stage, begun, told);
  const { view } = stage;
  await beat(stage, begun, 'kept', `${serving.name} to serve on`, () => {
    const moved = view.moves.some((move) => move.at >= begun);
    return moved ? undefined : { at, says: `Service ${APP} did not move: ${serving.name} serves, and nobody has seen ${told.name}` };
  });
}

/** A gate fails the version when it serves already. */
async function takeBack(stage: Stage, before: Told): Promise<void> {
  const told = await publish(stage, '7  A version that fails when it serves', '7-fails-after.yaml', before, 'smoke');
  const { view } = stage;
  const begun = view.changedAt;
  const move = await beat(stage, begun, 'returned', `Service ${APP} to go back`, () => {
    const seen = view.moves.find(({ at, from }) => at >= begun && from === told.id);
    return seen && { ...seen, says: `Service ${APP} → ${seen.to === before.id ? before.name : seen.to}, by itself` };
  });
  await followed(stage, begun, before, move);
  await failed(stage, begun, told);
}

/** Told in the words of the status. */
async function failed(stage: Stage, begun: number, { id, name }: Told): Promise<{ readonly at: number }> {
  const { view } = stage;
  return beat(stage, begun, 'failed', `the gate of ${name}`, () => {
    const seen = view.state(id);
    return seen?.reason === 'GateFailed' ? { at: seen.since, says: `${name}, by its ${seen.message}` } : undefined;
  });
}

function close({ view, voice }: Stage): void {
  const first = view.endpoints.find(({ total }) => total >= REPLICAS)?.at ?? Infinity;
  const sightings = view.endpoints.filter(({ at }) => at >= first);
  const fewest = Math.min(...sightings.map(({ total }) => total));
  voice.line(
    `\nService ${APP} moved ${view.moves.length} times. At each of the ${sightings.length} changes of its endpoints at least ${fewest} were ready.`,
  );
}

/** Says what it does, does it, and returns when the API server had it: the beginning of a chapter. */
async function act({ view, voice, kubectl, namespace, signal, deadlineMs }: Stage, title: string, args: string[]): Promise<number> {
  const before = view.generation;
  voice.chapter(title, typed(args, namespace));
  await kubectl(...args.map((word) => word.replace('$USER', process.env.USER ?? 'me')));
  await view.until(() => view.generation !== before || undefined, AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]));
  return view.changedAt;
}

/** Waits until `look` sees it and only then tells it. */
async function beat<T extends { readonly at: number; readonly says: string }>(
  { view, voice, signal, deadlineMs }: Stage,
  begun: number,
  word: string,
  awaited: string,
  look: () => T | undefined,
): Promise<T> {
  voice.waiting(awaited);
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    const seen = await view.until(look, AbortSignal.any([signal, deadline]));
    voice.beat(Math.max(0, seen.at - begun) / 1000, word, seen.says);
    return seen;
  } catch (error) {
    if (!deadline.aborted || signal.aborted) throw error;
    throw new StoryFailed(`"${word}" did not come true within ${deadlineMs / 1000} s: waited for ${awaited}`, { cause: error });
  }
}

/** Sightings of two watches: the order of neighbours is not theirs. */
const since = (from: number, to: number): string => `${Math.max(0, Math.round(to - from))} ms`;

// Random lives on a real API server: 25 Apps, each with a life drawn from its own seed, all at once, while operators are killed. After
// every event the promises are judged by an observer that shares no code with the operator (safety.ts, asked.ts); when the edits stop,
// each App serves what it was asked for or says why not, and nothing is left over.
import { expect, test } from '@jest/globals';
import { seeded } from '../world/time.ts';
import { condition, is, owned, template } from './harness.ts';
import type { Place } from './harness.ts';
import type { App, Deployment } from './objects.ts';
import { openStage } from './opening.ts';

const LIVES = 25;
/** Between them somebody pushes what works and waits for it: traffic moves more than once, however slow the machine is. */
const CHAPTERS = 3;
const STEPS = 4;
const FIRST_SEED = Number(process.env.LIVES_SEED ?? 1);
const TEST_MS = 8 * 60_000;
/** Longer than anything may take to come up: twice its deadline, if its size changes. */
const REST_MS = 130_000;
/** A leader is killed after so many writes to Services: before the last App has its own. */
const WRITES_TO_LIVE = 20;

const stage = openStage();

class Life {
  readonly place: Place;
  readonly seed: number;
  readonly random: () => number;
  readonly told: string[] = [];
  /** Its template refers to a ConfigMap that somebody edits. */
  readonly captures: boolean;
  /** Somebody takes Services, pods or all replicas away: an endpoint may be missing for a while. */
  harmed = false;

  constructor(place: Place, seed: number) {
    this.place = place;
    this.seed = seed;
    this.random = seeded(seed * 0x9e3779b9);
    this.captures = seed % 3 === 2;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)]!;
  }

  app(): App | undefined {
    return this.place.find('ImmutableApp', 'shop');
  }

  edit(spec: object): Promise<unknown> {
    return this.place.merge('ImmutableApp', 'shop', { spec });
  }

  say(annotations: Readonly<Record<string, string | null>>): Promise<unknown> {
    return this.place.merge('ImmutableApp', 'shop', { metadata: { annotations } });
  }

  /** The id of some version, or of none. */
  version(): string {
    return this.pick([...this.place.versions(), 'shop-bcdfghjklm']);
  }
}

/** Of what it is to come up from, and how long it may take: what crashes is soon over, and what works has time on a busy machine. */
const content = (life: Life, bad = life.random() < 0.2) => {
  const image = `web:${life.pick(['1', '2', '3', '4'])}`;
  const container = life.captures ? { envFrom: [{ configMapRef: { name: 'settings' } }] } : {};
  return {
    template: template({
      image: bad ? 'web:bad' : image,
      container,
      // A merge leaves what is not named: what works has to say so.
      annotations: { 'test.immutableapp.io/ready': bad ? 'crash' : 'soon' },
    }),
    config: [{ name: 'httpd', data: { 'httpd.conf': life.pick(['Listen 80', 'Listen 8080']) }, mountPath: '/etc/httpd' }],
    promotion: { progressDeadlineSeconds: bad ? 5 : 60 },
  };
};

type Step = readonly [weight: number, what: string, does: (life: Life) => Promise<unknown>];

const STEPS_OF_LIFE: readonly Step[] = [
  [6, 'edits the content', (life) => life.edit(content(life))],
  [3, 'points at a version', (life) => life.edit({ activeVersion: life.version() })],
  [2, 'takes the pointer away', (life) => life.edit({ activeVersion: '' })],
  [2, 'edits content and pointer in one apply', (life) => life.edit({ ...content(life), activeVersion: life.pick(['', life.version()]) })],
  [2, 'scales', (life) => life.edit({ replicas: life.pick([1, 2, 3]) })],
  [1, 'pauses or goes on', (life) => life.edit({ paused: life.app()?.spec.paused !== true })],
  [
    2,
    'pins',
    (life) => life.say({ 'immutableapp.io/pin': `${life.version()} until ${new Date(Date.now() + 3000 * life.random()).toISOString()}` }),
  ],
  [1, 'rejects', (life) => life.say({ 'immutableapp.io/reject': life.version() })],
  [1, 'renews', (life) => life.say({ 'immutableapp.io/renew': `${life.version()}@${Math.floor(life.random() * 100)}` })],
  [1, 'takes back what was said', (life) => life.say({ 'immutableapp.io/pin': null, 'immutableapp.io/reject': null })],
  [1, 'changes the mode', (life) => life.edit({ promotion: { mode: life.pick(['Automatic', 'Manual']) } })],
  [
    1,
    'changes retention',
    (life) =>
      life.edit({ retention: { warm: life.pick([0, 1, 2]), warmSeconds: life.pick([0, 2, 600]), versions: life.pick([2, 3, 10]) } }),
  ],
  [1, 'wipes status', (life) => life.place.merge('ImmutableApp', 'shop', { status: null }, '/status')],
  [
    1,
    'labels a Service',
    (life) => life.place.merge('Service', 'web', { metadata: { labels: { seen: String(life.random()) } } }).catch(() => undefined),
  ],
];
const CAPTURE: readonly Step[] = [
  [4, 'edits a ConfigMap', (life) => life.place.merge('ConfigMap', 'settings', { data: { level: life.pick(['1', '2', '3']) } })],
];
const HARM: readonly Step[] = [
  [2, 'empties a selector', (life) => life.place.byHand('Service', 'web', { spec: { selector: null } })],
  [
    2,
    'bends a selector',
    (life) => life.place.byHand('Service', 'web', { spec: { selector: { 'immutableapp.io/instance': life.version() } } }),
  ],
  [1, 'deletes a Service', (life) => life.place.removeByHand('Service', 'web')],
  [1, 'scales to zero', (life) => life.edit({ replicas: 0 })],
  [
    1,
    'tries to edit a frozen ConfigMap',
    (life) =>
      life.place.merge('ConfigMap', life.place.list('ConfigMap').find(({ immutable }) => immutable)?.metadata.name ?? '', {
        data: { x: 'y' },
      }),
  ],
];

const isHarmed = (seed: number): boolean => seed % 5 === 0;

function draw(life: Life, steps: readonly Step[]): Step {
  let left = life.random() * steps.reduce((sum, [weight]) => sum + weight, 0);
  return steps.find(([weight]) => (left -= weight) < 0)!;
}

/** How long a life goes on before its next step: not at all, until something happens, until the operator has seen it, until it is quiet. */
async function pause(life: Life): Promise<void> {
  const { place } = life;
  const kind = life.pick(['at once', 'an event', 'seen', 'quiet'] as const);
  const generation = life.app()?.metadata.generation ?? 0;
  const events = () => place.history('Deployment').length + place.history('Service').length + place.history('ImmutableApp').length;
  const before = events();
  const there: Record<typeof kind, () => boolean> = {
    'at once': () => true,
    'an event': () => events() > before,
    seen: () => (life.app()?.status?.observedGeneration ?? 0) >= generation,
    quiet: () => (life.app()?.status?.observedGeneration ?? 0) >= generation && !is(life.app(), 'Reconciling'),
  };
  // Nobody has to wait for anything: an operator may be dead just now.
  await place.until(kind, () => there[kind]() || undefined, 4_000).catch(() => undefined);
}

async function live(life: Life): Promise<void> {
  const { place } = life;
  const harm = isHarmed(life.seed);
  const adopted = life.seed % 4 === 1;
  const worker = life.seed % 7 === 3;
  if (adopted) {
    const annotations = { 'immutableapp.io/adopt': 'shop' };
    const spec = { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] };
    await place.create('Service', 'legacy', { metadata: { annotations }, spec });
  }
  if (life.captures) await place.create('ConfigMap', 'settings', { data: { level: '0' } });
  const services = worker ? [] : [owned(), ...(adopted ? [{ name: 'legacy' }] : [])];
  const first = content(life);
  const promotion = { ...first.promotion, drainSeconds: life.pick([0, 1]) };
  await place.apply(place.app({ ...first, replicas: 2, services, promotion, retention: { warm: 1, warmSeconds: 2, versions: 10 } }));
  const steps = [...STEPS_OF_LIFE, ...(harm && !worker ? HARM : []), ...(life.captures ? CAPTURE : [])];

  life.harmed = harm || adopted; // an adopted Service lists candidates by its own keys until it is first moved
  for (let chapter = 1; chapter <= CHAPTERS; chapter++) {
    for (let i = 0; i < STEPS; i++) {
      const [, what, does] = draw(life, steps);
      const answer = await does(life).then(
        () => 'ok',
        (error: unknown) => (error as Error).message.slice(0, 120),
      );
      life.told.push(`${what}: ${answer}`);
      await pause(life);
    }
    await life.say({ 'immutableapp.io/pin': null });
    await life.edit({ paused: false, replicas: 2 });
    if (chapter === CHAPTERS) return;
    await life.say({ 'immutableapp.io/reject': null });
    const good = content(life, false);
    await life.edit({ ...good, activeVersion: '', promotion: { ...good.promotion, mode: 'Automatic' } });
    // Of one that does not come to rest in time the end will tell.
    await atRest(life).catch(() => undefined);
  }
}

const atRest = ({ place }: Life): Promise<App> =>
  place.until(
    'it comes to rest',
    () => {
      const app = place.find('ImmutableApp', 'shop');
      const current = app?.status?.observedGeneration === app?.metadata.generation;
      return current && app !== undefined && !is(app, 'Reconciling') && (is(app, 'Ready') || is(app, 'Stalled')) && app;
    },
    REST_MS,
  );

/** What is asked for serves, or a condition says why not; and no more runs than should. */
async function ends(life: Life): Promise<string[]> {
  const { place } = life;
  const done = await atRest(life);
  const failed = () =>
    (life.app()?.status?.versions ?? []).filter(({ state }) => state === 'Failed').flatMap(({ instances = [] }) => instances);
  // One pod of what failed stays for its logs.
  const kept = ({ metadata, spec }: Deployment): boolean => spec.replicas === 1 && failed().some(({ name }) => name === metadata.name);
  const runs = () => place.list('Deployment').filter((deployment) => deployment.spec.replicas > 0 && !kept(deployment));
  const allowed = 2 + ((done.spec.retention as { warm?: number } | undefined)?.warm ?? 1); // what serves, a preview, what is warm
  const said = condition(done, 'Stalled')?.reason ?? 'Ready';
  // Stalled is said at once, and instead of Reconciling: what somebody renewed before may still be coming up beside what it replaces.
  if (said !== 'Ready') await place.until('no more runs than should', () => runs().length <= allowed, 60_000).catch(() => undefined);
  const running = runs();
  const serving = done.status?.activeInstance;
  return [
    ...(running.length <= allowed ? [] : [`${running.length} instances run: ${running.map(({ metadata }) => metadata.name).join(', ')}`]),
    ...(is(done, 'Ready') && !running.some(({ metadata }) => metadata.name === serving)
      ? [`${String(serving)} serves and does not run`]
      : []),
    ...(is(done, 'Ready') || said !== 'Ready' ? [] : ['neither Ready nor Stalled']),
  ];
}

test(
  `${LIVES} random lives, from seed ${FIRST_SEED}: every promise holds after every event, and each life ends as it should`,
  async () => {
    let operators = [await stage.operator(), await stage.start()];
    const lives = await Promise.all(Array.from({ length: LIVES }, async (_, i) => new Life(await stage.place(), FIRST_SEED + i)));
    const told = { over: false };
    const living = Promise.all(lives.map(live)).finally(() => {
      told.over = true;
    });
    // Whoever leads is killed, again and again; the other takes over, and a new one waits behind it.
    let kills = 0;
    const written = (): number => lives.reduce((sum, { place }) => sum + place.history('Service').length, 0);
    const killing = (async () => {
      for (;;) {
        const due = written() + WRITES_TO_LIVE;
        await stage.recorder.until('the leader has done enough', () => told.over || written() >= due, TEST_MS);
        if (told.over) return;
        const [first, ...others] = operators;
        await first!.kill();
        kills++;
        operators = [...others, await stage.start()];
      }
    })();
    await Promise.all([living, killing]);
    const wrong = await Promise.all(
      lives.map(async (life) => {
        const problems = await ends(life).catch((error: unknown) => [(error as Error).message.split('\n').slice(0, 14).join('\n')]);
        const broken = await life.place.expectSafe({ gaps: life.harmed }).then(
          () => [],
          (error: unknown) => [(error as Error).message],
        );
        const all = [...problems, ...broken];
        return all.length === 0
          ? []
          : [`seed ${life.seed} (${life.place.namespace}):\n${all.join('\n')}\n${life.told.join('\n')}\n${life.place.summary()}`];
      }),
    );
    expect(wrong.flat().join('\n\n')).toBe('');
    // What somebody else wrote to a selector is no move.
    const served = lives
      .filter(({ seed }) => !isHarmed(seed))
      .map(({ place }) => new Set(place.selections().flatMap(({ instance }) => instance ?? [])));
    const again = served.filter(({ size }) => size > 1).length;
    process.stderr.write(`${LIVES} lives, of which ${again} moved traffic again; ${kills} operators killed\n`);
    expect(again).toBeGreaterThan(LIVES / 5);
    expect(kills).toBeGreaterThan(0);
  },
  TEST_MS,
);

// Every kind of gate × everything that can come of it × every phase, generated: a kind without a row does not compile, and one that lacks an
// outcome fails. What each cell must show are the promises, not the wording: that is said row by row in gates.table.ts and jobs.table.ts.
import { describe, expect, test } from '@jest/globals';
import { look } from '../../src/gates/compare.ts';
import type { Compared, CountedPair, GateSpec, Measurement, Tally } from '../../src/model/measure.ts';
import { REASON } from '../../src/model/vocabulary.ts';
import type { Given, MeasuredGiven, ServiceGiven } from '../given.ts';
import { id, NOW, up } from '../given.ts';
import type { Row } from './table.ts';
import { conditionLines, decide, lines } from './table.ts';

type Kind = GateSpec['is'];
const PHASES = ['before', 'during', 'after'] as const;
type Phase = (typeof PHASES)[number];

/** What makes a gate say so: how it is written, what people wrote, what was measured. */
interface Said {
  readonly gate?: object;
  readonly approve?: string;
  readonly tally?: Partial<Tally>;
}

/** Why it cannot say so. */
type Never = string;

interface Sayings {
  readonly passes: Said | Never;
  readonly waits: Said;
  /** Something was measured that is bad. */
  readonly fails: Said | Never;
  /** There was nothing to measure, or it could not be measured. */
  readonly none: Said | Never;
  readonly error: Said | Never;
  /** What its answer was about is gone, or was never asked by this process. */
  readonly cancelled: Said;
  /** The same, written otherwise, so that what was said before is of another gate; what it says then is `waits`. */
  readonly changed: object;
  /** It asks a source that the platform defines. */
  readonly source?: string;
}

const ever = (is: Measurement['is'], more: Partial<Tally> = {}): Partial<Tally> => ({
  at: NOW,
  firstAt: NOW - 500_000,
  valid: is === 'good' || is === 'bad' ? 9 : 0,
  passes: is === 'good' ? 9 : 0,
  failures: is === 'bad' ? 9 : 0,
  errors: is === 'error' ? 1 : 0,
  last: [{ at: NOW, is, message: `it was ${is}` }],
  ...more,
});
const measuring = (gate: object, changed: object, source?: string, errorMore: Partial<Tally> = {}): Sayings => ({
  passes: { gate, tally: ever('good') },
  waits: { gate },
  fails: { gate, tally: ever('bad') },
  none: { gate, tally: ever('none') },
  error: { gate, tally: ever('error', errorMore) },
  cancelled: { gate },
  changed,
  ...(source === undefined ? {} : { source }),
});

const hours = (from: string, to: string) => ({ window: { timeZone: 'UTC', from, to } });
const job = (image: string) => ({ job: { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } } });
const http = (path: string) => ({ http: { port: 'http', path } });
const threshold = (max: number) => ({ prometheus: { source: 'main', query: 'errors', max } });
const compare = (atMost: number) => ({ prometheus: { source: 'main', compare: { total: 'requests', bad: 'errors', atMost } } });

/** Ten looks: of both sides so many requests in all, and so many errors. */
function compared(total: number, candidate: number, serving: number): Partial<Tally> {
  const at = (share: number): CountedPair => ({
    candidate: { total: total * share, bad: Math.round(candidate * share) },
    serving: { total: total * share, bad: Math.round(serving * share) },
  });
  const seen = Array.from({ length: 11 }, (_, i) => i / 10).reduce<Compared | undefined>(
    (before, share) => look(before, at(share), 1.25),
    undefined,
  );
  return ever('good', { compared: seen! });
}

const KINDS: Readonly<Record<Kind, Sayings>> = {
  window: {
    passes: { gate: hours('00:00', '00:00') },
    waits: { gate: hours('13:00', '14:00') },
    fails: 'it is open or closed',
    none: 'nothing is measured',
    error: 'nothing is measured',
    cancelled: { gate: hours('13:00', '14:00') },
    changed: hours('14:00', '15:00'),
  },
  http: measuring(http('/'), http('/other')),
  threshold: measuring(threshold(0.01), threshold(0.001), 'main'),
  compare: {
    ...measuring(compare(1.25), compare(2), 'main'),
    passes: { gate: compare(1.25), tally: compared(20_000, 200, 200) },
    fails: { gate: compare(1.25), tally: compared(20_000, 800, 200) },
  },
  webhook: measuring({ webhook: { source: 'main' } }, { webhook: { source: 'main', intervalSeconds: 60 } }, 'main'),
  job: { ...measuring(job('m:1'), job('m:2')), cancelled: { gate: job('m:1'), tally: ever('error', { begun: true }) } },
  approval: {
    passes: { gate: { approval: { count: 1 } }, approve: 'two by ann' },
    waits: { gate: { approval: { count: 1 } } },
    fails: 'people approve, or do not yet',
    none: 'nothing is measured',
    error: 'nothing is measured',
    cancelled: { gate: { approval: { count: 1 } }, approve: 'one by ann' },
    changed: { approval: { count: 2 } },
  },
  unknown: {
    passes: 'nobody can judge it',
    waits: { gate: { tea: { leaves: 3 } } },
    fails: 'nobody can judge it',
    none: 'nobody can judge it',
    error: 'nobody can judge it',
    cancelled: { gate: { tea: { leaves: 3 } } },
    changed: { tea: { leaves: 4 } },
  },
};

/** A comparison needs two versions that share the traffic. */
const isAsked = (kind: Kind, phase: Phase): boolean => kind !== 'compare' || phase === 'during';

interface Scene {
  readonly phase: Phase;
  readonly said: Said;
  /** For how many seconds it has been so. */
  readonly since?: number;
  readonly timeoutSeconds?: number;
  readonly more?: Partial<Given>;
  readonly spec?: Record<string, unknown>;
  readonly measured?: Partial<MeasuredGiven>;
  readonly annotations?: Record<string, string>;
  readonly sources?: readonly string[];
  /** Gates in spec, if not just this one. */
  readonly gates?: readonly object[];
  /** The operator was started this moment. */
  readonly restarted?: true;
}

const PORTS = [{ name: 'http', port: 80, targetPort: 'http' }];
const LADDER = { services: [{ name: 'web', ports: PORTS, ladder: [{ percent: 5, seconds: 60 }, { percent: 100 }] }] };
const LENDS: ServiceGiven = {
  on: 'two',
  stamp: { switchNumber: 2, instance: 'two', previous: 'one', share: { percent: 5, secondsAgo: 100 } },
};
const move = (switchNumber: number, to: string, from: string, secondsAgo: number) => ({
  switchNumber,
  ...{ at: new Date(NOW - secondsAgo * 1000).toISOString(), from: from === '' ? '' : id(from), to: id(to), reason: 'Automatic' },
});

/** Two is up beside one and waits (before), has a share (during), or serves since ten seconds (after). */
function given({ phase, said, more = {}, spec = {}, annotations = {}, sources = ['main'], ...scene }: Scene): Given {
  const gate = { name: 'g', timeoutSeconds: scene.timeoutSeconds ?? 6000, ...said.gate };
  const typed = { ...(said.approve === undefined ? {} : { approve: said.approve.replace(/^\w+/, (nick) => id(nick)) }), ...annotations };
  const { tally } = said;
  return {
    latest: 'two',
    spec: { ...(phase === 'during' ? LADDER : {}), promotion: { [phase]: scene.gates ?? [gate] }, ...spec },
    versions: { one: up(3), two: { ...up(3), ...(phase === 'after' ? { proofs: [{ phase: 'before', followed: true }] } : {}) } },
    switches: phase === 'after' ? ['one', 'two'] : ['one'],
    ...(phase === 'during' ? { services: { web: {}, 'web-r1': LENDS, 'web-r2': {} } } : {}),
    ...(phase === 'after' ? { status: { observedGeneration: 6, history: [move(2, 'two', 'one', 10), move(1, 'one', '', 3600)] } } : {}),
    metadata: { annotations: Object.fromEntries(Object.entries(typed).map(([name, text]) => [`immutableapp.io/${name}`, text])) },
    fleet: { gateSources: sources.map((name) => ({ name, namespaces: undefined })) },
    ...(tally === undefined ? {} : { measured: { [`${phase}/g`]: { since: scene.since ?? 60, tally, ...scene.measured } } }),
    ...more,
  };
}

interface Seen {
  readonly actions: readonly string[];
  readonly conditions: readonly string[];
  /** All traffic goes to two: to it, or it stays there. */
  readonly letIn: boolean;
  /** Traffic, or a share of it, goes back to one. */
  readonly back: boolean;
  readonly failed: boolean;
}

function seen(scene: Scene): Seen {
  const row: Row = { name: '', given: given(scene), ...(scene.restarted ? {} : { since: scene.since ?? 60 }), actions: [], conditions: [] };
  const { plan } = decide(row);
  const actions = lines(plan.actions);
  return {
    actions,
    conditions: conditionLines(plan),
    letIn:
      scene.phase === 'after'
        ? actions.some((one) => one.startsWith('attest two.gates-after'))
        : actions.some((one) => one.startsWith('switch web → two')),
    back: actions.some((one) => /^(switch|repair) web(-r1)? → one/.test(one)),
    failed: actions.some((one) => one.startsWith('attest two.failed')),
  };
}

const KIND_NAMES = Object.keys(KINDS) as Kind[];
const CELLS = KIND_NAMES.flatMap((kind) => PHASES.filter((phase) => isAsked(kind, phase)).map((phase) => ({ kind, phase })));
/** Those of a kind that can say so. */
const saying = (how: 'passes' | 'fails' | 'none' | 'error') =>
  CELLS.flatMap(({ kind, phase }) => {
    const said: Said | Never = KINDS[kind][how];
    return typeof said === 'string' ? [] : [{ kind, phase, said }];
  });

const NOTHING = { letIn: false, back: false, failed: false };
const verdictOf = ({ letIn, back, failed }: Seen) => ({ letIn, back, failed });

test('every kind says how it passes, waits, fails, and what it makes of nothing, or why it cannot', () => {
  for (const sayings of Object.values(KINDS))
    for (const never of [sayings.passes, sayings.fails, sayings.none, sayings.error])
      if (typeof never === 'string') expect(never.length).toBeGreaterThan(10);
  expect(saying('passes').length).toBeGreaterThan(15);
  expect(saying('fails').length).toBeGreaterThan(10);
});

/** What fails on the way up takes its share back in the same breath; what serves first goes on record, then back. */
const failing = (phase: Phase): object => ({ ...NOTHING, failed: true, back: phase === 'during' });
const isMeasured = (kind: Kind): boolean => typeof KINDS[kind].none !== 'string';

describe('what comes of a gate', () => {
  test.each(saying('passes'))('$kind $phase passes: two gets all traffic, or keeps it', ({ phase, said }) => {
    expect(verdictOf(seen({ phase, said }))).toEqual({ ...NOTHING, letIn: true });
  });
  test.each(CELLS)('$kind $phase waits: nothing moves', ({ kind, phase }) => {
    expect(verdictOf(seen({ phase, said: KINDS[kind].waits }))).toEqual(NOTHING);
  });
  test.each(saying('fails'))('$kind $phase fails: the version has failed', ({ phase, said }) => {
    expect(verdictOf(seen({ phase, said }))).toEqual(failing(phase));
  });
  test.each(saying('none'))('$kind $phase has no data: nothing moves', ({ phase, said }) => {
    expect(verdictOf(seen({ phase, said }))).toEqual(NOTHING);
  });
  test.each(saying('error'))('$kind $phase could not be measured: nothing moves', ({ phase, said }) => {
    expect(verdictOf(seen({ phase, said }))).toEqual(NOTHING);
  });
  test.each(CELLS)('$kind $phase has not passed in time: the version has failed', ({ kind, phase }) => {
    const { none, waits } = KINDS[kind];
    const said = typeof none === 'string' ? waits : none;
    expect(verdictOf(seen({ phase, said, since: 60, timeoutSeconds: 30 }))).toEqual(failing(phase));
  });
  test.each(CELLS)('$kind $phase was cancelled: nothing moves', ({ kind, phase }) => {
    expect(verdictOf(seen({ phase, said: KINDS[kind].cancelled }))).toEqual(NOTHING);
  });
  test.each(CELLS)('$kind $phase is changed while it runs: what was said of it before counts neither way', ({ kind, phase }) => {
    const { passes, fails, changed } = KINDS[kind];
    for (const before of [passes, fails]) {
      if (typeof before === 'string') continue;
      const said = { ...before, gate: changed };
      expect(verdictOf(seen({ phase, said, measured: { digest: 'as-it-was' } }))).toEqual(NOTHING);
    }
  });
  test.each(CELLS)('$kind $phase is taken out while it runs: it has no say any more', ({ kind, phase }) => {
    const { fails, waits } = KINDS[kind];
    const said = typeof fails === 'string' ? waits : fails;
    expect(verdictOf(seen({ phase, said, gates: [] }))).toEqual({ ...NOTHING, letIn: phase !== 'after' });
  });
  test.each(CELLS)('$kind $phase asks a source that is not defined: nothing moves, and it is said', ({ kind, phase }) => {
    const { waits, source } = KINDS[kind];
    const now = seen({ phase, said: waits, sources: [] });
    expect(verdictOf(now)).toEqual(NOTHING);
    expect(now.actions.filter((one) => one.startsWith('measure') && source !== undefined)).toEqual([]);
    if (phase === 'before') expect(now.conditions.some((one) => one.includes(REASON.SourceUnknown))).toBe(source !== undefined);
  });
});

describe('what happens while a gate runs', () => {
  const each = (
    name: string,
    play: (cell: { kind: Kind; phase: Phase; waits: Said; passes: Said | undefined; fails: Said | undefined }) => void,
  ) => {
    test.each(CELLS)(`$kind $phase: ${name}`, ({ kind, phase }) => {
      const { waits, passes, fails } = KINDS[kind];
      const real = (said: Said | Never): Said | undefined => (typeof said === 'string' ? undefined : said);
      play({ kind, phase, waits, passes: real(passes), fails: real(fails) });
    });
  };
  const all = (...saids: readonly (Said | undefined)[]): Said[] => saids.flatMap((said) => said ?? []);

  each('two updates are pushed: only the newest may be let in', ({ phase, waits, passes }) => {
    const more = { latest: 'three', versions: { one: up(3), two: up(3), three: up(0) } };
    if (phase === 'after') return; // then two serves, and goes on being judged
    for (const said of all(waits, passes)) expect(verdictOf(seen({ phase, said, more }))).toEqual({ ...NOTHING, back: phase === 'during' });
  });
  each('a pointer to what serves lets nobody in, and takes a share back', ({ phase, waits, passes }) => {
    for (const said of all(waits, passes)) {
      const now = seen({ phase, said, spec: { activeVersion: id('one') } });
      // What has passed after its switch is proven, and goes back all the same.
      expect(verdictOf(now)).toEqual({ ...NOTHING, back: phase !== 'before', letIn: phase === 'after' && said === passes });
    }
  });
  each('a pointer to it asks its gates', ({ phase, waits, passes }) => {
    const spec = { activeVersion: id('two') };
    expect(verdictOf(seen({ phase, said: waits, spec }))).toEqual(NOTHING);
    if (passes !== undefined) expect(verdictOf(seen({ phase, said: passes, spec }))).toEqual({ ...NOTHING, letIn: true });
  });
  each('a pin to it asks nobody, and nothing is taken back from it', ({ phase, waits, fails }) => {
    const annotations = { pin: `${id('two')} until 2026-03-01T13:00:00Z` };
    for (const said of all(waits, fails)) {
      const { letIn, back } = seen({ phase, said, annotations });
      expect({ letIn, back }).toEqual({ letIn: phase !== 'after', back: false });
    }
  });
  each('who is rejected is not let in, whatever its gates say', ({ phase, waits, passes }) => {
    const annotations = { reject: id('two') };
    for (const said of all(waits, passes)) {
      const { letIn, failed } = seen({ phase, said, annotations });
      expect({ letIn, failed }).toEqual({ letIn: false, failed: false });
    }
  });
  each('what was said of its first instance is nothing to the one that a renewal makes', ({ kind, phase, passes }) => {
    if (passes === undefined || !isMeasured(kind) || phase === 'after') return;
    const two = { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }], renewed: { nonce: 'a', instances: ['two'] } };
    expect(seen({ phase, said: passes, more: { versions: { one: up(3), two } } }).letIn).toBe(false);
  });
  each('while paused nothing moves, whatever it says', ({ phase, waits, passes, fails }) => {
    for (const said of all(waits, passes, fails))
      expect(verdictOf(seen({ phase, said, spec: { paused: true }, timeoutSeconds: 30 }))).toEqual(NOTHING);
  });
  each('while the line is held nobody is let in, and what fails still goes back', ({ phase, waits, passes, fails }) => {
    const more = { fleet: { line: 'incident 42', gateSources: [{ name: 'main', namespaces: undefined }] } };
    for (const said of all(waits, passes)) expect(seen({ phase, said, more }).letIn).toBe(phase === 'after' && said === passes);
    if (fails !== undefined) expect(seen({ phase, said: fails, more }).failed).toBe(true);
  });
  each('with status lost it says what it said', ({ phase, waits, passes, fails }) => {
    const more = { status: 'lost' } as const;
    expect(verdictOf(seen({ phase, said: waits, more }))).toEqual(NOTHING);
    if (passes !== undefined) expect(seen({ phase, said: passes, more }).letIn).toBe(true);
    if (fails !== undefined) expect(seen({ phase, said: fails, more }).failed).toBe(true);
  });
  each('an operator that starts anew passes and fails nobody by what it never measured', ({ kind, phase, waits, passes, fails }) => {
    expect(verdictOf(seen({ phase, said: waits, restarted: true, timeoutSeconds: 30 }))).toEqual(NOTHING);
    for (const said of all(passes, fails))
      expect(verdictOf(seen({ phase, said, restarted: true }))).toEqual({ ...NOTHING, letIn: !isMeasured(kind) });
  });
});

// The promises of ARCHITECTURE.md that one decision can break, kept for snapshots and histories nobody thought of.
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Action, Blueprint } from '../../src/model/action.ts';
import { targetOf } from '../../src/model/action.ts';
import type { App } from '../../src/model/app.ts';
import type { Fact, InstanceSeen, Snapshot } from '../../src/model/observed.ts';
import { LABEL } from '../../src/model/vocabulary.ts';
import { complete } from '../../src/gates/readiness.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { plan } from '../../src/plan/plan.ts';
import { freeze, given, NOW } from '../given.ts';
import type { Given } from '../given.ts';
import { lint } from '../statuslint.ts';
import { cases } from '../tools/cases.ts';
import { misaimed } from './table.ts';
import { givens } from './snapshots.ts';

const RUNS = cases();

/** At first sight, and after it looked the same for a while. */
const moments = fc.tuple(givens, fc.constantFrom(0, 25, 700));
function decide([facts, seconds]: [Given, number]): { seen: Snapshot; made: Plan } {
  const first = given(facts);
  const seen = seconds === 0 ? first : freeze({ ...first, notes: plan(first, NOW - seconds * 1000).notes });
  return { seen, made: plan(seen, NOW) };
}

/** One sample for all promises; a broken one is looked for again, with another sample, for its smallest example. */
const sample = fc.sample(moments, RUNS).map(decide);
function always(promise: (seen: Snapshot, made: Plan) => void): void {
  try {
    for (const { seen, made } of sample) promise(seen, made);
  } catch (error) {
    fc.assert(
      fc.property(moments, (moment) => {
        const { seen, made } = decide(moment);
        promise(seen, made);
      }),
      { numRuns: 10 * RUNS },
    );
    throw error;
  }
}

const appOf = ({ app }: Snapshot): App => app as App;
const of = <K extends Action['do']>({ actions }: Plan, kind: K): Extract<Action, { do: K }>[] =>
  actions.filter((action): action is Extract<Action, { do: K }> => action.do === kind);
const instanceOf = (seen: Snapshot, name: string): InstanceSeen | undefined => seen.instances.find((instance) => instance.name === name);
/** Names of instances that Active Services of spec send traffic to. */
const serving = (seen: Snapshot): string[] => {
  const active = new Set(appOf(seen).services.flatMap(({ role, name }) => (role === 'Active' ? [name] : [])));
  return seen.services.filter(({ name }) => active.has(name)).flatMap(({ selector }) => selector[LABEL.instance] ?? []);
};

/** It served before, and has more pods up than what it replaces: the size it has is enough. */
function rescued(seen: Snapshot, { name, available }: InstanceSeen, previous: string): boolean {
  const stamps = seen.services.map(({ annotations }) => stampIn(annotations));
  const history = appOf(seen).status.history ?? [];
  const served = [...history.flatMap(({ from, to }) => [from, to]), ...stamps.flatMap((stamp) => [stamp?.instance, stamp?.previous])];
  return served.includes(name) && available > (instanceOf(seen, previous)?.available ?? 0);
}

/** It was discarded, something below it was touched and nobody has found that harmless since, or a ConfigMap of it was made anew. */
function isSpoilt(seen: Snapshot, { name, id, uid, touched, configs, createdAt }: InstanceSeen): boolean {
  const discarded = seen.factsSeen.some(({ fact, owner }) => {
    const record = seen.records.find((each) => each.uid === owner?.uid);
    return (
      fact?.is === 'discarded' && fact.instance === name && record?.id === id && record.owner?.uid === appOf(seen).uid && record.authentic
    );
  });
  const look = seen.answers.differences.get(name);
  const harmless = look?.of.startsWith(`${uid}@`) === true && look.pods.length + look.replicaSets.length === 0;
  const anew = seen.configs.some((config) => configs.includes(config.name) && config.createdAt > createdAt);
  return discarded || anew || (touched.length > 0 && !harmless);
}

/** Records that are copied from a former life. */
const copiesIn = (made: Plan): Blueprint[] =>
  of(made, 'publish').flatMap((action) => (action.kind === 'ControllerRevision' && action.why.startsWith('copy of') ? action.record : []));

describe('whatever was seen', () => {
  test('a verdict is for what can be replaced: never while paused, reported only, or with the breaker open, and at most twice an hour', () => {
    always((seen, made) => {
      const discards = of(made, 'attest').filter(({ fact, why }) => !why.startsWith('said of') && fact.is === 'discarded');
      if (discards.length === 0) return;
      const { onDrift, paused } = appOf(seen);
      expect([onDrift, paused, seen.fleet.breaker]).toEqual(['Replace', false, '']);
      expect(of(made, 'trip')).toEqual([]);
      // Whoever is found compromised was looked at, as it is now, or reads a ConfigMap that is not the one it was made with.
      for (const { fact } of discards) {
        const { instance: name } = fact as Extract<Fact, { is: 'discarded' }>;
        const instance = instanceOf(seen, name)!;
        const look = seen.answers.differences.get(instance.name);
        const whole = instance.configs.every((config) =>
          seen.configs.some((one) => one.name === config && one.createdAt <= instance.createdAt),
        );
        expect(look?.of === 'another state' && whole).toBe(false);
        expect(look === undefined && whole).toBe(false);
      }
    });
  });

  test('what an Active Service selects is never retired, and shrinks only to what spec.replicas says', () => {
    always((seen, made) => {
      const kept = serving(seen);
      expect(of(made, 'retire').filter(({ kind, name }) => kind === 'Deployment' && kept.includes(name))).toEqual([]);
      const shrunk = of(made, 'scale').filter(({ instance, from, to }) => to < from && kept.includes(instance));
      expect(shrunk.filter(({ to }) => to < appOf(seen).replicas)).toEqual([]);
    });
  });
  test('traffic moves only to an instance of ours that is whole, untouched, of a version whose record holds', () => {
    always((seen, made) => {
      for (const { stamp, repair, role } of of(made, 'switch')) {
        if (repair || role === 'Preview') continue;
        const instance = instanceOf(seen, stamp.instance);
        const record = seen.records.find(({ id }) => id === instance?.id);
        expect(instance).toBeDefined();
        if (instance === undefined) continue;
        if (!rescued(seen, instance, stamp.previous)) {
          expect(complete(instance, instance.replicas)).toBe(true);
          expect(instance.replicas).toBeGreaterThanOrEqual(appOf(seen).replicas);
        }
        expect(instance.owner?.uid).toBe(appOf(seen).uid);
        expect(instance.deleting).toBe(false);
        expect(record?.authentic).toBe(true);
        expect(record?.owner?.uid).toBe(appOf(seen).uid);
        expect(instance.specHash).toBe(record?.specHash);
        expect(isSpoilt(seen, instance)).toBe(false);
      }
    });
  });
  test('a repair goes where the highest switch went, by a number that was there before', () => {
    always((seen, made) => {
      const known = new Set((appOf(seen).status.history ?? []).map(({ switchNumber, to }) => `${String(switchNumber)} ${String(to)}`));
      for (const { annotations } of seen.services) {
        const stamp = stampIn(annotations);
        if (stamp !== undefined) known.add(`${String(stamp.switchNumber)} ${stamp.instance}`);
      }
      for (const { stamp, repair } of of(made, 'switch'))
        if (repair) expect(known).toContain(`${String(stamp.switchNumber)} ${stamp.instance}`);
    });
  });
  test('a plan never routes away from an instance and shrinks or retires it', () => {
    always((seen, made) => {
      const left = new Set(
        of(made, 'switch')
          .filter(({ role }) => role === 'Active')
          .flatMap(({ service }) => seen.services.find(({ name }) => name === service)?.selector[LABEL.instance] ?? []),
      );
      expect(of(made, 'scale').filter(({ instance, from, to }) => to < from && to < appOf(seen).replicas && left.has(instance))).toEqual(
        [],
      );
      expect(of(made, 'retire').filter(({ kind, name }) => kind === 'Deployment' && left.has(name))).toEqual([]);
    });
  });
  test('all Active Services go to one instance, under one switch, and each Service is moved once', () => {
    always((_seen, made) => {
      const routes = of(made, 'switch');
      const active = routes.filter(({ role }) => role === 'Active').map(({ stamp }) => `${stamp.instance} ${String(stamp.switchNumber)}`);
      expect(new Set(active).size).toBeLessThanOrEqual(1);
      expect(new Set(routes.map(({ service }) => service)).size).toBe(routes.length);
    });
  });
  test('while a selector has to be put back nothing else is planned', () => {
    always((_seen, made) => {
      const repairs = of(made, 'switch').filter(({ repair }) => repair);
      if (repairs.length > 0) expect(made.actions).toEqual(repairs);
    });
  });
  test('paused: nothing is created, moved or retired', () => {
    always((seen, made) => {
      if (!appOf(seen).paused) return;
      expect(of(made, 'ask').filter(({ question }) => question.ask === 'dryRun')).toEqual([]);
      expect(of(made, 'publish').filter(({ kind }) => kind === 'Deployment' || kind === 'ConfigMap')).toEqual([]);
      expect(of(made, 'switch').filter(({ repair }) => !repair)).toEqual([]);
      expect(of(made, 'retire').filter(({ kind }) => kind === 'Deployment' || kind === 'ConfigMap')).toEqual([]);
    });
  });
  test('nobody else’s Service is touched', () => {
    always((seen, made) => {
      const { uid, name } = appOf(seen);
      for (const action of made.actions) {
        if (action.do !== 'switch' && action.do !== 'reshape') continue;
        const service = seen.services.find((each) => each.name === action.service);
        expect(service?.owner?.uid === uid || service?.annotations['immutableapp.io/adopt'] === name).toBe(true);
        expect(service?.deleting).toBe(false);
      }
    });
  });
  test('an existing Service is moved for the first time only after a look at it, and not while its selector is in a manifest', () => {
    always((seen, made) => {
      const { uid } = appOf(seen);
      for (const { service: name } of of(made, 'switch')) {
        const service = seen.services.find((each) => each.name === name)!;
        const ours = service.owner?.uid === uid || stampIn(service.annotations)?.uid === uid;
        if (ours) continue;
        expect(seen.answers.slices.get(service.uid)?.foreign).toBe('');
        expect(service.writers.filter(({ applied }) => applied)).toEqual([]);
      }
    });
  });
  test('nobody else’s Deployment, record or fact is touched', () => {
    always((seen, made) => {
      const strangers = seen.instances.filter(({ owner }) => owner?.uid !== appOf(seen).uid).map(({ uid }) => uid);
      const touched = [...of(made, 'retire').map(({ uid }) => uid), ...of(made, 'scale').map(({ uid }) => uid)];
      expect(touched.filter((uid) => strangers.includes(uid))).toEqual([]);
    });
  });
  test('nothing is created under a name that is held', () => {
    always((seen, made) => {
      const held = new Set([
        ...seen.instances.map(({ name }) => `Deployment/${name}`),
        // What nobody vouches for is created anew, and found there.
        ...seen.configs.filter(({ name, uid }) => seen.verified.get(name) === uid).map(({ name }) => `ConfigMap/${name}`),
        ...seen.budgets
          .map(({ name }) => `PodDisruptionBudget/${name}`)
          .filter((budget) => !of(made, 'retire').some(({ kind, name }) => budget === `${kind}/${name}`)),
        ...seen.taken,
      ]);
      const names = of(made, 'publish').map(targetOf);
      expect(names.filter((name) => held.has(name))).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
    });
  });
  test('of a former life only what is authentic and missing is copied, under a name of its own', () => {
    always((seen, made) => {
      const ours = seen.records
        .filter(({ owner, authentic }) => authentic && owner?.uid === appOf(seen).uid)
        .map(({ fingerprint }) => fingerprint);
      for (const { name, fingerprint, sources: captured, specHash, revision } of copiesIn(made)) {
        const sources = seen.records.filter((record) => record.fingerprint === fingerprint);
        expect(sources.some(({ authentic, deleting, owner }) => authentic && !deleting && owner?.uid !== appOf(seen).uid)).toBe(true);
        // What it captured, and from what, is part of it.
        expect(sources).toContainEqual(expect.objectContaining({ sources: captured, specHash, revision }));
        expect(ours).not.toContain(fingerprint);
        expect(seen.records.map((record) => record.name)).not.toContain(name);
      }
      for (const { service } of of(made, 'reclaim')) {
        const owner = seen.services.find(({ name }) => name === service)?.owner;
        expect(owner === undefined || (owner.name === appOf(seen).name && owner.uid !== appOf(seen).uid)).toBe(true);
      }
    });
  });
  test('nothing is planned beside what is taken over but selectors that are put back', () => {
    always((_seen, made) => {
      if (of(made, 'reclaim').length === 0) return;
      const copies = copiesIn(made);
      const others = made.actions.filter((action) => !['reclaim', 'ask', 'attest', 'switch'].includes(action.do));
      expect(others.filter((action) => !(action.do === 'publish' && 'record' in action && copies.includes(action.record)))).toEqual([]);
    });
  });
  test('every action is aimed at what was seen', () => {
    always((seen, made) => {
      expect(misaimed({ seen, plan: made })).toEqual([]);
    });
  });
  test('the status breaks no rule, and it says when to look again', () => {
    always((seen, made) => {
      expect(lint({ before: appOf(seen).status, after: made.status, generation: 7, now: NOW })).toEqual([]);
      if (made.wake !== 'await-change') expect(made.wake.afterMs).toBeGreaterThan(0);
    });
  });
  test('a plan is a function of what was seen, not of the order in which it was seen', () => {
    const all = <T>(list: readonly T[]): T[] => [...list].reverse();
    always((seen, made) => {
      expect(plan(seen, NOW)).toEqual(made);
      const reversed = freeze({
        ...seen,
        neighbours: all(seen.neighbours),
        records: all(seen.records),
        factsSeen: all(seen.factsSeen),
        configs: all(seen.configs),
        instances: all(seen.instances),
        services: all(seen.services),
      });
      expect(plan(reversed, NOW)).toEqual(made);
    });
  });
});

interface StampIn {
  readonly uid: string;
  readonly switchNumber: number;
  readonly instance: string;
  readonly previous?: string;
}

function stampIn(annotations: Readonly<Record<string, string>>): StampIn | undefined {
  try {
    return JSON.parse(annotations['immutableapp.io/stamp'] ?? '') as StampIn;
  } catch {
    return undefined;
  }
}

describe('with a clock, chance and the process out of reach', () => {
  const { now } = Date;
  const { random } = Math;
  const { setTimeout, setInterval } = globalThis;
  const env = Object.getOwnPropertyDescriptor(process, 'env')!;
  const poison = (what: string) => (): never => {
    throw new Error(`${what} was used`);
  };
  afterEach(() => {
    Object.assign(Date, { now });
    Object.assign(Math, { random });
    Object.assign(globalThis, { setTimeout, setInterval });
    Object.defineProperty(process, 'env', env);
  });
  test('plans are the same', () => {
    const seen = sample.map((each) => each.seen);
    const expected = sample.map((each) => each.made);
    Object.assign(Date, { now: poison('Date.now') });
    Object.assign(Math, { random: poison('Math.random') });
    Object.assign(globalThis, { setTimeout: poison('setTimeout'), setInterval: poison('setInterval') });
    Object.defineProperty(process, 'env', { configurable: true, get: poison('process.env') });
    const made = seen.map((each) => plan(each, NOW));
    Object.defineProperty(process, 'env', env);
    expect(made).toEqual(expected);
  });
});

test('no member of Action is called patch, update, apply or replace', () => {
  const done = new Set(sample.flatMap(({ made }) => made.actions.map((action) => action.do)));
  expect([...done].filter((word) => /patch|update|apply|replace|edit/.test(word))).toEqual([]);
});

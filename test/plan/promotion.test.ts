// Parts of a promotion that no whole decision shows apart.
import { expect, test } from '@jest/globals';
import type { App } from '../../src/model/app.ts';
import type { Notes } from '../../src/model/observed.ts';
import { remember } from '../../src/plan/read/contention.ts';
import { plan } from '../../src/plan/plan.ts';
import { wasLeaving } from '../../src/plan/steps/promotion.ts';
import { proveDuring } from '../../src/plan/steps/proof.ts';
import type { Given, ServiceGiven } from '../given.ts';
import { coming, given, id, NOW, up, WEB } from '../given.ts';
import { sceneOf, stageOf } from './stage.ts';
import { lines } from './table.ts';

const actions = (facts: Given): string[] => lines(plan(given(facts), NOW).actions);

test('what the last report calls warm or draining served once, by its uid', () => {
  const seen = given({ versions: { one: up(3) } });
  const [instance] = seen.instances;
  const reported = (role: 'Warm' | 'Draining' | 'Preview' | 'Active', uid = instance!.uid): boolean => {
    const instances = [{ name: 'x', uid, role }];
    const versions = [{ id: 'without' }, { id: id('one'), instances }];
    return wasLeaving({ ...(seen.app as App), status: { versions } }, instance!);
  };
  expect((['Warm', 'Draining', 'Preview', 'Active'] as const).map((role) => reported(role))).toEqual([true, true, false, false]);
  expect(reported('Warm', 'uid-another')).toBe(false);
});

test('a switch moves the Services that are there; who comes later follows', () => {
  const facts: Given = {
    latest: 'two',
    versions: { one: up(3), two: up(3) },
    switches: ['one'],
    spec: { services: [WEB, { ...WEB, name: 'admin' }] },
    services: { web: {} },
  };
  expect(actions(facts)).toEqual(['switch web → two (switch 2, from one)']);
});

test('a replacement that failed for want of room is tried again by itself', () => {
  const said = (cause: 'cluster' | 'version') => {
    const failed = { replacement: true, instance: 'one-2', cause, reason: 'QuotaExceeded', ageSeconds: 10 } as const;
    const facts: Given = {
      versions: {
        one: {
          instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2, available: 0 }],
          renewed: { nonce: 'x', instances: ['one'] },
          failed,
        },
      },
      switches: ['one'],
    };
    return plan(given(facts), NOW).status.conditions?.find(({ type }) => type === 'Stalled')?.message;
  };
  expect(said('cluster')).toMatch(/: it is tried again by itself at 2026-03-01T12:00:50Z, then later each time; now: kubectl annotate /);
  expect(said('version')).toMatch(/: retry it with kubectl annotate/);
});

test('a report that does not say where a switch came from says that it came from nowhere', () => {
  const { routing } = stageOf({
    versions: { one: up(3) },
    status: { observedGeneration: 6, history: [{ switchNumber: 4, to: id('one') }] } as NonNullable<Given['status']>,
    services: { web: { on: 'one', stamp: 'none' } },
  });
  expect(routing.route).toEqual({ instance: id('one'), previous: '', switchNumber: 4 });
});

test('of those who changed a selector only the last hour is remembered', () => {
  const of = (web: ServiceGiven) => {
    const scene = sceneOf({ versions: { one: up(3) }, switches: ['one'], services: { web } });
    return remember(scene, scene.seen.services[0]!).map(({ by }) => by);
  };
  const reverts = [61, 59].map((minutesAgo, i) => ({ by: `writer-${i}`, minutesAgo }));
  expect(of({ on: 'one', stamp: { switchNumber: 1, reverts } })).toEqual(['writer-1']);
});

test('who changed spec too often gets a version once the rest of a minute is saved up', () => {
  const facts: Given = { latest: 'two', trial: 'accepted', versions: { one: { ...up(3), credit: 40, ageSeconds: 10 } }, switches: ['one'] };
  const { wake } = plan(given(facts), NOW);
  expect(wake).toEqual({ afterMs: 10_000 });
});

test('while traffic is shared only a failure takes back what a gate has passed, not that nothing could be measured', () => {
  const query = { name: 'errors', timeoutSeconds: 100, prometheus: { source: 'main', query: 'errors', max: 1, forSeconds: 10 } };
  const ladder = [{ percent: 5, seconds: 60 }, { percent: 100 }];
  const verdictAfter = (...seen: readonly ('good' | 'none' | 'bad')[]) => {
    let notes: Notes = {};
    return seen.map((is, i) => {
      const now = NOW + i * 200_000;
      const tally = { at: now, firstAt: NOW - 60_000, valid: 10, passes: is === 'good' ? 10 : 0, failures: is === 'bad' ? 1 : 0 };
      const last = [{ at: now, is, message: 'looked' }];
      const facts: Given = {
        latest: 'two',
        spec: { services: [{ ...WEB, ladder }], promotion: { during: [query] } },
        versions: { one: up(3), two: up(3) },
        switches: ['one'],
        fleet: { gateSources: [{ name: 'main', namespaces: undefined }] },
        measured: { 'during/errors': { since: 0, tally: { ...tally, last } } },
      };
      const stage = stageOf(facts, notes, now);
      const two = stage.versions.all.find((version) => version.id === id('two'))!;
      const proof = proveDuring(stage, two, two.instances[0]!)!;
      notes = stage.timer.notes();
      return proof.verdict.is;
    });
  };
  expect(verdictAfter('none', 'none')).toEqual(['wait', 'fail']);
  expect(verdictAfter('good', 'none', 'none', 'bad')).toEqual(['pass', 'pass', 'pass', 'fail']);
});

test('a candidate that is up for a moment only has its deadline all the same', () => {
  const after = (...moments: readonly (readonly [second: number, available: number])[]): string[] => {
    let notes: Notes = {};
    let said: string[] = [];
    for (const [second, available] of moments) {
      const facts: Given = {
        latest: 'two',
        spec: { promotion: { progressDeadlineSeconds: 60, minReadySeconds: 20 } },
        versions: { one: up(3), two: coming(3, available) },
        switches: ['one'],
        notes,
      };
      const decided = plan(given(facts), NOW + second * 1000);
      ({ notes } = decided);
      said = lines(decided.actions);
    }
    return said;
  };
  expect(after([0, 0], [50, 3], [55, 2], [59, 2])).toEqual([]);
  expect(after([0, 0], [50, 3], [55, 2], [60, 2])).toEqual(['examine two']);
});

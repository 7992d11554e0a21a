// Histories: edits, accidents, crashes and time, fed through plan with a crude model of what the actions and the cluster do. The finer
// model, with requests that fail and watches that lag, is test/world. Here a decision is always made on the truth.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Action } from '../../src/model/action.ts';
import type { Status } from '../../src/model/app.ts';
import type { Notes } from '../../src/model/observed.ts';
import type { Evidence } from '../../src/model/question.ts';
import type { InstanceName } from '../../src/model/version.ts';
import { LABEL } from '../../src/model/vocabulary.ts';
import type { Question } from '../../src/model/question.ts';
import { ordinal } from '../../src/plan/read/versions.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Given, InstanceGiven, ServiceGiven, VersionGiven } from '../given.ts';
import { given, id, nick, NOW, WEB } from '../given.ts';
import { lint } from '../statuslint.ts';
import { cases } from '../tools/cases.ts';
import { lines } from './table.ts';

const RUNS = cases(50);
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Instance = Mutable<InstanceGiven> & {
  pods: number;
  updated: number;
  available: number;
  ready: number;
  generation: number;
  observedGeneration: number;
};
interface Version extends Omit<Mutable<VersionGiven>, 'instances'> {
  instances: Instance[];
}

class World {
  now = NOW;
  latest = 'one';
  spec: Record<string, unknown> = {
    services: [WEB, { ...WEB, name: 'admin' }],
    promotion: { drainSeconds: 10 },
    retention: { warmSeconds: 60 },
  };
  versions: Record<string, Version> = {};
  services: Record<string, Mutable<ServiceGiven>> = {};
  status: Status | 'lost' = 'lost';
  trial: 'accepted' | undefined;
  recalled: string[] = [];
  evidence: Record<string, Evidence> = {};
  notes: Notes = {};
  created = 0;

  get seen(): Given {
    const { latest, spec, versions, services, status, recalled, evidence, notes, trial } = this;
    return { latest, spec, versions, services, status, recalled, evidence, notes, switches: [], ...(trial === undefined ? {} : { trial }) };
  }
  instance(name: string): Instance | undefined {
    const [nickname = ''] = nick(name).split('-');
    const number = ordinal(name as InstanceName);
    return this.versions[nickname]?.instances.find((each) => (each.ordinal ?? 1) === number);
  }
  selected(): string[] {
    return Object.values(this.services).flatMap(({ on }) => (on === undefined ? [] : [on]));
  }

  /** Decides on the truth and does the first `most` actions, judging each; a crash loses the rest, the status and the notes. */
  pass(most = Infinity): { actions: readonly Action[]; wake: number | undefined } {
    const seen = given(this.seen);
    const made = plan(seen, this.now);
    expect(lint({ before: seen.app.status, after: made.status, generation: 7, now: this.now })).toEqual([]);
    for (const action of made.actions.slice(0, most)) this.perform(action);
    if (most === Infinity) {
      this.status = made.status;
      this.notes = made.notes;
    } else this.restart();
    return { actions: made.actions, wake: made.wake === 'await-change' ? undefined : made.wake.afterMs };
  }
  restart(): void {
    this.notes = {};
    this.trial = undefined;
    this.recalled = [];
    this.evidence = {};
  }

  answer(question: Question): void {
    switch (question.ask) {
      case 'dryRun':
        this.trial = 'accepted';
        return;
      case 'content':
        this.recalled.push(nick(question.id));
        return;
      case 'pods':
        this.evidence[nick(question.instance)] = { cause: 'version', reason: 'CrashLoop', message: 'it crashed' };
        return;
      case 'images':
      case 'slices':
      case 'source':
      case 'differences':
      case 'config':
      case 'measure':
        throw new Error(`${question.ask} was not called for`);
    }
  }

  perform(action: Action): void {
    switch (action.do) {
      case 'ask':
        this.answer(action.question);
        return;
      case 'publish':
        this.publish(action);
        return;
      case 'attest':
        this.attest(action);
        return;
      case 'expose': {
        const on = (action.object.spec as { selector?: Record<string, string> }).selector?.[LABEL.instance];
        const raw = action.object.metadata.annotations?.['immutableapp.io/stamp'];
        const stamp = raw === undefined ? undefined : (JSON.parse(raw) as { switchNumber: number; previous: string });
        this.services[action.object.metadata.name] =
          on === undefined || stamp === undefined
            ? { selector: {}, stamp: 'none' }
            : { on: nick(on), stamp: { ...stamp, instance: nick(on), previous: nick(stamp.previous) }, endpoints: {} };
        return;
      }
      case 'scale': {
        const instance = this.instance(action.instance)!;
        if (action.to < action.from && this.selected().includes(nick(action.instance))) expect(action.to).toBe(this.replicas());
        Object.assign(instance, { replicas: action.to, generation: instance.generation + 1 });
        return;
      }
      case 'switch': {
        const instance = this.instance(action.stamp.instance)!;
        const before = this.services[action.service]!;
        if (!action.repair) expect([instance.available, instance.pods]).toEqual([instance.replicas, instance.replicas]);
        if (!action.repair) expect(instance.replicas).toBeGreaterThanOrEqual(this.replicas());
        const { switchNumber, previous } = action.stamp;
        this.services[action.service] = {
          on: nick(action.stamp.instance),
          stamp: { switchNumber, instance: nick(action.stamp.instance), previous: nick(previous) },
          endpoints: before.endpoints ?? {},
        };
        return;
      }
      case 'retire':
        this.retire(action);
        return;
      case 'trip':
      case 'reshape':
      case 'reclaim':
      case 'release':
        throw new Error(`${action.do} was not called for`);
    }
  }
  replicas(): number {
    return typeof this.spec.replicas === 'number' ? this.spec.replicas : 3;
  }
  publish(action: Extract<Action, { do: 'publish' }>): void {
    const version = action.kind === 'ControllerRevision' ? action.record.id : action.object.metadata.labels?.[LABEL.version];
    const [nickname = ''] = nick(version ?? '').split('-');
    if (action.kind === 'ControllerRevision') {
      expect(this.versions).not.toHaveProperty(nickname);
      this.versions[nickname] = { instances: [], configs: false, revision: ++this.created };
    } else if (action.kind === 'ConfigMap') this.versions[nickname]!.configs = true;
    else {
      const { object } = action;
      expect(this.instance(object.metadata.name)).toBeUndefined();
      const { replicas } = object.spec as { replicas: number };
      const number = ordinal(object.metadata.name as InstanceName);
      this.versions[nickname]!.instances.push({
        ordinal: number,
        replicas,
        pods: 0,
        updated: 0,
        available: 0,
        ready: 0,
        generation: 1,
        observedGeneration: 0,
      });
    }
  }
  attest({ record, fact }: Extract<Action, { do: 'attest' }>): void {
    const [nickname = ''] = nick(record.id).split('-');
    const version = this.versions[nickname]!;
    if (fact.is === 'held') version.held = fact.by;
    else if (fact.is === 'failed') version.failed = { ...fact, instance: nick(fact.instance) };
    else throw new Error(`${fact.is} was not called for`);
  }
  retire({ kind, name }: Extract<Action, { do: 'retire' }>): void {
    const [nickname = ''] = nick(name).split(/[-.]/);
    const version = this.versions[nickname];
    if (kind === 'Deployment') {
      expect(this.selected()).not.toContain(nick(name));
      for (const { endpoints } of Object.values(this.services)) expect(endpoints?.[nick(name)] ?? 0).toBe(0);
      version!.instances = version!.instances.filter((each) => each !== this.instance(name));
    } else if (kind === 'Service') Reflect.deleteProperty(this.services, name);
    else if (name.endsWith('.held')) delete version!.held;
    else if (name.endsWith('.failed')) delete version!.failed;
    else Reflect.deleteProperty(this.versions, nickname);
  }

  /** The Deployment controller, the kubelets and the EndpointSlice controller come by. Content `bad` never becomes available. */
  live(): void {
    for (const [nickname, { instances }] of Object.entries(this.versions))
      for (const each of instances) {
        each.observedGeneration = each.generation;
        each.pods = each.updated = each.replicas;
        each.available = each.ready = nickname === 'bad' ? 0 : each.replicas;
      }
    for (const service of Object.values(this.services))
      service.endpoints = service.on === undefined ? {} : { [service.on]: this.instance(id(service.on))?.available ?? 0 };
  }
}

type Step = readonly [what: string, does: (world: World, n: number) => void];
const CONTENTS = ['one', 'two', 'three', 'bad'];
const pick = (list: readonly string[], n: number): string => list[n % list.length]!;
const STEPS: readonly Step[] = [
  ['decide', (world) => world.pass()],
  ['decide', (world) => world.pass()],
  ['crash after some actions', (world, n) => world.pass(n % 3)],
  [
    'live',
    (world) => {
      world.live();
    },
  ],
  [
    'live',
    (world) => {
      world.live();
    },
  ],
  [
    'time',
    (world, n) => {
      world.now += [1_000, 11_000, 700_000][n % 3]!;
    },
  ],
  [
    'content',
    (world, n) => {
      world.latest = pick(CONTENTS, n);
      world.trial = undefined;
    },
  ],
  [
    'pointer',
    (world, n) => {
      world.spec = { ...world.spec, activeVersion: pick(['', ...CONTENTS.map((name) => id(name))], n) };
    },
  ],
  [
    'replicas',
    (world, n) => {
      world.spec = { ...world.spec, replicas: n % 4 };
    },
  ],
  [
    'mode',
    (world, n) => {
      world.spec = { ...world.spec, promotion: { mode: pick(['Manual', 'Automatic'], n), drainSeconds: 10 } };
    },
  ],
  [
    'restart',
    (world) => {
      world.restart();
    },
  ],
  [
    'a Service is deleted',
    (world, n) => {
      Reflect.deleteProperty(world.services, pick(['web', 'admin'], n));
    },
  ],
  [
    'a selector is emptied',
    (world, n) => {
      const service = world.services[pick(['web', 'admin'], n)];
      if (service?.stamp !== undefined && service.stamp !== 'none') {
        delete service.on;
        service.selector = {};
      }
    },
  ],
];

const play = (moves: readonly (readonly [number, number])[]): World => {
  const world = new World();
  for (const [which, n] of moves) STEPS[which]![1](world, n);
  return world;
};
const moves = fc.array(fc.tuple(fc.nat(STEPS.length - 1), fc.nat(11)), { maxLength: 40 });

/** Without faults or edits: until nothing is planned and nothing waited for. */
function settle(world: World): void {
  for (let i = 0; i < 60; i++) {
    world.live();
    const { actions, wake } = world.pass();
    if (actions.length === 0 && wake === undefined && i > 2) return;
    world.now += wake ?? 1;
  }
  throw new Error('never settled');
}

test('whatever happened, it ends: in what is asked for, or in a word why not', () => {
  fc.assert(
    fc.property(moves, (steps) => {
      const world = play(steps);
      settle(world);
      const { conditions = [], versions = [] } = world.status as Status;
      const is = (type: string): string | undefined => conditions.find((condition) => condition.type === type)?.status;
      expect([is('Ready'), is('Stalled')]).toContain('True');
      expect(is('Reconciling')).toBeUndefined();
      const roles = versions.flatMap(({ instances = [] }) =>
        instances.map(({ role, desired }) => (role === 'Discarded' && desired === 0 ? 'Failed' : role)),
      );
      expect(roles.filter((role) => ['Draining', 'Surplus', 'Discarded', 'Target'].includes(role ?? ''))).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

test('where it ended nothing is written, and loss of status or memory moves nothing', () => {
  fc.assert(
    fc.property(moves, (steps) => {
      const world = play(steps);
      settle(world);
      const again = plan(given(world.seen), world.now);
      expect(lines(again.actions)).toEqual([]);
      expect(again.status).toEqual(world.status);
      world.restart();
      const moving = (actions: readonly Action[]): string[] =>
        lines(actions.filter((action) => ['scale', 'retire', 'switch'].includes(action.do)));
      expect(moving(plan(given(world.seen), world.now).actions)).toEqual([]);
      world.status = 'lost';
      expect(moving(plan(given(world.seen), world.now).actions)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

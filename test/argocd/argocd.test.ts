// Health and actions of an ImmutableApp in Argo CD, run by its own Lua: over manifests as a real API server and the operator left them, in Argo
// CD's own layout of tests, and over every status that a decision produces.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { Status } from '../../src/model/app.ts';
import { PATTERNS } from '../../src/model/annotations.ts';
import { ANNOTATION, API_VERSION, CONDITION, KIND } from '../../src/model/vocabulary.ts';
import { TABLES } from '../plan/tables.ts';
import { decide } from '../plan/table.ts';
import { argocd, type Answer, type Health, type Offered } from './program.ts';

const FOLDER = 'deploy/argocd/resource_customizations/immutableapp.io/ImmutableApp';
const BUILD_MS = 20 * 60_000;

interface App {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: object;
}
interface HealthTests {
  readonly tests: readonly { readonly inputPath: string; readonly healthStatus: Health }[];
}
interface ActionTests {
  readonly discoveryTests: readonly { readonly inputPath: string; readonly result: readonly Offered[] }[];
  readonly actionTests: readonly {
    readonly action: string;
    readonly inputPath: string;
    readonly expectedOutputPath?: string;
    readonly expectedErrorMessage?: string;
    readonly parameters?: Readonly<Record<string, string>>;
  }[];
}

const read = (...path: readonly string[]): unknown => parse(readFileSync(join(FOLDER, ...path), 'utf8'));
const manifest = (...path: readonly string[]): object => read(...path) as object;
const { tests } = read('health_test.yaml') as HealthTests;
const { discoveryTests, actionTests } = read('actions', 'action_test.yaml') as ActionTests;
const ACTIONS = ['approve', 'go', 'go-back', 'pause', 'pin-1h', 'reject', 'renew', 'resume', 'unpin'];

const rows = Object.values(TABLES)
  .flat()
  .map((row) => ({ name: row.name, ...decide(row) }))
  .filter(({ seen, plan: { status } }) => !seen.app.deleting && status !== seen.app.status);
const isPaused = (app: object): boolean => 'paused' in app && app.paused === true;
const object = ({ seen: { app }, plan: { status } }: (typeof rows)[number], behind = 0): object => ({
  apiVersion: API_VERSION,
  kind: KIND,
  metadata: { name: 'shop', namespace: 'prod', generation: app.generation + behind },
  spec: { ...(isPaused(app) ? { paused: true } : {}) },
  status,
});

/** Not before the first test: the program may have to be built. */
beforeAll(() => argocd([]), BUILD_MS);

const actionsOf = async (path: string): Promise<readonly Offered[]> =>
  (await argocd([{ object: manifest('actions', path) }]))[0]!.actions ?? [];

describe('health', () => {
  test.each(tests)('$inputPath', async ({ inputPath, healthStatus }) => {
    const [answer] = await argocd([{ object: manifest(inputPath) }]);
    expect(answer!.error).toBeUndefined();
    expect(answer!.health).toEqual(healthStatus);
  });
  test('an App that nobody has looked at is Progressing', async () => {
    const [answer] = await argocd([
      { object: { apiVersion: API_VERSION, kind: KIND, metadata: { name: 'new', generation: 1 }, spec: {} } },
    ]);
    expect(answer!.health?.status).toBe('Progressing');
    // Argo CD keeps them in a map of Go, which has no order.
    expect(answer!.actions?.flatMap(({ name, disabled }) => (disabled === true ? [] : [name])).toSorted()).toEqual(['go', 'pause']);
  });

  describe('of every status that a decision produces', () => {
    let judged: readonly { readonly name: string; readonly status: Status; readonly paused: boolean; readonly said: Answer }[];
    beforeAll(async () => {
      const said = await argocd(rows.map((row) => ({ object: object(row) })));
      judged = rows.map(({ name, plan: { status }, seen: { app } }, i) => ({ name, status, paused: isPaused(app), said: said[i]! }));
    });
    const is = (status: Status, type: string): boolean => status.conditions?.find((each) => each.type === type)?.status === 'True';
    const should = (status: Status, paused: boolean): Health['status'] => {
      if (is(status, CONDITION.stalled)) return 'Degraded';
      if (paused) return 'Suspended';
      return is(status, CONDITION.reconciling) || !is(status, CONDITION.ready) ? 'Progressing' : 'Healthy';
    };

    test('it is Degraded when it is Stalled, Suspended only when it is paused, Healthy once what was asked for serves', () => {
      expect(judged.length).toBeGreaterThan(200);
      const wrong = judged.filter(({ status, paused, said }) => said.health?.status !== should(status, paused));
      expect(wrong.map(({ name, said }) => `${name}: ${JSON.stringify(said.error ?? said.health)}`)).toEqual([]);
    });
    test('each says why', () => {
      expect(judged.filter(({ said }) => (said.health?.message ?? '').length < 10).map(({ name }) => name)).toEqual([]);
    });
    test('each offers every action, or says why not', () => {
      const odd = judged.filter(
        ({ said }) =>
          JSON.stringify(said.actions?.map(({ name }) => name).toSorted()) !== JSON.stringify(ACTIONS) ||
          said.actions?.some(({ disabled, displayName }) => disabled === true && !displayName.includes('(')),
      );
      expect(odd.map(({ name, said }) => `${name}: ${said.error ?? ''}`)).toEqual([]);
    });
    test('it is never Healthy while the status is about an older spec', async () => {
      const said = await argocd(rows.map((row) => ({ object: object(row, 1) })));
      expect(said.filter(({ health }) => health?.status !== 'Progressing')).toEqual([]);
    });
  });
});

describe('actions', () => {
  test.each(discoveryTests)('offered of $inputPath', async ({ inputPath, result }) => {
    const offered = await actionsOf(inputPath);
    const by = (a: Offered, b: Offered): number => (a.name < b.name ? -1 : 1);
    expect(offered.map((each) => ({ disabled: false, ...each })).toSorted(by)).toEqual(result.toSorted(by));
  });

  /** What stands there anew each time, as a pattern that the operator reads. */
  const timeless = ({ metadata: { annotations = {}, ...metadata }, ...rest }: App): object => {
    const said = Object.entries(annotations).map(([key, value]) => {
      if (key === ANNOTATION.pin) expect(value).toMatch(new RegExp(PATTERNS.pin));
      if (key === ANNOTATION.renew) expect(value).toMatch(new RegExp(PATTERNS.renew));
      return [key, value.replace(/ until .*|@\d+$/, ' at some time')];
    });
    return { ...rest, metadata: { ...metadata, annotations: Object.fromEntries(said) as object } };
  };
  test.each(actionTests)('$action of $inputPath', async ({ action, inputPath, parameters, expectedOutputPath, expectedErrorMessage }) => {
    const [answer] = await argocd([{ object: manifest('actions', inputPath), run: action, ...(parameters && { parameters }) }]);
    expect(answer!.error).toBe(expectedErrorMessage);
    if (expectedOutputPath === undefined) return;
    expect(timeless(answer!.object as App)).toEqual(timeless(read('actions', expectedOutputPath) as App));
  });
  test('each is shown', () => {
    expect([...new Set(actionTests.map(({ action }) => action))].toSorted()).toEqual(ACTIONS);
  });
  test('a pin lasts an hour', async () => {
    const from = Math.floor(Date.now() / 1000) * 1000;
    const [answer] = await argocd([{ object: manifest('actions', 'testdata/serving.yaml'), run: 'pin-1h' }]);
    const [, until = ''] = (answer!.object as App).metadata.annotations![ANNOTATION.pin]!.split(' until ');
    expect(Date.parse(until) - from).toBeGreaterThanOrEqual(3600_000);
    expect(Date.parse(until) - Date.now()).toBeLessThanOrEqual(3600_000);
  });
});

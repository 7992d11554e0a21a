// What receivers are told of a decision: each thing once, under an id that another process finds again, and never a value of config or env.
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Action } from '../../src/model/action.ts';
import type { App, Status } from '../../src/model/app.ts';
import type { Notice } from '../../src/model/notice.ts';
import { TOPIC_OF, TOPICS } from '../../src/model/notice.ts';
import type { Snapshot } from '../../src/model/observed.ts';
import type { Reason } from '../../src/model/vocabulary.ts';
import { REASON } from '../../src/model/vocabulary.ts';
import { news, noticesDone, noticesOf, recent } from '../../src/plan/report/notices.ts';
import { cold, coming, id, nick, NOW, up, WEB } from '../given.ts';
import type { Row } from './table.ts';
import { decide } from './table.ts';
import { TABLES } from './tables.ts';

const appOf = ({ app }: Pick<Snapshot, 'app'>): App | undefined => (app.is === 'app' ? app : undefined);
const told = (row: Omit<Row, 'name' | 'actions' | 'conditions'>): Notice[] => {
  const { seen, plan } = decide({ name: '', actions: [], conditions: [], ...row });
  return news(seen, appOf(seen)!, seen.app.status, plan.status, NOW);
};
const brief = ({ topic, reason, message, who, diff, command }: Notice) =>
  nick([topic, reason, message, ...(who === undefined ? [] : [`by ${who}`]), diff ?? '', command ?? ''].join(' | '));

/** What only the shell finds, or tells when it is done. */
const OF_THE_SHELL: readonly Reason[] = [REASON.Denied, REASON.Bug, REASON.Repaired];

const everything = () =>
  Object.values(TABLES)
    .flat()
    .flatMap((row) => {
      const { seen, plan } = decide(row);
      const app = appOf(seen);
      return app === undefined ? [] : [{ row, seen, app, plan, notices: noticesOf(seen, app, plan.status) }];
    });

describe('of every decision in the tables', () => {
  let all: ReturnType<typeof everything>;
  beforeAll(() => {
    all = everything();
  });

  test('every reason that makes a notice makes one in some decision, and no other does', () => {
    const said = new Set(all.flatMap(({ notices }) => notices.map(({ reason }) => reason)));
    const wanted = Object.values(REASON).filter((reason) => TOPIC_OF[reason] !== undefined && !OF_THE_SHELL.includes(reason));
    expect(wanted.filter((reason) => !said.has(reason))).toEqual([]);
    expect([...said].filter((reason) => TOPIC_OF[reason] === undefined)).toEqual([]);
    expect(new Set(Object.values(TOPIC_OF).filter((topic) => topic !== undefined))).toEqual(new Set(TOPICS));
  });

  test('of one status each is told once, with its own id; what is reported again is no news', () => {
    for (const { row, seen, app, plan, notices } of all) {
      expect([row.name, ...new Set(notices.map((notice) => notice.id))]).toEqual([row.name, ...notices.map((notice) => notice.id)]);
      expect(new Set(notices.map(({ about }) => about)).size).toBe(notices.length);
      expect(news(seen, app, plan.status, plan.status, NOW)).toEqual([]);
    }
  });

  test('a process that takes over finds the same ids in what was reported, and tells again only what is minutes old', () => {
    let count = 0;
    for (const { seen, app, plan } of all) {
      const fresh = news(seen, app, app.status, plan.status, NOW);
      const next = { ...app, status: plan.status };
      const again = recent(seen, next, NOW + 60_000);
      for (const notice of again) {
        expect(NOW - notice.at!).toBeLessThanOrEqual(5 * 60_000);
        const before = fresh.find(({ about }) => about === notice.about);
        if (before !== undefined) expect({ ...notice }).toEqual({ ...before });
        count += before === undefined ? 0 : 1;
      }
      expect(recent(seen, next, NOW + 3_600_000)).toEqual([]);
    }
    expect(count).toBeGreaterThan(100);
  });
});

const UPDATED = {
  latest: 'newsiteb',
  versions: { sitea: { ...up(3), name: '1.0' }, newsiteb: { ...up(3), name: '2.0', ageSeconds: 30 } },
};
const DIFF = 'main: httpd:2.4 → nginx:1.27, ConfigMap site';

test('a move: from, to, who, the images that differ, and the way back', () => {
  const moved = told({
    given: { ...UPDATED, services: { web: { on: 'newsiteb', stamp: { switchNumber: 2, previous: 'sitea' } } }, switches: ['sitea'] },
  });
  const [move] = moved.filter(({ topic }) => topic === 'moved');
  expect(move).toMatchObject({
    id: 'uid-app/moved/2',
    switchNumber: 2,
    from: { version: id('sitea'), name: '1.0' },
    to: { version: id('newsiteb'), name: '2.0' },
  });
  expect(brief(move!)).toBe(
    `moved | Automatic | newsiteb (2.0) serves instead of sitea (1.0) | ${DIFF} | kubectl patch -n prod iapp/shop --type=merge --field-manager=oncall-$USER -p '{"spec":{"activeVersion":"sitea"}}'`,
  );
});

test('a version that is new', () => {
  const minted = told({ given: { ...UPDATED, switches: ['sitea'], status: { observedGeneration: 1 } } })
    .filter(({ topic }) => topic === 'minted')
    .toSorted((a, b) => a.at! - b.at!);
  expect(minted.map(brief)).toEqual([
    'minted | Minted | sitea (1.0) is recorded |  | ',
    `minted | Minted | newsiteb (2.0) is recorded | ${DIFF} | `,
  ]);
  expect(minted.map(({ at }) => at)).toEqual([NOW - 3_600_000, NOW - 30_000]);
  // Where status was lost nobody is told of what is old.
  const lost = told({ given: { ...UPDATED, switches: ['sitea', 'newsiteb'], status: 'lost' } });
  expect(lost.map(({ topic, to }) => [topic, nick(to!.version)])).toEqual([
    ['minted', 'newsiteb'],
    ['moved', 'newsiteb'],
  ]);
});

test('a failure tells what happened, and not what the container printed', () => {
  const failed = {
    reason: 'CrashLoop',
    message: 'container main crashed 3 times (exit code 1): DB_PASSWORD=hunter2 is wrong',
    cause: 'version',
  } as const;
  const [notice] = told({ given: { latest: 'two', versions: { one: up(3), two: { ...cold, failed } }, switches: ['one'] } }).filter(
    ({ topic }) => topic === 'failed',
  );
  expect(brief(notice!)).toBe(
    'failed | CrashLoop | two failed (CrashLoop): container main crashed 3 times (exit code 1) |  | kubectl logs -n prod -l immutableapp.io/instance=two --all-containers --tail=-1 --previous',
  );
});

test.each<[string, object, Record<string, unknown>]>([
  ['a container', { reason: 'CrashLoop', message: 'container main crashed 3 times (exit code 1): hunter2' }, {}],
  [
    'a container, pointed at',
    { reason: 'CrashLoop', message: 'container main crashed (exit code 1): hunter2', by: id('two') },
    { activeVersion: id('two') },
  ],
  [
    'the Job of a gate',
    { reason: 'GateFailed', message: 'gate before/m: Job two-x failed: container main exited with 1 (Error): hunter2', gate: 'before/m' },
    { promotion: { before: [{ name: 'm', job: { spec: {} } }] } },
  ],
  ['the Job of a gate that is gone', { reason: 'GateFailed', message: 'gate before/m: Job two-x failed: hunter2', gate: 'before/m' }, {}],
])('the last words of %s stay inside', (_, evidence, spec) => {
  const failed = { ...evidence, cause: 'version' } as never;
  const { seen, plan } = decide({
    name: '',
    given: { spec, latest: 'two', versions: { one: up(3), two: { ...cold, failed } }, switches: ['one'] },
    actions: [],
    conditions: [],
  });
  const said = noticesOf(seen, appOf(seen)!, plan.status);
  expect(said.filter(({ topic }) => topic === 'failed').length).toBeGreaterThan(0);
  expect(JSON.stringify(plan.status)).toContain('hunter2');
  expect(JSON.stringify(said)).not.toContain('hunter2');
});

test('what another gate measured is told', () => {
  const failed = {
    reason: 'GateFailed',
    message: 'gate before/errors: 4.1 % of 2,000 requests',
    gate: 'before/errors',
    cause: 'version',
  } as const;
  const spec = { promotion: { before: [{ name: 'errors', http: { port: 'http', path: '/' } }] } };
  const given = { spec, latest: 'two', versions: { one: up(3), two: { ...cold, failed } }, switches: ['one'] } as const;
  expect(told({ given }).map(({ message }) => nick(message))).toContain(
    'two failed (GateFailed): gate before/errors: 4.1 % of 2,000 requests',
  );
});

test('what the API server quotes from a template stays inside', () => {
  const given = { latest: 'two', versions: { one: up(3) }, switches: ['one'], trial: 'refused' } as const;
  const [notice] = told({ given, since: 60 }).filter(({ topic }) => topic === 'failed');
  expect(notice).toMatchObject({ reason: 'InvalidTemplate', command: 'kubectl describe -n prod iapp/shop' });
  expect(notice!.message).not.toContain('Required value');
});

test('no value of env or config is in any notice', () => {
  const VALUES = ['s3cr3t-env', 's3cr3t-config'];
  const template = {
    spec: { containers: [{ name: 'main', image: 'app:2', env: [{ name: 'KEY', value: VALUES[0] }] }] },
  };
  const spec = { template, config: [{ name: 'site', data: { key: VALUES[1] } }] };
  for (const given of [{ spec }, { spec, trial: 'refused' }, { spec, status: 'lost' }] as const) {
    const said = told({ given: { latest: 'two', versions: { one: up(3), two: coming(3) }, switches: ['one'], ...given } });
    expect(VALUES.filter((value) => JSON.stringify(said).includes(value))).toEqual([]);
  }
});

test('a decision of people, with who made it', () => {
  const held = { latest: 'two', versions: { one: up(3), two: { ...coming(3, 3), held: '1.0', heldWho: 'oncall-ada' } }, switches: ['one'] };
  const said = told({ given: { ...held, spec: { activeVersion: id('one') }, decision: id('one') }, since: 60 });
  expect(said.map(({ topic, reason }) => `${topic} ${reason}`)).toContain('held Held');
  // What is on hold is not said to wait as well.
  expect(said.filter(({ topic }) => topic === 'waiting')).toEqual([]);
});

test('a selector that was restored is told by its deed, and by when that was', () => {
  const at = '2026-03-01T12:00:00Z';
  const stamp = { uid: 'u', generation: 1, instance: 'shop-a', previous: '', switchNumber: 4, reverts: [{ by: 'kubectl-edit', at }] };
  const repair = { do: 'switch', service: 'web', role: 'Active', repair: true, stamp } as unknown as Action;
  const { seen } = decide({ name: '', given: { latest: 'one', spec: { services: [WEB] } }, actions: [], conditions: [] });
  expect(noticesDone(appOf(seen)!, [repair, { ...repair, repair: false } as Action])).toMatchObject([
    {
      id: `uid-app/intrusion/Repaired/web/${at}`,
      topic: 'intrusion',
      who: 'kubectl-edit',
      message: 'selector of web is restored to shop-a after kubectl-edit changed it',
    },
  ]);
});

test('a protection that is off is one piece of news, whatever is pushed meanwhile', () => {
  const { seen, plan } = decide({
    name: '',
    given: { latest: 'one', fleet: { enforcement: { is: 'detect only', why: 'no policies', outdated: false } } },
    actions: [],
    conditions: [],
  });
  const app = appOf(seen)!;
  const of = (status: Status, generation: number) =>
    noticesOf(seen, { ...app, generation }, status).filter(({ topic }) => topic === 'enforcement');
  expect(of(plan.status, 7)).toMatchObject([{ reason: 'DetectOnly', message: 'no policies' }]);
  expect(of(plan.status, 7)[0]!.id).toBe(of(plan.status, 8)[0]!.id);
});

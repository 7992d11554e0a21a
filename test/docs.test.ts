// The documentation says what the code says: every reason is explained, none is invented, and every link leads somewhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import type { App } from '../src/model/app.ts';
import { parse as parseApp } from '../src/model/app.ts';
import { idOf } from '../src/model/version.ts';
import type { Notice } from '../src/model/notice.ts';
import { TOPIC_OF } from '../src/model/notice.ts';
import { RENDERINGS } from '../src/shell/notices/rendering.ts';
import { POLICIES, REASON } from '../src/model/vocabulary.ts';
import { CARDS } from './bench/plugin.ts';
import { ATTACKS } from './cluster/attacks.ts';
import { FAULTS } from './shell/faults.ts';

const ROOT = readdirSync('.').filter((name) => name.endsWith('.md'));
const PAGES = [
  ...ROOT,
  'charts/immutableapp/README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const read = (page: string): string => readFileSync(page, 'utf8');

test('docs/reasons.md explains every reason once, and no other', () => {
  const rows = read('docs/reasons.md').match(/^\| `.*?\|/gm) ?? [];
  const explained = rows.flatMap((row) => [...row.matchAll(/`([A-Za-z]+)`/g)].map(([, reason]) => reason));
  expect(explained.toSorted()).toEqual(Object.values<string>(REASON).toSorted());
});

test('docs/notices.md says of every reason which notice it makes, and shows what is sent', () => {
  const page = read('docs/notices.md');
  const rows = [...page.matchAll(/^\| (?:`([a-z]+)`|(none)) \| .*? \| (`.*) \|$/gm)];
  const told = rows.flatMap(([, topic, none, list]) =>
    [...list!.matchAll(/`([A-Za-z]+)`/g)].map(([, reason]) => [reason, topic ?? none] as const),
  );
  expect(told).toHaveLength(Object.keys(TOPIC_OF).length);
  expect(Object.fromEntries(told)).toEqual(
    Object.fromEntries(Object.entries(TOPIC_OF).map(([reason, topic]) => [reason, topic ?? 'none'])),
  );
  const [, shown] = /```json\n([\s\S]+?)```/.exec(page)!;
  const event = JSON.parse(shown!) as { id: string; time: string; source: string; data: Omit<Notice, 'id' | 'about' | 'at' | 'topic'> };
  const notice = { ...event.data, id: event.id, about: '', topic: 'moved', at: Date.parse(event.time) } as const;
  expect(JSON.parse(RENDERINGS.cloudevents(notice, { cluster: event.source, at: 0 }).body)).toEqual(event);
});

/** Words of the code (ARCHITECTURE.md), which users need not learn. What is in quotes is a name. */
const OF_THE_CODE =
  /\b(annex\w*|seal\w*|burnt|decree\w*|hearsay|convict\w*|vouch\w*|minted|slate|tombstones?|fleet guard|flip\w*|event draft|stamps?|former li(?:fe|ves)|intruders?|(?:serves|runs) on|puts? back|let go)\b/i;
test('what users read has no words of the code', () => {
  const forUsers = PAGES.filter((page) => !['ARCHITECTURE.md', 'CONTRIBUTING.md'].includes(page));
  const found = forUsers.flatMap((page) =>
    read(page)
      .split('\n')
      .filter((line) => OF_THE_CODE.test(line.replaceAll(/`[^`]*`|\]\([^)]*\)/g, '')))
      .map((line) => `${page}: ${line}`),
  );
  expect(found).toEqual([]);
});

test('each command of the plugin that a recipe names is timed, or needs what the Apps of the bench have not got', () => {
  const recipes = read('docs/recipes.md');
  const named = new Set([...recipes.matchAll(/^(?:.*&& )?kubectl iapp ([a-z-]+)/gm)].map(([, name]) => name!));
  const UNTIMED = ['diff', 'glass', 'logs', 'rehearse']; // records of versions, instances, pods with logs, a pod that comes up
  const timed = CARDS.map(([name]) => name!);
  expect([...named].filter((name) => !timed.includes(name)).toSorted()).toEqual(UNTIMED);
});

test('recipes speak of reasons that exist', () => {
  const rows = read('docs/recipes.md').match(/^\| `[A-Z].*?\|/gm) ?? [];
  const named = rows.flatMap((row) => [...row.matchAll(/`([A-Z][A-Za-z]+)`/g)].map(([, reason]) => reason!));
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((reason) => !(reason in REASON))).toEqual([]);
});

describe('the App that README begins with', () => {
  const readme = read('README.md');
  const [, yaml] = /```yaml\n([\s\S]+?)```/.exec(readme)!;
  const appOf = (text: string): App => {
    const raw = parseYaml(text) as { metadata: object };
    return parseApp({ ...raw, metadata: { ...raw.metadata, namespace: 'shop', uid: 'u', generation: 1 } });
  };
  test('has the ids that are shown of it', () => {
    const ids = [yaml!, yaml!.replace('"Hello"', '"Hello again"')].map((text) => idOf('hello', appOf(text).fingerprint));
    expect(new Set(readme.match(/\bhello-[a-z0-9]{10}\b/g))).toEqual(new Set(ids));
    for (const id of ids) expect(readme).toContain(`(${id.slice('hello-'.length)})`);
  });
  test('has the defaults that are told', () => {
    const { promotion, retention } = appOf(yaml!);
    const rows = [
      `| a version has to come up within | ${promotion.progressDeadlineSeconds} s |`,
      `| after the switch the old one drains for | ${promotion.drainSeconds} s |`,
      `| a version that collapses is rolled back within | ${promotion.failbackSeconds} s of its switch |`,
      `| kept warm | ${retention.warm} version, for ${retention.warmSeconds} s |`,
      `| kept for the logs of a failed version | 1 pod, for ${retention.failedSeconds} s |`,
      `| kept as records | the last ${retention.versions} versions that served, and 3 that did not |`,
    ];
    expect(rows.filter((row) => !readme.includes(row))).toEqual([]);
  });
});

test('docs/security.md names attacks that are tried, and counts the policies', () => {
  const cited = [...read('docs/security.md').matchAll(/attack (`[^|]*)\|/g)].flatMap(([, list]) => [...list!.matchAll(/`(.+?)`/g)]);
  expect(cited.length).toBeGreaterThan(25);
  const tried = new Set(ATTACKS.map(({ what }) => what));
  expect(cited.map(([, name]) => name!).filter((name) => !tried.has(name))).toEqual([]);
  expect(POLICIES).toHaveLength(11);
  expect(read('docs/security.md')).toContain('eleven [ValidatingAdmissionPolicies]');
});

test('docs/faults.md promises what test/shell/faults.ts holds, no more and no less', () => {
  const page = read('docs/faults.md');
  const rows = [...page.matchAll(/^\| (.+?) +\| .+ \| ([\d.]+) s +\| .+ \|$/gm)].map(([, fault, seconds]) => [fault, seconds]);
  expect(rows).toEqual(FAULTS.map(({ fault, boundMs }) => [fault, String(boundMs / 1000)]));
  const telemetry = read('src/shell/ops/telemetry.ts');
  expect([...page.matchAll(/`(immutableapp_\w+)`/g)].map(([, name]) => name!).filter((name) => !telemetry.includes(`'${name}'`))).toEqual(
    [],
  );
  expect([...page.matchAll(/`(test\/.+?)`/g)].map(([, path]) => path!).filter((path) => !existsSync(path))).toEqual([]);
});

test.each(PAGES)('%s links to what is there', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target]) => target!);
  expect(links.filter((target) => !existsSync(join(dirname(page), target)))).toEqual([]);
});

/** As GitHub makes them of headings. */
const anchorsOf = (page: string): Set<string> =>
  new Set(
    [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

test.each(PAGES)('%s links to headings that are there', (page) => {
  const links = [...read(page).matchAll(/\]\(([^):#]*)#([^)]+)\)/g)].map(([, target, anchor]) => ({ target: target!, anchor: anchor! }));
  const pages = links.map(({ target, anchor }) => ({ there: target === '' ? page : join(dirname(page), target), anchor }));
  expect(pages.filter(({ there, anchor }) => there.endsWith('.md') && !anchorsOf(there).has(anchor))).toEqual([]);
});

test('how to add a kind of gate names each place where the code asks which kind it is; each kind is explained, and in the sample', () => {
  const [, recipe = ''] = /^### a kind of gate\n(.*?)^### /ms.exec(read('CONTRIBUTING.md')) ?? [];
  const asks = (file: string): boolean => /\b(?:is: |is === |case )'(?:webhook|threshold|approval)'/.test(read(file));
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((file) => `src/${file}`);
  const places = sources.filter((file) => file.endsWith('.ts') && asks(file));
  expect(places).toContain('src/gates/author.ts');
  expect(
    places.filter((file) => !recipe.includes(file.replace(/(?<=^src\/gates\/)(?:webhook|threshold|approval)\.ts$/, 'NAME.ts'))),
  ).toEqual([]);
  const sample = read('deploy/samples/5-gates.yaml');
  for (const kind of ['window', 'http', 'prometheus', 'webhook', 'approval', 'job']) {
    expect(read('docs/gates.md')).toMatch(new RegExp(`^## ${kind}$`, 'm'));
    expect(sample).toMatch(new RegExp(`^      ${kind}:`, 'm'));
  }
});

// What each command of `kubectl iapp` prints on a real API server: into a pipe, on a terminal of 80 columns, and, where it has -o json, as its schema
// says. One App goes through its life; what was printed is compared with test/cli/golden, where people read it. To write one anew, delete it.
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import xterm from '@xterm/headless';
import { parse, stringify } from 'yaml';
import { COMMANDS } from '../../src/cli/commands.ts';
import { run } from '../../src/cli/plugin.ts';
import { violations } from '../cli/schema.ts';
import { told } from '../cli/golden.ts';
import { NEVER, polled, template, type Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());
const FOLDER = 'test/cli/golden';
const COLUMNS = 80;
const ROWS = 24;

interface Ran {
  readonly exit: number;
  /** On standard output, and with what stands beside it. */
  readonly out: string;
  readonly printed: string;
}

interface Typed {
  readonly words: readonly string[];
  /** What standard input holds. */
  readonly input?: string;
  /** What is answered where the command asks; into a pipe there is nobody to. */
  readonly answer?: string;
  /** It ends with an error, and says nothing else. */
  readonly refused?: boolean;
  /** What stood before a change, which may be over before it is seen. */
  readonly fleeting?: RegExp;
}

async function iapp({ words, input = '', answer }: Typed, isTTY: boolean): Promise<Ran> {
  let [printed, answered] = ['', ''];
  const err = { isTTY, columns: COLUMNS, write: (text: string) => (printed += text) };
  const out = { ...err, write: (text: string) => ((printed += text), (answered += text)) };
  const exit = await run(COMMANDS, words, {
    out,
    err,
    environment: { USER: 'ann', KUBECONFIG: `${stage.cluster.kubeconfig}:${contexts}` },
    signal: AbortSignal.timeout(TEST_MS),
    now: Date.now,
    read: (path) => Promise.resolve(path === '-' ? input : readFileSync(path, 'utf8')),
    ask: (question) => {
      if (isTTY) printed += `${question}${answer ?? ''}\n`;
      return Promise.resolve(isTTY ? answer : undefined);
    },
  });
  return { exit, out: answered, printed };
}

const config = (color: string) => [{ name: 'site', data: { 'site.conf': `color ${color}\nroot /srv\n` }, mountPath: '/etc/site' }];
const FIRST = { version: '1.0', template: template({ image: 'example/web:1' }), config: config('blue'), replicas: 2 };
const SECOND = { ...FIRST, version: '1.1', template: template({ image: 'example/web:2' }), config: config('green') };
const THIRD = {
  ...SECOND,
  version: '1.2',
  template: template({ image: 'example/web:3', annotations: NEVER }),
  promotion: { progressDeadlineSeconds: 3 },
};

/** It waits for two people, and for a Job that runs on and on. */
const JOB = {
  template: { metadata: { annotations: NEVER }, spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'm:1' }] } },
};
const GATED = {
  ...SECOND,
  promotion: {
    before: [
      { name: 'signed', approval: { count: 2 } },
      { name: 'smoke', job: { spec: JOB } },
    ],
  },
};

let place: Place;
/** Another App, whose next version waits for its gates. */
let gated: Place;
/** Two more names of this cluster, and one of a cluster that is away. */
let contexts: string;
beforeAll(async () => {
  contexts = contextsBeside(stage.cluster.kubeconfig);
  gated = await stage.place();
  await gated.rollOut(FIRST);
  await gated.update(GATED);

  place = await stage.place();
  await place.rollOut(FIRST);
  await place.rollOut(SECOND);
  await place.stalled(await place.update(THIRD), 'VersionFailed');
  await place.told(
    ({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Enforced' && is === 'True') === true,
    'it is enforced',
  );
  await place.settle();
  await gated.told(({ status }) => JSON.stringify(status?.versions?.[0]?.gates ?? []).includes('runs'), 'its Job runs');
}, TEST_MS);

function contextsBeside(kubeconfig: string): string {
  const { contexts } = parse(readFileSync(kubeconfig, 'utf8')) as { contexts: [{ context: { cluster: string; user: string } }] };
  const [{ context }] = contexts;
  const file = join(mkdtempSync(join(tmpdir(), 'contexts-')), 'kubeconfig');
  const named = ['staging', 'eu'].map((name) => ({ name, context }));
  const away = { name: 'away', context: { ...context, cluster: 'away' } };
  const clusters = [{ name: 'away', cluster: { server: 'https://127.0.0.1:1' } }];
  writeFileSync(file, stringify({ clusters, contexts: [...named, away] }));
  return file;
}

/** What is read of the App, and what would be done; then what is done, in this order. */
const READ: readonly Typed[] = [
  { words: ['status', 'shop'] },
  { words: ['why', 'shop'] },
  { words: ['versions', 'shop'] },
  { words: ['history', 'shop'] },
  { words: ['diff', 'shop'] },
  { words: ['diff', 'shop', '1.0', '1.1'] },
  { words: ['diff', 'shop', '-f', 'test/cli/golden/app.yaml'] },
  { words: ['rehearse', 'shop', '--dry-run'] },
  { words: ['pods', 'shop'] },
  { words: ['wait', 'shop'] },
  { words: ['top'] },
  { words: ['top', '--behind'] },
  { words: ['top', '--contexts', 'staging,eu'] },
  { words: ['top', '--contexts', 'staging,away'] },
  { words: ['status', '-A'] },
  { words: ['audit', 'shop'] },
  { words: ['audit', '-A'] },
  { words: ['warm', 'shop'] },
  { words: ['warm', '-A'] },
  { words: ['pin-images', '-f', 'test/cli/golden/app.yaml'] },
  { words: ['doctor'] },
  { words: ['report', 'shop', '-o', 'name'] },
  { words: ['go', 'shop', '1.0', '--dry-run'] },
  { words: ['back', 'shop', '--dry-run'] },
  { words: ['back', 'shop', '--tonight', '--dry-run'] },
  { words: ['back', 'shop', '--reject', '--dry-run'] },
  { words: ['pin', 'shop', '1.0', '--for', '4h', '--dry-run'] },
  { words: ['unpin', 'shop', '--dry-run'] },
  { words: ['reject', 'shop', '1.1', '--dry-run'] },
  { words: ['renew', 'shop', '1.2', '--dry-run', '--reason', 'the registry is back'] },
  { words: ['pause', 'shop', '--dry-run'] },
  { words: ['resume', 'shop', '--dry-run'] },
  { words: ['scale', 'shop', '3', '--dry-run'], refused: true },
  { words: ['cool', 'shop', '--dry-run'] },
  { words: ['cool', 'shop', '--keep', '1', '--dry-run'] },
  { words: ['glass', 'scale', 'shop-f7wwdpmjd6', '3', '--dry-run'] },
  { words: ['glass', 'point', 'web', 'shop-f7wwdpmjd6', '--dry-run'] },
  { words: ['glass', 'delete', 'deployment', 'shop-f7wwdpmjd6', '--dry-run'] },
  { words: ['migrate', '-f', 'test/cli/workloads/shop.yaml'] },
  { words: ['migrate', '-f', 'test/cli/workloads/bluegreen.yaml'] },
  { words: ['migrate', '-f', 'test/cli/workloads/canary-live.yaml', 'canary/orders'] },
  { words: ['migrate', '-f', 'test/cli/workloads/shop.yaml', '--name', 'till', '--overlap', 'Never'] },
  { words: ['lint', 'test/cli/golden/app.yaml'] },
  { words: ['hash', 'test/cli/golden/app.yaml'] },
  { words: ['render', 'test/cli/golden/app.yaml'] },
  { words: ['ladder', '-f', 'test/cli/golden/ladder.yaml'] },
  { words: ['plan', '-f', 'test/cli/golden/ladder.yaml', '--ready-after', '30s', '--within', '2h'] },
  { words: ['plan', '-f', 'test/cli/golden/app.yaml', '--ready-after', '30s'] },
];
const GATES: readonly Typed[] = [
  { words: ['status', 'shop'] },
  { words: ['why', 'shop'] },
  { words: ['approve', 'shop', '--dry-run'] },
  { words: ['waive', 'shop', '1.1', 'smoke', '--dry-run', '--reason', 'the test is broken'] },
  { words: ['hold-line', 'incident 42, ask Ada', '--dry-run'] },
  { words: ['hold-line', '--release', '--dry-run'] },
  // Simulated pods write no logs.
  { words: ['logs', 'shop', '--failed'], refused: true },
];
const DONE: readonly Typed[] = [
  { words: ['back', 'shop', '--reason', 'p99 doubled'], answer: 'y', fleeting: /^shop: 1\.1 .* serves.*\n/gm },
  { words: ['pin', 'shop', '1.1', '--for', '1h'], answer: 'n' },
  { words: ['go', 'shop', '--newest', '--dry-run'] },
  { words: ['status', 'shop'] },
  { words: ['history', 'shop'] },
  { words: ['why', 'shop'] },
];

/** What somebody may want to copy, what goes into a log line by line, errors, and tables whose last column is a name. */
const MAY_BE_WIDE = /kubectl |^Error: |^shop: .* serves|^shop is not there|^\d\.\d +\w+/;
/** What they print is YAML. */
const FOR_FILES = new Set(['ladder', 'migrate', 'pin-images', 'render']);

const printed = new Map<string, string[]>();
const shown = ({ words }: Typed): string =>
  `$ kubectl iapp ${words.map((word) => (word.includes(' ') ? `'${word}'` : word)).join(' ')} -n NS`;

async function printsAsDocumented(typed: Typed, isTTY: boolean, { namespace } = place): Promise<void> {
  const ran = await iapp({ ...typed, words: [...typed.words, '-n', namespace] }, isTTY);
  const wide = ran.printed.split('\n').filter((line) => stripVTControlCharacters(line).length > COLUMNS && !MAY_BE_WIDE.test(line));
  expect(FOR_FILES.has(typed.words[0]!) ? [] : wide).toEqual([]);
  if (!isTTY) expect(ran.printed).toBe(stripVTControlCharacters(ran.printed));
  const section = [
    `${shown(typed)}   ${isTTY ? '(terminal)' : '(pipe)'} → ${String(ran.exit)}`,
    told(
      ran.printed.replace(typed.fleeting ?? '', '').replaceAll((namespace === place.namespace ? gated : place).namespace, 'OTHER'),
      namespace,
    ),
  ].join('\n');
  printed.set(typed.words[0]!, [...(printed.get(typed.words[0]!) ?? []), section]);
}

const rows = (all: readonly Typed[], where: () => Place) => all.map((typed) => [typed.words.join(' '), typed, where] as const);
describe.each([...rows(READ, () => place), ...rows(GATES, () => gated)])('%s', (_, typed, where) => {
  test('into a pipe', () => printsAsDocumented(typed, false, where()), TEST_MS);
  test('on a terminal', () => printsAsDocumented(typed, true, where()), TEST_MS);
  const { shape } = COMMANDS.find(({ name }) => name === typed.words[0])!;
  if (shape === undefined || typed.refused === true || typed.words.includes('-o')) return;
  test('as JSON', async () => {
    const { out } = await iapp({ ...typed, words: [...typed.words, '-n', where().namespace, '-o', 'json'] }, false);
    expect(violations(shape, JSON.parse(out))).toEqual([]);
  });
});

/** A terminal of 80 columns and 24 rows, as its emulator has it. Of every line that is written it sees whether the screen holds just what was drawn. */
function terminal() {
  const emulator = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, convertEol: true, allowProposedApi: true });
  const text = (): string => {
    const { active } = emulator.buffer;
    const rows = Array.from({ length: active.length }, (_, row) => active.getLine(row)!.translateToString(true));
    return rows.join('\n').trimEnd();
  };
  let drawn = '';
  let frames = 0;
  const write = (written: string): void => {
    const begins = /^\u001b\[\d+A\r/.test(written);
    if (begins) frames++;
    drawn = (begins ? '' : drawn) + stripVTControlCharacters(written).replace('\r', '');
    const expected = drawn.trimEnd();
    emulator.write(written, () => {
      if (text() !== expected) leftovers.push(`${text()}\ninstead of\n${expected}`);
    });
  };
  const leftovers: string[] = [];
  return { write, shows: text, leftovers, redrawn: () => frames };
}

test(
  'status -w draws a rollout in one place, until Ctrl-C',
  async () => {
    const { write, shows, leftovers, redrawn } = terminal();
    const stop = new AbortController();
    const stream = { isTTY: true, columns: COLUMNS, rows: ROWS, write };
    const { namespace } = gated;
    const watching = run(COMMANDS, ['status', 'shop', '-w', '-n', namespace], {
      ...{
        out: stream,
        err: stream,
        environment: { USER: 'ann', KUBECONFIG: stage.cluster.kubeconfig },
        signal: stop.signal,
        now: Date.now,
      },
      ...{ read: () => Promise.reject(new Error('no file')), ask: () => Promise.resolve(undefined) },
    });
    const frames: string[] = [];
    const frame = async (what: string, isIt: (screen: string) => boolean): Promise<void> => {
      await polled(what, () => Promise.resolve(isIt(shows())));
      frames.push(`--- ${what}\n${told(shows(), namespace)}\n`);
    };
    const id = 'shop-f7wwdpmjd6';
    const waive = (gates: string) =>
      stage.kubectl(
        'annotate',
        '-n',
        namespace,
        'iapp/shop',
        '--overwrite',
        '--field-manager=oncall-ann',
        `immutableapp.io/waive=${gates}`,
      );
    await frame('two gates wait', (screen) => /gate signed .* wait[\s\S]*gate smoke .* wait/.test(screen));
    await waive(`${id}/signed`);
    await frame('one is waived', (screen) => !/gate signed .* wait/.test(screen) && /gate smoke .* wait/.test(screen));
    await waive(`${id}/signed,${id}/smoke`);
    await gated.settle();
    await frame('traffic has moved', (screen) => /serves +1\.1/.test(screen) && /way back +1\.0 .*Warm/.test(screen));
    const age = (): string | undefined => /serves .* for (\S+):/.exec(shows())?.[1];
    const then = age();
    await polled('its age goes on', () => Promise.resolve(age() !== undefined && age() !== then));
    stop.abort();
    expect(await watching).toBe(0);
    // In one place, however often it was drawn: nothing of a frame before stays, and no line is wrapped.
    expect(redrawn()).toBeGreaterThan(2);
    expect(leftovers).toEqual([]);
    printed.set('status-watch', frames);
  },
  TEST_MS,
);

describe.each(DONE.map((typed) => [typed.words.join(' '), typed] as const))('then %s', (_, typed) => {
  test('on a terminal', () => printsAsDocumented(typed, true), TEST_MS);
});

afterAll(() => {
  const [now, known]: Record<string, string>[] = [{}, {}];
  for (const [command, sections] of printed) {
    const file = `${FOLDER}/${command}.txt`;
    now![file] = sections.join('\n');
    if (existsSync(file)) known![file] = readFileSync(file, 'utf8');
    else writeFileSync(file, now![file]);
  }
  // One that is missing here was written just now: read it, and commit it.
  expect(now).toEqual(known);
});

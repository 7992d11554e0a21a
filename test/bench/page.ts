// npm run bench:page: the page of kubectl iapp dashboard with ten thousand Apps, in a real Chromium: until it shows them, until it shows what has
// changed, how smoothly it scrolls, and what its tab takes. The plugin and the API server are real; the Apps have status and no pods.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Browser, Page } from 'playwright-core';
import type { Cluster } from '../../deploy/local/cluster.ts';
import { API_VERSION } from '../../src/model/vocabulary.ts';
import { adminOf, must } from '../cluster/admin.ts';
import { openChromium, PLAIN, seen, until, whyNoChromium } from '../tools/chromium.ts';
import { median } from './command.ts';
import { crowded, type Crowd } from './crowded.ts';

const HELP = `Usage: npm run bench:page -- [--apps N] [--rounds N] [--assert]

Measures the page with so many Apps (10000); --assert: exit code 1 if it misses a budget.
`;
const MIB = 1024 ** 2;

/** Before anything of the page: notes when the first row is drawn, and when the first row says what is waited for. */
const NOTES = `
  globalThis.notes = {};
  new MutationObserver(() => {
    if (notes.first === undefined && document.querySelector('.apps a') !== null)
      requestAnimationFrame(() => requestAnimationFrame(() => (notes.first ??= performance.now())));
    if (notes.wanted !== undefined && document.querySelector('.apps li[data-at="0"]')?.textContent.includes(notes.wanted)) {
      notes.wanted = undefined;
      requestAnimationFrame(() => requestAnimationFrame(() => (notes.at = Date.now())));
    }
  }).observe(document, { childList: true, subtree: true, characterData: true });
`;

/** Goes down by one page after the other; the longest time between two frames. */
const SCROLLED = `new Promise((resolve) => {
  const box = document.querySelector('.apps');
  let [last, longest, steps] = [performance.now(), 0, 0];
  const frame = (now) => {
    longest = Math.max(longest, now - last);
    last = now;
    box.scrollTop += 700;
    if (++steps < 200) requestAnimationFrame(frame);
    else { box.scrollTop = 0; resolve(longest); }
  };
  requestAnimationFrame(frame);
})`;

interface Dashboard {
  readonly address: string;
  readonly process: ChildProcess;
}

async function dashboard(file: string, kubeconfig: string): Promise<Dashboard> {
  const child = spawn(process.execPath, [file, 'dashboard', '-A'], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('http')) return { address: line, process: child };
  throw new Error('kubectl iapp dashboard ended before it printed its address');
}

/** What the process of the tab has to itself, and its part of what it shares. */
async function tabBytes(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => Number(/^Pss: +(\d+) kB/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024);
  return Math.max(...sizes);
}

/** From before a write until the screen shows it. */
async function updates(cluster: Cluster, page: Page, rounds: number): Promise<number[]> {
  const admin = adminOf(cluster);
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const called = `9.${i}.0`;
    await seen(page, `(notes.at = undefined, notes.wanted = ${JSON.stringify(called)}, 0)`);
    const path = `/apis/${API_VERSION}/namespaces/team-0/immutableapps/web-0/status`;
    const versions = must(await admin.get<{ status: { versions: object[] } }>(path)).status.versions.map((each, at) =>
      at === 0 ? { ...each, called } : each,
    );
    const begin = Date.now();
    must(await admin.merge(path, { status: { versions } }));
    await until(page, 'notes.at !== undefined');
    times.push((await seen<number>(page, 'notes.at')) - begin);
  }
  await admin.close();
  return times;
}

interface Row {
  readonly what: string;
  readonly unit: string;
  readonly budget: number;
  readonly values: readonly number[];
}

async function measured(cluster: Cluster, file: string, rounds: number): Promise<Row[]> {
  const shown = await dashboard(file, cluster.kubeconfig);
  const chromium = await openChromium();
  const { browser } = chromium;
  try {
    const page = await (await browser.newContext({ ...PLAIN, viewport: { width: 1280, height: 900 } })).newPage();
    await page.addInitScript(NOTES);
    const first: number[] = [];
    for (let i = 0; i < rounds; i++) {
      await page.goto(i === 0 ? shown.address : new URL(shown.address).origin);
      await until(page, 'notes.first !== undefined');
      first.push(await seen<number>(page, 'notes.first'));
    }
    await until(page, "document.querySelector('.apps li[data-at=\"0\"]')?.textContent.startsWith('web-0team-0')");
    const changed = await updates(cluster, page, rounds * 3);
    const frame = [await seen<number>(page, SCROLLED)];
    return [
      { what: 'first paint of the list', unit: 'ms', budget: 1000, values: first },
      { what: 'an update, from before its write to the screen', unit: 'ms', budget: 250, values: changed },
      { what: 'longest frame in 200 pages of scrolling', unit: 'ms', budget: 250, values: frame },
      { what: 'the tab', unit: 'MiB', budget: 200, values: [(await tabBytes(browser)) / MIB] },
    ];
  } finally {
    await chromium.close();
    shown.process.kill('SIGINT');
    await once(shown.process, 'exit');
  }
}

async function ready(): Promise<void> {
  const why = await whyNoChromium();
  if (why !== undefined) throw new Error(why);
}

async function measure({ cluster, file, apps, rounds }: Crowd): Promise<boolean> {
  const rows = await measured(cluster, file, rounds);
  process.stdout.write(`${'median'.padStart(8)} ${'most'.padStart(8)} ${'budget'.padStart(8)}       ${apps} Apps\n`);
  for (const { what, unit, budget, values } of rows)
    process.stdout.write(
      `${[median(values), Math.max(...values), budget].map((value) => value.toFixed(0).padStart(8)).join(' ')} ${unit.padEnd(4)}  ${what}\n`,
    );
  return rows.every(({ budget, values }) => median(values) <= budget);
}

if (import.meta.main) process.exitCode = await crowded({ help: HELP, apps: 10_000, ready, measure });

// The alerts and the dashboard by themselves: promtool takes the rules and plays when each of them fires and when not, the dashboard is one,
// and docs/operate.md has a paragraph for each alert. That they fire on a real operator is shown by test/cluster/alerts.test.ts.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { createTelemetry } from '../../src/shell/ops/telemetry.ts';
import { needPackages } from '../tools/debian.ts';
import { CASES } from './cases.ts';
import { CONFIG } from './prometheus.ts';
import { ALERTS, dashboard, metricsOf, quickened, queries, rules, RULES } from './rulefile.ts';

const INSTALL_MS = 16 * 60_000;

let scratch = '';
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'immutableapp-rules-'));
  await needPackages(['prometheus'], (line) => process.stderr.write(`${line}\n`));
}, INSTALL_MS);
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const written = (name: string, text: string): string => {
  const file = join(scratch, name);
  writeFileSync(file, text);
  return file;
};
const promtool = (...args: string[]): string => execFileSync('promtool', args, { encoding: 'utf8' });

test('promtool takes the rules, the shortened ones too, and the configuration that the cluster test runs', () => {
  expect(promtool('check', 'rules', RULES)).toContain(`SUCCESS: ${String(ALERTS.length)} rules found`);
  expect(promtool('check', 'rules', written('rules.yaml', quickened()))).toContain(`${String(ALERTS.length)} rules found`);
  written('targets.json', '[]');
  expect(promtool('check', 'config', written('prometheus.yaml', CONFIG))).toContain('is valid prometheus config file syntax');
});

test('every alert has a case in which it fires and one in which it does not', () => {
  expect(Object.keys(CASES).toSorted()).toEqual(ALERTS.toSorted());
  for (const cases of Object.values(CASES)) {
    expect(cases.some(({ fires }) => fires !== undefined)).toBe(true);
    expect(cases.some(({ fires }) => fires === undefined)).toBe(true);
  }
});

test('an alert waits until it is sure, but for those that look back over a window and the one that nobody must wait for', () => {
  const atOnce = rules().filter((rule) => rule.for === undefined);
  expect(atOnce.map(({ alert }) => alert)).toEqual([
    'ImmutableAppTampered',
    'ImmutableAppLeaseRenewalsLate',
    'ImmutableAppCircuitOpen',
    'ImmutableAppNoticesDropped',
    'ImmutableAppOperatorBug',
  ]);
});

const labelled = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([key, value]) => `${key}="${value}"`)
    .join(', ')}}`;

const minutes = (duration: string): number => Number(duration.slice(0, -1)) * (duration.endsWith('h') ? 60 : 1);

test('promtool sees each alert fire when it should, and not when it should not', () => {
  const ruleOf = new Map(rules().map((rule) => [rule.alert, rule]));
  const tests = Object.entries(CASES).flatMap(([alertname, cases]) =>
    cases.map(({ series, at, fires }) => {
      const { labels, for: lasting } = ruleOf.get(alertname)!;
      const expr = `ALERTS{alertname="${alertname}", alertstate="firing"}`;
      const firing = { labels: `ALERTS${labelled({ alertname, alertstate: 'firing', ...labels, ...fires })}`, value: 1 };
      // What has to last has not lasted long enough before.
      const early = fires === undefined || lasting === undefined ? [] : [`${String(minutes(at) - minutes(lasting))}m`];
      return {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [
          { expr, eval_time: at, exp_samples: fires === undefined ? [] : [firing] },
          ...early.map((time) => ({ expr, eval_time: time, exp_samples: [] })),
        ],
      };
    }),
  );
  const file = written('cases.yaml', stringify({ rule_files: [resolve(RULES)], evaluation_interval: '1m', tests }));
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
  expect(`${stdout}${stderr}`).toContain('SUCCESS');
  expect(status).toBe(0);
});

test('docs/operate.md has one paragraph for each alert, for no other, and each alert leads there', () => {
  const page = readFileSync('docs/operate.md', 'utf8');
  const paragraphs = [...page.matchAll(/^#### (ImmutableApp\w+)$/gm)].map(([, name]) => name!);
  expect(paragraphs.toSorted()).toEqual(ALERTS.toSorted());
  for (const { alert, annotations } of rules()) expect(annotations.runbook_url).toBe(`docs/operate.md#${alert.toLowerCase()}`);
  for (const [, text] of page.matchAll(/^#### ImmutableApp\w+\n([^#]*)/gm)) expect(text!.trim().length).toBeGreaterThan(100);
});

test('docs/operate.md has a row for each metric of ours, and none for what is not exposed', async () => {
  const text = await createTelemetry().render();
  const exposed = [...text.matchAll(/^# TYPE (immutableapp_\w+)/gm)].map(([, name]) => name!);
  const rows = readFileSync('docs/operate.md', 'utf8').match(/^\| `immutableapp_.*?\|/gm) ?? [];
  const told = rows.flatMap((row) => [...row.matchAll(/`(immutableapp_\w+)/g)].map(([, name]) => name!));
  expect(told.toSorted()).toEqual(exposed.toSorted());
});

test('an alert says how bad it is, what is wrong and what to do; if it is about an App, which', () => {
  for (const { expr, labels, annotations } of rules()) {
    expect(['critical', 'warning']).toContain(labels.severity);
    expect(annotations.summary.length).toBeGreaterThan(20);
    expect(annotations.description.length).toBeGreaterThan(60);
    const names = expr.includes('by (app_namespace, app_name');
    expect(annotations.summary.includes('{{ $labels.app_namespace }}/{{ $labels.app_name }}')).toBe(names);
  }
});

test('alerts and dashboard ask for metrics that there are', async () => {
  const text = await createTelemetry().render();
  const exposed = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!));
  const asked = [...rules(), ...queries()].flatMap(({ expr }) => metricsOf(expr));
  expect(asked.length).toBeGreaterThan(40);
  expect(asked.filter((name) => !exposed.has(name) && !exposed.has(name.replace(/_(bucket|count|sum)$/, '')))).toEqual([]);
});

test('metrics are read out of expressions', () => {
  const expr = 'max by (kind) (a_b{x="c_d", y_z=~"1"} and ignoring (e_f) g_h == 1) / rate(i_j_total[5m])';
  expect(metricsOf(expr)).toEqual(['a_b', 'g_h', 'i_j_total']);
});

describe('the dashboard', () => {
  const { panels, schemaVersion, templating } = dashboard();

  test('is one of Grafana 10 or later that asks which Prometheus to use', () => {
    expect(schemaVersion).toBeGreaterThanOrEqual(39);
    expect(templating.list).toEqual([expect.objectContaining({ name: 'datasource', type: 'datasource', query: 'prometheus' })]);
    const sources = panels.flatMap(({ datasource, targets = [] }) => [datasource, ...targets.map((target) => target.datasource)]);
    expect(new Set(sources.map((source) => source?.uid))).toEqual(new Set([undefined, '${datasource}']));
  });

  test('has no two panels in one place or of one number, and each says what it shows', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${String(x + (i % w))} ${String(y + Math.floor(i / w))}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(cells.every((cell) => Number(cell.split(' ')[0]) < 24)).toBe(true);
    for (const { type, description = '', targets = [] } of panels.filter(({ type }) => type !== 'row')) {
      expect([type, description.length > 3, targets.length > 0]).toEqual([type, true, true]);
    }
  });
});

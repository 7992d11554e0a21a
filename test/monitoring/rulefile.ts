// The alerts and the dashboard as they are shipped, and the same rules on a shorter clock: what takes an hour in production shall be seen to
// fire in seconds.
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

export const RULES = 'charts/immutableapp/files/rules.yaml';
export const DASHBOARD = 'charts/immutableapp/files/dashboard.json';

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly runbook_url: string; readonly summary: string; readonly description: string };
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

const ruleFile = (): RuleFile => parse(readFileSync(RULES, 'utf8')) as RuleFile;

export const rules = (): Rule[] => ruleFile().groups.flatMap((group) => group.rules);

export const ALERTS = rules().map(({ alert }) => alert);

/** How long a condition has to last, and how far a window reaches back, when time is short. */
const FOR = '1s';
const WINDOW = '15s';
/** A bound that is a time itself. The API server's bookmarks come about once a minute, so less than that is not to be had. */
const BOUNDS = [['immutableapp_watch_silent_seconds) > 180', 'immutableapp_watch_silent_seconds) > 65']] as const;

/** The rules with every duration shortened and nothing else changed. */
export function quickened(): string {
  const quick = (expr: string): string =>
    BOUNDS.reduce((text, [slow, fast]) => text.replace(slow, fast), expr.replaceAll(/\[\d+[smhd]\]/g, `[${WINDOW}]`));
  const groups = ruleFile().groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => ({ ...rule, expr: quick(rule.expr), ...(rule.for && { for: FOR }) })),
  }));
  return stringify({ groups }, { lineWidth: 0 });
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

export interface Dashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[] };
  readonly panels: readonly Panel[];
}

export const dashboard = (): Dashboard => JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard;

/** What the panels ask, as Grafana would ask it for a short time; without what only hides that there is nothing. */
export const queries = (): { readonly title: string; readonly expr: string }[] =>
  dashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ title, expr: expr.replaceAll('$__rate_interval', WINDOW).replace(/ or vector\(0\)$/, '') })),
  );

/** Metrics that an expression reads: neither what stands in quotes, nor labels in parentheses after by and ignoring. */
export function metricsOf(expr: string): string[] {
  const bare = expr.replaceAll(/"[^"]*"/g, '').replaceAll(/\b(by|ignoring|on|without) *\([^)]*\)/g, '');
  const names = bare.replaceAll(/\{[^}]*\}/g, '').match(/\b[a-z]\w*_\w+\b(?! *\()/g) ?? [];
  return [...new Set(names)];
}

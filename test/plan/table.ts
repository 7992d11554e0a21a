// How a table of decisions is read: what was seen, and all that follows from it, in words short enough for one row.
import type { Action } from '../../src/model/action.ts';
import { factName } from '../../src/model/fact.ts';
import type { Snapshot } from '../../src/model/observed.ts';
import { LABEL } from '../../src/model/vocabulary.ts';
import type { Question } from '../../src/model/question.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Settings } from '../../src/model/settings.ts';
import { DEFAULTS } from '../../src/model/settings.ts';
import { freeze, given, nick, NOW } from '../given.ts';
import type { Given } from '../given.ts';
import { lint } from '../statuslint.ts';

export interface Row {
  /** A sentence. */
  readonly name: string;
  readonly given: Given;
  /** For how many seconds everything has looked like this already; default: it is seen for the first time. */
  readonly since?: number;
  readonly actions: readonly string[];
  /** `Ready Serving` for true, `not Ready BringingUp` for false; Enforced is the same everywhere and left out, UpToDate has its own test. */
  readonly conditions: readonly string[];
  /** Milliseconds, or that only a change matters. */
  readonly wake?: number;
  /** Role of every instance. */
  readonly roles?: Readonly<Record<string, string>>;
  /** Words that the message of a condition must contain. */
  readonly says?: Readonly<Record<string, string>>;
  /** Other fields of status. */
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface Outcome {
  readonly seen: Snapshot;
  readonly plan: Plan;
}

const settingsOf = ({ platform }: Given): Settings => (platform === undefined ? DEFAULTS : { ...DEFAULTS, images: platform });

/** The decision of a row: taken once `since` seconds ago, when everything looked the same, and again now. */
export function decide(row: Row): Outcome {
  const first = given(row.given);
  const settings = settingsOf(row.given);
  if (row.since === undefined) return { seen: first, plan: plan(first, NOW, settings) };
  const { notes } = plan(first, NOW - row.since * 1000, settings);
  const seen = freeze({ ...first, notes });
  return { seen, plan: plan(seen, NOW, settings) };
}

/** One line for each action, everything in it that a decision chose. */
export const lines = (actions: readonly Action[]): string[] => actions.map((action) => nick(line(action)));

function asked(question: Question): string {
  switch (question.ask) {
    case 'dryRun':
      return `rehearse ${question.object.metadata.name} ×${String(replicasOf(question.object))}`;
    case 'content':
      return `recall ${question.id}`;
    case 'source':
      return `capture ${question.source}`;
    case 'pods':
      return `examine ${question.instance}`;
    case 'images':
      return `look at images of ${question.instance}`;
    case 'slices':
      return `inspect ${question.service}`;
    case 'differences':
      return `compare ${question.instance}${question.published === undefined ? '' : ` with ${question.published.metadata.name} as published`}`;
    case 'config':
      return `search ${question.config}`;
    case 'measure':
      return `measure ${question.gate.phase}/${question.gate.name} of ${question.instance}`;
  }
}

function line(action: Action): string {
  switch (action.do) {
    case 'ask':
      return asked(action.question);
    case 'trip':
      return `trip: ${action.why}`;
    case 'publish':
      return published(action);
    case 'attest':
      return `attest ${factName(action.record, action.fact).replace(/(?<=\.(spec-hash|alias|renewed|discarded|gates-before|gates-during|gates-after))-\w+$/, '')}: ${action.why}`;
    case 'expose': {
      const { selector } = action.object.spec as { selector?: Record<string, string> };
      return `expose ${action.object.metadata.name} → ${selector?.[LABEL.instance] ?? 'nothing'}`;
    }
    case 'reshape':
      return `reshape ${action.service} ${JSON.stringify(action.shape.spec)}`;
    case 'scale':
      return `scale ${action.instance} ${String(action.from)} → ${String(action.to)}`;
    case 'switch':
      return routed(action);
    case 'reclaim':
      return `reclaim ${action.service} for ${action.owner.uid}`;
    case 'release':
      return `release ${action.service}`;
    case 'retire':
      return `retire ${action.kind} ${action.name.replace(/(?<=\.(spec-hash|alias|renewed|discarded|gates-before|gates-during|gates-after))-\w+$/, '')}: ${action.why}`;
  }
}

const replicasOf = (object: { readonly [field: string]: unknown }): number => (object.spec as { replicas: number }).replicas;

function published(action: Extract<Action, { do: 'publish' }>): string {
  if (action.kind === 'ControllerRevision') {
    const { name, revision, versionName } = action.record;
    const why = action.why === 'new content' ? '' : `: ${action.why}`;
    return `publish record ${name} #${String(revision)}${versionName === '' ? '' : ` "${versionName}"`}${why}`;
  }
  const { kind, object } = action;
  const { name } = object.metadata;
  if (kind === 'Deployment') return `publish Deployment ${name} ×${String(replicasOf(object))}`;
  if (kind === 'ConfigMap') return `publish ConfigMap ${name}`;
  const {
    selector,
    unhealthyPodEvictionPolicy: unhealthy,
    ...rest
  } = object.spec as {
    selector: { matchLabels: Record<string, string> };
    unhealthyPodEvictionPolicy?: string;
  };
  if (unhealthy !== 'AlwaysAllow') throw new Error(`budget ${name} keeps pods that are not ready`);
  return `publish budget ${name} ${JSON.stringify(rest)} of ${selector.matchLabels[LABEL.instance] ?? 'everything'}`;
}

function routed({ repair, role, service, stamp, selector, shape }: Extract<Action, { do: 'switch' }>): string {
  const verb = repair ? 'repair' : role === 'Preview' ? 'preview' : stamp.share === undefined ? 'switch' : 'lend';
  const others = Object.entries(selector).filter(([key, value]) => key !== LABEL.instance || value !== stamp.instance);
  const rest = others.length === 0 ? '' : ` ${JSON.stringify(Object.fromEntries(others))}`;
  const along = shape === undefined ? '' : ` with ${JSON.stringify(shape.spec.ports)}`;
  const by = (stamp.reverts ?? []).map((revert) => `${revert.by}${revert.applied === true ? ' by apply' : ''}`);
  const undone = by.length === 0 ? '' : `, undone by ${by.join(', ')}`;
  return `${verb} ${service} → ${stamp.instance} (switch ${String(stamp.switchNumber)}, from ${stamp.previous || 'nothing'}${stamp.share === undefined ? '' : `, ${String(stamp.share.percent)} %`})${rest}${along}${undone}`;
}

export const conditionLines = ({ status }: Plan): string[] =>
  (status.conditions ?? [])
    .filter(({ type }) => type !== 'Enforced' && type !== 'UpToDate')
    .map((entry) => `${entry.status === 'True' ? '' : entry.status === 'False' ? 'not ' : 'unknown '}${entry.type} ${entry.reason ?? ''}`);

export const rolesOf = ({ status }: Plan): Record<string, string> =>
  Object.fromEntries((status.versions ?? []).flatMap(({ instances = [] }) => instances.map(({ name, role }) => [nick(name), role ?? ''])));

/** What no action may do, whatever was seen: name a thing other than the one that was looked at. */
export function misaimed({ seen, plan: { actions } }: Outcome): string[] {
  return actions.flatMap((action): string[] => {
    if (action.do === 'switch' || action.do === 'reshape' || action.do === 'reclaim' || action.do === 'release') {
      const service = seen.services.find(({ name }) => name === action.service);
      return service?.resourceVersion === action.resourceVersion ? [] : [`${line(action)}: not the Service that was seen`];
    }
    if (action.do === 'ask') {
      const { question } = action;
      const aimed = question.ask !== 'slices' || seen.services.some(({ name, uid }) => name === question.service && uid === question.uid);
      return aimed ? [] : [`${line(action)}: not what was seen`];
    }
    if (action.do === 'scale') {
      const instance = seen.instances.find(({ name }) => name === action.instance);
      const right = instance?.uid === action.uid && instance.replicas === action.from && action.from !== action.to;
      return right ? [] : [`${line(action)}: not the Deployment that was seen`];
    }
    if (action.do === 'retire') {
      const all = [...seen.instances, ...seen.budgets, ...seen.services, ...seen.records, ...seen.factsSeen];
      return all.some(({ name, uid }) => name === action.name && uid === action.uid) ? [] : [`${line(action)}: not what was seen`];
    }
    return [];
  });
}

/** Every broken rule about the status of a decision. */
export const lintOf = ({ seen: { app, ending }, plan: { status } }: Outcome): string[] =>
  app.deleting || ending ? [] : lint({ before: app.status, after: status, generation: app.generation, now: NOW });

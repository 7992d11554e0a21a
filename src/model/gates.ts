// Gates as authors write them in spec.promotion, with every default filled in. Decides what a gate is, never what it says. What cannot be read
// is a gate all the same: it never passes.
import { int, list, obj, text } from './json.ts';
import type { Obj } from './json.ts';
import type { AuthorGate, CompareSpec, GateSpec, Phase, ThresholdSpec } from './measure.ts';
import type { Json, JsonObject } from './version.ts';
import { canonical, digest } from './version.ts';

const DIGITS = 10;
/** Of what is measured. */
const TIMEOUT_SECONDS = 600;

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);
const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'number') : []);

const number = <T>(value: unknown, fallback: T): number | T => (typeof value === 'number' ? value : fallback);

const threshold = ({ source, query, max, min, intervalSeconds, forSeconds, failures, minimum }: Obj): ThresholdSpec => ({
  is: 'threshold',
  source: text(source),
  query: text(query),
  max: number(max, undefined),
  min: number(min, undefined),
  intervalSeconds: int(intervalSeconds, 30),
  forSeconds: int(forSeconds, 300),
  failures: int(failures, 1),
  minimum: int(minimum, 3),
});

const comparison = ({ source, compare, alpha, minimumRequests, intervalSeconds, forSeconds }: Obj): CompareSpec => ({
  is: 'compare',
  source: text(source),
  total: text(obj(compare).total),
  bad: text(obj(compare).bad),
  atMost: number(obj(compare).atMost, 1.25),
  alpha: number(alpha, 0.01),
  minimumRequests: int(minimumRequests, 200),
  intervalSeconds: int(intervalSeconds, 10),
  forSeconds: int(forSeconds, 300),
});

/** By the field that it is written under. */
const READERS: Readonly<Record<string, (raw: Obj) => GateSpec>> = {
  window: ({ timeZone, days, from, to, except }) => ({
    is: 'window',
    timeZone: text(timeZone),
    days: strings(days),
    from: text(from),
    to: text(to),
    except: strings(except),
  }),
  http: ({ port, path, headers, status, intervalSeconds, passes, failures }) => ({
    is: 'http',
    port: text(port),
    path: text(path) || '/',
    headers: list(headers).map(({ name, value }) => ({ name: text(name), value: text(value) })),
    status: numbers(status).length === 0 ? [200] : numbers(status),
    intervalSeconds: int(intervalSeconds, 5),
    passes: int(passes, 3),
    failures: int(failures, 3),
  }),
  prometheus: (raw) => (raw.compare === undefined || raw.compare === null ? threshold(raw) : comparison(raw)),
  webhook: ({ source, intervalSeconds }) => ({ is: 'webhook', source: text(source), intervalSeconds: int(intervalSeconds, 15) }),
  job: ({ spec }) => ({ is: 'job', spec: obj(spec) as JsonObject }),
  approval: ({ count }) => ({ is: 'approval', count: int(count, 1) }),
};

/** They wait for people, or for an hour of the day: for as long as that takes, unless their author says how long. */
const PATIENT: ReadonlySet<string> = new Set(['window', 'approval']);

export const gatesOf = (phase: Phase, raw: unknown): AuthorGate[] => list(raw).map((gate) => gateOf(phase, gate));

function gateOf(phase: Phase, { name, enforce, timeoutSeconds, ...said }: Obj): AuthorGate {
  const kinds = Object.keys(READERS).filter((kind) => typeof said[kind] === 'object' && said[kind] !== null);
  const [kind = ''] = kinds;
  const spec: GateSpec = kinds.length === 1 ? READERS[kind]!(obj(said[kind])) : { is: 'unknown', said: Object.keys(said).toSorted() };
  const longest = int(timeoutSeconds, PATIENT.has(spec.is) ? 0 : TIMEOUT_SECONDS);
  return {
    phase,
    name: text(name),
    digest: digest(canonical({ spec: spec as unknown as Json, longest })).slice(0, DIGITS),
    enforce: enforce !== false,
    timeoutSeconds: longest === 0 ? undefined : longest,
    spec,
  };
}

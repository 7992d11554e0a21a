// Whether a route of the Gateway API says what a ladder says. The operator never reads routes: it has no rights to them, and needs none. So a rung
// that a route does not name, or gives another weight, is found here, by who may look. Pure.
import { list, obj, text } from '../model/json.ts';
import type { Obj } from '../model/json.ts';
import { rungName, weightsOf, type Rung } from '../model/ladder.ts';

export interface Checked {
  /** Rules that name a rung, in words. */
  readonly rules: readonly string[];
  /** What is wrong with them, in words. */
  readonly wrong: readonly string[];
}

const KINDS: ReadonlySet<unknown> = new Set(['HTTPRoute', 'GRPCRoute']);

/** `port`: of the Service. Other kinds of objects are passed over. */
export function checked(rungs: readonly Rung[], port: number, objects: readonly Obj[]): Checked {
  const weights = weightsOf(rungs);
  const wanted = new Map(rungs.map((rung, i) => [rungName(rung), weights[i]!]));
  const rules = objects
    .filter(({ kind }) => KINDS.has(kind))
    .flatMap(({ kind, metadata, spec }) => {
      const { name, namespace } = obj(metadata);
      const all = list(obj(spec).rules);
      return all.map(({ backendRefs }, i) => ({
        where: `${text(kind)} ${text(name)}${all.length === 1 ? '' : `, rule ${String(i + 1)}`}`,
        backends: list(backendRefs).map((ref) => backendOf(ref, namespace)),
      }));
    })
    .filter(({ backends }) => backends.some((backend) => backend.port === port && wanted.has(backend.service)));
  return { rules: rules.map(({ where }) => where), wrong: rules.flatMap((rule) => wrongIn(rule, wanted, port)) };
}

interface Rule {
  readonly where: string;
  readonly backends: readonly Backend[];
}

interface Backend {
  /** '' if it is none of the same namespace. */
  readonly service: string;
  readonly port: number;
  readonly weight: number;
}

/** With the defaults of the API. */
function backendOf(ref: Obj, namespace: unknown): Backend {
  const isOurs = [undefined, ''].includes(ref.group as string) && [undefined, 'Service'].includes(ref.kind as string);
  const isHere = ref.namespace === undefined || ref.namespace === namespace;
  return { service: isOurs && isHere ? text(ref.name) : '', port: Number(ref.port), weight: Number(ref.weight ?? 1) };
}

function wrongIn({ where, backends }: Rule, wanted: ReadonlyMap<string, number>, port: number): string[] {
  const sum = (of: readonly Backend[]): number => of.reduce((total, { weight }) => total + weight, 0);
  const total = sum(backends);
  const percent = (weight: number): string => `${String(Number(((100 * weight) / (total || 1)).toPrecision(3)))} %`;
  return [...wanted].flatMap(([name, weight]) => {
    const named = backends.filter((backend) => backend.service === name && backend.port === port);
    if (named.length === 0) return [`${where}: ${name} is missing, which has ${String(weight)} % by the ladder`];
    return total > 0 && sum(named) * 100 === weight * total
      ? []
      : [`${where}: ${name} gets ${percent(sum(named))}, but ${String(weight)} % by the ladder`];
  });
}

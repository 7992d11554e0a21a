// Asks a source a query of PromQL at this instant, by Prometheus' HTTP API. Judges no value; a query is never parsed here.
import type { Answered } from '../../gates/measured.ts';
import { list, obj, text } from '../../model/json.ts';
import { call, notJson } from './call.ts';
import type { Asked } from './sources.ts';

const LONGEST_MESSAGE = 300;

/** The values that each query gives, or why there are none of one of them. */
export async function askPrometheus(source: Asked, queries: readonly string[], userAgent: string, signal: AbortSignal): Promise<Answered> {
  const answers = await Promise.all(queries.map((query) => one(source, query, userAgent, signal)));
  const failed = answers.find((answer) => answer.is === 'error');
  return failed ?? { is: 'values', values: answers.flatMap((answer) => (answer.is === 'values' ? answer.values : [])) };
}

async function one({ host, port, path, headers, tls }: Asked, query: string, userAgent: string, signal: AbortSignal): Promise<Answered> {
  const reply = await call(
    {
      host,
      port,
      path: `${path}/api/v1/query`,
      headers: { ...headers, 'user-agent': userAgent, 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({ query, timeout: '4s' }).toString(),
      ...(tls === undefined ? {} : { tls }),
    },
    signal,
  );
  if (reply.is === 'error') return reply;
  const unreadable = notJson(reply);
  if (unreadable !== undefined) return { is: 'error', message: unreadable };
  let answer: Readonly<Record<string, unknown>>;
  try {
    answer = obj(JSON.parse(reply.body.toString()));
  } catch {
    return { is: 'error', message: `it answered ${String(reply.status)} with what is not JSON` };
  }
  if (answer.status !== 'success')
    return { is: 'error', message: `it answered ${String(reply.status)}: ${text(answer.error).slice(0, LONGEST_MESSAGE)}` };
  return valuesOf(obj(answer.data));
}

function valuesOf({ resultType, result }: Readonly<Record<string, unknown>>): Answered {
  if (resultType === 'scalar') return { is: 'values', values: [[valueOf(result)]] };
  if (resultType === 'vector') return { is: 'values', values: [list(result).map(({ value }) => valueOf(value))] };
  return { is: 'error', message: `the query gives a ${text(resultType)}: it must give one number, as an instant vector or a scalar` };
}

/** `[seconds, "value"]`. A native histogram has none: NaN. */
function valueOf(sample: unknown): number {
  const value = Array.isArray(sample) ? text(sample[1]) : '';
  if (value === '') return NaN;
  return /^[+-]?Inf$/.test(value) ? (value.startsWith('-') ? -Infinity : Infinity) : Number(value);
}

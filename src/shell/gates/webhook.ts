// Sends a CloudEvent in structured JSON to a source, to ask for its verdict. gates/webhook.ts judges the answer.
import type { Answered } from '../../gates/measured.ts';
import { call, notJson } from './call.ts';
import type { Asked } from './sources.ts';

export async function askWebhook(
  { host, port, path, headers, tls }: Asked,
  event: Readonly<Record<string, unknown>>,
  userAgent: string,
  signal: AbortSignal,
): Promise<Answered> {
  const reply = await call(
    {
      host,
      port,
      path: path === '' ? '/' : path,
      headers: { ...headers, 'user-agent': userAgent, 'content-type': 'application/cloudevents+json', accept: 'application/json' },
      body: JSON.stringify(event),
      ...(tls === undefined ? {} : { tls }),
    },
    signal,
  );
  if (reply.is === 'error') return reply;
  if (reply.status < 200 || reply.status > 299) {
    const why = reply.status < 400 && reply.status >= 300 ? ': redirects are not followed' : '';
    return { is: 'error', message: `it answered ${String(reply.status)}${why}` };
  }
  const unreadable = notJson(reply);
  if (unreadable !== undefined) return { is: 'error', message: unreadable };
  try {
    return { is: 'body', body: JSON.parse(reply.body.toString()) as unknown };
  } catch {
    return { is: 'error', message: 'it answered what is not JSON' };
  }
}

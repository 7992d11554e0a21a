// Judges by the answer of somebody else's service: pass, wait or fail, with its own message. Any other answer counts as an error.
import type { AuthorGate, Measurement, WebhookSpec } from '../model/measure.ts';
import type { PortSeen } from '../model/port.ts';
import { REASON } from '../model/vocabulary.ts';
import type { Opinion, Sight } from './gate.ts';
import type { Names } from './query.ts';
import { lately } from './tally.ts';

const LONGEST_MESSAGE = 200;

/** What the question is about. */
export interface Asked extends Names {
  /** uid of the instance's Deployment. */
  readonly uid: string;
  /** Name of the version, if it has one. */
  readonly title: string | undefined;
  /** Of the first Active Service, as they are for this instance. */
  readonly ports: readonly PortSeen[];
  /** Of its pods. */
  readonly podLabels: Readonly<Record<string, string>>;
}

export function webhook(spec: WebhookSpec, gate: AuthorGate, about: Asked, { since, tally }: Pick<Sight, 'since' | 'tally'>): Opinion {
  const latest = tally?.last[0];
  if (latest?.is === 'good') return { is: 'pass' };
  if (latest?.is === 'bad') return { is: 'fail', reason: REASON.GateFailed, message: latest.message };
  return {
    is: 'ask',
    probe: { is: 'webhook', source: spec.source, event: eventOf(gate, about, since) },
    everySeconds: spec.intervalSeconds,
    reason: REASON.GatesRunning,
    message: `${spec.source} has not answered pass or fail yet${lately(tally)}`,
  };
}

/** A CloudEvent that is the same each time it is sent: by its id a receiver recognizes repeats. */
const eventOf = ({ phase, name, digest }: AuthorGate, about: Asked, since: number): Readonly<Record<string, unknown>> => ({
  specversion: '1.0',
  type: 'io.immutableapp.waiting.v1',
  source: 'immutableapp',
  subject: `${about.namespace}/${about.app}`,
  id: `${about.uid}/${phase}/${name}/${digest}/${String(since)}`,
  time: new Date(since).toISOString(),
  datacontenttype: 'application/json',
  data: {
    asks: 'verdict',
    gate: name,
    phase,
    namespace: about.namespace,
    app: about.app,
    version: about.version,
    ...(about.title === undefined ? {} : { name: about.title }),
    instance: about.instance,
  },
});

/** Judges an answer. `answer`: its body, as parsed JSON. */
export function measuredWebhook(answer: unknown, at: number): Measurement {
  const { verdict, message } = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
  const said = typeof message === 'string' ? shown(message) : '';
  if (verdict === 'pass') return { at, is: 'good', message: said };
  if (verdict === 'fail') return { at, is: 'bad', message: said === '' ? 'it answered fail, and no message' : said };
  if (verdict === 'wait') return { at, is: 'none', message: said === '' ? 'it answered wait' : said };
  return { at, is: 'error', message: 'the answer has no verdict that is pass, wait or fail' };
}

/** On one line, and cut. */
export const shown = (message: string): string => {
  const line = message.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length <= LONGEST_MESSAGE ? line : `${line.slice(0, LONGEST_MESSAGE)}…`;
};

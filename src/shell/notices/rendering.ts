// A notice as its receivers want it: a CloudEvent, a message for Slack, an alert for Alertmanager. Decides the shapes and nothing else.
import type { Format, Named, Notice } from '../../model/notice.ts';

export interface Rendered {
  /** After the path of the source. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

/** Whom it is from, and when it was first to be told. */
export interface Sender {
  /** Names the cluster. */
  readonly cluster: string;
  readonly at: number;
}

export const RENDERINGS: Readonly<Record<Format, (notice: Notice, sender: Sender) => Rendered>> = {
  cloudevents: (notice, sender) => ({
    path: '',
    contentType: 'application/cloudevents+json; charset=utf-8',
    body: JSON.stringify(cloudEvent(notice, sender)),
  }),
  slack: (notice, sender) => ({ path: '', contentType: 'application/json', body: JSON.stringify(slackMessage(notice, sender)) }),
  alertmanager: (notice, sender) => ({
    path: '/api/v2/alerts',
    contentType: 'application/json',
    body: JSON.stringify([alert(notice, sender)]),
  }),
};

const timeOf = ({ at }: Notice, sender: Sender): string => new Date(at ?? sender.at).toISOString();

/** CloudEvents 1.0, structured JSON. */
function cloudEvent(notice: Notice, sender: Sender): object {
  const { topic, id, about: _about, at: _at, ...data } = notice;
  return {
    specversion: '1.0',
    type: `io.immutableapp.${topic}.v1`,
    source: sender.cluster,
    subject: `${notice.namespace}/${notice.app}`,
    id,
    time: timeOf(notice, sender),
    datacontenttype: 'application/json',
    data,
  };
}

/** Limits of Slack for the text of a section. */
const MOST_OF_SECTION = 3000;
const EMOJI: Readonly<Record<Notice['topic'], string>> = {
  minted: ':package:',
  moved: ':twisted_rightwards_arrows:',
  failed: ':x:',
  waiting: ':hourglass:',
  held: ':pause_button:',
  intrusion: ':rotating_light:',
  enforcement: ':warning:',
};

/** An incoming webhook takes it: a text for notifications, blocks for the channel. */
function slackMessage(notice: Notice, { cluster }: Sender): object {
  const { topic, namespace, app, reason, message, command } = notice;
  const head = `${EMOJI[topic]} *${escaped(`${namespace}/${app}`)}* ${topic}: ${escaped(message)}`;
  const more = [...details(notice).map(escaped), ...(command === undefined ? [] : [`\`\`\`${escaped(command)}\`\`\``])];
  return {
    text: head,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: [head, ...more].join('\n').slice(0, MOST_OF_SECTION) } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: escaped(`${reason} in ${cluster}`) }] },
    ],
  };
}

/** The three characters that Slack reads as markup of its own. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const details = ({ diff = '', who = '' }: Notice): string[] => [...(diff === '' ? [] : [diff]), ...(who === '' ? [] : [`by ${who}`])];

const URGENT: ReadonlySet<string> = new Set(['failed', 'intrusion', 'enforcement']);
const called = (named: Named | undefined): string => named?.name ?? named?.version ?? '';

/** For POST /api/v2/alerts: it ends by itself, when Alertmanager has heard nothing more of it for its resolve_timeout. */
function alert(notice: Notice, sender: Sender): object {
  const { topic, id, namespace, app, reason, message, from, to, command } = notice;
  const told = { version: called(to), from: called(from), details: details(notice).join('; '), command: command ?? '' };
  return {
    labels: {
      alertname: `ImmutableApp${topic.slice(0, 1).toUpperCase()}${topic.slice(1)}`,
      namespace,
      app,
      reason,
      severity: URGENT.has(topic) ? 'warning' : 'info',
      cluster: sender.cluster,
      // Two moves within minutes are two alerts.
      notice: id,
    },
    annotations: { summary: message, ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== '')) },
    startsAt: timeOf(notice, sender),
  };
}

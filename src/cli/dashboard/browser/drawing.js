// What both screens draw with. Everything that comes from the cluster becomes text nodes and attributes: never markup.
import { h } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/** `3 h`, as the plugin says it; nothing of what has no time. */
export function ago(at, now = Date.now()) {
  if (at === undefined) return '';
  const ms = Math.max(0, now - (typeof at === 'number' ? at : Date.parse(at)));
  const [unit, word] = UNITS.find(([each]) => ms >= each) ?? UNITS[3];
  return `${Math.floor(ms / unit)} ${word}`;
}

export const clock = (at) => new Date(at).toLocaleTimeString([], { hour12: false });
export const hrefOf = ({ namespace, name }) => `#/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;

export async function ask(path, query, body) {
  const answer =
    body === undefined
      ? await fetch(`${path}?${new URLSearchParams(query)}`)
      : await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return answer.json();
}

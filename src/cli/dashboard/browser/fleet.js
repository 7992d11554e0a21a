// All Apps: those that wait for a person first, the one that waits longest before them all. Only the rows in sight are drawn.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ago, hrefOf, html } from './drawing.js';
import { shareBar } from './ladder.js';

/** What is drawn beyond the edges, so that nothing flashes. */
const BEYOND = 8;

const rank = ({ want, wantedSince = '' }) => (want === undefined ? '~' : wantedSince);
const inOrder = (a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : a.key < b.key ? -1 : 1);

function useSight(box) {
  const [sight, setSight] = useState({ top: 0, height: 800, row: 51 });
  const look = () => {
    if (box.current === null) return;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const row = rem * (matchMedia('(max-width: 40rem)').matches ? 6.6 : 3.4);
    setSight({ top: box.current.scrollTop, height: box.current.clientHeight, row });
  };
  useEffect(() => {
    look();
    box.current.addEventListener('scroll', look, { passive: true });
    const resized = new ResizeObserver(look);
    resized.observe(box.current);
    return () => resized.disconnect();
  }, []);
  return { ...sight, look };
}

/** Arrows and the like walk from row to row; one that is not drawn yet gets the focus once it is. */
function useWalk(box, count, { height, row, look }) {
  const going = useRef(undefined);
  useLayoutEffect(() => {
    const link = going.current === undefined ? null : box.current.querySelector(`li[data-at="${going.current}"] a`);
    if (link === null) return;
    going.current = undefined;
    link.focus({ preventScroll: true });
  });
  return (event) => {
    const page = Math.max(1, Math.floor(height / row) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[event.key];
    const at = going.current ?? Number(document.activeElement?.closest('li')?.dataset.at ?? Number.NaN);
    if (step === undefined || Number.isNaN(at)) return;
    event.preventDefault();
    const to = Math.min(count - 1, Math.max(0, at + step));
    going.current = to;
    const { scrollTop } = box.current;
    box.current.scrollTop = Math.max(Math.min(scrollTop, to * row), (to + 1) * row - height);
    look();
  };
}

export function Fleet({ rows, search, onSearch, scope, onScope }) {
  const box = useRef(null);
  const sight = useSight(box);
  const { top, height, row } = sight;
  const all = useMemo(() => [...rows.values()].sort(inOrder), [rows]);
  const scopes = useMemo(() => [...new Set(all.map(({ namespace }) => namespace))].sort(), [all]);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = all.filter(
    (each) =>
      (scope === '' || each.namespace === scope) &&
      words.every((word) => `${each.key} ${each.serves ?? ''} ${each.state} ${each.want ?? ''}`.toLowerCase().includes(word)),
  );
  const wanting = shown.filter(({ want }) => want !== undefined).length;
  const from = Math.max(0, Math.floor(top / row) - BEYOND);
  const to = Math.min(shown.length, Math.ceil((top + height) / row) + BEYOND);
  const walk = useWalk(box, shown.length, sight);
  return html`<main>
    <h1>Apps</h1>
    <div class="bar">
      <input
        id="search"
        type="search"
        aria-label="Search"
        placeholder="Search: name, version, state   ( / )"
        value=${search}
        onInput=${(event) => onSearch(event.target.value)}
      />
      <select aria-label="Namespace" value=${scope} onChange=${(event) => onScope(event.target.value)}>
        <option value="">all namespaces</option>
        ${scopes.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}
      </select>
      <span role="status">${shown.length} shown, <b class=${wanting > 0 ? 'yellow' : ''}>${wanting} for a person</b></span>
    </div>
    <ul class="apps" ref=${box} onKeyDown=${walk} aria-label="Apps" tabindex=${shown.length === 0 ? 0 : -1}>
      <li aria-hidden="true" style=${{ height: `${shown.length * row}px`, border: 0, visibility: 'hidden' }}></li>
      ${shown.slice(from, to).map((each, i) => line(each, from + i, shown.length, row))}
    </ul>
  </main>`;
}

function line(each, at, count, row) {
  const { key, namespace, name, serves, since, pods, newest, share, state, tone, want, why, wantedSince } = each;
  const coming = [newest === undefined ? '' : `newest: ${newest}`, share === undefined ? '' : `has ${share}`].filter(Boolean).join(', ');
  return html`<li key=${key} data-at=${at} aria-posinset=${at + 1} aria-setsize=${count} style=${{ top: `${at * row}px` }}>
    <a href=${hrefOf(each)}>
      <span><b>${name}</b><span class="soft">${namespace}</span></span>
      <span><span>${serves ?? 'nothing serves'}</span><span class="soft">${since === undefined ? '' : `for ${ago(since)}`}</span></span>
      <span><span>${pods}</span>${shareBar(share)}</span>
      <span
        ><span class=${tone}>${want ?? state}${wantedSince === undefined ? '' : `, ${ago(wantedSince)}`}</span
        ><span class="soft">${why ?? coming}</span></span
      >
    </a>
  </li>`;
}

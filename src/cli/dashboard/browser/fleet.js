// All Apps: those that wait for a person first, the one that waits longest before them all. Only the rows in sight are drawn.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ago, hrefOf, html } from './drawing.js';

/** What is drawn beyond the edges, so that nothing flashes. */
const BEYOND = 8;

const rank = ({ want, wantedSince = '' }) => (want === undefined ? '~' : wantedSince);
const inOrder = (a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : a.key < b.key ? -1 : 1);

function useSight(box) {
  const [sight, setSight] = useState({ top: 0, height: 800, row: 51 });
  useEffect(() => {
    const look = () => {
      if (box.current === null) return;
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
      const row = rem * (matchMedia('(max-width: 40rem)').matches ? 5.8 : 3.4);
      setSight({ top: box.current.scrollTop, height: box.current.clientHeight, row });
    };
    look();
    box.current.addEventListener('scroll', look, { passive: true });
    const resized = new ResizeObserver(look);
    resized.observe(box.current);
    return () => resized.disconnect();
  }, []);
  return sight;
}

export function Fleet({ rows, search, onSearch, scope, onScope }) {
  const box = useRef(null);
  const { top, height, row } = useSight(box);
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
  const move = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = Number(document.activeElement?.closest('li')?.dataset.at ?? Number.NaN);
    if (step === undefined || Number.isNaN(at)) return;
    event.preventDefault();
    box.current.querySelector(`li[data-at="${at + step}"] a`)?.focus();
  };
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
    <ul class="apps" ref=${box} onKeyDown=${move} aria-label="Apps" tabindex=${shown.length === 0 ? 0 : -1}>
      <li aria-hidden="true" style=${{ height: `${shown.length * row}px`, border: 0, visibility: 'hidden' }}></li>
      ${shown.slice(from, to).map((each, i) => line(each, from + i, shown.length, row))}
    </ul>
  </main>`;
}

function line(each, at, count, row) {
  const { key, namespace, name, serves, since, pods, newest, state, tone, want, why, wantedSince } = each;
  return html`<li key=${key} data-at=${at} aria-posinset=${at + 1} aria-setsize=${count} style=${{ top: `${at * row}px` }}>
    <a href=${hrefOf(each)}>
      <span><b>${name}</b><span class="soft">${namespace}</span></span>
      <span><span>${serves ?? 'nothing serves'}</span><span class="soft">${since === undefined ? '' : `for ${ago(since)}`}</span></span>
      <span>${pods}</span>
      <span
        ><span class=${tone}>${want ?? state}${wantedSince === undefined ? '' : `, ${ago(wantedSince)}`}</span
        ><span class="soft">${why ?? (newest === undefined ? '' : `newest: ${newest}`)}</span></span
      >
    </a>
  </li>`;
}

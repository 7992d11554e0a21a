// The page: follows the fleet, says when it hears nothing, and shows one of two screens, as the address says.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { App } from './app.js';
import { clock, html } from './drawing.js';
import { Fleet } from './fleet.js';

/** The server says something every fifteen seconds. */
const SILENT_MS = 40_000;
/** A browser does not ask again by itself once it was refused, which somebody who signs in again would have to know. */
const AGAIN_MS = 5000;

function useFleet() {
  const [rows, setRows] = useState(new Map());
  const [stale, setStale] = useState(null);
  const [away, setAway] = useState(null);
  useEffect(() => {
    let heard = Date.now();
    const lost = (why) => setAway((last) => last ?? { since: heard, why });
    const hears = (act) => (event) => {
      heard = Date.now();
      setAway(null);
      act(JSON.parse(event.data));
    };
    const follow = (news) =>
      setRows((last) => {
        const next = new Map(news.all ? [] : last);
        for (const row of news.rows) next.set(row.key, row);
        for (const key of news.gone) next.delete(key);
        return next;
      });
    const told = { stale: hears(setStale), beat: hears(() => undefined), news: hears(follow) };
    let source;
    let again;
    const open = () => {
      source = new EventSource('/events');
      for (const [event, act] of Object.entries(told)) source.addEventListener(event, act);
      source.onerror = () => {
        lost('the server of this page does not answer any more');
        if (source.readyState === EventSource.CLOSED) again = setTimeout(open, AGAIN_MS);
      };
    };
    open();
    const timer = setInterval(() => Date.now() - heard > SILENT_MS && lost('nothing was heard'), 1000);
    return () => {
      clearInterval(timer);
      clearTimeout(again);
      source.close();
    };
  }, []);
  return { rows, stale: away ?? stale };
}

/** The App that the address names; none if somebody has typed nonsense. */
function namedIn(hash) {
  try {
    const [, namespace, name] = hash.split('/').map((part) => decodeURIComponent(part));
    return namespace && name ? { namespace, name } : undefined;
  } catch {
    return undefined;
  }
}

function Page() {
  const { rows, stale } = useFleet();
  const [hash, setHash] = useState(location.hash);
  const [search, setSearch] = useState('');
  const [scope, setScope] = useState('');
  const [now, setNow] = useState(Date.now());
  const named = namedIn(hash);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    const moved = () => setHash(location.hash);
    const typed = (event) => {
      const isTyping = /^(INPUT|SELECT)$/.test(event.target.tagName) || document.querySelector('dialog[open]') !== null;
      if (event.key === '/' && !isTyping) {
        event.preventDefault();
        document.querySelector('#search')?.focus();
      }
      if (event.key === 'Escape' && !isTyping) location.hash = '#/';
    };
    addEventListener('hashchange', moved);
    addEventListener('keydown', typed);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    document.title = named === undefined ? 'Apps' : `${named.name} (${named.namespace})`;
    scrollTo(0, 0);
  }, [hash]);
  const banner = stale === null ? null : html`<p class="stale" role="alert">Stale since ${clock(stale.since)}: ${stale.why}</p>`;
  const key = named === undefined ? '' : `${named.namespace}/${named.name}`;
  return html`${banner}${
    named === undefined
      ? html`<${Fleet} rows=${rows} search=${search} onSearch=${setSearch} scope=${scope} onScope=${setScope} />`
      : html`<${App} key=${key} named=${named} row=${rows.get(key)} now=${now} />`
  }`;
}

const root = document.createElement('div');
document.body.append(root);
render(html`<${Page} />`, root);

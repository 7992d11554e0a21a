// One App, for three in the morning: what serves, why not the newest, the way back, what changed, who intruded.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ago, ask, clock, html } from './drawing.js';
import { Climbs } from './ladder.js';
import { Lanes } from './lanes.js';

/** What pods wait for changes without the App, and how long ago something was is told in words. */
const AGAIN_MS = 30_000;

/** Asked for again whenever the fleet says that the App has changed, and now and then. */
function usePicture(named, revision, now) {
  const [picture, setPicture] = useState({});
  useEffect(() => {
    let isLate = false;
    ask('/app', named).then(
      (value) => isLate || setPicture({ value }),
      (error) => isLate || setPicture((last) => ({ ...last, problem: error.message })),
    );
    return () => (isLate = true);
  }, [named.namespace, named.name, revision, Math.floor(now / AGAIN_MS)]);
  return picture;
}

export function App({ named, row, now }) {
  const { value: picture, problem } = usePicture(named, row?.revision, now);
  return html`<main>
    <p class="bar"><a href="#/">← all Apps</a></p>
    <h1>${named.name} <span class="soft">${named.namespace}</span></h1>
    ${problem === undefined ? null : html`<p class="stale" role="alert">${problem}</p>`}
    ${picture === undefined ? null : html`<${Facts} picture=${picture} now=${now} /><${Screen} picture=${picture} named=${named} now=${now} />`}
  </main>`;
}

const Screen = ({ picture, named, now }) => html`
  <${Climbs} climbs=${picture.climbs} now=${now} />
  <${WayBack} back=${picture.overview.back} named=${named} writes=${picture.writes} />
  <${Causes} causes=${picture.causes} notSeen=${picture.notSeen} />
  <${Lanes} picture=${picture} now=${now} />
  <${Changes} compared=${picture.compared} lanes=${picture.lanes} named=${named} />
  <${Intrusions} intrusions=${picture.intrusions} now=${now} />
  <${History} switches=${picture.switches} now=${now} />
`;

function Facts({ picture: { overview }, now }) {
  const { serves, newest, state, services, current } = overview;
  const served = serves === undefined ? 'nothing yet' : serves.called;
  const since = serves?.since === undefined ? '' : ` for ${ago(serves.since, now)}`;
  const why = `${serves?.reason === undefined ? '' : `: ${serves.reason}`}${serves?.by === undefined ? '' : ` by ${serves.by}`}`;
  return html`<dl>
    <dt>serves</dt>
    <dd class="first"><b>${served}</b>${since}${why}</dd>
    ${
      serves === undefined
        ? null
        : html`<dt>pods</dt>
            <dd>${serves.pods.ready}/${serves.pods.desired} of ${serves.instance ?? ''}</dd>`
    }
    <dt>state</dt>
    <dd>${state}${current ? '' : '; the operator has not reported on the last change yet'}</dd>
    ${
      newest === undefined || newest.serves
        ? null
        : html`<dt>newest</dt>
            <dd>
              ${newest.called}${newest.state === undefined ? '' : `, ${newest.state}`}${newest.why === undefined ? '' : `: ${newest.why}`}
            </dd>`
    }
    ${services.length === 0 ? null : html`<dt>Services</dt>`}
    ${services.map(
      ({ name, instance, role }) =>
        html`<dd key=${name}>${name}${role === 'Preview' ? ' (preview)' : ''} → ${instance ?? 'nothing yet'}</dd>`,
    )}
  </dl>`;
}

/** Where the page writes nothing, the command is for a terminal. */
function WayBack({ back, named, writes }) {
  if (back === undefined) return html`<p class="soft">No way back: nothing else has served that nobody decided against.</p>`;
  const warm = back.pods.ready > 0 ? `${back.pods.ready}/${back.pods.desired} pods warm: at once` : 'cold: its pods start first';
  return html`<section>
    <h2>Way back</h2>
    <p>${back.called}, ${warm}</p>
    <pre tabindex="0" aria-label="The command">${back.command}</pre>
    ${writes ? html`<${Going} back=${back} named=${named} />` : null}
  </section>`;
}

/** The command is shown, tried and agreed to before it is done. */
function Going({ back, named }) {
  const box = useRef(null);
  const [said, setSaid] = useState({ lines: [] });
  const command = said.lines.find((line) => line.startsWith('$ '))?.slice(2);
  const go = async (agreed) => {
    setSaid((last) => ({ ...last, busy: true }));
    try {
      setSaid({ ...(await ask('/back', {}, { ...named, ...(agreed === undefined ? {} : { agreed }) })), isDone: agreed !== undefined });
    } catch (error) {
      setSaid((last) => ({ lines: last.lines, problem: error.message, isDone: true }));
    }
  };
  const open = () => {
    setSaid({ lines: [] });
    box.current.showModal();
    void go(undefined);
  };
  return html`<button id="back" onClick=${open}>Go back to ${back.called} …</button>
    <dialog ref=${box} aria-label="Go back">
      <h1>Go back to ${back.called}</h1>
      <pre tabindex="0" aria-label="What it does" role="region">${said.lines.join('\n') || 'Asking the API server …'}</pre>
      <p role="alert" class="red">${said.problem ?? ''}</p>
      <div class="bar">
        <button onClick=${() => box.current.close()}>${said.isDone ? 'Close' : 'Leave it'}</button>
        ${
          command === undefined || said.isDone
            ? null
            : html`<button id="agree" class="sure" disabled=${said.busy === true} onClick=${() => go(command)}>
                Move production traffic
              </button>`
        }
      </div>
    </dialog>`;
}

function Causes({ causes, notSeen }) {
  if (causes.length + notSeen.length === 0) return html`<p>Nothing is wrong: the newest serves, and all of it.</p>`;
  return html`<section>
    <h2>Why it is not as it is wanted</h2>
    <ol class="causes">
      ${causes.map(
        ({ what, reason, message, next }, i) =>
          html`<li key=${i}>
            <b>${what}${reason === undefined ? '' : `: ${reason}`}</b>
            <div>${message}</div>
            ${next === undefined ? null : html`<div class="yellow">→ ${next}</div>`}
          </li>`,
      )}
    </ol>
    ${notSeen.map((each) => html`<p key=${each} class="soft">not seen: ${each}</p>`)}
  </section>`;
}

function Changes({ compared, lanes, named }) {
  const [shown, setShown] = useState(false);
  const [found, setFound] = useState({});
  const pair = compared?.join(' ');
  useEffect(() => setShown(false), [pair]);
  useEffect(() => {
    if (compared === undefined) return undefined;
    let isLate = false;
    ask('/changes', { ...named, from: compared[0], to: compared[1], ...(shown ? { config: 'shown' } : {}) }).then(
      (all) => isLate || setFound({ all }),
      (error) => isLate || setFound({ problem: error.message }),
    );
    return () => (isLate = true);
  }, [pair, shown]);
  if (compared === undefined) return null;
  const { all = [], problem } = found;
  return html`<section>
    <h2>What changed</h2>
    <p class="soft">${compared.map((id) => lanes.find((lane) => lane.id === id)?.called ?? id).join(' → ')}</p>
    ${problem === undefined ? null : html`<p class="soft">not known: ${problem}</p>`}
    <ul class="causes">
      ${all.map((each, i) => html`<li key=${i}><b>${each.kind} ${each.where}</b> ${difference(each)}</li>`)}
    </ul>
    ${
      all.some(({ lines }) => lines !== undefined)
        ? html`<button id="values" onClick=${() => setShown(!shown)}>${shown ? 'Hide' : 'Show'} config values</button>`
        : null
    }
  </section>`;
}

function difference({ kind, before, after, lines }) {
  if (lines !== undefined) return lines.length === 0 ? 'changed' : html`<pre tabindex="0">${lines.join('\n')}</pre>`;
  if (kind === 'env') return before === '(none)' ? 'added' : after === '(none)' ? 'removed' : 'changed';
  return `${before ?? '(none)'} → ${after ?? '(none)'}`;
}

function Intrusions({ intrusions, now }) {
  if (intrusions.length === 0) return null;
  return html`<section>
    <h2>Intrusions</h2>
    <ul class="causes">
      ${intrusions.map(
        ({ version, message, by, at }, i) =>
          html`<li key=${i}>${version}: ${message}${by === '' ? '' : ` by ${by}`}${at === undefined ? '' : `, ${ago(at, now)} ago`}</li>`,
      )}
    </ul>
  </section>`;
}

function History({ switches, now }) {
  if (switches.length === 0) return null;
  return html`<section>
    <h2>Switches</h2>
    <table class="history">
      <thead>
        <tr>
          <th scope="col">when</th>
          <th scope="col">to</th>
          <th scope="col">why</th>
          <th scope="col">by</th>
        </tr>
      </thead>
      <tbody>
        ${switches.map(
          ({ at, called, reason, by }) =>
            html`<tr key=${at}>
              <td>${ago(at, now)} ago, ${clock(at)}</td>
              <td>${called}</td>
              <td>${reason}</td>
              <td>${by}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

// The picture of an App over time: a lane for each version, an arrow for each switch, a mark for each gate. Shapes tell them apart, too.
import { useState } from 'preact/hooks';
import { ago, clock, html } from './drawing.js';

const HOUR = 3_600_000;
const RANGES = [
  [HOUR / 6, '10 minutes'],
  [HOUR, '1 hour'],
  [6 * HOUR, '6 hours'],
  [24 * HOUR, '1 day'],
  [168 * HOUR, '7 days'],
  [Infinity, 'all'],
];
/** In rem: the name of a lane, and its bar below it. */
const LANE = 2.9;
const [BAR_TOP, BAR] = [1.3, 1.1];

/** As far back as the last two switches, if not all. */
function rangeFor(switches, now) {
  const far = switches[1]?.at ?? switches[0]?.at ?? now;
  return RANGES.findIndex(([ms]) => now - far < ms * 0.9);
}

const FILL = { starting: 'url(#starting)', proving: 'url(#proving)', warm: 'url(#warm)', leaving: 'url(#leaving)' };
const patterns = html`<defs>
  <pattern id="starting" width="6" height="6" patternUnits="userSpaceOnUse"><circle class="ink-starting" cx="2" cy="2" r="1" /></pattern>
  <pattern id="proving" width="6" height="6" patternUnits="userSpaceOnUse">
    <path class="ink-starting" d="M 0 0 L 6 6 M 6 0 L 0 6" />
  </pattern>
  <pattern id="warm" width="6" height="6" patternUnits="userSpaceOnUse"
    ><path class="ink-warm" d="M 0 6 L 6 0" stroke-width="1.5"
  /></pattern>
  <pattern id="leaving" width="6" height="6" patternUnits="userSpaceOnUse"
    ><path class="ink-leaving" d="M 0 3 L 3 3" stroke-width="1"
  /></pattern>
</defs>`;

/** What went on when the picture was made goes on. */
const until = (lane, made, now) => ({ ...lane, stretches: lane.stretches.map((each) => (each.to >= made ? { ...each, to: now } : each)) });

export function Lanes({ picture, now }) {
  const [chosen, setChosen] = useState(undefined);
  const range = chosen ?? rangeFor(picture.switches, now);
  const begins = Math.min(now - 60_000, ...picture.lanes.flatMap(({ stretches }) => stretches.map(({ from }) => from)));
  const start = Math.max(begins, now - RANGES[range][0]);
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const x = (at) => `${(Math.min(1, Math.max(0, (at - start) / (now - start))) * 100).toFixed(3)}%`;
  const lanes = picture.lanes
    .map((lane) => until(lane, picture.now, now))
    .filter(({ state, stretches }) => state === 'Active' || stretches.some(({ to }) => to > start));
  const y = (id) => lanes.findIndex((lane) => lane.id === id) * LANE * rem;
  const height = (lanes.length * LANE + 1.2) * rem;
  return html`<section>
    <h2>Versions over time</h2>
    <div class="bar">
      <label
        >Show
        <select value=${range} onChange=${(event) => setChosen(Number(event.target.value))}>
          ${RANGES.map(([, word], i) => html`<option key=${word} value=${i}>${word}</option>`)}
        </select></label
      >
    </div>
    <div class="frame">
      <svg class="lanes" height=${height} role="img" aria-label="Versions over time; the table of switches below says the same">
        ${patterns} ${lanes.map((lane) => bars(lane, y(lane.id), rem, x, start))}
        ${picture.switches.filter(({ at }) => at > start).map((each) => arrow(each, y, rem, x, lanes))}
        ${lanes.map((lane) => name(lane, y(lane.id) + rem))}
        <text class="tick" x="0" y=${height - 2}>${ago(start, now)} ago, ${clock(start)}</text>
        <text class="tick" x="100%" y=${height - 2} text-anchor="end">now</text>
      </svg>
    </div>
    ${key()}
  </section>`;
}

/** Above the arrows, which it would otherwise be crossed by. */
const name = ({ id, called, state, reason, pods }, y) =>
  html`<text key=${`name-${id}`} data-of=${id} x="0" y=${y}
    >${called}: ${[reason ?? state, pods === '' ? '' : `${pods} pods`].filter(Boolean).join(', ')}</text
  >`;

function bars({ id, stretches, gates, failure }, top, rem, x, start) {
  const y = top + BAR_TOP * rem;
  const width = (from, to) => `${Math.max(0.15, parseFloat(x(to)) - parseFloat(x(from)))}%`;
  return html`<g key=${id} data-lane=${id}>
    <rect class="rail" x="0" y=${y + BAR * rem - 1} width="100%" height="1" />
    ${stretches
      .filter(({ to }) => to > start)
      .map(
        ({ paint, from, to }) =>
          html`<g key=${`${paint}${from}`} data-paint=${paint}>
            <rect class=${paint} x=${x(from)} y=${y} width=${width(from, to)} height=${BAR * rem} fill=${FILL[paint]} />
            <rect class="outline" x=${x(from)} y=${y} width=${width(from, to)} height=${BAR * rem} />
          </g>`,
      )}
    ${gates
      .filter(({ at, verdict }) => at > start && !(verdict === 'fail' && failure !== undefined))
      .map(({ name, verdict, at, message }) => mark(`gate ${name}: ${verdict} ${message}`, verdict, x(at), y, rem))}
    ${failure?.at > start ? mark(`failed: ${failure.reason}: ${failure.message}`, 'fail', x(failure.at), y, rem) : null}
  </g>`;
}

/** A circle passed, a square waits, a diamond failed. */
function mark(says, verdict, x, y, rem) {
  const size = 0.5 * rem;
  const shape =
    verdict === 'pass'
      ? html`<circle class="pass" r=${size / 2} />`
      : html`<rect
          class=${verdict === 'fail' ? 'fail' : 'wait'}
          x=${-size / 2}
          y=${-size / 2}
          width=${size}
          height=${size}
          transform=${verdict === 'fail' ? 'rotate(45)' : undefined}
        />`;
  return html`<svg key=${says} data-mark=${verdict} x=${x} y=${y + (BAR / 2) * rem} overflow="visible">
    <title>${says}</title>
    ${shape}
  </svg>`;
}

function arrow({ at, from, to, called, reason }, y, rem, x, lanes) {
  if (!lanes.some(({ id }) => id === to)) return null;
  const middle = (id) => y(id) + (BAR_TOP + BAR / 2) * rem;
  const known = lanes.some(({ id }) => id === from) && from !== to;
  const down = known && middle(from) < middle(to);
  const tip = known ? middle(to) + ((down ? -1 : 1) * BAR * rem) / 2 : middle(to) - (BAR * rem) / 2;
  const s = 0.35 * rem * (down || !known ? -1 : 1);
  return html`<g key=${`switch-${at}`} data-switch=${to}>
    <title>${clock(at)}: to ${called}, ${reason}</title>
    ${known ? html`<line class="switch" x1=${x(at)} x2=${x(at)} y1=${middle(from)} y2=${tip} />` : null}
    <svg x=${x(at)} y=${tip} overflow="visible"><path class="head" d=${`M 0 0 L ${-s} ${s} L ${s} ${s} Z`} /></svg>
  </g>`;
}

const key = () =>
  html`<p class="key" aria-hidden="true">
    ${[
      ['starting', 'starts'],
      ['proving', 'proves itself'],
      ['serving', 'serves'],
      ['warm', 'warm'],
      ['leaving', 'drains or goes'],
    ].map(
      ([paint, word]) =>
        html`<span key=${paint}
          ><svg class="lanes" style=${{ display: 'inline-block' }}>
            <rect class=${paint} width="100%" height="100%" fill=${FILL[paint]} />
            <rect class="outline" width="100%" height="100%" /></svg
          >${word}</span
        >`,
    )}
    <span>▲ switch</span><span>● gate passed</span><span>■ waits</span><span>◆ failed</span>
  </p>`;

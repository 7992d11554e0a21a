// A version that climbs a ladder: its share of the traffic as a bar, with a tick for each rung.
import { ago, clock, html } from './drawing.js';

/** Until then it keeps what it has; after that something else is waited for, which the state says. */
const nextText = (next, now) => (next === undefined ? '' : next > now ? `, next step at ${clock(next)}` : ', the next step is due');

/** What all of it is, and how much of it. */
const bar = (percent) => html`
  <rect class="serving" width=${`${percent}%`} height="100%" />
  <rect class="outline" width="100%" height="100%" />
`;

/** Of a row in the list of Apps, which says the same in words. */
export const shareBar = (share) =>
  share === undefined ? null : html`<svg class="lanes share" aria-hidden="true">${bar(Number.parseFloat(share))}</svg>`;

export const Climbs = ({ climbs, now }) =>
  climbs.map(({ service, called, percent, rung, rungs, since, next }) => {
    const said = `${percent} % of ${service} → ${called}: rung ${rung} of ${rungs.length}`;
    const when = `${since === undefined ? '' : ` for ${ago(since, now)}`}${nextText(next, now)}`;
    return html`<section key=${service} data-climb=${service}>
      <h2>Ladder of ${service}</h2>
      <p>${said}${when}</p>
      <svg class="lanes share" role="img" aria-label=${said}>
        ${bar(percent)}
        ${rungs.map((share) => html`<line key=${share} class="switch" x1=${`${share}%`} x2=${`${share}%`} y1="0" y2="100%" />`)}
      </svg>
    </section>`;
  });

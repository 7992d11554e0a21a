// Measurements for gates as a forecast imagines them: each is good, and there at once. What pods and sources will answer nobody knows, so what a
// forecast says of gates is the earliest at which they could pass.
import { counted } from '../../gates/measured.ts';
import type { Compared, CompareSpec, GateSpec, Measurement, Measuring, Series } from '../../model/measure.ts';
import { seriesOf } from '../../model/measure.ts';
import type { Cache } from '../../shell/store/cache.ts';
import type { Clock } from '../../shell/clock.ts';
import type { Measurer } from '../../shell/gates/measuring.ts';

/** `measured`: the App has an answer. */
export function bestCase(cache: Cache, clock: Clock, measured: (key: Parameters<Measurer['measure']>[0]) => void): Measurer {
  return {
    measure(key, _namespace, question) {
      clock.after(0, () => {
        answer(cache.memory(key).answers.measure, question, clock.now());
        measured(key);
      });
    },
  };
}

function answer(kept: Map<string, Series>, question: Measuring, at: number): void {
  const { gate, since } = question;
  const before = kept.get(seriesOf(question));
  if (before?.since !== since) return;
  const tally = counted(gate.spec, before.tally, since, good(gate.spec, before.tally?.compared, at));
  kept.set(seriesOf(question), { since, underway: false, tally });
}

function good(spec: GateSpec, compared: Compared | undefined, at: number): Measurement {
  return { at, is: 'good', message: 'imagined', ...(spec.is === 'compare' ? { counts: calm(spec, compared) } : {}) };
}

/** Enough requests of both, and no errors. */
function calm({ minimumRequests }: CompareSpec, compared: Compared | undefined): NonNullable<Measurement['counts']> {
  const more = { total: (compared?.at.candidate.total ?? 0) + minimumRequests, bad: 0 };
  return { candidate: more, serving: more };
}

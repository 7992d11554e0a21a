// Which versions people name, by a pin and by spec.activeVersion. pointer.ts looks them up.
import type { App } from '../../model/app.ts';
import type { Timer } from '../read/timer.ts';

/** A human named a version. */
export interface Intent {
  readonly version: string;
  /** The decision as it was typed; facts recorded because of it contain this. */
  readonly by: string;
  readonly why: 'Pinned' | 'Activated';
  /** Where it is written, in words. */
  readonly where: string;
  /** Whether it has been acted on before. */
  readonly known: boolean;
}

/** Every human decision in force, the one that wins first. */
export function intents({ annotations: { pin }, activeVersion, status }: App, timer: Timer): Intent[] {
  const found: Intent[] = [];
  if (pin !== undefined && !timer.past(pin.until, 0)) {
    const known = status.pinned === undefined || status.pinned === pin.typed;
    found.push({ version: pin.version, by: pin.typed, why: 'Pinned', where: 'the pin', known });
  }
  if (activeVersion !== '') {
    const known = status.decision === undefined || status.decision === activeVersion;
    found.push({ version: activeVersion, by: activeVersion, why: 'Activated', where: 'spec.activeVersion', known });
  }
  return found;
}

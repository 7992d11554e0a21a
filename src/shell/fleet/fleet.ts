// What concerns all Apps at once: whether the circuit breaker is open, and whether the admission policies are in force. The former is written on the
// operator's Lease, so that every later leader knows. Both are reported by events on the Lease. Knows no App.
import { isDeepStrictEqual } from 'node:util';
import type { Result } from '../../model/failure.ts';
import { ok } from '../../model/failure.ts';
import type { Enforcement, Fleet } from '../../model/observed.ts';
import { ANNOTATION, REASON } from '../../model/vocabulary.ts';
import { unknownControllers } from '../../plan/read/controllers.ts';
import type { Clock } from '../clock.ts';
import type { EventDraft } from '../loop/events.ts';
import { eventOn } from '../loop/events.ts';
import type { Kube } from '../api/kube.ts';
import type { LeaseElection } from './lease.ts';
import type { Logger } from '../ops/log.ts';
import type { Telemetry } from '../ops/telemetry.ts';

export interface FleetGuardOptions {
  readonly kube: Pick<Kube, 'create'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly telemetry: Pick<Telemetry, 'breakerOpen' | 'lineHeld' | 'enforced'>;
  /** Names this process in events. */
  readonly reporter: string;
  /** Undefined with --no-leader-elect: then nothing is kept for a later process. */
  readonly lease: () => Pick<LeaseElection, 'annotate' | 'seen'> | undefined;
  /** Makes every App be looked at again. */
  readonly updateFleet: (news: Partial<Pick<Fleet, 'breaker' | 'line' | 'enforcement'>>) => void;
}

/** The longest reason that status can show. */
const LONGEST_LINE = 512;

/** How a human closes the circuit breaker. */
const CLOSE = `once you know who did it, take annotation ${ANNOTATION.breaker} off this Lease`;

export class FleetGuard {
  readonly #options: FleetGuardOptions;
  #enforcement: Enforcement = { is: 'unknown' };
  #breaker = '';
  #line = '';

  constructor(options: FleetGuardOptions) {
    this.#options = options;
  }

  /** Opens the circuit breaker, unless it is open already. */
  async trip(why: string): Promise<Result<unknown>> {
    const { clock, lease } = this.#options;
    if (this.#breaker !== '') return ok(undefined);
    const value = `${new Date(clock.now()).toISOString()} ${why}`;
    const election = lease();
    if (election !== undefined) return election.annotate(ANNOTATION.breaker, value);
    this.heed({ [ANNOTATION.breaker]: value });
    return ok(undefined);
  }

  /** The Lease was seen, with these annotations. */
  heed(annotations: Readonly<Record<string, string>>): void {
    const { telemetry, log, updateFleet } = this.#options;
    this.#heedLine(annotations[ANNOTATION.line] ?? '');
    const breaker = annotations[ANNOTATION.breaker] ?? '';
    if (breaker === this.#breaker) return;
    this.#breaker = breaker;
    telemetry.breakerOpen(breaker !== '');
    updateFleet({ breaker });
    if (breaker === '') log.info('circuit breaker closed');
    else {
      log.error('circuit breaker open', { since: breaker });
      this.#announce({
        type: 'Warning',
        reason: REASON.CircuitOpen,
        note: `nothing compromised is replaced in any App: ${breaker}; ${CLOSE}`,
      });
    }
  }

  /** Somebody stopped the line, or let it go on. */
  #heedLine(typed: string): void {
    const { telemetry, log, updateFleet } = this.#options;
    const line = typed.replace(/\s+/g, ' ').trim().slice(0, LONGEST_LINE);
    if (line === this.#line) return;
    this.#line = line;
    telemetry.lineHeld(line !== '');
    updateFleet({ line });
    if (line === '') {
      log.info('promotions go on');
      return;
    }
    log.warn('no promotion begins in any App', { since: line });
    this.#announce({
      type: 'Warning',
      reason: REASON.LineHeld,
      note: `no promotion begins in any App: ${line}; to go on, take annotation ${ANNOTATION.line} off this Lease`,
    });
  }

  /** The API server was asked about the admission policies. */
  probed(enforcement: Enforcement): void {
    const { telemetry, log, updateFleet } = this.#options;
    const before = this.#enforcement;
    this.#enforcement = enforcement;
    telemetry.enforced(enforcement.is === 'enforced');
    updateFleet({ enforcement });
    if (isDeepStrictEqual(before, enforcement)) return;
    const refused = unknownControllers(enforcement);
    if (refused !== undefined) {
      log.error('controllers unknown to the admission policies', { reason: refused.message });
      this.#announce({ type: 'Warning', reason: refused.reason, note: refused.message });
      return;
    }
    if (enforcement.is === 'enforced') log.info('admission policies in force', { revision: enforcement.revision });
    if (enforcement.is !== 'detect only') return;
    log.warn('admission policies not in force', { reason: enforcement.why });
    // Policies that were never installed cause no event.
    if (before.is === 'enforced' || enforcement.outdated)
      this.#announce({ type: 'Warning', reason: REASON.DetectOnly, note: enforcement.why });
  }

  #announce(draft: EventDraft): void {
    const { kube, clock, lease, reporter } = this.#options;
    const { metadata } = lease()?.seen() ?? {};
    if (metadata === undefined) return;
    const { name, namespace, uid } = metadata as { name: string; namespace: string; uid?: string };
    const regarding = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name, namespace, ...(uid === undefined ? {} : { uid }) };
    void kube.create('Event', eventOn(regarding, draft, clock.now(), reporter));
  }
}

// Everything that can be said of an App before it is applied: by the API server, from the schema it was given, and by the operator, from its own loop
// played on the manifests alone. Decides what is an error: whatever would keep the version from serving.
import type { Obj } from '../../model/json.ts';
import { obj } from '../../model/json.ts';
import { REASON } from '../../model/vocabulary.ts';
import type { Manifest } from '../documents.ts';
import { forecast } from '../forecast/forecast.ts';
import { outlookOf } from '../forecast/outlook.ts';
import { faultsOf } from './schema.ts';

export interface Remark {
  readonly level: 'error' | 'warning';
  /** In the manifest, where it has one. */
  readonly path?: string;
  /** A word of docs/reasons.md, where the operator says it. */
  readonly reason?: string;
  readonly message: string;
}

/** What is elsewhere a manifest alone cannot tell. */
const ELSEWHERE: ReadonlySet<string> = new Set([REASON.ConfigMissing, REASON.ServiceMissing]);
/** Nothing is wrong with them: people decide, or it is not the hour. */
const FINE: ReadonlySet<string> = new Set([REASON.AwaitingActivation, REASON.Paused, REASON.WindowClosed, REASON.ApprovalMissing]);
/** kubectl keeps the manifest in an annotation when it applies client-side. */
const MOST_CLIENT_SIDE = 262_144;
const MINUTE_MS = 60_000;

/** `around`: the other objects of the files. */
export async function remarksOn(app: Manifest, around: readonly Manifest[], now: number): Promise<readonly Remark[]> {
  const faults = faultsOf(app).map(({ path, message }): Remark => ({ level: 'error', path, message }));
  if (faults.length > 0) return faults;
  const seen = await forecast({
    app: { ...app, spec: { ...obj(app.spec), paused: false } },
    objects: around,
    now,
    readyMs: 0,
    horizonMs: 5 * MINUTE_MS,
  });
  const { waits, warnings } = outlookOf(seen, {}, 0);
  return [
    ...sizeOf(app),
    ...(waits === undefined || FINE.has(waits.reason) ? [] : [remark(waits.reason, waits.message, 'error')]),
    ...warnings.filter(({ reason }) => reason !== waits?.reason).map(({ reason, message }) => remark(reason, message, 'warning')),
  ];
}

function remark(reason: string, message: string, level: Remark['level']): Remark {
  if (!ELSEWHERE.has(reason)) return { level, reason, message };
  return { level: 'warning', reason, message: `${message} (or hand it in, too: it may be in the cluster)` };
}

function sizeOf(app: Obj): Remark[] {
  const bytes = Buffer.byteLength(JSON.stringify(app));
  if (bytes <= MOST_CLIENT_SIDE) return [];
  const message = `the manifest is ${String(bytes)} bytes: kubectl apply takes at most ${String(MOST_CLIENT_SIDE)}, kubectl apply --server-side more`;
  return [{ level: 'warning', message }];
}

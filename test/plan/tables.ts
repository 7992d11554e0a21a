// All tables, by subject: one place to run them and one to ask what they never said.
import type { Row } from './table.ts';
import { ADVICE } from './advice.table.ts';
import { CAPTURE } from './capture.table.ts';
import { HELD } from './held.table.ts';
import { LIKENESSES } from './likeness.table.ts';
import { NAMING } from './naming.table.ts';
import { ENFORCED } from './enforced.table.ts';
import { IMAGES } from './images.table.ts';
import { GATES } from './gates.table.ts';
import { LADDERS } from './ladder.table.ts';
import { JOBS } from './jobs.table.ts';
import { FIRST } from './first.table.ts';
import { SYMPTOMS } from './symptom.table.ts';
import { UPDATE } from './update.table.ts';
import { READ_ANNOTATIONS } from './annotations.table.ts';
import { FAILURES } from './failure.table.ts';
import { RETENTION } from './retention.table.ts';
import { POINTER } from './pointer.table.ts';
import { DRIFTS } from './drift.table.ts';
import { DISRUPTIONS } from './disruption.table.ts';
import { ENDINGS } from './ending.table.ts';
import { RESTORED } from './restore.table.ts';
import { AFTERMATH } from './aftermath.table.ts';
import { ADOPTIONS } from './adoption.table.ts';
import { CONTENTIONS } from './contention.table.ts';
import { PREVIEWS } from './preview.table.ts';
import { OVERLAPS } from './overlap.table.ts';
import { PORTS } from './ports.table.ts';
import { SERVICES } from './services.table.ts';
import { SCALE } from './scale.table.ts';
import { REFUSALS } from './refusal.table.ts';
import { WORKERS } from './worker.table.ts';

export const TABLES: Readonly<Record<string, readonly Row[]>> = {
  'a first apply': FIRST,
  'an update': UPDATE,
  'images under their tags': IMAGES,
  'the pointer': POINTER,
  capture: CAPTURE,
  annotations: READ_ANNOTATIONS,
  names: NAMING,
  'what means the same': LIKENESSES,
  'what people decided against': HELD,
  failures: FAILURES,
  'gates of an author': GATES,
  'a Job as a gate': JOBS,
  'traffic in steps': LADDERS,
  'what a failure leaves': AFTERMATH,
  'what pods say': SYMPTOMS,
  retention: RETENTION,
  Services: SERVICES,
  'ports of a Service': PORTS,
  'an existing Service': ADOPTIONS,
  'a selector that others change': CONTENTIONS,
  'a Preview Service': PREVIEWS,
  'a worker': WORKERS,
  scale: SCALE,
  'one at a time': OVERLAPS,
  'loss and end': ENDINGS,
  'another life': RESTORED,
  'disruption budgets': DISRUPTIONS,
  drift: DRIFTS,
  'what the API server warns of': ADVICE,
  refusals: REFUSALS,
  enforcement: ENFORCED,
};

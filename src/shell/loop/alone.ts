// Under overlap: Never, whether an instance may start now. Reads the existing pods live, because a watch may be late with one that still
// terminates. Decides nothing else.
import type { Action } from '../../model/action.ts';
import type { Result } from '../../model/failure.ts';
import { failure, ok } from '../../model/failure.ts';
import { int, obj, text } from '../../model/json.ts';
import type { Snapshot } from '../../model/observed.ts';
import { LABEL } from '../../model/vocabulary.ts';
import { runsAlone } from '../../plan/read/overlap.ts';
import type { Reader } from './ask.ts';

const WAIT_MS = 5_000;
const MOST_PODS = 500;
const OVER: ReadonlySet<string> = new Set(['Failed', 'Succeeded']);

/** Always success for an action that starts no pods, and for other Apps. */
export async function standsAlone({ kube }: Reader, { app }: Snapshot, action: Action): Promise<Result<unknown>> {
  const starting = startedBy(action);
  if (starting === undefined || app.is !== 'app' || !runsAlone(app)) return ok(undefined);
  const source = { kind: 'Pod', namespace: app.namespace, labelSelector: `${LABEL.app}=${app.name}` } as const;
  const answer = await kube.list(source, { limit: MOST_PODS }, AbortSignal.timeout(WAIT_MS));
  if (answer.is === 'failure') return answer;
  const beside = answer.value.items.map(obj).find(({ metadata, status }) => {
    const { [LABEL.instance]: instance } = obj(obj(metadata).labels);
    return instance !== starting && !OVER.has(text(obj(status).phase));
  });
  return beside === undefined
    ? ok(undefined)
    : failure('Transient', `${starting} waits until pod ${text(obj(beside.metadata).name)} is gone`);
}

function startedBy(action: Action): string | undefined {
  if (action.do === 'scale') return action.from === 0 && action.to > 0 ? action.instance : undefined;
  if (action.do !== 'publish' || action.kind !== 'Deployment') return undefined;
  return int(obj(action.object.spec).replicas, 1) > 0 ? action.object.metadata.name : undefined;
}

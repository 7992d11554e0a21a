// The Job controller, and the kubelet of its pods: a Job has one pod, which ends as its image says, and the Job ends with it or at its deadline.
import { int, list, obj, text } from '../../src/model/json.ts';
import type { Fields, Store, Stored } from './store.ts';
import type { Time } from './time.ts';

/** What the container of a Job runs, and how that ends. */
export const IMAGES = { passes: 'passes:1', fails: 'fails:1', hangs: 'hangs:1' } as const;

/** How long each takes, in milliseconds. */
interface Pace {
  readonly controller: () => number;
  readonly kubelet: () => number;
}

export function startJobs(store: Store, time: Time, { controller, kubelet }: Pace): void {
  store.listen(({ kind, before, after }) => {
    if (kind === 'Job' && before === undefined && after !== undefined) {
      const { uid } = after.metadata;
      time.after(controller(), () => {
        startPod(store, store.byUid('Job', uid));
      });
      const seconds = int(after.spec?.activeDeadlineSeconds, 0);
      if (seconds > 0)
        time.after(seconds * 1000, () => {
          end(store, store.byUid('Job', uid), 'Failed', 'DeadlineExceeded');
        });
    }
    if (kind !== 'Pod' || after?.metadata.ownerReferences?.[0]?.kind !== 'Job') return;
    const job = after.metadata.ownerReferences[0].uid;
    if (before === undefined)
      time.after(kubelet(), () => {
        finish(store, after.metadata);
      });
    const { phase } = obj(after.status);
    if (phase === 'Succeeded' || phase === 'Failed')
      time.after(controller(), () => {
        const [how, why] =
          phase === 'Failed' ? (['Failed', 'BackoffLimitExceeded'] as const) : (['Complete', 'CompletionsReached'] as const);
        end(store, store.byUid('Job', job), how, why);
      });
  });
}

export const hasEnded = (job: Stored, how: 'Complete' | 'Failed'): boolean =>
  list(obj(job.status).conditions).some(({ type, status }) => type === how && status === 'True');

function startPod(store: Store, job: Stored | undefined): void {
  if (job === undefined) return;
  const { name, namespace, uid } = job.metadata;
  const { metadata, spec } = obj(job.spec?.template);
  store.create('deployments', 'Pod', {
    apiVersion: 'v1',
    metadata: {
      name: `${name}-0`,
      namespace,
      labels: { ...obj(obj(metadata).labels), 'batch.kubernetes.io/job-name': name },
      ownerReferences: [{ kind: 'Job', name, uid, controller: true }],
    },
    spec,
  });
  // It runs well as far as anybody can see: nobody asks its pod then.
  report(store, job, { active: 1, ready: 1 });
}

/** Its container has ended, unless it never does. */
function finish(store: Store, { namespace, name, uid }: Stored['metadata']): void {
  const pod = store.byUid('Pod', uid);
  const [container = {}] = list(pod?.spec?.containers);
  const image = text(container.image);
  if (pod === undefined || image === IMAGES.hangs) return;
  const exitCode = image === IMAGES.fails ? 3 : 0;
  const state = { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' } };
  const status = { phase: exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses: [{ name: container.name, state }] };
  const write = (draft: Stored): void => {
    draft.status = status;
  };
  store.update('kubelet', 'Pod', namespace, name, write, { part: 'status' });
}

function end(store: Store, job: Stored | undefined, type: 'Complete' | 'Failed', reason: string): void {
  if (job === undefined || hasEnded(job, 'Complete') || hasEnded(job, 'Failed')) return;
  report(store, job, { conditions: [{ type, status: 'True', reason }] });
}

const report = (store: Store, { metadata: { namespace, name } }: Stored, status: Fields): void => {
  const write = (draft: Stored): void => {
    draft.status = status;
  };
  store.update('deployments', 'Job', namespace, name, write, { part: 'status' });
};

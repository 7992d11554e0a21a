// Finds the instance that owns a pod: pod → ReplicaSet → Deployment, always by uid, since labels prove nothing. Also finds ReplicaSets and pods of an
// instance that may have been changed. Judges nothing: it says what to read live.
import type { App, Tombstone } from '../../model/app.ts';
import type { InstanceSeen, Seen } from '../../model/observed.ts';
import type { AppKey } from '../../model/version.ts';
import { digest } from '../../model/version.ts';
import { runsAlone } from '../../plan/read/overlap.ts';
import { specWriters } from '../../workloads/drift.ts';
import { appsOf, project } from '../../workloads/object.ts';
import { int, obj } from '../../model/json.ts';
import { Store } from './store.ts';

const MEMBERS_DIGITS = 16;

interface Owned extends Pick<Seen, 'uid' | 'resourceVersion' | 'owner'> {
  readonly keys: readonly AppKey[];
  /** Changes with each change of what it runs; '' if it is as it was created. */
  readonly touched: string;
  readonly leaving: boolean;
}

export class Ownership {
  readonly pods: Store<Owned>;
  readonly replicaSets: Store<Owned>;

  constructor(tell: (apps: readonly AppKey[]) => void) {
    const table = (touchedIn: (raw: unknown) => string): Store<Owned> =>
      new Store<Owned>({
        project: (raw) => {
          const { uid, resourceVersion, owner } = project(raw);
          return {
            uid,
            resourceVersion,
            owner,
            keys: appsOf(raw),
            touched: touchedIn(raw),
            leaving: obj(obj(raw).metadata).deletionTimestamp !== undefined,
          };
        },
        index: ({ keys }) => keys,
        changed: ({ keys }) => {
          tell(keys);
        },
        // Decisions need only who owns it and whether it was changed: its many status updates wake no App.
        same: (before, after) => before.owner?.uid === after.owner?.uid && before.touched === after.touched,
      });
    this.pods = table(podTouched);
    this.replicaSets = table(replicaSetTouched);
  }

  /** uid of the Deployment that a pod belongs to, as far as it has been seen. */
  deploymentOf(pod: string): string | undefined {
    return this.replicaSets.get(this.pods.get(pod)?.owner?.uid ?? '')?.owner?.uid;
  }

  /** Whether a pod is known not to belong to a Deployment. */
  isBare(pod: string): boolean {
    const seen = this.pods.get(pod);
    if (seen === undefined) return false;
    if (seen.owner?.kind !== 'ReplicaSet') return true;
    const replicaSet = this.replicaSets.get(seen.owner.uid);
    return replicaSet !== undefined && replicaSet.owner?.kind !== 'Deployment';
  }

  /** What is below a Deployment, as far as its App needs to know. `watched`: which pods there are, too. */
  below(app: App | Tombstone, deployment: string, watched: boolean): Pick<InstanceSeen, 'touched' | 'leaving' | 'members'> {
    const { key } = app;
    return {
      touched: this.#touched(key, deployment),
      leaving: app.is === 'app' && runsAlone(app) ? this.#leaving(key, deployment) : 0,
      members: watched ? this.#members(key, deployment) : '',
    };
  }

  /** Pods of a Deployment that are being deleted. */
  #leaving(key: AppKey, deployment: string): number {
    return this.pods.indexed(key).filter(({ uid, leaving }) => leaving && this.deploymentOf(uid) === deployment).length;
  }

  /** Which pods a Deployment has, and how they are: another text after anything of them has changed. Those that are being deleted are left out. */
  #members(key: AppKey, deployment: string): string {
    const own = this.pods.indexed(key).filter(({ uid, leaving }) => !leaving && this.deploymentOf(uid) === deployment);
    const all = own.map(({ uid, resourceVersion }) => `${uid}@${resourceVersion}`).toSorted();
    return all.length === 0 ? '' : digest(all.join()).slice(0, MEMBERS_DIGITS);
  }

  /** Below a Deployment: ReplicaSets if they are more than one or others wrote to them, and pods whose generation moved. */
  #touched(key: AppKey, deployment: string): string[] {
    const sets = this.replicaSets.indexed(key).filter(({ owner }) => owner?.uid === deployment);
    const pods = this.pods.indexed(key).filter(({ owner, touched }) => touched !== '' && sets.some(({ uid }) => uid === owner?.uid));
    return [...sets.filter(({ touched }) => sets.length > 1 || touched !== ''), ...pods].map(({ uid, touched }) => `${uid}@${touched}`);
  }
}

/** Deletion also changes the generation; that is not tampering. */
function podTouched(raw: unknown): string {
  const { generation, deletionTimestamp } = obj(obj(raw).metadata);
  return int(generation, 1) > 1 && deletionTimestamp === undefined ? String(generation) : '';
}

function replicaSetTouched(raw: unknown): string {
  const [last, ...others] = specWriters(raw);
  return others.length === 0 ? '' : String(last?.at);
}

// The contract's simulated subject: the world's API server and controllers on virtual time, without an operator. Waiting moves time on.
import { failure, ok } from '../../src/model/failure.ts';
import type { Result } from '../../src/model/failure.ts';
import { DEFAULTS } from '../../src/model/settings.ts';
import type { Port } from '../../src/shell/loop/apply.ts';
import { CALM } from '../world.ts';
import { startActors } from '../world/actors.ts';
import { terminate } from '../world/collector.ts';
import { startJobs } from '../world/jobs.ts';
import { newsOf, portOf, meets, replaceWith } from '../world/server.ts';
import { mergePatch, Store, wire } from '../world/store.ts';
import type { Stored, StoredKind } from '../world/store.ts';
import { Time } from '../world/time.ts';
import type { Human, News, Subject } from './subject.ts';

const NAMESPACE = 'team';
const STEP_MS = 50;
const DEADLINE_MS = 60_000;

export function worldSubject(): Subject {
  const time = new Time();
  const store = new Store(() => time.now());
  const { latency, kubelet, deployments, slices } = CALM;
  startActors(store, time, {
    deployments: () => deployments[0],
    kubelet: () => kubelet[0],
    grace: () => 500,
    slices: () => slices[0],
    collector: () => 20,
    sliceSize: CALM.sliceSize,
  });
  startJobs(store, time, { controller: () => deployments[0], kubelet: () => kubelet[0] });
  const nothing = () => undefined;
  const wiring = {
    store,
    time,
    requests: [],
    faults: new Map(),
    latency: () => latency[0],
    refuse: nothing,
    before: nothing,
    after: nothing,
    settings: DEFAULTS,
    answerTo: () => ({ is: 'error' as const, message: 'nobody answers' }),
    interruptedAt: nothing,
  };
  return {
    namespace: NAMESPACE,
    port: driven(time, portOf(wiring, { alive: () => true, die: nothing })),
    human: humanOf(store),
    async until(what, look) {
      for (let waitedMs = 0; waitedMs <= DEADLINE_MS; waitedMs += STEP_MS) {
        const seen = await look();
        if (seen !== undefined && seen !== false) return seen;
        await time.run(STEP_MS);
      }
      throw new Error(`not within ${String(DEADLINE_MS / 1000)} s: ${what}`);
    },
    end() {
      terminate(store, time, NAMESPACE, []);
      return Promise.resolve();
    },
    watch(kind, labelSelector = '') {
      const told: News[] = [];
      store.listen((transition) => {
        const news =
          transition.kind === kind ? newsOf(transition, ({ metadata }) => meets(metadata.labels ?? {}, labelSelector)) : undefined;
        if (news !== undefined) told.push(news);
      });
      return Promise.resolve(told);
    },
  };
}

/** Time goes on until the answer is there. */
function driven(time: Time, port: Port): Port {
  const wait = async <T>(call: Promise<T>): Promise<T> => {
    const answer = { came: false };
    const mark = (): void => {
      answer.came = true;
      time.stir();
    };
    void call.then(mark, mark);
    await time.run(DEADLINE_MS, () => answer.came);
    if (!answer.came) throw new Error('no answer came');
    return call;
  };
  return {
    create: (...call) => wait(port.create(...call)),
    read: (...call) => wait(port.read(...call)),
    list: (...call) => wait(port.list(...call)),
    remove: (...call) => wait(port.remove(...call)),
    scale: (...call) => wait(port.scale(...call)),
    patchService: (...call) => wait(port.patchService(...call)),
    patchStatus: (...call) => wait(port.patchStatus(...call)),
  };
}

function humanOf(store: Store): Human {
  const merge = (kind: StoredKind, name: string, patch: object, part: 'main' | 'status'): Result<Stored> => {
    const version = (patch as Partial<Stored>).metadata?.resourceVersion;
    const change = replaceWith((draft) => mergePatch(draft, wire(patch)) as Stored);
    return store.update('human', kind, NAMESPACE, name, change, { part, ...(version === undefined ? {} : { version }) });
  };
  return {
    create: (object) => Promise.resolve(store.create('human', object.kind as StoredKind, object)),
    merge: (kind, name, patch, subresource) => Promise.resolve(merge(kind, name, patch, subresource ?? 'main')),
    remove(kind, name, propagation) {
      if (store.get(kind, NAMESPACE, name) === undefined) return Promise.resolve(failure('Gone', `${kind} "${name}" not found`, 404));
      store.remove('human', kind, NAMESPACE, name, propagation === undefined ? {} : { propagation });
      return Promise.resolve(ok(undefined));
    },
    see: (kind, name) => Promise.resolve(store.get(kind, NAMESPACE, name)),
    list: (kind) => Promise.resolve(store.list(kind)),
  };
}

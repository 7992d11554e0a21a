// One API server for many test files, one file at a time: starting one and bringing the operator's account takes longer than many a file
// itself. `npm test` lends one to each of its workers; a file that runs without that starts its own, and sees no difference.
import { startCluster, type ClusterOptions } from '../../deploy/local/cluster.ts';
import { hold } from '../../deploy/local/control.ts';
import { shipped } from './shipped.ts';

/** The environment variable that says what those are called that are lent; a dash and the number of the worker follow. */
export const LENT = 'IMMUTABLEAPP_LENT_CLUSTERS';
const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
export const OPTIONS: ClusterOptions = { audit: true, log: tell };

export interface Lent {
  /** Rejects if it did not start; whoever waits for it is told. */
  readonly ready: Promise<void>;
  end(): Promise<void>;
}

/**
 * Starts one that test files may borrow under this name, once `first` is over. Returns when the name is taken: from then on they can wait until
 * it is ready.
 */
export async function lend(name: string, first: Promise<unknown>): Promise<Lent> {
  const held = await hold(name);
  if (held === undefined) throw new Error(`Somebody else runs a cluster called ${name}.`);
  const over = new AbortController();
  const run = async (): Promise<void> => {
    await first;
    await using cluster = await startCluster({ ...OPTIONS, signal: over.signal });
    await shipped()(cluster);
    const { server, kubeconfig, directory, binaries } = cluster;
    held.announce({ server, kubeconfig, directory, binaries });
    started.resolve(undefined);
    const broken = await Promise.race([aborted(over.signal), cluster.failed]);
    if (broken !== undefined) tell(broken.message);
  };
  const started = Promise.withResolvers<undefined>();
  const ended = run()
    .catch((error: unknown) => {
      started.reject(error);
    })
    .finally(() => held.release());
  return {
    ready: started.promise,
    end: () => {
      over.abort();
      return ended;
    },
  };
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve(undefined);
    });
    if (signal.aborted) resolve(undefined);
  });

// Helm itself, built from the module beside it and kept with the programs of the cluster. Its client libraries are those of the server that the
// tests run.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { VERSION } from '../../deploy/local/binaries.ts';
import type { Filling } from '../../deploy/local/cache.ts';
import { terminalLog } from '../../deploy/local/progress.ts';
import { findRequired } from './required.ts';

/** As in Helm's own releases: without a cluster to ask, it renders for the Kubernetes of its client libraries. */
function symbols(): Record<string, string> {
  const [major, minor] = VERSION.slice(1).split('.') as [string, string];
  return Object.fromEntries(
    ['chartutil', 'lint/rules'].flatMap((part) => [
      [`helm.sh/helm/v3/pkg/${part}.k8sVersionMajor`, major],
      [`helm.sh/helm/v3/pkg/${part}.k8sVersionMinor`, minor],
    ]),
  );
}

const HELM = {
  title: 'Helm',
  source: join(import.meta.dirname, 'helm'),
  programs: { helm: 'helm.sh/helm/v3/cmd/helm' },
  symbols: symbols(),
};

/** The path of the program. Rejects, with the reason, where it cannot be built. */
export const findHelm = async ({ log = terminalLog(), signal }: Partial<Filling> = {}): Promise<string> =>
  join(await findRequired(HELM, { log, ...(signal && { signal }) }), 'helm');

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Helm away from the user's own settings, repositories and plugins: all it keeps is in `home`. Rejects only if it cannot be started. */
export async function runHelm(home: string, args: readonly string[], kubeconfig?: string): Promise<Said> {
  const file = await findHelm();
  const own = Object.entries(process.env).filter(([name]) => !/^(HELM_|KUBE)/.test(name));
  const env = {
    ...Object.fromEntries(own),
    HELM_CACHE_HOME: home,
    HELM_CONFIG_HOME: home,
    HELM_DATA_HOME: home,
    // Else it asks five times a second from the hundredth question on.
    HELM_QPS: '1000',
    HELM_BURST_LIMIT: '1000',
    KUBECONFIG: kubeconfig ?? join(home, 'no-cluster'),
  };
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const written = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        written[stream] += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code: code ?? 128, ...written });
    });
  });
}

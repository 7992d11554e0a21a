// Helm itself, built from the module beside it and kept with the programs of the cluster. Its client libraries are those of the server that the
// tests run.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { VERSION } from '../../deploy/local/binaries.ts';
import { compile, REPRODUCIBLE, sourceFingerprint, whyNoGo } from '../../deploy/local/build.ts';
import { cached, type Filling } from '../../deploy/local/cache.ts';
import { terminalLog } from '../../deploy/local/progress.ts';

const SOURCE = join(import.meta.dirname, 'helm');
const FILES = ['go.mod', 'go.sum'];
const NAME = 'helm';

/** As in Helm's own releases: without a cluster to ask, it renders for the Kubernetes of its client libraries. */
function flags(): string[] {
  const [major, minor] = VERSION.slice(1).split('.');
  const link = ['chartutil', 'lint/rules'].flatMap((part) =>
    [`k8sVersionMajor=${major!}`, `k8sVersionMinor=${minor!}`].map((symbol) => `-X helm.sh/helm/v3/pkg/${part}.${symbol}`),
  );
  return [...REPRODUCIBLE, `-ldflags=-s -w ${link.join(' ')}`];
}

/** The path of the program. The first call builds it, in a minute or two. */
export async function findHelm({ log = terminalLog(), signal }: Partial<Filling> = {}): Promise<string> {
  const filling: Filling = { log, ...(signal && { signal }) };
  const key = `${NAME}-${VERSION}-${sourceFingerprint(SOURCE, FILES)}-${process.platform}-${process.arch}`;
  const folder = await cached(key, filling, async (part) => {
    const noGo = whyNoGo();
    if (noGo !== undefined) throw new Error(`Helm cannot be built: ${noGo}. Install Go 1.26 or later.`);
    await compile(
      { title: 'Helm', source: SOURCE, target: 'helm.sh/helm/v3/cmd/helm', output: join(part, NAME), folder: part, flags: flags() },
      filling,
    );
  });
  return join(folder, NAME);
}

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

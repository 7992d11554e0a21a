// The operator's flags: what can be set, what it means, and the answer to a typing mistake.
import { parseArgs } from 'node:util';
import { DEFAULT_IMAGES } from './model/references.ts';
import type { Settings } from './model/settings.ts';
import { DEFAULTS } from './model/settings.ts';

export const VERSION = '0.1.0';

export const HELP = `immutableapp ${VERSION}: deploys immutable releases on Kubernetes, image and config as one version

Usage:
  npm run operator -- [flags]

Flags:
  --kubeconfig FILE      cluster to work on; without it the pod's own service account, else $KUBECONFIG, else ~/.kube/config
  --context NAME         context in the kubeconfig (default: its current one)
  --namespace NS         watch only this namespace; repeatable (default: all)
  --concurrency N        Apps decided at the same time (default: 32)
  --max-candidates N     how many Apps may roll out a ConfigMap-only change at the same time (default: 10)
  --debug-grace SECONDS  how long after kubectl debug an instance is replaced (default: 1800)
  --require images=Digest  no version is made of a template that names an image by tag, whatever its App allows
  --default images=POLICY  Watched or Pinned, for Apps that leave spec.references.images empty (default: Live)
  --sources FILE         who gates may ask and who is told of Apps: a list of name, url, caFile, tokenFile, … (docs/gates.md, docs/notices.md)
  --cluster-name NAME    names the cluster to who is told of Apps (default: immutableapp)
  --no-leader-elect      no leader election: only if no other replica runs
  --lease-namespace NS   namespace of the Lease (default: the pod's, else immutableapp-system)
  --probe-host HOST      address of /metrics, /healthz and /readyz (default: 0.0.0.0 in a pod, 127.0.0.1 elsewhere)
  --probe-port PORT      port of the same; 0 takes a free one and logs it (default: 8080)
  --log-format FORMAT    json or pretty (default: pretty on a terminal, json elsewhere)
  --log-level LEVEL      error, warn, info or debug (default: info)
  --version              print the version
  --help                 print this

Environment:
  KUBECONFIG                     as for kubectl, when --kubeconfig is not given and this is not a pod
  KUBERNETES_SERVICE_HOST, _PORT set by the kubelet: this is a pod

Exit codes:
  0 ended on request (SIGTERM, SIGINT) · 1 could not start, or the lease was lost · 2 a flag is wrong

Examples:
  npm run operator -- --kubeconfig ./kubeconfig
  npm run operator -- --context staging --namespace shop --namespace blog
`;

export interface OperatorFlags {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespaces: readonly string[];
  readonly concurrency: number;
  readonly settings: Settings;
  readonly sources: string | undefined;
  readonly clusterName: string;
  readonly leaderElect: boolean;
  readonly leaseNamespace: string | undefined;
  readonly probeHost: string | undefined;
  readonly probePort: number;
  readonly logFormat: 'json' | 'pretty' | undefined;
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
}

/** What a command line asks for. */
export type Parsed<F = OperatorFlags> =
  | { readonly is: 'run'; readonly flags: F }
  | { readonly is: 'print'; readonly text: string }
  | { readonly is: 'wrong'; readonly problem: string };

const FORMATS = ['json', 'pretty'] as const;
const DIGESTS = 'images=Digest';
const LEVELS = ['error', 'warn', 'info', 'debug'] as const;

export function parseFlags(args: readonly string[]): Parsed {
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: OPTIONS, allowNegative: true, strict: true }));
  } catch (error) {
    return wrong((error as Error).message);
  }
  if (values.help === true) return { is: 'print', text: HELP };
  if (values.version === true) return { is: 'print', text: `${VERSION}\n` };
  const concurrency = whole(values.concurrency ?? '32', 1, 1000);
  const maxCandidates = whole(values['max-candidates'] ?? String(DEFAULTS.maxCandidates), 1, 10000);
  const debugGraceSeconds = whole(values['debug-grace'] ?? String(DEFAULTS.debugGraceSeconds), 0, 604800);
  const probePort = whole(values['probe-port'] ?? '8080', 0, 65535);
  const clusterName = values['cluster-name'] ?? 'immutableapp';
  const logFormat = FORMATS.find((format) => format === values['log-format']);
  const logLevel = LEVELS.find((level) => level === (values['log-level'] ?? 'info'));
  if (concurrency === undefined) return wrong('--concurrency takes a whole number from 1 to 1000');
  if (maxCandidates === undefined) return wrong('--max-candidates takes a whole number from 1 to 10000');
  if (debugGraceSeconds === undefined) return wrong('--debug-grace takes whole seconds from 0 to 604800, a week');
  if (probePort === undefined) return wrong('--probe-port takes a port from 0 to 65535');
  if (values.require !== undefined && values.require !== DIGESTS) return wrong(`--require takes ${DIGESTS}`);
  if (!/^[A-Za-z0-9._~:/-]{1,200}$/.test(clusterName)) return wrong('--cluster-name takes at most 200 of A-Z, a-z, 0-9 and . _ ~ : / -');
  const images = DEFAULT_IMAGES.find((each) => values.default === `images=${each}`);
  if (values.default !== undefined && images === undefined) {
    return wrong(`--default takes ${DEFAULT_IMAGES.map((each) => `images=${each}`).join(' or ')}`);
  }
  if (values['log-format'] !== undefined && logFormat === undefined) return wrong(`--log-format takes ${FORMATS.join(' or ')}`);
  if (logLevel === undefined) return wrong(`--log-level takes ${LEVELS.join(', ')}`);
  const flags = {
    kubeconfig: values.kubeconfig,
    context: values.context,
    namespaces: values.namespace ?? [],
    concurrency,
    settings: { maxCandidates, debugGraceSeconds, requireDigests: values.require !== undefined, ...(images && { images }) },
    sources: values.sources,
    clusterName,
    leaderElect: values['leader-elect'] ?? true,
    leaseNamespace: values['lease-namespace'],
    probeHost: values['probe-host'],
    probePort,
    logFormat,
    logLevel,
  };
  return { is: 'run', flags };
}

const OPTIONS = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string', multiple: true },
  concurrency: { type: 'string' },
  'max-candidates': { type: 'string' },
  'debug-grace': { type: 'string' },
  require: { type: 'string' },
  default: { type: 'string' },
  sources: { type: 'string' },
  'cluster-name': { type: 'string' },
  'leader-elect': { type: 'boolean' },
  'lease-namespace': { type: 'string' },
  'probe-host': { type: 'string' },
  'probe-port': { type: 'string' },
  'log-format': { type: 'string' },
  'log-level': { type: 'string' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const wrong = (problem: string): Parsed<never> => ({ is: 'wrong', problem: `${problem}\nSee --help.` });

function whole(value: string, least: number, most: number): number | undefined {
  const number = Number(value);
  return /^\d+$/.test(value) && number >= least && number <= most ? number : undefined;
}

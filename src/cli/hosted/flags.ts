// The flags of the page in the cluster: what can be set, what it means, and the answer to a typing mistake.
import { parseArgs } from 'node:util';
import { VERSION, wrong, type Parsed } from '../../flags.ts';

export const HELP = `immutableapp ${VERSION}, the page: kubectl iapp dashboard for many people, read-only, in a pod of its own

Usage:
  node page.js [flags]

Flags:
  --namespace NS           follow only this namespace; repeatable (default: all)
  --host NAME              a name by which people or their proxy reach it, without port; repeatable (always: localhost)
  --audience AUDIENCE      take only tokens for this audience; repeatable (default: those for the API server)
  --operator-namespace NS  where the operator runs (default: the pod's namespace)
  --port PORT              listen on this port (default: 8080)
  --kubeconfig FILE        cluster to work on; without it the pod's own service account
  --version                print the version
  --help                   print this

Exit codes:
  0 ended on request (SIGTERM, SIGINT) · 1 could not start · 2 a flag is wrong
`;

export interface PageFlags {
  readonly namespaces: readonly string[];
  readonly hosts: readonly string[];
  readonly audiences: readonly string[];
  readonly operatorNamespace: string | undefined;
  readonly port: number;
  readonly kubeconfig: string | undefined;
}

const OPTIONS = {
  namespace: { type: 'string', multiple: true },
  host: { type: 'string', multiple: true },
  audience: { type: 'string', multiple: true },
  'operator-namespace': { type: 'string' },
  port: { type: 'string' },
  kubeconfig: { type: 'string' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export function parseFlags(args: readonly string[]): Parsed<PageFlags> {
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: OPTIONS, strict: true }));
  } catch (error) {
    return wrong((error as Error).message);
  }
  if (values.help === true) return { is: 'print', text: HELP };
  if (values.version === true) return { is: 'print', text: `${VERSION}\n` };
  const port = Number(values.port ?? '8080');
  if (!/^\d+$/.test(values.port ?? '8080') || port > 65_535) return wrong('--port takes a port from 0 to 65535');
  const hosts = values.host ?? [];
  const odd = hosts.find((host) => !/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(host));
  if (odd !== undefined) return wrong(`--host takes a name such as apps.example.com, not "${odd}"`);
  const flags = {
    namespaces: values.namespace ?? [],
    hosts,
    audiences: values.audience ?? [],
    operatorNamespace: values['operator-namespace'],
    port,
    kubeconfig: values.kubeconfig,
  };
  return { is: 'run', flags };
}

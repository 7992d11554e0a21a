// Argo CD's own Lua and its own diff; the Lua is given what our ConfigMap says: as in its servers, no library is open to a script but table and a part of os.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { answersOf } from '../tools/go-program.ts';

export interface Health {
  readonly status: 'Healthy' | 'Progressing' | 'Suspended' | 'Degraded' | 'Missing' | 'Unknown';
  readonly message: string;
}

export interface Offered {
  readonly name: string;
  readonly disabled?: boolean;
  readonly displayName: string;
  readonly iconClass: string;
  readonly params?: readonly { readonly name: string }[];
}

export interface Answer {
  readonly health?: Health;
  readonly actions?: readonly Offered[];
  readonly object?: object;
  /** Out of sync. */
  readonly differs?: boolean;
  readonly error?: string;
}

/** Without `run` and `config`: its health, and the actions that are offered. */
export interface Call {
  readonly object: object;
  readonly run?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** What Git says, to compare with. */
  readonly config?: object;
  /** What the API server would make of that by server-side apply; without, as for a client-side one. */
  readonly predicted?: object;
}

const KIND = 'immutableapp.io_ImmutableApp';

export async function argocd(calls: readonly Call[]): Promise<Answer[]> {
  const { data } = parse(await readFile('deploy/argocd/argocd-cm.yaml', 'utf8')) as { data: Readonly<Record<string, string>> };
  const settings = {
    healthLua: data[`resource.customizations.health.${KIND}`],
    actions: data[`resource.customizations.actions.${KIND}`],
  };
  return answersOf(
    { source: import.meta.dirname, takes: 'four minutes' },
    calls.map((call) => ({ ...call, ...settings })),
  );
}

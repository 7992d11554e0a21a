// Argo CD's own Lua, given what our ConfigMap says: as in its servers, no library is open to a script but table and a part of os. The program is those
// servers, too (servers.ts).
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { answersOf, type GoProgram } from '../tools/go-program.ts';

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
  readonly error?: string;
}

/** Without `run`: its health, and the actions that are offered. */
export interface Call {
  readonly object: object;
  readonly run?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

const KIND = 'immutableapp.io_ImmutableApp';

export const PROGRAM: GoProgram = {
  source: import.meta.dirname,
  takes: 'six minutes',
  edited: {
    module: 'github.com/argoproj/argo-cd/v3',
    // Its controller has no flag for the address at which it tells of itself.
    edits: [['controller/appcontroller.go', '"0.0.0.0:%d"', '"127.0.0.1:%d"']],
    keep: 'manifests',
  },
};

export async function argocd(calls: readonly Call[]): Promise<Answer[]> {
  const { data } = parse(await readFile('deploy/argocd/argocd-cm.yaml', 'utf8')) as { data: Readonly<Record<string, string>> };
  const settings = {
    healthLua: data[`resource.customizations.health.${KIND}`],
    actions: data[`resource.customizations.actions.${KIND}`],
  };
  return answersOf(
    PROGRAM,
    calls.map((call) => ({ ...call, ...settings })),
  );
}

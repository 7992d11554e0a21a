// Runs the kubectl that came with the binaries, so that nobody needs one on the machine.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from './process.ts';

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  readonly kubeconfig: string;
  /** Where kubectl may keep its discovery cache. */
  readonly directory: string;
  readonly input?: string;
}

export const kubectlEnvironment = ({ kubeconfig, directory }: KubectlOptions): NodeJS.ProcessEnv => ({
  ...process.env,
  KUBECONFIG: kubeconfig,
  KUBECACHEDIR: join(directory, 'kubectl-cache'),
  KUBERC: 'off', // The user's own defaults and aliases are for their own clusters.
});

/** Rejects only if kubectl cannot be started. */
export function runKubectl(command: Command, args: readonly string[], options: KubectlOptions): Promise<KubectlResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command.file, [...command.arguments, ...args], { env: kubectlEnvironment(options) });
    const written = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        written[stream] += text;
      });
    }
    child.stdin.on('error', () => undefined); // It need not read its input to the end.
    child.stdin.end(options.input ?? '');
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code: code ?? 128, ...written });
    });
  });
}

// Lines of the documentation and of the plugin, typed into a shell one after the other, as a person would.
import { execFile } from 'node:child_process';
import { findBinaries } from '../../deploy/local/binaries.ts';
import type { ClusterClient } from '../../deploy/local/client.ts';
import { kubectlEnvironment } from '../../deploy/local/kubectl.ts';

/** In the order in which they stand; whatever fails ends the test in its own words. */
export async function typed(cluster: ClusterClient, commands: readonly string[], namespace?: string): Promise<void> {
  const { file, arguments: first } = (await findBinaries()).command('kubectl');
  const there = namespace === undefined ? '' : ` -n ${namespace}`;
  const shell = `kubectl() { ${[file, ...first].map((word) => `'${word}'`).join(' ')} "$@"${there}; }\nset -e\n`;
  const { kubeconfig, directory } = cluster;
  const options = { cwd: directory, env: kubectlEnvironment({ kubeconfig, directory }) };
  for (const command of commands)
    await new Promise<void>((resolve, reject) => {
      execFile('bash', ['-c', `${shell}${command}`], options, (error, _out, err) => {
        if (error === null) resolve();
        else reject(new Error(`${command}\n${err}`));
      });
    });
}

// Debian packages that a test needs. As root on Debian or its kin they are installed; elsewhere the error says what to install. Nothing that a
// package would start is started.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LOCK_SECONDS = 600;
const INSTALL_MS = 15 * 60_000;

/** Of these, what is not installed. Rejects where there is no dpkg. */
export async function missing(packages: readonly string[]): Promise<string[]> {
  const states = packages.map(async (name) => {
    const { stdout } = await run('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name]).catch((error: unknown) => {
      if ((error as { code: unknown }).code === 1) return { stdout: '' }; // Never heard of.
      throw error;
    });
    return stdout === 'installed' ? [] : [name];
  });
  return (await Promise.all(states)).flat();
}

const apt = (...args: string[]): Promise<unknown> =>
  run('apt-get', ['--yes', '--quiet', '--option', `DPkg::Lock::Timeout=${LOCK_SECONDS}`, ...args], {
    // At this run level invoke-rc.d starts nothing.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    timeout: INSTALL_MS,
  });

/** Returns when all of them are installed. Rejects with what a person has to do. */
export async function needPackages(packages: readonly string[], log: (line: string) => void): Promise<void> {
  const wanted = await missing(packages).catch(() => undefined);
  if (wanted === undefined)
    throw new Error(`There is no dpkg here. Install by hand what these Debian packages contain: ${packages.join(' ')}`);
  if (wanted.length === 0) return;
  const command = `apt-get install --no-install-recommends ${wanted.join(' ')}`;
  if (process.getuid?.() !== 0) throw new Error(`Debian packages are missing, and only root may install them: sudo ${command}`);
  log(`Installing Debian packages: ${wanted.join(' ')}`);
  const install = () => apt('install', '--no-install-recommends', ...wanted);
  // The lists of a fresh machine are empty or old.
  await install()
    .catch(() => apt('update').then(install))
    .catch((error: unknown) => {
      throw new Error(`${command} failed: ${(error as Error).message}`, { cause: error });
    });
}

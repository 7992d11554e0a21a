// Runs a script of this project under Node 24, installing the dependencies first when package-lock.json changed.
// Usage: node scripts/ready.mjs FILE [arguments…]. Plain JavaScript for whatever Node is on the machine (18 or later); it
// must never need a dependency itself.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules', 'node', 'bin', 'node');
const stamp = join(root, 'node_modules', '.immutableapp-lock');
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

const isReady = () => existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;

/** Who installs writes its process id here first: two npm ci at once in one folder take each other's files away. */
const claim = join(root, '.cache', 'installing');
const INSTALL_MS = 15 * 60_000;

function claimed() {
  mkdirSync(dirname(claim), { recursive: true });
  try {
    writeFileSync(claim, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** What a process left behind that was killed, or whose number another has by now, claims nothing. */
function dropDeadClaim() {
  try {
    const pid = Number(readFileSync(claim, 'utf8'));
    if (Date.now() - statSync(claim).mtimeMs < INSTALL_MS) {
      if (pid === 0) return; // just being written
      process.kill(pid, 0);
      return;
    }
  } catch (error) {
    if (error.code !== 'ESRCH') return; // gone in between, or somebody else's process
  }
  rmSync(claim, { force: true });
}

function install() {
  process.stderr.write('Installing dependencies (npm ci), about half a minute…\n');
  const npm = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (npm.status !== 0 || !existsSync(node)) {
    process.stderr.write('npm ci failed. Run it by hand in this folder to see why; it needs only the npm registry.\n');
    return false;
  }
  writeFileSync(stamp, lock);
  return true;
}

for (let told = false; !isReady();) {
  if (claimed()) {
    // The one before may have done it between our two looks.
    const done = isReady() || install();
    rmSync(claim, { force: true });
    if (!done) process.exit(1);
  } else {
    if (!told) process.stderr.write('Waiting for another command that is installing dependencies…\n');
    told = true;
    dropDeadClaim();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100); // There is nothing else to do meanwhile.
  }
}

const [file, ...rest] = process.argv.slice(2);
const env = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
  // What Node has stripped of types and compiled once: the tests start a hundred operators, each of which would do it again.
  NODE_COMPILE_CACHE: join(root, '.cache', 'compiled'),
};
const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, file), ...rest], { stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 128 : (code ?? 1)));

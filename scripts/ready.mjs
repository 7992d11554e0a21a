// Runs a script of this project under Node 24, installing the dependencies first when package-lock.json changed.
// Usage: node scripts/ready.mjs FILE [arguments…]. Plain JavaScript for whatever Node is on the machine (18 or later); it
// must never need a dependency itself.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules', 'node', 'bin', 'node');
const stamp = join(root, 'node_modules', '.immutableapp-lock');
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

if (!existsSync(node) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  process.stderr.write('Installing dependencies (npm ci), about half a minute…\n');
  const npm = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (npm.status !== 0 || !existsSync(node)) {
    process.stderr.write('npm ci failed. Run it by hand in this folder to see why; it needs only the npm registry.\n');
    process.exit(1);
  }
  writeFileSync(stamp, lock);
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

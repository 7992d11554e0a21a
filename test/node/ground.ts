// Where a real node may stand: namespaces of its own, made by ground.sh, in which nothing outside can be reached or left behind. Decides
// whether this machine allows it, by trying.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isAlive } from '../../deploy/local/directory.ts';
import { needPackages } from '../tools/debian.ts';

const PREFIX = 'immutableapp-node-';
const CGROUPS = '/sys/fs/cgroup';
const SCRIPT = join(import.meta.dirname, 'ground.sh');
const DPKG = '/usr/bin/dpkg-query';
const TRY_MS = 20_000;
/** Addresses that a client of the node may have. */
export const CLIENTS = [2, 3, 4, 5, 6, 7, 8, 9].map((last) => `198.18.0.${last}`);
const UNSHARE = ['--net', '--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child', '--mount-proc'];

/** The cgroup, below those of the machine, that ground.sh makes for a room. */
export const cgroupOf = (room: string): string => `immutableapp-${room.slice(room.lastIndexOf('-') + 1)}`;

const entrance = (room: string, command: readonly string[]): string[] => [...UNSHARE, '--', SCRIPT, room, ...command];

/** An empty folder, to be covered by a file system that goes with the namespaces. What dead owners left is removed first. */
async function newRoom(): Promise<string> {
  for (const name of await readdir(tmpdir())) {
    const owner = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : NaN;
    if (!Number.isNaN(owner) && !isAlive(owner)) await leaveRoom(join(tmpdir(), name));
  }
  return mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

/** Only what is empty can be removed: this can never hurt a living node. */
async function leaveRoom(room: string): Promise<void> {
  const cgroup = cgroupOf(room);
  for (const hierarchy of ['.', ...(await readdir(CGROUPS).catch(() => []))]) await removeCgroup(join(CGROUPS, hierarchy, cgroup));
  await rm(room, { recursive: true, force: true }).catch(() => undefined);
}

async function removeCgroup(path: string): Promise<void> {
  const below = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of below) if (entry.isDirectory()) await removeCgroup(join(path, entry.name));
  await rmdir(path).catch(() => undefined);
}

/** Undefined if a node can stand here, else why not. Installs what it takes to find out; rejects if that fails. */
export async function whyNoGround(log: (line: string) => void): Promise<string | undefined> {
  if (process.platform !== 'linux') return `a node needs Linux, not ${process.platform}`;
  if (process.getuid?.() !== 0) return 'only root may make the namespaces of a node';
  if (!existsSync(DPKG)) return 'containerd and its kin are installed as Debian packages, and there is no dpkg';
  await needPackages(['iproute2', 'nftables', 'util-linux'], log);
  const room = await newRoom();
  try {
    await promisify(execFile)('unshare', entrance(room, ['true']), { timeout: TRY_MS });
    return undefined;
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    return stderr.trim().split('\n').at(-1) || message;
  } finally {
    await leaveRoom(room);
  }
}

export interface Stay {
  /** How the command ended: 0 is well. */
  readonly ended: Promise<number>;
  /** Ends everything there at once. */
  kill(): void;
}

/** Runs a command on ground of its own, its output being ours; ROOM in its environment names the folder for what it writes. */
export async function onGround(command: readonly string[], environment: NodeJS.ProcessEnv): Promise<Stay> {
  const room = await newRoom();
  const child = spawn('unshare', entrance(room, command), {
    stdio: ['pipe', 'inherit', 'inherit'], // See ground.sh: nothing there outlives us.
    // Whoever looks for what dead processes left in the machine's own folder takes the living there for dead: their numbers mean nothing here.
    env: { ...process.env, ...environment, ROOM: room, TMPDIR: room },
  });
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => {
      resolve(127);
    });
    child.once('exit', (code) => {
      resolve(code ?? 128);
    });
  }).finally(() => leaveRoom(room));
  return { ended, kill: () => void child.kill('SIGKILL') };
}

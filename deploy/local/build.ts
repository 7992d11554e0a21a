// Builds every program as one executable from source, by way of the ordinary Go module proxy. Six minutes on two cores the
// first time, half a minute when Go has compiled it before.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, launch } from './process.ts';
import { reportEverySecond } from './progress.ts';
import type { Filling } from './cache.ts';

const SOURCE = join(import.meta.dirname, 'binaries');
const FILES = ['go.mod', 'go.sum', 'main.go', 'orphan.go'];
const GO = 'go';

/** The executable's name: it becomes the program that its first argument names. */
export const EXECUTABLE = 'kubernetes';

/** Changes with anything an executable is made of. */
export function sourceFingerprint(source = SOURCE, files: readonly string[] = FILES): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(source, file))).update('\0');
  return hash.digest('hex').slice(0, 12);
}

/** Undefined if Go is there, else what is missing. */
export function whyNoGo(): string | undefined {
  const { status, error } = spawnSync(GO, ['version'], { stdio: 'ignore', env: process.env });
  return status === 0 ? undefined : `there is no working "${GO}" on the PATH${error ? ` (${error.message})` : ''}`;
}

/** Flags of every build. */
export const REPRODUCIBLE = ['-v', '-trimpath', '-buildvcs=false', '-mod=readonly'];

function flags(version: string): string[] {
  const symbols = ['k8s.io/component-base/version.gitVersion', 'k8s.io/client-go/pkg/version.gitVersion'];
  const link = ['-s', '-w', ...symbols.map((symbol) => `-X ${symbol}=${version}`)].join(' ');
  return [...REPRODUCIBLE, `-ldflags=${link}`];
}

function lastPackage(logFile: string): string {
  const line = lastLines(logFile, 1).trim();
  return line === '' ? 'resolving modules' : line;
}

export interface Compilation {
  /** What people call it. */
  readonly title: string;
  /** Folder of the Go module. */
  readonly source: string;
  /** What to build of it or of what it requires. Default: the module's own program. */
  readonly target?: string;
  /** The executable to make. */
  readonly output: string;
  /** Folder that takes the compiler's log. */
  readonly folder: string;
  readonly flags?: readonly string[];
}

/** Builds one Go program; rejects with the compiler's last words. */
export async function compile(
  { title, source, target = '.', output, folder, flags: given = REPRODUCIBLE }: Compilation,
  { log, signal }: Filling,
): Promise<void> {
  const logFile = join(folder, 'build.log');
  const go = launch(
    'go',
    {
      // What runs beside it has deadlines, and a build has none.
      file: 'nice',
      arguments: ['-n', '15', GO, '-C', source, 'build', ...given, '-o', output, target],
      watchesParent: false,
      environment: { CGO_ENABLED: '0', GOWORK: 'off' },
    },
    logFile,
  );
  const stopReport = reportEverySecond(log, (elapsed) => `Building ${title}: ${elapsed}, ${lastPackage(logFile)}`);
  const give = () => void go.end();
  signal?.addEventListener('abort', give, { once: true });
  const how = await go.ended;
  signal?.removeEventListener('abort', give);
  stopReport();
  signal?.throwIfAborted();
  if (how !== 'exited with code 0') throw new Error(`go build ${how}:\n${lastLines(logFile)}`);
  log(`Built ${title}.`);
}

/** Builds `version` (as in v1.36.3) into `folder`. */
export async function build(version: string, folder: string, filling: Filling): Promise<void> {
  filling.log(`Building Kubernetes ${version} from source, once: about six minutes, then cached.`);
  const output = join(folder, EXECUTABLE);
  await compile({ title: `Kubernetes ${version}`, source: SOURCE, output, folder, flags: flags(version) }, filling);
}

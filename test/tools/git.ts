// A Git repository behind HTTP on loopback, as a forge serves one that everybody may read: git itself answers, what a clone asks for.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';

const BRANCH = 'refs/heads/main';
const SERVICE = 'git-upload-pack';

/** Contents by path, null for a file that goes. */
export type Changes = Readonly<Record<string, string | null>>;

export interface Repository {
  readonly url: string;
  /** A commit on main; its id. */
  commit(changes: Changes): Promise<string>;
  close(): Promise<void>;
}

/** Undefined if git is there, else what is missing. */
export const whyNoGit = (): string | undefined =>
  spawnSync('git', ['--version'], { stdio: 'ignore' }).status === 0 ? undefined : 'there is no working "git" on the PATH';

/** `folder`, which is made, becomes the repository. */
export async function openRepository(folder: string): Promise<Repository> {
  mkdirSync(folder);
  // Whatever git is told on this machine does not count here.
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  const git = async (...args: string[]): Promise<string> => (await promisify(execFile)('git', args, { cwd: folder, env })).stdout.trim();
  await promisify(execFile)('git', ['init', '--quiet', '--bare', '--initial-branch=main', folder], { env });

  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const asks = request.url?.endsWith(`/info/refs?service=${SERVICE}`) === true;
    if (!asks && request.url?.endsWith(`/${SERVICE}`) !== true) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': `application/x-${SERVICE}-${asks ? 'advertisement' : 'result'}` });
    if (asks) response.write(`001e# service=${SERVICE}\n0000`);
    const uploading = spawn('git', ['upload-pack', '--stateless-rpc', ...(asks ? ['--advertise-refs'] : []), folder], { env });
    // It may have heard enough before the request is over.
    uploading.stdin.on('error', () => undefined);
    (request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request).pipe(uploading.stdin);
    uploading.stdout.pipe(response);
  };
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/shop.git`,
    async commit(changes) {
      const parent = await git('for-each-ref', '--format=%(objectname)', BRANCH);
      const head = `commit ${BRANCH}\ncommitter Ada <ada@shop.example> now\ndata 0\n${parent === '' ? '' : `from ${parent}\n`}`;
      const files = Object.entries(changes).map(([path, text]) =>
        text === null ? `D ${path}\n` : `M 100644 inline ${path}\ndata ${String(Buffer.byteLength(text))}\n${text}\n`,
      );
      const importing = promisify(execFile)('git', ['fast-import', '--quiet', '--date-format=now'], { cwd: folder, env });
      importing.child.stdin?.end([head, ...files].join(''));
      await importing;
      return git('rev-parse', BRANCH);
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

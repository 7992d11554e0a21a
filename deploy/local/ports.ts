// Chooses free loopback ports below the range that the kernel gives to outgoing connections (32768 on Linux, 49152 on macOS):
// a port that is free now is then still free when its server starts, and again after a restart of that server.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** The ground of the node tests reserves them, since there connections may begin almost anywhere. */
export const FIRST = 10_240;
export const BEYOND = 29_999;
const handedOut = new Set<number>();

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });

/** A port nobody listens on, never given twice by this process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(FIRST, BEYOND);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port on 127.0.0.1 between ${FIRST} and ${BEYOND}.`);
}

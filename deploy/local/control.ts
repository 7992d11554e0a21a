// A cluster that people keep running has a name. Whoever runs it listens on a socket of that name, which is all the state
// there is: connecting proves that it runs, "where" is answered as soon as it is up, "stop" by closing the connection when it
// is gone. No process id is ever trusted.
import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheRoot } from './cache.ts';

const WHERE = 'where';
const STOP = 'stop';

/** What the holder of a name tells. */
export interface Running {
  readonly server: string;
  readonly kubeconfig: string;
  readonly directory: string;
  /** The folder of the binaries. */
  readonly binaries: string;
}

export interface Held {
  /** Tells everyone who asks, now or later. */
  announce(running: Running): void;
  /** Resolves when somebody asked for the end. */
  readonly stopAsked: Promise<void>;
  /** Gives the name back, and with it the connections of those who wait for the end. */
  release(): Promise<void>;
}

export const place = (name: string): string => join(cacheRoot(), 'clusters', name);

function socketPath(name: string): string {
  const path = join(place(name), 'control.sock');
  // The kernel's limit is 108 bytes on Linux and 104 on macOS.
  return path.length < 100 ? path : join(tmpdir(), `immutableapp-${createHash('sha256').update(path).digest('hex').slice(0, 16)}.sock`);
}

/** A connection to whoever holds the name, undefined if nobody does. */
function connectTo(name: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath(name));
    socket.once('connect', () => {
      resolve(socket);
    });
    socket.once('error', () => {
      resolve(undefined);
    });
  });
}

/** Takes the name; undefined if it is taken by a live process. */
export async function hold(name: string): Promise<Held | undefined> {
  await mkdir(place(name), { recursive: true, mode: 0o700 });
  const other = await connectTo(name);
  other?.destroy();
  if (other !== undefined) return undefined;
  await rm(socketPath(name), { force: true });
  const stop = Promise.withResolvers<undefined>();
  const state = Promise.withResolvers<Running>();
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('error', () => undefined).on('close', () => connections.delete(socket));
    socket.once('data', (question) => {
      if (question.toString() === STOP) stop.resolve(undefined);
      else void state.promise.then((running) => socket.end(JSON.stringify(running)));
    });
  });
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen(socketPath(name), () => {
      resolve(true);
    });
  });
  if (!listening) return undefined;
  return {
    announce: state.resolve,
    stopAsked: stop.promise,
    release: async () => {
      await rm(place(name), { recursive: true, force: true });
      server.close();
      for (const socket of connections) socket.destroy();
    },
  };
}

/** Where the cluster of this name is, as soon as it is up; undefined if there is none or its start failed. */
export async function find(name: string): Promise<Running | undefined> {
  const socket = await connectTo(name);
  if (socket === undefined) return undefined;
  socket.on('error', () => undefined).write(WHERE); // An error is the end of a failed start: no answer.
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return answer === '' ? undefined : (JSON.parse(answer) as Running);
}

/** Ends the cluster of this name and waits until it is gone; false if there is none. */
export async function stop(name: string): Promise<boolean> {
  const socket = await connectTo(name);
  if (socket === undefined) return false;
  await new Promise((resolve) => {
    socket.on('error', () => undefined).once('close', resolve);
    socket.resume().write(STOP);
  });
  return true;
}

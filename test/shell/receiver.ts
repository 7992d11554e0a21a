// Somebody on loopback who answers as a test says, down to the byte, and counts who connects.
import { createServer, type Server, type Socket } from 'node:net';

export interface Receiver {
  readonly port: number;
  /** What was sent to it, connection by connection. */
  readonly heard: string[];
  /** Connections open now, and the most there ever were at once. */
  readonly open: () => number;
  readonly most: () => number;
  readonly close: () => Promise<void>;
}

/** `answer`: what to do once the head of a request is there. */
export async function receiver(answer: (socket: Socket, heard: string) => void, host = '127.0.0.1', port = 0): Promise<Receiver> {
  const sockets = new Set<Socket>();
  const heard: string[] = [];
  let most = 0;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    most = Math.max(most, sockets.size);
    const nth = heard.push('') - 1;
    let isAnswered = false;
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      const request = (heard[nth] ?? '') + chunk.toString();
      heard[nth] = request;
      if (isAnswered || !whole(request)) return;
      isAnswered = true;
      answer(socket, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    port: (server.address() as { port: number }).port,
    heard,
    open: () => sockets.size,
    most: () => most,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Its head, and as much of a body as that promises. */
function whole(request: string): boolean {
  const end = request.indexOf('\r\n\r\n');
  const [, length = '0'] = /^content-length: (\d+)/im.exec(request) ?? [];
  return end >= 0 && Buffer.byteLength(request.slice(end + 4)) >= Number(length);
}

/** A whole answer. */
export const reply = (status: number, body: string, type = 'application/json', more = ''): string =>
  `HTTP/1.1 ${String(status)} X\r\ncontent-type: ${type}\r\ncontent-length: ${String(Buffer.byteLength(body))}\r\n${more}\r\n${body}`;

/** Sends without end until nobody listens. */
export function flood(socket: Socket, chunk: string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}

// A way to the API server that a test can break: TLS ends here, under a certificate of its own choosing, and begins anew behind it.
import { readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer, type Server } from 'node:tls';
import { newAuthority } from '../../deploy/local/certificates.ts';
import type { Cluster } from '../../deploy/local/cluster.ts';

export class Front {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** The certificate, PEM, of the authority that vouches for it now. */
  ca = '';

  private constructor(cluster: Cluster) {
    const { hostname: host, port } = new URL(cluster.server);
    const upstream = { host, port: Number(port), ca: readFileSync(cluster.caFile) };
    this.#server = createServer((near) => {
      const far = connect(upstream);
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    this.present();
  }

  static async open(cluster: Cluster): Promise<Front> {
    const front = new Front(cluster);
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A certificate of a new authority, for whoever connects from now on. */
  present(): void {
    const authority = newAuthority();
    const { certificate, key } = authority.issueServer('127.0.0.1');
    this.#server.setSecureContext({ cert: certificate, key });
    this.ca = authority.certificate;
  }

  /** Resets every connection there is. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }
}

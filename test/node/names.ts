// The DNS of a node's pods: a real server, which knows the Services of the places that it was told of, as <service>.<namespace> and longer.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch, type Program } from '../../deploy/local/process.ts';
import type { Place } from '../cluster/harness.ts';
import type { Service } from '../cluster/objects.ts';
import { ADDRESS } from './machine.ts';

export const DOMAIN = 'cluster.local';

export class Names {
  readonly #program: Program;
  /** Of files, each of which it reads as soon as it is there. */
  readonly #hosts: string;
  readonly #known = new Set<string>();

  constructor(room: string) {
    this.#hosts = join(room, 'hosts');
    mkdirSync(this.#hosts);
    const flags = ['--keep-in-foreground', '--user=root', '--pid-file=', '--conf-file=/dev/null', '--no-resolv', '--no-hosts'];
    const about = [`--local=/${DOMAIN}/`, `--listen-address=${ADDRESS}`, '--bind-interfaces', `--hostsdir=${this.#hosts}`];
    const command = { file: 'dnsmasq', arguments: [...flags, ...about], watchesParent: false };
    this.#program = launch('dnsmasq', command, join(room, 'dnsmasq.log'));
  }

  /** Names the Services of a place from now on. */
  follow({ namespace, stage }: Place): void {
    stage.recorder.onEvent(namespace, ({ kind, object }) => {
      if (kind !== 'Service') return;
      const { clusterIP } = (object as Service & { readonly spec: { readonly clusterIP?: string } }).spec;
      if (clusterIP !== undefined) this.#name(clusterIP, `${object.metadata.name}.${namespace}.svc.${DOMAIN}`);
    });
  }

  #name(address: string, name: string): void {
    const file = `${name}-${address}`;
    if (this.#known.has(file)) return;
    this.#known.add(file);
    writeFileSync(join(this.#hosts, '..', file), `${address} ${name}\n`);
    renameSync(join(this.#hosts, '..', file), join(this.#hosts, file));
  }

  async stop(): Promise<void> {
    await this.#program.end();
  }
}

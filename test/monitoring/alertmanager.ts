// A real Alertmanager on loopback, alone: what it was sent and took.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../deploy/local/ports.ts';
import { launch, type Program } from '../../deploy/local/process.ts';

export interface TakenAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly status: { readonly state: string };
}

export class Alertmanager {
  readonly #program: Program;
  readonly url: string;

  private constructor(program: Program, url: string) {
    this.#program = program;
    this.url = url;
  }

  /** Returns at once: whoever asks it waits until it answers. */
  static async start(parent: string): Promise<Alertmanager> {
    const directory = join(parent, 'alertmanager');
    mkdirSync(directory);
    writeFileSync(join(directory, 'alertmanager.yaml'), 'route: {receiver: nobody}\nreceivers: [{name: nobody}]\n');
    const listen = `127.0.0.1:${String(await freePort())}`;
    const files = [`--config.file=${join(directory, 'alertmanager.yaml')}`, `--storage.path=${join(directory, 'data')}`];
    const command = { file: 'prometheus-alertmanager', watchesParent: false };
    const flags = [...files, `--web.listen-address=${listen}`, '--cluster.listen-address='];
    return new Alertmanager(launch('alertmanager', { ...command, arguments: flags }, join(directory, 'log')), `http://${listen}`);
  }

  /** None while it does not answer yet. */
  async alerts(): Promise<TakenAlert[]> {
    try {
      return (await (await fetch(`${this.url}/api/v2/alerts`)).json()) as TakenAlert[];
    } catch {
      return [];
    }
  }

  async stop(): Promise<void> {
    await this.#program.end();
  }
}

// A real Prometheus on loopback, with a clock as short as a test needs it: asked and scraped once a second.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../deploy/local/ports.ts';
import { lastLines, launch, type Program } from '../../deploy/local/process.ts';

const READY_MS = 30_000;
const POLL_MS = 100;

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

export interface Target {
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
}

export class Prometheus {
  readonly #program: Program;
  readonly #directory: string;
  readonly url: string;
  readonly #startedAt = Date.now() / 1000;

  private constructor(program: Program, directory: string, url: string) {
    this.#program = program;
    this.#directory = directory;
    this.url = url;
  }

  /** `rules`: the text of a rule file. Scrapes nothing yet. */
  static async start(parent: string, rules: string): Promise<Prometheus> {
    const directory = join(parent, 'prometheus');
    mkdirSync(directory);
    writeFileSync(join(directory, 'rules.yaml'), rules);
    const config = join(directory, 'prometheus.yaml');
    writeFileSync(config, CONFIG);
    const listen = `127.0.0.1:${String(await freePort())}`;
    const flags = [`--config.file=${config}`, `--storage.tsdb.path=${join(directory, 'data')}`, `--web.listen-address=${listen}`];
    const command = { file: 'prometheus', arguments: [...flags, '--log.level=warn'], watchesParent: false };
    const prometheus = new Prometheus(launch('prometheus', command, join(directory, 'log')), directory, `http://${listen}`);
    prometheus.scrape([]);
    await prometheus.#ready();
    return prometheus;
  }

  /** Who is scraped from now on, by the URLs of their probes. */
  scrape(urls: readonly string[]): void {
    this.scrapeLabelled(urls.map((url) => ({ host: new URL(url).host, labels: {} })));
  }

  /** The same, with labels for all that each of them says. */
  scrapeLabelled(targets: readonly Target[]): void {
    const file = join(this.#directory, 'targets.json');
    writeFileSync(`${file}.new`, JSON.stringify(targets.map(({ host, labels }) => ({ targets: [host], labels }))));
    renameSync(`${file}.new`, file);
  }

  async alerts(): Promise<Alert[]> {
    return (await this.#ask<{ alerts: Alert[] }>('alerts')).alerts;
  }

  async firing(): Promise<Alert[]> {
    return (await this.alerts()).filter(({ state }) => state === 'firing');
  }

  async query(expr: string): Promise<Series[]> {
    return (await this.#ask<{ result: Series[] }>('query', { query: expr })).result;
  }

  /** How many numbers an expression gave since the start. */
  async numbersOf(expr: string): Promise<number> {
    const end = Date.now() / 1000;
    const { result } = await this.#ask<{ result: Series[] }>('query_range', {
      query: expr,
      start: String(this.#startedAt),
      end: String(end),
      step: '1',
    });
    return result.flatMap(({ values = [] }) => values).filter(([, value]) => Number.isFinite(Number(value))).length;
  }

  async stop(): Promise<void> {
    await this.#program.end();
  }

  async #ready(): Promise<void> {
    const deadline = performance.now() + READY_MS;
    const answers = () =>
      fetch(`${this.url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await answers())) {
      if (!this.#program.running) throw new Error(`Prometheus ${await this.#program.ended}:\n${lastLines(this.#program.logFile)}`);
      if (performance.now() > deadline) throw new Error(`Prometheus was not ready in time:\n${lastLines(this.#program.logFile)}`);
      await delay(POLL_MS);
    }
  }

  async #ask<T>(what: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1/${what}?${new URLSearchParams(parameters).toString()}`);
    const { status, error, data } = (await answer.json()) as { status: string; error?: string; data: T };
    if (status !== 'success') throw new Error(`Prometheus: ${error ?? status}: ${JSON.stringify(parameters)}`);
    return data;
  }
}

/** For promtool too, which judges it. */
export const CONFIG = `
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [rules.yaml]
scrape_configs:
- job_name: operators
  file_sd_configs:
  - {files: [targets.json], refresh_interval: 5s}
`;

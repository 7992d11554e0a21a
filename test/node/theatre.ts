// The node, one App behind one Service, and a client that never stops asking: scenes are played on it one after another, and each ends with
// the judgement on every request that was sent meanwhile.
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import type { App, Service } from '../cluster/objects.ts';
import { OPERATOR, polled, selectedBy, OwnStage, type Place } from '../cluster/harness.ts';
import { LABEL } from '../../src/model/vocabulary.ts';
import { cgroupOf } from './ground.ts';
import { judge, type Move } from './judge.ts';
import { Load, type Stream } from './load.ts';
import { containerdSocket, realNode } from './machine.ts';
import { Operators } from './operators.ts';
import { unpacked, type Image, type Provisions } from './provisions.ts';
import { render, reportOf, type Report, type Scene } from './report.ts';
import type { Site } from './sites.ts';

export const APP = 'shop';
const STREAMS: readonly Stream[] = [
  { name: 'kept', rate: 300, connections: 'keep' },
  { name: 'fresh', rate: 300, connections: 'fresh' },
];

interface Reported {
  readonly services?: readonly { readonly name: string; readonly instance?: string; readonly converged?: boolean }[];
}

export class Theatre {
  readonly stage: OwnStage;
  readonly place: Place;
  readonly provisions: Provisions;
  readonly operators: Operators;
  readonly facts: Record<string, string> = {};
  /** What serves while no App does. */
  outside = 'no App';
  readonly #scenes: Scene[] = [];
  readonly #room: string;
  #load: Load | undefined;
  #judged = 0;

  private constructor(stage: OwnStage, place: Place, provisions: Provisions, room: string) {
    this.stage = stage;
    this.operators = new Operators(stage);
    this.place = place;
    this.provisions = provisions;
    this.#room = room;
  }

  /** `domain`: of the names of Services, if somebody answers for them. */
  static async open(domain?: string): Promise<Theatre> {
    const provisions = unpacked();
    const room = process.env.ROOM!;
    const began = performance.now();
    const stage = await OwnStage.open({
      nodes: realNode({ pause: provisions.images.pause.reference, cgroup: cgroupOf(room), domain }),
      directory: join(room, 'cluster'),
    });
    await bring(Object.values(provisions.images));
    const theatre = new Theatre(stage, await stage.place(), provisions, room);
    theatre.facts['from nothing to a node with its images and the policies in force'] =
      `${((performance.now() - began) / 1000).toFixed(1)} s`;
    return theatre;
  }

  async close(): Promise<void> {
    try {
      await this.#load?.stop();
    } finally {
      await this.stage.close();
    }
  }

  /** An App's spec with this site as its content. */
  spec({ version, template, config }: Site, more: object = {}): Record<string, unknown> {
    const promotion = { drainSeconds: 2, failbackSeconds: 60, ...(more as { promotion?: object }).promotion };
    return { version, template, config, replicas: 2, activeVersion: '', ...more, promotion };
  }

  async publish(site: Site, more: object = {}): Promise<App> {
    return this.place.apply(this.place.app(this.spec(site, more), APP));
  }

  /** Begins to send requests to the Service. */
  async begin(): Promise<void> {
    const { clusterIP } = (this.place.find('Service', 'web') as Service & { spec: { clusterIP: string } }).spec;
    const url = `http://${clusterIP}/`;
    // The Service leads nowhere until kube-proxy has heard of its first endpoint.
    await polled('the Service answers', async () => (await fetch(url).catch(() => undefined))?.status === 200);
    const directory = join(this.#room, 'load');
    mkdirSync(directory);
    this.#load = new Load(this.provisions.load, url, directory, STREAMS);
    await this.#load.until('the first answer', (requests) => requests.find(({ status }) => status === 200));
  }

  get load(): Load {
    if (this.#load === undefined) throw new Error('nobody asks yet');
    return this.#load;
  }

  /** Plays a scene and judges every request that was due meanwhile. What the version `faulty` answers by itself is its own affair. */
  async scene(name: string, play: () => Promise<void>, faulty?: string): Promise<void> {
    const from = Date.now() * 1000;
    try {
      await play();
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${await this.operators.log()}`, { cause: error });
    } finally {
      this.#scenes.push({ name, from, until: Date.now() * 1000 });
    }
    expect(await this.#judge(faulty)).toEqual([]);
  }

  /** New connections lead to this version and to no other. */
  async arrived(version: string): Promise<void> {
    const asked = Date.now() * 1000;
    await this.load.until(`a new connection leads to ${version}`, (requests) =>
      requests.findLast((request) => request.dialled >= asked && request.version === version),
    );
  }

  /** Lets the client ask for so long, which is no waiting for anything. */
  async pause(ms: number): Promise<void> {
    const until = (Date.now() + ms) * 1000;
    await this.load.until('time goes by', (requests) => (requests.at(-1)?.due ?? 0) >= until || undefined);
  }

  /** Of those since the last time. Versions that are on their way are told apart only by complete histories. */
  async #judge(faulty?: string): Promise<readonly string[]> {
    const requests = await this.load.settle();
    const moves = await this.moves();
    const fresh = requests.slice(this.#judged);
    this.#judged = requests.length;
    return firstOf(judge(fresh, moves, faulty));
  }

  /** Every time the Service was sent somewhere, by the version's name. */
  async moves(): Promise<Move[]> {
    await this.place.settle();
    const writes = (await this.stage.audit(this.place.namespace, OPERATOR))
      .filter(({ verb, resource, code }) => resource === 'services' && code < 300 && (verb === 'patch' || verb === 'create'))
      .map(({ at }) => Date.parse(at) * 1000);
    const settlings = this.#settlings();
    const selections = this.place.selections();
    return selections.map(({ instance, at, version }, i) => {
      const next = selections[i + 1]?.version ?? Infinity;
      const told = this.place
        .history('ImmutableApp', APP)
        .find((entry) => entry.version > version && entry.version < next && hasConverged(entry.object, instance));
      return {
        at: writes.findLast((write) => write <= micros(at)) ?? micros(at),
        to: this.nameOf(instance),
        converged: settlings.find((each) => each.version > version && each.version < next && each.instance === instance)?.at,
        told: told && micros(told.at),
      };
    });
  }

  /** Every version of an EndpointSlice after which all ready endpoints of the Service were of one instance. */
  #settlings(): { readonly version: number; readonly at: number; readonly instance: string }[] {
    const instances = new Map(this.place.history('Pod').map(({ name, object }) => [name, object.metadata.labels?.[LABEL.instance]]));
    const slices = new Map<string, readonly (string | undefined)[]>();
    return this.place
      .history('EndpointSlice')
      .filter(({ object }) => object.metadata.labels?.['kubernetes.io/service-name'] === 'web')
      .flatMap(({ name, object, gone, version, at }) => {
        const ready = (object.endpoints ?? []).filter(({ conditions }) => conditions.ready === true);
        slices.set(name, gone ? [] : ready.map(({ targetRef }) => instances.get(targetRef?.name ?? '')));
        const [instance, ...others] = new Set([...slices.values()].flat());
        return instance !== undefined && others.length === 0 ? [{ version, at: micros(at), instance }] : [];
      });
  }

  /** The name of the version that an instance runs. */
  nameOf(instance: string | undefined): string {
    const deployment = this.place.history('Deployment').findLast(({ name }) => name === instance);
    const id = deployment?.object.metadata.labels?.['immutableapp.io/version'];
    const record = this.place.history('ControllerRevision').find(({ name }) => name === id);
    return (record?.object.data as { name?: string } | undefined)?.name ?? instance ?? this.outside;
  }

  /** Ends the load, judges it as a whole, and tells what was seen. */
  async finish(): Promise<Report> {
    const requests = await this.load.stop();
    const moves = await this.moves();
    const report = reportOf(this.#scenes, requests, moves, this.facts);
    process.stderr.write(`\n${render(report)}\n`);
    expect(firstOf(judge(requests, moves))).toEqual([]);
    expect(report.total.failed).toBe(0);
    expect(report.total.sent / report.total.seconds).toBeGreaterThanOrEqual(500);
    return report;
  }

  /** The reference by which the same image goes under another tag. */
  async retagged({ reference }: Image, tag: string): Promise<string> {
    const other = `${reference.slice(0, reference.lastIndexOf(':'))}:${tag}`;
    await ofImages('tag', '--force', reference, other);
    return other;
  }

  /** The instance that the Service selects. */
  selected(): string | undefined {
    return selectedBy(this.place.find('Service', 'web'));
  }

  /** The name of the version that it selects. */
  serving(): string {
    return this.nameOf(this.selected());
  }
}

/** Of performance.now(), since the epoch. */
const micros = (at: number): number => (performance.timeOrigin + at) * 1000;

/** What there is room for in a message. */
const firstOf = (lines: readonly string[]): readonly string[] =>
  lines.length > 8 ? [...lines.slice(0, 8), `and ${lines.length - 8} more`] : lines;

const hasConverged = ({ status }: App, instance: string | undefined): boolean =>
  (status as Reported | undefined)?.services?.some(
    (each) => each.name === 'web' && each.instance === instance && each.converged === true,
  ) === true;

const ofImages = (...args: string[]) =>
  promisify(execFile)('ctr', ['--address', containerdSocket, '--namespace', 'k8s.io', 'images', ...args]);

/** Images into the node, from files. */
async function bring(images: readonly Image[]): Promise<void> {
  const archives = new Set(images.map(({ archive }) => archive));
  for (const archive of archives) await ofImages('import', archive);
}

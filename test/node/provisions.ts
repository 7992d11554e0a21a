// What a node needs from outside, where there is a network: Debian packages, programs, images. Fetched and built once, then kept.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBinaries, findNodeBinaries } from '../../deploy/local/binaries.ts';
import { compile, sourceFingerprint, whyNoGo } from '../../deploy/local/build.ts';
import { cached } from '../../deploy/local/cache.ts';
import type { Log } from '../../deploy/local/progress.ts';
import { needPackages } from '../tools/debian.ts';
import type { GatewayPrograms } from '../tools/contour.ts';
import { findGateway } from '../tools/contour.ts';
import { findFlagger } from '../tools/flagger.ts';
import type { Release } from '../tools/released.ts';
import { findRollouts } from '../tools/rollouts.ts';
import { archiveLayer } from '../images/archive.ts';
import { imageOf } from '../images/images.ts';

const PACKAGES = ['containerd', 'runc', 'containernetworking-plugins', 'nftables', 'conntrack', 'iproute2', 'dnsmasq-base', 'prometheus'];

export interface Image {
  /** A file that `ctr images import` reads. */
  readonly archive: string;
  readonly reference: string;
}

export interface Provisions {
  /** The load generator. */
  readonly load: string;
  /** Or why there is none. */
  readonly gateway: GatewayPrograms | string;
  readonly rollouts: Release | string;
  readonly flagger: Release | string;
  /** By name. */
  readonly images: Readonly<Record<'pause' | 'server' | 'httpd' | 'exporter' | 'nginx' | 'operator', Image>>;
}

const SERVER = 'immutableapp.test/server:1';
const VARIABLE = 'IMMUTABLEAPP_NODE_PROVISIONS';

/** A Go program of ours, which needs nothing but Go itself; `then` makes more of it in the same folder. */
async function program(name: string, log: Log, then?: (folder: string) => Promise<void>): Promise<string> {
  const source = join(import.meta.dirname, name);
  const key = `${name}-${sourceFingerprint(source, ['go.mod', 'main.go'])}-${process.platform}-${process.arch}`;
  return cached(key, { log }, async (folder) => {
    const noGo = whyNoGo();
    if (noGo !== undefined) throw new Error(`test/node/${name} cannot be built: ${noGo}. Install Go 1.26 or later.`);
    await compile({ title: name, source, output: join(folder, name), folder }, { log });
    await then?.(folder);
  });
}

export async function provide(log: Log): Promise<Provisions> {
  await needPackages(PACKAGES, log);
  await findNodeBinaries((await findBinaries({ log })).folder, { log });
  const load = await program('load', log);
  const server = { archive: join(await program('server', log, archiveServer), 'server.tar'), reference: SERVER };
  // One program is both.
  const images = {
    ...{ pause: server, server, operator: await imageOf('operator', log) },
    ...{ httpd: await imageOf('httpd', log), exporter: await imageOf('apache-exporter', log), nginx: await imageOf('nginx', log) },
  };
  const orWhyNot = (error: unknown): string => (error as Error).message;
  const gateway = await findGateway({ log }).catch(orWhyNot);
  const rollouts = await findRollouts({ log }).catch(orWhyNot);
  const flagger = await findFlagger({ log }).catch(orWhyNot);
  return { load: join(load, 'load'), gateway, rollouts, flagger, images };
}

async function archiveServer(folder: string): Promise<void> {
  const [root, layer] = [join(folder, 'root'), join(folder, 'layer.tar')];
  await mkdir(root);
  await copyFile(join(folder, 'server'), join(root, 'server'));
  await symlink('server', join(root, 'pause'));
  await promisify(execFile)('tar', ['-cf', layer, '-C', root, '.']);
  await archiveLayer(layer, SERVER, { Entrypoint: ['/pause'], User: '65534:65534' }, join(folder, 'server.tar'));
  await rm(root, { recursive: true });
}

/** For the environment of who uses them. */
export const packed = (provisions: Provisions): NodeJS.ProcessEnv => ({ [VARIABLE]: JSON.stringify(provisions) });

export function unpacked(): Provisions {
  const text = process.env[VARIABLE];
  if (text === undefined) throw new Error('These tests need a node and its ground: npm run test:node');
  return JSON.parse(text) as Provisions;
}

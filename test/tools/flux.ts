// Flux itself: its source-controller and its kustomize-controller, and the manifests that belong to them.
import { join } from 'node:path';
import type { Filling } from '../../deploy/local/cache.ts';
import { findRequired } from './required.ts';

export const CONTROLLERS = ['source-controller', 'kustomize-controller'] as const;
export type Controller = (typeof CONTROLLERS)[number];

const moduleOf = (name: Controller): string => `github.com/fluxcd/${name}`;
const FLUX = {
  title: 'Flux',
  source: join(import.meta.dirname, 'flux'),
  programs: Object.fromEntries(CONTROLLERS.map((name) => [name, moduleOf(name)])),
  keep: Object.fromEntries(CONTROLLERS.map((name) => [`config/${name}`, { module: moduleOf(name), path: 'config' }])),
};

export interface FluxPrograms {
  /** Folder of the executables, each by its name. */
  readonly folder: string;
  /** Folders of their CRDs. */
  readonly crds: readonly string[];
  /** What source-controller may do, a ClusterRole. */
  readonly role: string;
}

/** Rejects, with the reason, where they cannot be built. */
export async function findFlux(filling: Filling): Promise<FluxPrograms> {
  const folder = await findRequired(FLUX, filling);
  const configOf = (name: Controller): string => join(folder, 'config', name);
  return {
    folder,
    crds: CONTROLLERS.map((name) => join(configOf(name), 'crd/bases')),
    role: join(configOf('source-controller'), 'rbac/role.yaml'),
  };
}

// The real kustomize, with the `edit` that the one in kubectl lacks.
import { join } from 'node:path';
import type { Filling } from '../../deploy/local/cache.ts';
import { findRequired } from './required.ts';

const KUSTOMIZE = {
  title: 'kustomize',
  source: join(import.meta.dirname, 'kustomize'),
  programs: { kustomize: 'sigs.k8s.io/kustomize/kustomize/v5' },
};

/** The executable. Rejects, with the reason, where it cannot be built. */
export const findKustomize = async (filling: Filling): Promise<string> => join(await findRequired(KUSTOMIZE, filling), 'kustomize');

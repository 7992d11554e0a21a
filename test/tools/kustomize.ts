// The real kustomize, with the `edit` that the one in kubectl lacks: built once from the Go module proxy and kept with the programs of the cluster.
import { join } from 'node:path';
import { compile, REPRODUCIBLE, sourceFingerprint, whyNoGo } from '../../deploy/local/build.ts';
import { cached, type Filling } from '../../deploy/local/cache.ts';

const SOURCE = join(import.meta.dirname, 'kustomize');
const MODULE = 'sigs.k8s.io/kustomize/kustomize/v5';

/** The executable. Rejects, with the reason, where it cannot be built. */
export async function findKustomize(filling: Filling): Promise<string> {
  const folder = await cached(`kustomize-${sourceFingerprint(SOURCE, ['go.mod', 'go.sum'])}-${process.arch}`, filling, async (part) => {
    const noGo = whyNoGo();
    if (noGo !== undefined) throw new Error(`kustomize cannot be built: ${noGo}. Install Go 1.26 or later.`);
    const [output, flags] = [join(part, 'kustomize'), [...REPRODUCIBLE, '-ldflags=-s -w']];
    await compile({ title: 'kustomize', source: SOURCE, target: MODULE, output, folder: part, flags }, filling);
  });
  return join(folder, 'kustomize');
}

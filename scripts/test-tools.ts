// The programs of others that tests run, built before the tests of their part begin: beside tests a build gets next to nothing of two cores, and the
// tests have a deadline.
import { terminalLog } from '../deploy/local/progress.ts';
import { findArgo } from '../test/argocd/install.ts';
import { PROGRAM as ARGO } from '../test/argocd/program.ts';
import { flux } from '../test/flux/program.ts';
import { kstatusOf } from '../test/kstatus/program.ts';
import { findFlagger } from '../test/tools/flagger.ts';
import { findFlux } from '../test/tools/flux.ts';
import { built } from '../test/tools/go-program.ts';
import { findHelm } from '../test/tools/helm.ts';
import { findK9s } from '../test/tools/k9s.ts';
import { findKustomize } from '../test/tools/kustomize.ts';
import { findRollouts } from '../test/tools/rollouts.ts';
import { interrupted, say } from './test-run.ts';

const log = terminalLog();
const filling = { log, signal: interrupted };
const TOOLS = {
  unit: [() => built(ARGO), () => flux([]), () => kstatusOf([]), () => findHelm(filling), () => findKustomize(filling)],
  cluster: [() => findArgo(log), () => findFlux(filling), () => findFlagger(filling), () => findRollouts(filling), () => findK9s(filling)],
};

/** One after the other: each build uses all cores. Where one is impossible only the tests that need it fail, or are skipped. */
export async function provideTools(part: keyof typeof TOOLS): Promise<void> {
  for (const find of TOOLS[part]) {
    if (interrupted.aborted) return;
    await find().catch((error: unknown) => {
      say((error as Error).message);
    });
  }
}

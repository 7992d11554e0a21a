// The Services of a workload: which of them an App can move, and which are left alone. Decides by what a selector finds and what a Service is;
// that a Service is adopted, never made anew, keeps its address.
import type { Obj } from '../../model/json.ts';
import { list, obj, text, texts } from '../../model/json.ts';
import type { Manifest } from '../documents.ts';
import { isA, nameOf, namespaceOf } from '../documents.ts';
import { LABEL } from '../../model/vocabulary.ts';
import type { Note } from './note.ts';
import { listed, look, lost } from './note.ts';
import type { ServiceEntry, Workload } from './workload.ts';
import { labelsOf, selects } from './workload.ts';

export interface Traffic {
  readonly entries: readonly ServiceEntry[];
  /** The existing ones among them, as they are. */
  readonly adopted: readonly Manifest[];
  readonly notes: readonly Note[];
}

const MOST = 8;
const ROLLOUT_HASH = 'rollouts-pod-template-hash';

export function trafficOf(workload: Workload, manifests: readonly Manifest[]): Traffic {
  const here = manifests.filter((object) => isA(object, 'Service') && inNamespace(object, workload));
  if (workload.services !== undefined) return named(workload, workload.services, here);
  const found = here.filter((service) => selects(selectorOf(service), labelsOf(workload.template)));
  const judged = found.map((service) => ({ service, why: unfit(service, workload, manifests) }));
  const fit = judged.filter(({ why }) => why === undefined).map(({ service }) => service);
  const chosen = fit.slice(0, MOST);
  return {
    entries: chosen.map((service) => ({ name: nameOf(service) })),
    adopted: chosen,
    notes: [
      ...judged.flatMap(({ why }) => why ?? []),
      ...(fit.length > MOST
        ? [lost(`Services ${listed(fit.slice(MOST).map(nameOf))}: an App moves at most ${String(MOST)}, they select every version`)]
        : []),
      ...(chosen.length === 0
        ? [look('no Service to move, so the App is a worker: a new version serves as soon as it runs, and the old one stops')]
        : []),
    ],
  };
}

/** A workload that says itself which Services are its own. */
function named(workload: Workload, entries: readonly ServiceEntry[], here: readonly Manifest[]): Traffic {
  const adopted = here.filter((service) => entries.some((entry) => entry.name === nameOf(service) && entry.ports === undefined));
  const labels = { ...labelsOf(workload.template) };
  const strangers = adopted.filter((service) => workload.kind !== 'Canary' && !selects(selectorOf(service), labels));
  return {
    entries,
    adopted,
    notes: strangers.map((service) =>
      look(`Service ${nameOf(service)} selects labels that the pods lack: the App says SelectorMismatch until they have them`),
    ),
  };
}

/** Whether both may be in one namespace: a manifest often leaves that open. */
export const inNamespace = (object: Manifest, { namespace }: { readonly namespace: string }): boolean =>
  namespaceOf(object) === '' || namespace === '' || namespaceOf(object) === namespace;

/** Without the key by which a Rollout tells its ReplicaSets apart. */
export const selectorOf = (service: Manifest): Obj => {
  const { [ROLLOUT_HASH]: _, ...selector } = texts(obj(service.spec).selector);
  return selector;
};

function unfit(service: Manifest, workload: Workload, manifests: readonly Manifest[]): Note | undefined {
  const { clusterIP, publishNotReadyAddresses, type } = obj(service.spec);
  const name = nameOf(service);
  if (type === 'ExternalName') return undefined;
  if (clusterIP === 'None') {
    return look(`Service ${name} is headless and stays as it is: it lists the pods of every version, as peers and scrapers want it`);
  }
  if (publishNotReadyAddresses === true) {
    return look(`Service ${name} publishes addresses that are not ready, so it stays as it is and lists the pods of every version`);
  }
  const others = manifests.filter((object) => sharesService(object, service, workload));
  if (others.length === 0) return undefined;
  const words = listed(others.map((object) => `${object.kind} ${nameOf(object)}`));
  return lost(
    `Service ${name} selects ${words}, too: one App cannot move it. Narrow its selector first, or leave it: it sends traffic to every version`,
  );
}

/** Another workload whose pods the Service finds; what an App made is none. */
function sharesService(object: Manifest, service: Manifest, workload: Workload): boolean {
  if (object === workload.object || !inNamespace(object, workload)) return false;
  if (!['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'].includes(object.kind)) return false;
  if (texts(obj(object.metadata).labels)[LABEL.app] !== undefined) return false;
  return selects(selectorOf(service), labelsOf(obj(obj(object.spec).template)));
}

/** Of a Service of the cluster: who applies its selector server-side, which the API server knows as one field with one owner. */
export function selectorAppliers(service: Manifest): readonly string[] {
  return list(obj(service.metadata).managedFields)
    .filter(({ operation, fieldsV1 }) => operation === 'Apply' && obj(obj(fieldsV1)['f:spec'])['f:selector'] !== undefined)
    .map(({ manager }) => text(manager));
}

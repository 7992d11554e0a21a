// What an object of a cluster bears that its author never wrote, and what an App does not take: it is left out. Decides what is an author's.
import { isDeepStrictEqual } from 'node:util';
import type { Obj } from '../../model/json.ts';
import { list, obj, text, texts } from '../../model/json.ts';
import type { Note } from './note.ts';
import { changed, listed } from './note.ts';

/** Controllers and tools write these; whoever copies them claims what is not so. Those of GitOps tools would get the copy pruned. */
const TOOLS_OWN = [
  /^deployment\.kubernetes\.io\//,
  /^kubectl\.kubernetes\.io\/(last-applied-configuration|restartedAt)$/,
  /^kubernetes\.io\/change-cause$/,
  /^meta\.helm\.sh\//,
  /^argocd\.argoproj\.io\/(tracking-id|instance)$/,
  /^(kustomize|helm)\.toolkit\.fluxcd\.io\//,
  /^rollout\.argoproj\.io\//,
  /^autoscaling\.knative\.dev\//,
  /^client\.knative\.dev\//,
  /^serving\.knative\.dev\//,
  /^run\.googleapis\.com\//,
];
/** The controller of a Deployment or Rollout tells its ReplicaSets apart by them. */
const HASHES = ['pod-template-hash', 'rollouts-pod-template-hash'];
const OURS = 'immutableapp.io/';

/** Without null members and elements: they say nothing, and a server-side apply refuses them. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null && item !== undefined).map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (member === null || member === undefined ? [] : [[key, withoutNulls(member)]])),
  );
}

/** Labels or annotations that people wrote. */
export const written = (marks: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(texts(marks)).filter(
      ([key]) => !TOOLS_OWN.some((pattern) => pattern.test(key)) && !HASHES.includes(key) && !key.startsWith(OURS),
    ),
  );

/** The pod template as its author wrote it. */
export function tidyTemplate(raw: unknown): { readonly template: Obj; readonly notes: readonly Note[] } {
  const template = obj(withoutNulls(raw));
  const metadata = obj(template.metadata);
  const labels = written(metadata.labels);
  const annotations = written(metadata.annotations);
  const refused = [...Object.keys(texts(metadata.labels)), ...Object.keys(texts(metadata.annotations))].filter((key) =>
    key.startsWith(OURS),
  );
  const kept = {
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
  const { spec, notes } = onceEach(obj(template.spec));
  return {
    template: { ...(Object.keys(kept).length > 0 ? { metadata: kept } : {}), spec },
    notes: [
      ...(refused.length > 0 ? [changed(`${listed(refused)} left out of the template: the prefix ${OURS} is the operator's`)] : []),
      ...notes,
    ],
  };
}

/** Lists that an App knows by key, where a Deployment takes a key twice. The last one of them is what counts. */
function onceEach(podSpec: Obj): { readonly spec: Obj; readonly notes: readonly Note[] } {
  const notes: Note[] = [];
  const once = (holder: Obj, field: string, key: string, where: string): Obj => {
    if (!Array.isArray(holder[field])) return holder;
    const items = list(holder[field]);
    const last = new Map(items.map((item, at) => [text(item[key]), at]));
    const kept = items.filter((item, at) => last.get(text(item[key])) === at);
    for (const [name, at] of last) {
      const twice = items.filter((item) => text(item[key]) === name);
      if (twice.length < 2) continue;
      const same = twice.every((item) => isDeepStrictEqual(item, items[at]));
      notes.push(
        changed(`${where}: ${name} is there ${String(twice.length)} times; the last one is kept${same ? ', they say the same' : ''}`),
      );
    }
    return { ...holder, [field]: kept };
  };
  const containers = (field: 'containers' | 'initContainers'): Obj =>
    podSpec[field] === undefined
      ? {}
      : { [field]: list(podSpec[field]).map((container) => once(container, 'env', 'name', `env of container ${text(container.name)}`)) };
  const spec = { ...podSpec, ...containers('initContainers'), ...containers('containers') };
  return { spec: once(spec, 'hostAliases', 'ip', 'hostAliases'), notes };
}

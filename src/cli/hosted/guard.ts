// The cluster as one person may see it: each read is made with the page's rights, and only after the API server has said that this person may make
// the very same one. Nothing is written, and nothing else is read than the table says.
import type { Cluster } from '../cluster.ts';
import { Complaint, EXIT } from '../exit.ts';
import { KINDS, type Kind } from '../paths.ts';
import type { Attributes, Person, Reviews } from './reviews.ts';

/** What the page reads; test/manifests.test.ts compares its rights with this. */
export const READS = {
  ImmutableApp: ['get', 'list', 'watch'],
  ControllerRevision: ['list'],
  Pod: ['list'],
  Event: ['list'],
  Lease: ['get'],
} as const satisfies Partial<Record<Kind, readonly string[]>>;
const VERBS: Partial<Record<Kind, readonly string[]>> = READS;

export const attributes = (verb: string, kind: Kind, namespace?: string, name?: string): Attributes => {
  const [apiVersion, resource] = KINDS[kind];
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  return { verb, group, version, resource, ...(namespace === undefined ? {} : { namespace }), ...(name === undefined ? {} : { name }) };
};

const PATH = /^\/apis?\/(?<apiVersion>(?:[^/]+\/)?[^/]+)\/namespaces\/(?<namespace>[^/]+)\/(?<resource>[^/]+)\/(?<name>[^/]+)$/;

export function guarded(cluster: Cluster, reviews: Reviews, person: Person): Cluster {
  const refused = (what: string): Promise<never> => Promise.reject(new Complaint(`the page in the cluster ${what}`, EXIT.forbidden));
  const asked = async (verb: string, kind: Kind, namespace?: string, name?: string): Promise<void> => {
    const { resource } = attributes(verb, kind);
    if (VERBS[kind]?.includes(verb) !== true) return refused(`does not ${verb} ${resource}`);
    if (await reviews.mayRead(person, attributes(verb, kind, namespace, name))) return;
    const where = namespace === undefined ? 'in all namespaces' : `in namespace ${namespace}`;
    throw new Complaint(`you may not ${verb} ${resource} ${where}`, EXIT.forbidden);
  };
  const askedFor = async (path: string): Promise<void> => {
    const { apiVersion, namespace, resource, name } = PATH.exec(path)?.groups ?? {};
    const kind = Object.entries(KINDS).find(([, each]) => each[0] === apiVersion && each[1] === resource)?.[0] as Kind | undefined;
    if (kind === undefined || namespace === undefined || name === undefined) return refused(`does not read ${path}`);
    return asked('get', kind, decodeURIComponent(namespace), decodeURIComponent(name));
  };
  const writesNothing = (): Promise<never> => refused('writes nothing');
  return {
    server: cluster.server,
    context: cluster.context,
    namespace: cluster.namespace,
    get: (path) => askedFor(path).then(() => cluster.get(path)),
    find: (path) => askedFor(path).then(() => cluster.find(path)),
    isThere: (path) => askedFor(path).then(() => cluster.isThere(path)),
    metadata: (path) => askedFor(path).then(() => cluster.metadata(path)),
    list: (kind, namespace, query) => asked('list', kind, namespace).then(() => cluster.list(kind, namespace, query)),
    patch: writesNothing,
    post: writesNothing,
    remove: writesNothing,
    watch: () => {
      throw new Complaint('the page in the cluster watches once, for all', EXIT.forbidden);
    },
    lines: () => {
      throw new Complaint('the page in the cluster reads no logs', EXIT.forbidden);
    },
  };
}

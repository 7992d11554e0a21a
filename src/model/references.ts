// What a template refers to outside itself: ConfigMaps, Secrets, images, ClusterTrustBundles. Reads the template only; plan/ decides whether a
// reference is captured, stays live or is refused.
import { obj, text } from './json.ts';
import type { Obj } from './json.ts';

export interface References {
  /** ConfigMaps that config does not define. Optional only if every reference to it is. */
  readonly configMaps: readonly { readonly name: string; readonly optional: boolean }[];
  /** Secrets that containers see, or that volumes are mounted with. Not pull secrets: only the kubelet uses them, to fetch images. */
  readonly secrets: readonly string[];
  readonly images: readonly string[];
  /** ClusterTrustBundles, which the kubelet keeps up to date in pods. All those of a signer are `<signer>:*`. */
  readonly bundles: readonly string[];
}

/** CA bundles that others put into every namespace and rotate. They stay live: capturing them would roll out every App at each rotation. */
export const WELL_KNOWN_BUNDLES: ReadonlySet<string> = new Set([
  'kube-root-ca.crt',
  'openshift-service-ca.crt',
  'istio-ca-root-cert',
  'istio-ca-crl',
  'linkerd-identity-trust-roots',
]);

/** Labels of ConfigMaps that hold an injected CA bundle: OpenShift, trust-manager. */
export const INJECTED_BY: readonly string[] = ['config.openshift.io/inject-trusted-cabundle', 'trust.cert-manager.io/bundle'];

const inContainers = (...paths: readonly string[]): string[] =>
  paths.flatMap((path) => [`initContainers.*.${path}`, `containers.*.${path}`]);

/** Where a pod spec names what is outside of it; `*` is every element of a list, or every member. */
const PLACES = {
  configMap: [
    'volumes.*.configMap.name',
    'volumes.*.projected.sources.*.configMap.name',
    ...inContainers('envFrom.*.configMapRef.name', 'env.*.valueFrom.configMapKeyRef.name'),
  ],
  // Volume types name a Secret in three ways: `secret` and `azureFile`, the older drivers, and `csi`.
  secret: [
    'volumes.*.*.secretName',
    'volumes.*.*.secretRef.name',
    'volumes.*.*.nodePublishSecretRef.name',
    'volumes.*.projected.sources.*.secret.name',
    ...inContainers('envFrom.*.secretRef.name', 'env.*.valueFrom.secretKeyRef.name'),
  ],
  image: [...inContainers('image'), 'volumes.*.image.reference'],
  bundle: ['volumes.*.projected.sources.*.clusterTrustBundle'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
type Kind = keyof typeof PLACES;

/** What stands for what is `there`, in its `holder`. */
type Visit = (there: unknown, holder: Obj) => unknown;

/** The same value with everything at the end of a path visited. What the path does not fit stays as it is. */
function walk(value: unknown, [step, ...rest]: readonly string[], visit: Visit): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return value;
  const holder = value as Obj;
  const next = (there: unknown): unknown => (rest.length === 0 ? visit(there, holder) : walk(there, rest, visit));
  if (Array.isArray(value)) return step === '*' ? value.map(next) : value;
  if (step === '*') return Object.fromEntries(Object.entries(holder).map(([key, member]) => [key, next(member)]));
  return holder[step] === undefined ? value : { ...holder, [step]: next(holder[step]) };
}

const visitAll = (podSpec: Obj, kind: Kind, visit: Visit): Obj =>
  PLACES[kind].reduce((spec, path) => walk(spec, path.split('.'), visit) as Obj, podSpec);

/** The same pod spec with other names of what it refers to. */
export const renamed = (podSpec: Obj, kind: 'configMap', rename: (name: string) => string): Obj =>
  visitAll(podSpec, kind, (name) => (typeof name === 'string' ? rename(name) : name));

function found(podSpec: Obj, kind: Kind): { readonly there: unknown; readonly holder: Obj }[] {
  const all: { there: unknown; holder: Obj }[] = [];
  visitAll(podSpec, kind, (there, holder) => (all.push({ there, holder }), there));
  return all;
}

/** Sorted, without duplicates. */
export const namesIn = (podSpec: Obj, kind: 'configMap' | 'secret' | 'image'): string[] =>
  once(found(podSpec, kind).map(({ there }) => text(there)));

/** `defined`: names in spec.config, which belong to the version. Sorted, without duplicates. */
export function referencesOf(template: unknown, defined: ReadonlySet<string>): References {
  const podSpec = obj(obj(template).spec);
  const required = new Set(found(podSpec, 'configMap').flatMap(({ there, holder }) => (holder.optional === true ? [] : there)));
  return {
    configMaps: namesIn(podSpec, 'configMap')
      .filter((name) => !defined.has(name))
      .map((name) => ({ name, optional: !required.has(name) })),
    secrets: namesIn(podSpec, 'secret'),
    images: namesIn(podSpec, 'image'),
    bundles: once(found(podSpec, 'bundle').map(({ there }) => bundlesOf(obj(there)))),
  };
}

const bundlesOf = ({ name, signerName }: Obj): string =>
  text(signerName) === '' ? text(name) : `${text(signerName).replaceAll('/', ':')}:*`;

const once = (names: readonly string[]): string[] => [...new Set(names)].filter((name) => name !== '').sort();

/** Whether an image is named by digest, and not by a tag that may mean another image tomorrow. */
export const isPinned = (image: string): boolean => /@[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/.test(image);

export interface ReferencePolicy {
  readonly configMaps: 'Capture' | 'Live' | 'Forbid';
  readonly secrets: 'Live' | 'Forbid';
  readonly images: 'Live' | DefaultImages | 'Digest';
  /** Who says so of images. */
  readonly imagesSaidBy: 'app' | 'platform' | 'nobody';
}

/** What the platform may set for Apps that say nothing of images: it refuses nothing, and changes no version's id. */
export const DEFAULT_IMAGES = ['Watched', 'Pinned'] as const;
export type DefaultImages = (typeof DEFAULT_IMAGES)[number];

export function policyOf({ configMaps, secrets, images }: Obj): ReferencePolicy {
  return {
    configMaps: configMaps === 'Live' || configMaps === 'Forbid' ? configMaps : 'Capture',
    secrets: secrets === 'Forbid' ? 'Forbid' : 'Live',
    images: images === 'Digest' || images === 'Pinned' || images === 'Watched' ? images : 'Live',
    imagesSaidBy: text(images) === '' ? 'nobody' : 'app',
  };
}

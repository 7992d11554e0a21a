// What a template refers to outside itself: ConfigMaps, Secrets, images, ClusterTrustBundles. Reads the template only; plan/ decides whether a
// reference is captured, stays live or is refused.
import { list, obj, text } from './json.ts';
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

/** `defined`: names in spec.config, which belong to the version. Sorted, without duplicates. */
export function referencesOf(template: unknown, defined: ReadonlySet<string>): References {
  const podSpec = obj(obj(template).spec);
  const containers = [...list(podSpec.initContainers), ...list(podSpec.containers)];
  const volumes = list(podSpec.volumes);
  const projected = volumes.flatMap(({ projected: from }) => list(obj(from).sources));
  const variables = containers.flatMap(({ env }) => list(env)).map(({ valueFrom }) => obj(valueFrom));
  const environments = containers.flatMap(({ envFrom }) => list(envFrom));
  const configMaps = [
    ...[...volumes, ...projected].map(({ configMap }) => obj(configMap)),
    ...environments.map(({ configMapRef }) => obj(configMapRef)),
    ...variables.map(({ configMapKeyRef }) => obj(configMapKeyRef)),
  ];
  const secrets = [
    ...volumes.flatMap((volume) => Object.values(volume).flatMap(secretsOfSource)),
    ...projected.map(({ secret }) => obj(secret)),
    ...environments.map(({ secretRef }) => obj(secretRef)),
    ...variables.map(({ secretKeyRef }) => obj(secretKeyRef)),
  ];
  const images = [...containers.map(({ image }) => image), ...volumes.map(({ image }) => obj(image).reference)];
  return {
    configMaps: once(configMaps.map(({ name }) => text(name)))
      .filter((name) => !defined.has(name))
      .map((name) => ({ name, optional: configMaps.every((reference) => reference.name !== name || reference.optional === true) })),
    secrets: once(secrets.map(({ name }) => text(name))),
    images: once(images.map(text)),
    bundles: once(projected.map(({ clusterTrustBundle }) => bundlesOf(obj(clusterTrustBundle)))),
  };
}

const bundlesOf = ({ name, signerName }: Obj): string =>
  text(signerName) === '' ? text(name) : `${text(signerName).replaceAll('/', ':')}:*`;

/** Volume types name a Secret in three ways: `secret` and `azureFile`, `csi`, and the older drivers. */
function secretsOfSource(source: unknown): { readonly name: unknown }[] {
  const { secretName, secretRef, nodePublishSecretRef } = obj(source);
  return [{ name: secretName }, { name: obj(secretRef).name }, { name: obj(nodePublishSecretRef).name }];
}

const once = (names: readonly string[]): string[] => [...new Set(names)].filter((name) => name !== '').sort();

/** Whether an image is named by digest, and not by a tag that may mean another image tomorrow. */
export const isPinned = (image: string): boolean => /@[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/.test(image);

export interface ReferencePolicy {
  readonly configMaps: 'Capture' | 'Live' | 'Forbid';
  readonly secrets: 'Live' | 'Forbid';
  readonly images: 'Live' | 'Digest';
}

export function policyOf(references: Obj): ReferencePolicy {
  const { configMaps, secrets, images } = references;
  return {
    configMaps: configMaps === 'Live' || configMaps === 'Forbid' ? configMaps : 'Capture',
    secrets: secrets === 'Forbid' ? 'Forbid' : 'Live',
    images: images === 'Digest' ? 'Digest' : 'Live',
  };
}

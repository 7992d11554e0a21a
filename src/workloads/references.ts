// Rewrites the references of a template to entries of config: they name the version's own ConfigMaps. Adds the mounts and environment of `mountPath`
// and `env`. Unknown fields pass through unchanged.
import type { ConfigWish } from '../model/app.ts';
import { renamed } from '../model/references.ts';
import type { Json } from '../model/version.ts';

type Obj = Readonly<Record<string, Json>>;

/** The pod spec that runs. `objectName`: the name of the ConfigMap of an entry of config. */
export function bindConfig(
  podSpec: Obj,
  config: readonly ConfigWish[],
  objectName: (name: string) => string,
  absent: readonly string[] = [],
): Obj {
  // An optional ConfigMap that did not exist is bound to a name that no object has: it must not appear later in a running version.
  const own = new Set([...config.map(({ name }) => name), ...absent]);
  const mounted = config.filter(({ mountPath }) => mountPath !== '');
  const bound = renamed(podSpec, 'configMap', (name) => (own.has(name) ? objectName(name) : name)) as Obj;
  const volumes = [
    ...list(bound.volumes),
    ...mounted.map((entry, i) => ({ name: volumeName(i), configMap: { name: objectName(entry.name) } })),
  ];
  const mounts = mounted.flatMap((entry, i) => mountsOf(entry, volumeName(i)));
  const sources = config.filter(({ env }) => env).map(({ name }) => ({ configMapRef: { name: objectName(name) } }));
  const containers = (all: Json): Obj[] => list(all).map((container) => equipped(container, mounts, sources));
  return {
    ...bound,
    ...(volumes.length > 0 ? { volumes } : {}),
    ...(bound.containers === undefined ? {} : { containers: containers(bound.containers) }),
    ...(bound.initContainers === undefined ? {} : { initContainers: containers(bound.initContainers) }),
  };
}

const volumeName = (index: number): string => `immutableapp-config-${String(index)}`;

/** One mount for each key, by subPath: the image's own files in that folder stay visible. */
const mountsOf = ({ mountPath, data, binaryData }: ConfigWish, volume: string): Obj[] =>
  [...Object.keys(data), ...Object.keys(binaryData)]
    .sort()
    .map((key) => ({ name: volume, mountPath: `${mountPath.replace(/\/+$/, '')}/${key}`, subPath: key, readOnly: true }));

/** What config gives every container comes first, so that a container's own words win. */
function equipped(container: Obj, mounts: readonly Obj[], sources: readonly Obj[]): Obj {
  if (!isObj(container)) return container;
  const envFrom = [...sources, ...list(container.envFrom)];
  const volumeMounts = [...list(container.volumeMounts), ...mounts];
  return { ...container, ...(envFrom.length > 0 ? { envFrom } : {}), ...(volumeMounts.length > 0 ? { volumeMounts } : {}) };
}

const isObj = (value: unknown): value is Obj => typeof value === 'object' && value !== null && !Array.isArray(value);
/** Elements that are not objects pass through unchanged: the API server will refuse them. */
const list = (value: Json | undefined): readonly Obj[] => (Array.isArray(value) ? (value as readonly Obj[]) : []);

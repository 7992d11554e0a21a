// Rewrites the references of a template to entries of config: they name the version's own ConfigMaps. Adds the mounts and environment of `mountPath`
// and `env`. Unknown fields pass through unchanged.
import type { ConfigWish } from '../model/app.ts';
import { list as lists, obj, text } from '../model/json.ts';
import type { Json } from '../model/version.ts';

type Obj = Readonly<Record<string, Json>>;
type Rename = (name: string) => string;

/** The pod spec that runs. `objectName`: the name of the ConfigMap of an entry of config. */
export function bindConfig(podSpec: Obj, config: readonly ConfigWish[], objectName: Rename, absent: readonly string[] = []): Obj {
  // An optional ConfigMap that did not exist is bound to a name that no object has: it must not appear later in a running version.
  const own = new Set([...config.map(({ name }) => name), ...absent]);
  const rename: Rename = (name) => (own.has(name) ? objectName(name) : name);
  const mounted = config.filter(({ mountPath }) => mountPath !== '');
  const volumes = [
    ...list(podSpec.volumes).map((volume) => bindVolume(volume, rename)),
    ...mounted.map((entry, i) => ({ name: volumeName(i), configMap: { name: objectName(entry.name) } })),
  ];
  const mounts = mounted.flatMap((entry, i) => mountsOf(entry, volumeName(i)));
  const sources = config.filter(({ env }) => env).map(({ name }) => ({ configMapRef: { name: objectName(name) } }));
  const bind = (container: Obj): Obj => bindContainer(container, rename, mounts, sources);
  return {
    ...podSpec,
    ...(volumes.length > 0 ? { volumes } : {}),
    ...(podSpec.containers === undefined ? {} : { containers: list(podSpec.containers).map(bind) }),
    ...(podSpec.initContainers === undefined ? {} : { initContainers: list(podSpec.initContainers).map(bind) }),
  };
}

/** Every ConfigMap that the containers of a pod spec read, sorted, without duplicates. */
export function configMapsOf(podSpec: Readonly<Record<string, unknown>>): string[] {
  const sources = lists(podSpec.volumes).flatMap(({ configMap, projected }) => [
    obj(configMap),
    ...mapped(obj(projected).sources, 'configMap'),
  ]);
  const containers = [...lists(podSpec.containers), ...lists(podSpec.initContainers)];
  const read = containers.flatMap(({ env, envFrom }) => [
    ...mapped(envFrom, 'configMapRef'),
    ...lists(env).map(({ valueFrom }) => obj(obj(valueFrom).configMapKeyRef)),
  ]);
  return [...new Set([...sources, ...read].map(({ name }) => text(name)))].filter((name) => name !== '').toSorted();
}

const mapped = (sources: unknown, field: string): ReturnType<typeof obj>[] => lists(sources).map((source) => obj(source[field]));

const volumeName = (index: number): string => `immutableapp-config-${String(index)}`;

/** One mount for each key, by subPath: the image's own files in that folder stay visible. */
const mountsOf = ({ mountPath, data, binaryData }: ConfigWish, volume: string): Obj[] =>
  [...Object.keys(data), ...Object.keys(binaryData)]
    .sort()
    .map((key) => ({ name: volume, mountPath: `${mountPath.replace(/\/+$/, '')}/${key}`, subPath: key, readOnly: true }));

function bindVolume(volume: Obj, rename: Rename): Obj {
  if (!isObj(volume)) return volume;
  if (isObj(volume.configMap)) return { ...volume, configMap: renamed(volume.configMap, rename) };
  if (!isObj(volume.projected)) return volume;
  const sources = list(volume.projected.sources).map((source) =>
    isObj(source) && isObj(source.configMap) ? { ...source, configMap: renamed(source.configMap, rename) } : source,
  );
  return { ...volume, projected: { ...volume.projected, sources } };
}

/** Variables and mounts from config come first, so that the container's own win. */
function bindContainer(container: Obj, rename: Rename, mounts: readonly Obj[], sources: readonly Obj[]): Obj {
  if (!isObj(container)) return container;
  const envFrom = [
    ...sources,
    ...list(container.envFrom).map((source) =>
      isObj(source) && isObj(source.configMapRef) ? { ...source, configMapRef: renamed(source.configMapRef, rename) } : source,
    ),
  ];
  const volumeMounts = [...list(container.volumeMounts), ...mounts];
  return {
    ...container,
    ...(container.env === undefined ? {} : { env: list(container.env).map((entry) => bindVariable(entry, rename)) }),
    ...(envFrom.length > 0 ? { envFrom } : {}),
    ...(volumeMounts.length > 0 ? { volumeMounts } : {}),
  };
}

function bindVariable(entry: Obj, rename: Rename): Obj {
  const from = isObj(entry) ? entry.valueFrom : undefined;
  if (!isObj(from) || !isObj(from.configMapKeyRef)) return entry;
  return { ...entry, valueFrom: { ...from, configMapKeyRef: renamed(from.configMapKeyRef, rename) } };
}

const renamed = (reference: Obj, rename: Rename): Obj =>
  typeof reference.name === 'string' ? { ...reference, name: rename(reference.name) } : reference;

const isObj = (value: unknown): value is Obj => typeof value === 'object' && value !== null && !Array.isArray(value);
/** Elements that are not objects pass through unchanged: the API server will refuse them. */
const list = (value: Json | undefined): readonly Obj[] => (Array.isArray(value) ? (value as readonly Obj[]) : []);

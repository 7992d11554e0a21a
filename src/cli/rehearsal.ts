// A rehearsal of the way back: the App that brings up one pod of a kept version beside what serves, without a Service. Pure; the command applies it,
// waits for it and takes it away.
import type { Obj } from '../model/json.ts';
import { list, obj, text } from '../model/json.ts';
import type { VersionStatus } from '../model/spec.ts';
import type { JsonObject } from '../model/version.ts';
import { API_VERSION, KIND } from '../model/vocabulary.ts';
import { pinned } from '../workloads/images.ts';
import type { AppObject } from './apps.ts';
import type { Contents } from './comparison.ts';

/** Of an App's name. */
const MOST = 46;
const ENDING = '-rehearsal';

export const rehearsalName = (app: string): string => `${app.slice(0, MOST - ENDING.length).replace(/-+$/, '')}${ENDING}`;

export interface Rehearsal {
  readonly manifest: { readonly metadata: { readonly name: string; readonly namespace: string } & Obj } & Obj;
  /** Gates that are not asked: people, hours, change boards, and Jobs, which may change what all versions share. */
  readonly leftOut: readonly string[];
}

/** It belongs to its App, so that it goes with it. It runs the images that the way back would run. `withJobs`: Jobs run as well. */
export function rehearsalOf(
  { metadata, spec, status }: AppObject,
  { images = [] }: VersionStatus,
  { template, config }: Contents,
  withJobs: boolean,
): Rehearsal {
  const { name, namespace, uid } = metadata;
  const promotion = obj(spec.promotion);
  const gates = list(promotion.before);
  const asked = gates.filter((gate) => gate.http !== undefined || gate.prometheus !== undefined || (withJobs && gate.job !== undefined));
  const { minReadySeconds, progressDeadlineSeconds } = promotion;
  const ran = images.flatMap(({ container = '', digest }) => (digest === undefined ? [] : [[container, digest] as const]));
  const wanted = status?.defaults?.images ?? obj(spec.references).images;
  const digests = new Map(wanted === 'Pinned' ? ran : []);
  return {
    manifest: {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: {
        name: rehearsalName(name),
        namespace,
        ownerReferences: [{ apiVersion: API_VERSION, kind: KIND, name, uid }],
      },
      spec: {
        template: pinned({ template: template as JsonObject, config: [], absent: [] }, digests).template,
        // A record says '' where nothing is mounted.
        config: config.map(({ mountPath, ...entry }) => (mountPath === '' ? entry : { ...entry, mountPath })),
        replicas: 1,
        services: [],
        promotion: {
          before: asked,
          ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
          ...(progressDeadlineSeconds === undefined ? {} : { progressDeadlineSeconds }),
        },
        // What was captured stands in config: nothing else is to be.
        references: { ...obj(spec.references), configMaps: 'Live' },
        retention: { failedSeconds: 0 },
      },
    },
    leftOut: gates.filter((gate) => !asked.includes(gate)).map((gate) => text(gate.name)),
  };
}

/** Services that would send traffic to its pods: those whose selector asks for nothing but labels of the template. */
export function finders(services: readonly Obj[], template: unknown): string[] {
  const labels = obj(obj(obj(template).metadata).labels);
  return services
    .filter(({ spec }) => {
      const asked = Object.entries(obj(obj(spec).selector));
      return asked.length > 0 && asked.every(([key, value]) => labels[key] === value);
    })
    .map(({ metadata }) => text(obj(metadata).name));
}

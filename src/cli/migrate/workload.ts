// A workload as all kinds of them are read: a pod template, a size, Services, and what else it says. Decides what of it an App says alike.
import type { Obj } from '../../model/json.ts';
import { int, obj, texts } from '../../model/json.ts';
import type { Manifest } from '../documents.ts';
import type { Part } from './note.ts';

export interface Workload {
  readonly kind: 'Deployment' | 'Rollout' | 'Canary' | 'Knative Service';
  readonly object: Manifest;
  readonly name: string;
  readonly namespace: string;
  /** The pod template, as it stands in the object. */
  readonly template: Obj;
  readonly replicas: number | undefined;
  /** Its Services by name and what becomes of them; undefined: those that select its pods. */
  readonly services: readonly ServiceEntry[] | undefined;
  /** One version stops before the next one starts. */
  readonly stopsFirst: boolean;
  /** What else of it has a place in spec, and what has none. */
  readonly part: Part;
  /** What its controller made of it and leaves behind, as kubectl calls it. */
  readonly copies?: readonly string[];
}

/** An entry of spec.services: existing, or with ports to be made. */
export interface ServiceEntry extends Obj {
  readonly name: string;
  readonly role?: 'Preview';
}

export const replicasOf = ({ replicas }: Obj): number | undefined => (typeof replicas === 'number' ? replicas : undefined);

/** What a Deployment and a Rollout say of time and history, where it is not what an App does anyway. */
export function intentOf(spec: Obj): Obj {
  const minReadySeconds = int(spec.minReadySeconds, 0);
  const progressDeadlineSeconds = int(spec.progressDeadlineSeconds, 600);
  const versions = Math.max(1, int(spec.revisionHistoryLimit, 10));
  const promotion = {
    ...(minReadySeconds === 0 ? {} : { minReadySeconds }),
    ...(progressDeadlineSeconds === 600 ? {} : { progressDeadlineSeconds }),
  };
  return {
    ...(Object.keys(promotion).length > 0 ? { promotion } : {}),
    ...(versions === 10 ? {} : { retention: { versions } }),
    ...(spec.paused === true ? { paused: true } : {}),
  };
}

/** Whether a selector of plain labels finds pods with these labels. */
export const selects = (selector: unknown, labels: unknown): boolean => {
  const wanted = Object.entries(texts(selector));
  const marks = texts(labels);
  return wanted.length > 0 && wanted.every(([key, value]) => marks[key] === value);
};

export const labelsOf = (template: Obj): Readonly<Record<string, string>> => texts(obj(template.metadata).labels);

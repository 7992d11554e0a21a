// A workload becomes an App: its spec, what the pods have otherwise, what has no place, and the steps in order. Pure: manifests in, text for people
// out. The pods of the App are those of the workload but for what `changed` says.
import type { Obj } from '../../model/json.ts';
import { obj, texts } from '../../model/json.ts';
import { API_VERSION, KIND } from '../../model/vocabulary.ts';
import type { Manifest } from '../documents.ts';
import { isA, nameOf } from '../documents.ts';
import { budgetsOf, disruptionOf, editorNotes, scalersOf, sizeOf, sourceNotes } from './intent.ts';
import { findWorkload } from './kinds.ts';
import type { Note, Part } from './note.ts';
import { look, lost, merge, Unfit } from './note.ts';
import { namePorts } from './ports.ts';
import type { Step } from './steps.ts';
import { stepsOf } from './steps.ts';
import { tidyTemplate, written } from './tidy.ts';
import { selectorAppliers, selectorOf, trafficOf } from './traffic.ts';
import { placeApart, sideBySide } from './twice.ts';
import type { Workload } from './workload.ts';
import { labelsOf } from './workload.ts';

export interface Wanted {
  /** `KIND/NAME`; absent, the manifests hold one workload only. */
  readonly workload?: string | undefined;
  /** Another name than the workload's. */
  readonly name?: string | undefined;
  /** One version stops before the next one starts: downtime by consent. */
  readonly overlapNever?: boolean;
}

export interface Migration {
  readonly from: { readonly kind: string; readonly name: string };
  readonly app: Obj & { readonly metadata: Obj; readonly spec: Obj };
  readonly notes: readonly Note[];
  readonly steps: readonly Step[];
  /** Existing Services that the App is to move, by name. */
  readonly adopted: readonly string[];
}

const MOST_LETTERS = 46;

/** Throws Unfit for what cannot become an App. */
export function migrate(manifests: readonly Manifest[], wanted: Wanted = {}): Migration {
  const workload = findWorkload(manifests, wanted.workload);
  const name = wanted.name ?? workload.name;
  if (name.length > MOST_LETTERS || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    throw new Unfit(
      `${name} cannot be the name of an App: at most ${String(MOST_LETTERS)} lower case letters, digits and hyphens; choose one with --name`,
    );
  }
  const tidied = tidyTemplate(workload.template);
  const traffic = trafficOf(workload, manifests);
  const apart = placeApart(tidied.template);
  const named = namePorts(apart.podSpec, traffic.adopted);
  const scalers = scalersOf(workload, manifests, name);
  const budgets = budgetsOf(workload, manifests);
  const worker = traffic.entries.every(({ role }) => role === 'Preview');
  const beside = sideBySide(workload, named.podSpec, manifests, wanted.overlapNever === true, worker);
  const parts: Part[] = [
    { notes: [...tidied.notes, ...apart.notes, ...named.notes] },
    sizeOf(workload, scalers),
    { spec: traffic.entries.length > 0 ? { services: traffic.entries } : {}, notes: traffic.notes },
    workload.part,
    disruptionOf(budgets),
    beside,
    { notes: [...sourceNotes(workload, named.podSpec, manifests), ...editorNotes(workload), ...alwaysNotes(workload)] },
  ];
  const adopted = traffic.entries.filter(({ ports }) => ports === undefined).map((entry) => entry.name);
  const spec = merge([{ template: { ...tidied.template, spec: named.podSpec } }, ...parts.map((part) => part.spec ?? {})]);
  return {
    from: { kind: workload.kind, name: workload.name },
    app: { apiVersion: API_VERSION, kind: KIND, metadata: metadataOf(workload, name), spec },
    adopted,
    notes: parts.flatMap(({ notes = [] }) => notes),
    steps: stepsOf({
      workload,
      app: name,
      adopted,
      appliers: traffic.adopted
        .map((service) => ({ service: nameOf(service), by: selectorAppliers(service), selector: selectorOf(service) }))
        .filter(({ by }) => by.length > 0),
      scalers,
      budgets,
      renamings: named.renamings,
      stopsFirst: obj(spec.promotion).overlap === 'Never',
      labels: ownLabels(workload, manifests),
    }),
  };
}

/** What the workload is called by goes along; what tools wrote does not. */
function metadataOf({ object, namespace }: Workload, name: string): Obj {
  const labels = written(obj(object.metadata).labels);
  const annotations = written(obj(object.metadata).annotations);
  return {
    name,
    ...(namespace === '' ? {} : { namespace }),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}

function ownLabels(workload: Workload, manifests: readonly Manifest[]): Readonly<Record<string, string>> {
  const target = obj(obj(workload.object.spec).targetRef).name;
  const holder = manifests.find((object) => isA(object, 'Deployment', 'apps') && nameOf(object) === target) ?? workload.object;
  const own = texts(obj(obj(holder.spec).selector).matchLabels);
  return Object.keys(own).length > 0 ? own : labelsOf(workload.template);
}

const alwaysNotes = (workload: Workload): Note[] => [
  ...(obj(obj(workload.object.spec).strategy).rollingUpdate === undefined || workload.kind !== 'Deployment'
    ? []
    : [lost('strategy.rollingUpdate: a version comes up beside the other at full size, then all traffic moves at once')]),
  look(
    `dashboards, alerts and scripts that name ${workload.kind === 'Deployment' ? 'Deployment' : workload.kind} ${workload.name} find nothing any more: ` +
      'instances are called after versions; use the label immutableapp.io/app',
  ),
];

// What two versions cannot both have while they run side by side: a volume with one writer, a port of the node, a node each, a leader. Decides by
// rule what can be decided, and refuses what would lose data.
import type { Obj } from '../../model/json.ts';
import { list, obj, text } from '../../model/json.ts';
import { LABEL } from '../../model/vocabulary.ts';
import type { Manifest } from '../documents.ts';
import { isA, nameOf } from '../documents.ts';
import type { Note, Part } from './note.ts';
import { changed, listed, look, merge, Unfit } from './note.ts';
import { inNamespace } from './traffic.ts';
import type { Workload } from './workload.ts';
import { labelsOf, selects } from './workload.ts';

/** `allowed`: the person has agreed that one version stops before the next one starts. */
export function sideBySide(workload: Workload, podSpec: Obj, manifests: readonly Manifest[], allowed: boolean, worker: boolean): Part {
  const claims = claimsOf(podSpec).map((name) => ({ name, modes: modesOf(name, workload, manifests) }));
  const single = claims.filter(
    ({ modes }) => modes !== undefined && !modes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany'),
  );
  const never = allowed || workload.stopsFirst;
  if (never && (workload.kind === 'Rollout' || workload.kind === 'Knative Service')) {
    throw new Unfit(`${workload.kind} ${workload.name} cannot be stopped before the App starts: with --overlap Never hand in a Deployment`);
  }
  if (single.length > 0 && !never) {
    throw new Unfit(
      `${workload.kind} ${workload.name} mounts ${listed(single.map(({ name }) => `claim ${name}`))}, which one node or pod writes to: two versions side by side ` +
        'would both want it. With --overlap Never one version stops before the next one starts, with downtime at every update; or make the claim ReadWriteMany',
    );
  }
  const parts: Part[] = [
    never
      ? {
          spec: { promotion: { overlap: 'Never' } },
          notes: [
            look(
              whyNever(
                workload,
                single.map(({ name }) => name),
              ),
            ),
          ],
        }
      : {},
    { notes: never ? [] : claims.flatMap(({ name, modes }) => (modes === undefined ? [unknownClaim(name)] : [])) },
    { notes: never ? [] : nodeNotes(podSpec) },
    { notes: hostPaths(podSpec) },
    electsLeader(podSpec) && !worker && !never ? LEADER : {},
  ];
  return { spec: merge(parts.map(({ spec = {} }) => spec)), notes: parts.flatMap(({ notes = [] }) => notes) };
}

const claimsOf = (podSpec: Obj): readonly string[] =>
  list(podSpec.volumes).flatMap(({ persistentVolumeClaim }) => text(obj(persistentVolumeClaim).claimName) || []);

function modesOf(name: string, workload: Workload, manifests: readonly Manifest[]): readonly string[] | undefined {
  const claim = manifests.find(
    (object) => isA(object, 'PersistentVolumeClaim') && nameOf(object) === name && inNamespace(object, workload),
  );
  const modes = obj(claim?.spec).accessModes;
  return Array.isArray(modes) ? modes.map(text) : undefined;
}

const whyNever = (workload: Workload, claims: readonly string[]): string =>
  claims.length > 0
    ? `one version stops before the next one starts, for ${listed(claims.map((name) => `claim ${name}`))}: downtime at every update`
    : `${workload.stopsFirst ? 'strategy Recreate became promotion.overlap: Never' : 'promotion.overlap: Never'}: downtime at every update. Take it out if two versions can run side by side`;

const unknownClaim = (name: string): Note =>
  look(`claim ${name} is not among the manifests: if one node or pod alone may write to it, migrate with --overlap Never`);

function nodeNotes(podSpec: Obj): Note[] {
  const ports = list(podSpec.containers)
    .flatMap((container) => list(container.ports))
    .flatMap(({ hostPort }) => (typeof hostPort === 'number' && hostPort > 0 ? [String(hostPort)] : []));
  const cure = 'a second version needs other nodes, else it stays Unschedulable; with --overlap Never one stops first, with downtime';
  return [
    ...(ports.length > 0 ? [look(`host port ${listed(ports)}: ${cure}`)] : []),
    ...(podSpec.hostNetwork === true && ports.length === 0
      ? [look(`hostNetwork: two versions on one node want the same ports; ${cure}`)]
      : []),
  ];
}

const hostPaths = (podSpec: Obj): Note[] =>
  list(podSpec.volumes).flatMap(({ name, hostPath }) =>
    hostPath === undefined ? [] : [look(`volume ${text(name)} is a path of the node: two versions on one node share it for a while`)],
  );

const LEADER: Part = {
  spec: { retention: { warm: 0 }, promotion: { drainSeconds: 0 } },
  notes: [
    look('it elects a leader: nothing stays warm (retention.warm: 0, promotion.drainSeconds: 0), as an old version would go on leading'),
  ],
};

/** By its arguments and variables; those that turn it off do not count. */
function electsLeader(podSpec: Obj): boolean {
  const words = list(podSpec.containers).flatMap(({ command, args, env }) => [
    ...[command, args].flatMap((line) => (Array.isArray(line) ? line.map(text) : [])),
    ...list(env).map(({ name, value }) => `${text(name)}=${text(value)}`),
  ]);
  return words.some((word) => /leader[-_]?elect/i.test(word) && !/=\s*"?(false|0|no|off)"?$/i.test(word));
}

/** Rules of placement count pods of one version only, so that the next one finds room beside it. */
export function placeApart(template: Obj): { readonly podSpec: Obj; readonly notes: readonly Note[] } {
  const podSpec = obj(template.spec);
  const labels = labelsOf(template);
  const own = ({ labelSelector }: Obj): boolean => selects(obj(labelSelector).matchLabels, labels);
  const keyed = (term: Obj): Obj => ({ ...term, matchLabelKeys: [...texts(term.matchLabelKeys), LABEL.instance] });
  const affinity = obj(podSpec.affinity);
  const apart = obj(affinity.podAntiAffinity);
  const required = list(apart.requiredDuringSchedulingIgnoredDuringExecution);
  const spread = list(podSpec.topologySpreadConstraints);
  const strict = (term: Obj): boolean => own(term) && (term.whenUnsatisfiable ?? 'DoNotSchedule') === 'DoNotSchedule';
  const touched = [
    ...(required.some(own) ? ['required podAntiAffinity'] : []),
    ...(spread.some(strict) ? ['topologySpreadConstraints'] : []),
  ];
  const requiredDuringSchedulingIgnoredDuringExecution = required.map((term) => (own(term) ? keyed(term) : term));
  return {
    podSpec: {
      ...podSpec,
      ...(required.some(own)
        ? { affinity: { ...affinity, podAntiAffinity: { ...apart, requiredDuringSchedulingIgnoredDuringExecution } } }
        : {}),
      ...(spread.some(strict) ? { topologySpreadConstraints: spread.map((term) => (strict(term) ? keyed(term) : term)) } : {}),
    },
    notes:
      touched.length > 0
        ? [
            changed(
              `${listed(touched)}: matchLabelKeys: [${LABEL.instance}] is added, so that a version does not keep the next one off its nodes`,
            ),
          ]
        : [],
  };
}

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(text) : []);

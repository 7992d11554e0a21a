// Takes over what a deleted App of the same name left behind, before anything else is planned: Services that it created, and the records of its
// versions with their facts. A record cannot change its owner, so it is copied. Deployments keep running and are only reported. Never changes or
// deletes what is not ours.
import type { Action } from '../../model/action.ts';
import { appOwner } from '../../model/object.ts';
import type { Fact, InstanceSeen, RecordSeen, Snapshot } from '../../model/observed.ts';
import { leftOver } from '../../model/observed.ts';
import { LABEL, REASON } from '../../model/vocabulary.ts';
import { reclaimable } from '../../routers/adoption.ts';
import { selected } from '../../routers/service.ts';
import { readContentOf } from '../read/content.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import { freeRecord } from '../read/names.ts';
import { intents } from '../choose/intents.ts';
import { isProven, roomOf } from './records.ts';
import type { Scene } from '../read/scene.ts';
import type { Version } from '../read/versions.ts';
import { attest } from '../read/facts.ts';

export function restore(scene: Scene): Action[] {
  const sources = sourcesOf(scene);
  return [...reclaim(scene), ...copies(scene, sources), ...scene.versions.all.flatMap((version) => inherit(scene, version, sources))];
}

/** Done first, because the garbage collector deletes a Service whose owner does not exist. */
const reclaim = ({ app, seen }: Scene): Action[] =>
  app.services.flatMap((wish): Action[] => {
    const service = seen.services.find(({ name }) => name === wish.name);
    if (service === undefined || !reclaimable(app, wish, service)) return [];
    return [{ do: 'reclaim', service: service.name, resourceVersion: service.resourceVersion, owner: appOwner(app) }];
  });

/** Authentic records of deleted Apps of this name, newest first. */
const former = ({ app, seen }: Scene): RecordSeen[] =>
  seen.records
    .filter((record) => leftOver(app, record) && record.authentic && !record.deleting)
    .toSorted((a, b) => b.revision - a.revision || b.createdAt - a.createdAt || (a.name < b.name ? 1 : -1));

/** One for each content, the newest. */
const sourcesOf = (scene: Scene): RecordSeen[] =>
  former(scene).filter(({ fingerprint }, i, all) => all.findIndex((other) => other.fingerprint === fingerprint) === i);

/**
 * A version that spec or a human names is copied whenever its record is missing. Of the others, as many as retention keeps are copied, and only
 * when the App is new: otherwise a record that retention drops would be copied and dropped for ever.
 */
function copies(scene: Scene, sources: readonly RecordSeen[]): Action[] {
  const { app, versions, timer, capture } = scene;
  const ours = versions.all.filter(({ record }) => record !== undefined);
  const missing = sources.filter(({ fingerprint }) => !ours.some((version) => version.fingerprint === fingerprint));
  const isNamed = (source: RecordSeen): boolean =>
    capture.content.fingerprints.includes(source.fingerprint) ||
    intents(app, timer).some(({ version }) => namesOf(scene, source).includes(version));
  const beginning = ours.every(
    (version) => version === versions.latest || sources.some(({ fingerprint }) => fingerprint === version.fingerprint),
  );
  const named = missing.filter(isNamed);
  const others = [true, false].flatMap((proven) => {
    const held = ours.filter((version) => isProven(scene, version, undefined) === proven).length;
    const alike = missing.filter((source) => isSound(scene, source) === proven);
    const room = roomOf(app, proven) - held - alike.filter((source) => named.includes(source)).length;
    return beginning ? alike.filter((source) => !named.includes(source)).slice(0, Math.max(0, room)) : [];
  });
  const wanted = missing.filter((source) => named.includes(source) || others.includes(source));
  return wanted.map((source, i) => copy(scene, source, wanted.slice(0, i)));
}

/** Facts that say it came up in the end. Whether it served is unknown. */
const isSound = (scene: Scene, source: RecordSeen): boolean =>
  !legacy(scene, source).some((fact) => fact.is === 'failed' && fact.cause === 'version');

const namesOf = (scene: Scene, source: RecordSeen): string[] => [
  source.id,
  source.id.slice(scene.app.name.length + 1), // as lists show it
  source.versionName,
  ...legacy(scene, source).flatMap((fact) => (fact.is === 'alias' ? [fact.name] : [])),
];

function copy({ seen, versions }: Scene, source: RecordSeen, newer: readonly RecordSeen[]): Action {
  const content = seen.answers.content.get(source.id);
  if (content === undefined) return readContentOf(source.id, source.name);
  // A name means one content. A version of this App keeps its name; among copies the one that got it last has it.
  const taken =
    versions.all.some(({ names }) => names.includes(source.versionName)) ||
    newer.some((other) => other.versionName === source.versionName) ||
    seen.factsSeen.some(
      ({ fact, id, deleting }) => !deleting && fact?.is === 'alias' && fact.name === source.versionName && id !== source.id,
    );
  const record = { ...source, content, name: freeRecord(seen, source.id), versionName: taken ? '' : source.versionName };
  return { do: 'publish', kind: 'ControllerRevision', record, confirm: true, why: `copy of ${source.name}` };
}

/**
 * Facts that stay true under a new uid. Compromised names among them: a kubelet may still have the old ConfigMap of that name cached. Instances,
 * spec hashes and routes belong to the App they were made for.
 */
const isInherited = (fact: Fact): boolean =>
  ['held', 'rejected', 'alias', 'discarded', 'ports', 'images'].includes(fact.is) || (fact.is === 'failed' && fact.replacement !== true);

/** Facts about a content from the last deleted App, and from earlier ones unless a later one had copied them all. */
function legacy(scene: Scene, { fingerprint }: RecordSeen): Fact[] {
  const lives = former(scene)
    .filter((record) => record.fingerprint === fingerprint)
    .map(({ name }) => scene.seen.factsSeen.filter((factSeen) => factSeen.name.startsWith(`${name}.`) && !factSeen.deleting));
  const whole = lives.findIndex((factsSeen) => factsSeen.some(({ fact }) => fact?.is === 'restored'));
  const told = lives
    .slice(0, whole === -1 ? undefined : whole + 1)
    .flatMap((factsSeen) => factsSeen.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  const facts = told.flatMap(({ fact }) => (fact !== undefined && isInherited(fact) ? [fact] : []));
  return facts.filter((fact, i) => facts.findIndex((other) => topicOf(other) === topicOf(fact)) === i);
}

/** Two facts with the same key exclude each other: a version has many names, but one failure. */
const topicOf = (fact: Fact): string => `${fact.is} ${fact.is === 'alias' ? fact.name : fact.is === 'discarded' ? fact.instance : ''}`;

/** Copies the facts of a record once: one that a human lifts afterwards must not come back. */
function inherit(scene: Scene, version: Version, sources: readonly RecordSeen[]): Action[] {
  const source = sources.find(({ fingerprint }) => fingerprint === version.fingerprint);
  if (source === undefined || version.record === undefined || version.restored) return [];
  const others = scene.versions.all.filter((other) => other !== version).flatMap(({ names }) => names);
  const known = scene.seen.factsSeen.filter(({ owner }) => owner?.uid === version.record?.uid).map(({ fact }) => fact?.is);
  const said = legacy(scene, source);
  if (said.length === 0) return [];
  const facts = said.filter((fact) => {
    if (fact.is === 'alias') return ![...others, ...version.names].includes(fact.name);
    return fact.is === 'discarded' ? !version.spentNames.has(fact.instance) : !known.includes(fact.is);
  });
  const done: Fact = { is: 'restored', from: source.name };
  return [...facts, done].flatMap((fact) => attest(version, fact, `said of ${source.name}`));
}

/** Deployments without an owner. Those whose owner was deleted are about to be garbage collected. */
const orphans = (seen: Snapshot): InstanceSeen[] =>
  seen.instances
    .filter(({ owner, deleting, replicas, pods }) => owner === undefined && !deleting && (replicas > 0 || pods > 0))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** Warns of a Deployment that keeps running, with the command that deletes it once it gets no traffic. */
export function orphaned({ app, seen }: Pick<Scene, 'app' | 'seen'>): Finding[] {
  const serving = (name: string): string | undefined =>
    seen.services
      .filter((service) => selected(service) === name || service.endpoints.some(({ ready, instance }) => ready && instance === name))
      .map((service) => service.name)
      .toSorted()[0];
  const all = orphans(seen).map(({ name, pods }) => ({ name, pods, service: serving(name) }));
  const idle = all.filter(({ service }) => service === undefined);
  const pods = idle.reduce((sum, each) => sum + each.pods, 0);
  const names = idle.map(({ name }) => name).join(' ');
  return [
    ...all
      .filter(({ service }) => service !== undefined)
      .map(({ name, service }) =>
        finding(
          REASON.Orphaned,
          `Deployment ${name} belongs to nobody and Service ${String(service)} still sends traffic to it: leave it until a version of this App has taken over`,
        ),
      ),
    ...(idle.length === 0
      ? []
      : [
          finding(
            REASON.Orphaned,
            `${String(idle.length)} Deployments with label ${LABEL.app}=${app.name} belong to nobody, run ${String(pods)} pods and take no traffic: kubectl delete deployment -n ${app.namespace} ${names}`,
          ),
        ]),
  ];
}

// Cases: what lists and watches tell, and in which order.
import { expect } from '@jest/globals';
import type { Source } from '../../src/shell/api/kube.ts';
import type { Stored } from '../world/store.ts';
import { Draft, live, must, said, type Case, type News, type Subject } from './subject.ts';

const brief = (told: readonly News[]): string[] => told.map(({ type, object }) => `${type} ${object.metadata.name}`);

const heard = (subject: Subject, told: readonly News[], count: number): Promise<true> =>
  subject.until(`${String(count)} pieces of news`, () => Promise.resolve(told.length >= count));

interface Page {
  readonly items: readonly Stored[];
  readonly resourceVersion: string;
  readonly continue: string;
}

async function pageOf(subject: Subject, source: Omit<Source, 'namespace'>, limit = 50): Promise<Page> {
  const { namespace } = subject;
  const answer = await subject.port.list({ ...source, namespace }, { limit }, AbortSignal.timeout(10_000));
  return must(answer) as unknown as Page;
}
const names = ({ items }: { readonly items: readonly Stored[] }): string[] => items.map(({ metadata }) => metadata.name).sort();

/** ConfigMaps by name and labels. */
async function make(subject: Subject, all: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<void> {
  const draft = new Draft(subject);
  for (const [name, labels] of Object.entries(all))
    must(await subject.port.create('ConfigMap', draft.configMap(name, { metadata: { labels } })));
}

const listing: Case[] = [
  {
    name: 'a list holds what its labels select; != also means: without',
    async play(subject) {
      await make(subject, { one: { app: 'a', tier: 'front' }, two: { app: 'a' }, three: { app: 'b' }, four: {} });
      const select = async (labelSelector: string) =>
        names(await pageOf(subject, { kind: 'ConfigMap', labelSelector })).filter((name) => name !== 'kube-root-ca.crt');
      expect(await select('app=a')).toEqual(['one', 'two']);
      expect(await select('app=a,tier!=front')).toEqual(['two']);
      expect(await select('app!=a')).toEqual(['four', 'three']);
      expect(await select('app=c')).toEqual([]);
    },
  },
  {
    name: 'a list says of which version it is; its objects do not say of which kind they are',
    async play(subject) {
      const draft = new Draft(subject);
      must(await subject.port.create('ControllerRevision', draft.revision('one')));
      const { metadata } = must(await subject.port.create('ControllerRevision', draft.revision('two')));
      const { items, resourceVersion } = await pageOf(subject, { kind: 'ControllerRevision' });
      expect(Number(resourceVersion)).toBeGreaterThanOrEqual(Number(metadata.resourceVersion));
      expect(items.map(({ apiVersion, kind, data }) => ({ apiVersion, kind, data }))).toEqual([
        { apiVersion: undefined, kind: undefined, data: { content: 'one' } },
        { apiVersion: undefined, kind: undefined, data: { content: 'one' } },
      ]);
    },
  },
  {
    name: 'a list is no longer than it was asked for, and says that there is more',
    async play(subject) {
      const draft = new Draft(subject);
      for (const name of ['two', 'one', 'three']) must(await subject.port.create('ControllerRevision', draft.revision(name)));
      const first = await pageOf(subject, { kind: 'ControllerRevision' }, 2);
      expect(names(first)).toEqual(['one', 'three']);
      expect(first.continue).not.toBe('');
      expect((await pageOf(subject, { kind: 'ControllerRevision' }, 3)).continue).toBe('');
    },
  },
  {
    name: 'a list of metadata has no more',
    async play(subject) {
      must(await subject.port.create('ControllerRevision', new Draft(subject).revision('one')));
      const [item] = (await pageOf(subject, { kind: 'ControllerRevision', metadataOnly: true })).items;
      expect([item?.metadata.name, item?.data]).toEqual(['one', undefined]);
    },
  },
  {
    name: 'people are told of everything',
    async play(subject) {
      const regarding = { apiVersion: 'v1', kind: 'ConfigMap', namespace: subject.namespace, name: 'one' };
      const event = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'one.1', namespace: subject.namespace },
        eventTime: '2026-01-01T00:00:00.000000Z',
        ...{ type: 'Normal', reason: 'Seen', action: 'Seen', note: 'it is there', regarding },
        ...{ reportingController: 'immutableapp.io/operator', reportingInstance: 'contract' },
      };
      expect(said(await subject.port.create('Event', event))).toBe('ok');
    },
  },
];

const telling: Case[] = [
  {
    name: 'a watch tells each change once, in the order of the versions, and the end with the last state',
    async play(subject) {
      const told = await subject.watch('ControllerRevision');
      const draft = new Draft(subject);
      const one = must(await subject.port.create('ControllerRevision', draft.revision('one')));
      must(await subject.port.create('ControllerRevision', draft.revision('two')));
      must(await subject.human.merge('ControllerRevision', 'one', { metadata: { labels: { mark: 'yes' } } }));
      must(await subject.human.merge('ControllerRevision', 'one', { metadata: { labels: { mark: 'yes' } } }));
      const last = await live(subject, 'ControllerRevision', 'one');
      must(await subject.port.remove('ControllerRevision', subject.namespace, 'one', one.metadata.uid));
      must(await subject.port.create('ControllerRevision', draft.revision('one')));
      await heard(subject, told, 5);
      expect(brief(told)).toEqual(['ADDED one', 'ADDED two', 'MODIFIED one', 'DELETED one', 'ADDED one']);
      const versions = told.map(({ object }) => Number(object.metadata.resourceVersion));
      expect(versions).toEqual(versions.toSorted((a, b) => a - b));
      expect(new Set(versions).size).toBe(5);
      const end = told[3]!.object;
      expect({ ...end, metadata: { ...end.metadata, resourceVersion: last.metadata.resourceVersion } }).toEqual(last);
    },
  },
  {
    name: 'a watch of labels tells of what enters as added and of what leaves as deleted, as it was',
    async play(subject) {
      const told = await subject.watch('ConfigMap', 'app=a');
      await make(subject, { inside: { app: 'a' }, outside: { app: 'b' } });
      const label = async (name: string, app: string | null) =>
        must(await subject.human.merge('ConfigMap', name, { metadata: { labels: { app } } }));
      await label('outside', 'c');
      await label('outside', 'a');
      const left = await label('inside', null);
      await label('outside', 'b');
      await heard(subject, told, 4);
      expect(brief(told)).toEqual(['ADDED inside', 'ADDED outside', 'DELETED inside', 'DELETED outside']);
      const { metadata } = told[2]!.object;
      expect([metadata.uid, metadata.labels, metadata.resourceVersion]).toEqual([
        left.metadata.uid,
        { app: 'a' },
        left.metadata.resourceVersion,
      ]);
    },
  },
  {
    name: 'what waits for its finalizers is told as changed, and as deleted when they are gone',
    async play(subject) {
      const told = await subject.watch('ControllerRevision');
      const object = new Draft(subject).revision('held', { finalizers: ['example.com/wait'] });
      const { metadata } = must(await subject.port.create('ControllerRevision', object));
      must(await subject.port.remove('ControllerRevision', subject.namespace, 'held', metadata.uid));
      must(await subject.human.merge('ControllerRevision', 'held', { metadata: { finalizers: null } }));
      await heard(subject, told, 3);
      expect(brief(told)).toEqual(['ADDED held', 'MODIFIED held', 'DELETED held']);
      expect(told[0]!.object.metadata.deletionTimestamp).toBeUndefined();
      expect(told[1]!.object.metadata.deletionTimestamp).toBeDefined();
      expect(told[2]!.object.metadata.deletionTimestamp).toBe(told[1]!.object.metadata.deletionTimestamp);
      expect(Number(told[2]!.object.metadata.resourceVersion)).toBeGreaterThan(Number(told[1]!.object.metadata.resourceVersion));
    },
  },
  {
    name: 'a dry run is told to nobody, nor what was refused',
    async play(subject) {
      const told = await subject.watch('ControllerRevision');
      const draft = new Draft(subject);
      must(await subject.port.create('ControllerRevision', draft.revision('dry'), { dryRun: true }));
      must(await subject.port.create('ControllerRevision', draft.revision('real')));
      expect(said(await subject.human.merge('ControllerRevision', 'real', { data: { content: 'two' } }))).toBe('Denied 422');
      must(await subject.port.create('ControllerRevision', draft.revision('after')));
      await heard(subject, told, 2);
      expect(brief(told)).toEqual(['ADDED real', 'ADDED after']);
    },
  },
];

export const WATCHING: readonly Case[] = [...listing, ...telling];

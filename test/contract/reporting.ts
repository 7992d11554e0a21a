// Cases: writing the status of an App, and what that can never reach.
import { expect } from '@jest/globals';
import { obj } from '../../src/model/json.ts';
import type { PatchOperation } from '../../src/shell/api/kube.ts';
import type { Stored } from '../world/store.ts';
import { changes, Draft, live, must, said, type Case, type Subject } from './subject.ts';

/** What became of the same status patch sent with these operations first. */
const report = async (subject: Subject, ...operations: PatchOperation[]): Promise<string> =>
  said(await subject.port.patchStatus(subject.namespace, 'shop', operations));
const status = (activeVersion: string): PatchOperation => ({ op: 'add', path: '/status', value: { activeVersion } });
const seen = ({ metadata }: Stored, op: 'replace' | 'test' = 'replace'): PatchOperation => ({
  op,
  path: '/metadata/resourceVersion',
  value: metadata.resourceVersion,
});

/** What the schema says of an App of which nothing has been reported. */
export const UNREPORTED = { observedGeneration: -1 };

export const REPORTING: readonly Case[] = [
  {
    name: 'a report changes the status and nothing else, and leaves the generation',
    async play(subject) {
      const before = must(await subject.human.create(new Draft(subject).app('shop')));
      const after = must(await subject.port.patchStatus(subject.namespace, 'shop', [seen(before), status('shop-x')]));
      expect(changes(before, after)).toEqual(['/metadata/resourceVersion', '/status/activeVersion', '/status/observedGeneration']);
      expect(after.status).toEqual({ activeVersion: 'shop-x' });
    },
  },
  {
    name: 'a report on an older state: Conflict, whether the version is replaced or tested',
    async play(subject) {
      const before = must(await subject.human.create(new Draft(subject).app('shop')));
      must(await subject.human.merge('ImmutableApp', 'shop', { metadata: { labels: { mark: 'yes' } } }));
      expect(await report(subject, seen(before), status('shop-x'))).toBe('Conflict 409');
      expect(await report(subject, seen(before, 'test'), status('shop-x'))).toBe('Conflict 422');
      expect((await live(subject, 'ImmutableApp', 'shop')).status).toEqual(UNREPORTED);
    },
  },
  {
    name: 'a report that does not fit what is there: Conflict; on no App: Gone',
    async play(subject) {
      must(await subject.human.create(new Draft(subject).app('shop')));
      expect(await report(subject, { op: 'remove', path: '/status/activeVersion' })).toBe('Conflict 422');
      expect(await report(subject, { op: 'replace', path: '/status/services/0/name', value: 'web' })).toBe('Conflict 422');
      expect(said(await subject.port.patchStatus(subject.namespace, 'nothing', [status('shop-x')]))).toBe('Gone 404');
    },
  },
  {
    name: 'a report that says nothing new changes nothing',
    async play(subject) {
      must(await subject.human.create(new Draft(subject).app('shop')));
      expect(await report(subject, status('shop-x'))).toBe('ok');
      const { metadata } = await live(subject, 'ImmutableApp', 'shop');
      expect(await report(subject, status('shop-x'))).toBe('ok');
      expect((await live(subject, 'ImmutableApp', 'shop')).metadata.resourceVersion).toBe(metadata.resourceVersion);
    },
  },
  {
    name: 'a report cannot reach spec or labels, nor an edit the report',
    async play(subject) {
      must(await subject.human.create(new Draft(subject).app('shop')));
      const before = must(await subject.port.patchStatus(subject.namespace, 'shop', [status('shop-x')]));
      const beyond: PatchOperation[] = [
        { op: 'add', path: '/spec/replicas', value: 7 },
        { op: 'add', path: '/metadata/labels', value: { mark: 'yes' } },
      ];
      expect(await report(subject, ...beyond)).toBe('ok');
      must(await subject.human.merge('ImmutableApp', 'shop', { status: { activeVersion: 'shop-y' } }));
      expect(await live(subject, 'ImmutableApp', 'shop')).toEqual(before);
    },
  },
  {
    name: 'a report can be wiped, member by member and whole',
    async play(subject) {
      must(await subject.human.create(new Draft(subject).app('shop')));
      must(await subject.port.patchStatus(subject.namespace, 'shop', [status('shop-x')]));
      expect(must(await subject.human.merge('ImmutableApp', 'shop', { status: { activeVersion: null } }, 'status')).status).toEqual({});
      expect(must(await subject.human.merge('ImmutableApp', 'shop', { status: null }, 'status')).status).toEqual(UNREPORTED);
    },
  },
  {
    name: 'the status of an App is of its schema: another type is Denied, an unknown field dropped',
    async play(subject) {
      must(await subject.human.create(new Draft(subject).app('shop')));
      expect(await report(subject, { op: 'add', path: '/status', value: { activeVersion: 7 } })).toBe('Denied 422');
      expect(await report(subject, { op: 'add', path: '/status', value: { activeVersion: 'shop-x', unheard: 'of' } })).toBe('ok');
      expect(obj((await live(subject, 'ImmutableApp', 'shop')).status)).toEqual({ activeVersion: 'shop-x' });
    },
  },
];

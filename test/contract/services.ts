// Cases: moving a Service, the one write that traffic hangs on, and the EndpointSlices that follow it.
import { expect } from '@jest/globals';
import { obj } from '../../src/model/json.ts';
import type { Stored } from '../world/store.ts';
import { changes, Draft, gone, lists, live, must, podsOf, said, settled, sliceOf, writers, type Case, type Subject } from './subject.ts';

const SLICES = 'endpointslice-controller.k8s.io';

/** A patch of the Service as it is now. */
async function patch(
  subject: Subject,
  name: string,
  { metadata, ...rest }: { metadata?: object; spec?: object; [field: string]: unknown },
) {
  const { resourceVersion } = (await live(subject, 'Service', name)).metadata;
  return must(await subject.port.patchService(subject.namespace, name, { ...rest, metadata: { ...metadata, resourceVersion } }));
}

/** A Deployment that has come up as far as it can, and its pods. */
async function rolledOut(subject: Subject, name: string, broken = false): Promise<Stored[]> {
  const deployment = must(await subject.port.create('Deployment', new Draft(subject).deployment(name, { replicas: 2, broken })));
  if (!broken) await settled(subject, name);
  return subject.until(`${name} has two pods`, async () => {
    const pods = await podsOf(subject, deployment);
    return pods.length === 2 && pods;
  });
}

const moving: Case[] = [
  {
    name: 'a patch of the Service as it is: what it says changes, nothing else',
    async play(subject) {
      const before = must(await subject.port.create('Service', new Draft(subject).service('web', { app: 'a', tier: 'front' })));
      const after = await patch(subject, 'web', { metadata: { labels: { app: 'shop' } }, spec: { selector: { app: 'b' } } });
      expect(changes(before, after)).toEqual(['/metadata/labels', '/metadata/resourceVersion', '/spec/selector/app']);
      expect(after.spec?.selector).toEqual({ app: 'b', tier: 'front' });
      expect(await live(subject, 'Service', 'web')).toEqual(after);
    },
  },
  {
    name: 'a patch of the Service as it was: Conflict, and nothing changes; of none: Gone',
    async play(subject) {
      const { metadata } = must(await subject.port.create('Service', new Draft(subject).service('web')));
      const now = await patch(subject, 'web', { spec: { selector: { app: 'b' } } });
      const late = { metadata: { resourceVersion: metadata.resourceVersion }, spec: { selector: { app: 'c' } } };
      expect(said(await subject.port.patchService(subject.namespace, 'web', late))).toBe('Conflict 409');
      expect(await live(subject, 'Service', 'web')).toEqual(now);
      expect(said(await subject.port.patchService(subject.namespace, 'nothing', late))).toBe('Gone 404');
    },
  },
  {
    name: 'a patch of a Service that was made anew: Conflict; one that names the old uid: Denied',
    async play(subject) {
      const object = new Draft(subject).service('web');
      const first = must(await subject.port.create('Service', object)).metadata;
      must(await subject.port.remove('Service', subject.namespace, 'web', first.uid));
      const second = must(await subject.port.create('Service', object)).metadata;
      const spec = { selector: { app: 'b' } };
      const old = { metadata: { resourceVersion: first.resourceVersion }, spec };
      expect(said(await subject.port.patchService(subject.namespace, 'web', old))).toBe('Conflict 409');
      const torn = { metadata: { resourceVersion: second.resourceVersion, uid: first.uid }, spec };
      expect(said(await subject.port.patchService(subject.namespace, 'web', torn))).toBe('Denied 422');
      expect((await live(subject, 'Service', 'web')).spec?.selector).toEqual({ app: 'web' });
    },
  },
  {
    name: 'null takes a key away, and away again is nothing',
    async play(subject) {
      const written = { labels: { app: 'shop', mark: 'yes' }, annotations: { note: 'yes' } };
      must(await subject.port.create('Service', new Draft(subject).service('web', { app: 'a', tier: 'front' }, written)));
      const away = { metadata: { labels: { app: null }, annotations: { note: null } }, spec: { selector: { tier: null } } };
      const after = await patch(subject, 'web', away);
      expect([after.metadata.labels, after.metadata.annotations, after.spec?.selector]).toEqual([{ mark: 'yes' }, undefined, { app: 'a' }]);
      expect((await patch(subject, 'web', away)).metadata.resourceVersion).toBe(after.metadata.resourceVersion);
    },
  },
  {
    name: 'a selector without keys is none',
    async play(subject) {
      must(await subject.port.create('Service', new Draft(subject).service('web')));
      expect('selector' in obj((await patch(subject, 'web', { spec: { selector: { app: null } } })).spec)).toBe(false);
      const again = await patch(subject, 'web', { spec: { selector: { app: 'b' } } });
      expect(again.spec?.selector).toEqual({ app: 'b' });
      expect('selector' in obj((await patch(subject, 'web', { spec: { selector: null } })).spec)).toBe(false);
    },
  },
  {
    name: 'what the API server does not know is dropped: a patch of nothing else changes nothing',
    async play(subject) {
      const before = must(await subject.port.create('Service', new Draft(subject).service('web')));
      const after = await patch(subject, 'web', { spec: { selektor: { app: 'b' } }, unheard: 'of' });
      expect(after).toEqual(before);
    },
  },
  {
    name: 'lists are replaced whole: ports and owners',
    async play(subject) {
      const draft = new Draft(subject);
      const one = must(await subject.port.create('ControllerRevision', draft.revision('one')));
      const two = must(await subject.port.create('ControllerRevision', draft.revision('two')));
      const owned = ({ apiVersion, kind, metadata: { name, uid } }: Stored) => ({ apiVersion, kind, name, uid });
      must(await subject.port.create('Service', draft.service('web', { app: 'a' }, { ownerReferences: [owned(one)] })));
      const ports = [{ name: 'metrics', port: 9090, targetPort: 'metrics' }];
      const after = await patch(subject, 'web', { metadata: { ownerReferences: [owned(two)] }, spec: { ports } });
      expect(after.metadata.ownerReferences).toEqual([owned(two)]);
      expect(after.spec?.ports).toEqual([{ name: 'metrics', port: 9090, protocol: 'TCP', targetPort: 'metrics' }]);
    },
  },
  {
    name: 'a Service without a type has an address of its own, kept for life; a port leads to its own number',
    async play(subject) {
      const { spec } = must(await subject.port.create('Service', new Draft(subject).service('web')));
      expect(spec).toMatchObject({ type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' });
      expect(spec?.ports).toEqual([{ name: 'http', port: 80, protocol: 'TCP', targetPort: 80 }]);
      expect(spec?.clusterIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(said(await subject.human.merge('Service', 'web', { spec: { clusterIP: '10.255.255.1' } }))).toBe('Denied 422');
      expect((await patch(subject, 'web', { spec: { selector: { app: 'b' } } })).spec?.clusterIP).toBe(spec?.clusterIP);
    },
  },
  {
    name: 'who set the selector is on it: whoever changed any of it last has it alone',
    async play(subject) {
      const before = must(await subject.port.create('Service', new Draft(subject).service('web')));
      expect(writers(before, 'f:selector')).toEqual(['immutableapp']);
      const edited = must(await subject.human.merge('Service', 'web', { spec: { selector: { app: 'b' } } }));
      expect(writers(edited, 'f:selector')).toEqual(['kubectl-edit']);
      const marked = await patch(subject, 'web', { metadata: { labels: { mark: 'yes' } } });
      expect(writers(marked, 'f:selector')).toEqual(['kubectl-edit']);
      expect(writers(await patch(subject, 'web', { spec: { selector: { app: 'c' } } }), 'f:selector')).toEqual(['immutableapp']);
    },
  },
  {
    name: 'setting the selector to what it is takes it from nobody; taking it away leaves it to nobody',
    async play(subject) {
      must(await subject.port.create('Service', new Draft(subject).service('web')));
      must(await subject.human.merge('Service', 'web', { spec: { selector: { app: 'b' } } }));
      const again = await patch(subject, 'web', { metadata: { labels: { mark: 'yes' } }, spec: { selector: { app: 'b' } } });
      expect(writers(again, 'f:selector')).toEqual(['kubectl-edit']);
      expect(writers(must(await subject.human.merge('Service', 'web', { spec: { selector: null } })), 'f:selector')).toEqual([]);
    },
  },
  {
    name: 'who wrote an annotation is on it, for each of them',
    async play(subject) {
      must(
        await subject.port.create('Service', new Draft(subject).service('web', { app: 'web' }, { annotations: { ours: '1', both: '1' } })),
      );
      must(await subject.human.merge('Service', 'web', { metadata: { annotations: { theirs: '1', both: '2' } } }));
      const ours = (service: Stored) => ['ours', 'both', 'theirs'].map((note) => writers(service, `f:${note}`, 'f:annotations'));
      expect(ours(await live(subject, 'Service', 'web'))).toEqual([['immutableapp'], ['kubectl-edit'], ['kubectl-edit']]);
      const again = await patch(subject, 'web', { metadata: { annotations: { both: '3', theirs: '1' } } });
      expect(ours(again)).toEqual([['immutableapp'], ['immutableapp'], ['kubectl-edit']]);
    },
  },
];

const following: Case[] = [
  {
    name: 'a slice lists the ready pods that are selected, mirrors the labels, and belongs to its Service',
    async play(subject) {
      const pods = await rolledOut(subject, 'web');
      const object = new Draft(subject).service('web', { app: 'web' }, { labels: { 'immutableapp.io/app': 'shop' } });
      const service = must(await subject.port.create('Service', object));
      const { metadata } = await lists(subject, service, pods);
      expect(metadata.labels).toEqual({
        'immutableapp.io/app': 'shop',
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': SLICES,
      });
      expect(metadata.ownerReferences).toMatchObject([{ kind: 'Service', name: 'web', uid: service.metadata.uid, controller: true }]);
      expect(metadata.generation).toBeGreaterThanOrEqual(1);
    },
  },
  {
    name: 'pods that are not ready are listed, as not ready',
    async play(subject) {
      const pods = await rolledOut(subject, 'web', true);
      const service = must(await subject.port.create('Service', new Draft(subject).service('web')));
      await lists(subject, service, pods, false);
    },
  },
  {
    name: 'a Service that selects nobody has a slice all the same',
    async play(subject) {
      const service = must(await subject.port.create('Service', new Draft(subject).service('web')));
      await lists(subject, service, []);
    },
  },
  {
    name: 'a slice follows the selector',
    async play(subject) {
      const [blue, green] = [await rolledOut(subject, 'blue'), await rolledOut(subject, 'green')];
      const service = must(await subject.port.create('Service', new Draft(subject).service('web', { app: 'blue' })));
      const before = await lists(subject, service, blue);
      await patch(subject, 'web', { spec: { selector: { app: 'green' } } });
      const after = await lists(subject, service, green);
      expect(after.metadata.uid).toBe(before.metadata.uid);
      expect(after.metadata.generation).toBeGreaterThan(before.metadata.generation!);
    },
  },
  {
    name: 'a slice follows the labels of its Service, and counts that as a generation',
    async play(subject) {
      const pods = await rolledOut(subject, 'web');
      const service = must(await subject.port.create('Service', new Draft(subject).service('web')));
      const before = await lists(subject, service, pods);
      await patch(subject, 'web', { metadata: { labels: { 'immutableapp.io/app': 'shop' } } });
      const { metadata } = await subject.until('the slice has the label', async () => {
        const now = await lists(subject, service, pods);
        return now.metadata.labels?.['immutableapp.io/app'] === 'shop' && now;
      });
      expect(metadata.generation).toBe(before.metadata.generation! + 1);
    },
  },
  {
    name: 'a Service without a selector keeps its last endpoints',
    async play(subject) {
      const draft = new Draft(subject);
      const pods = await rolledOut(subject, 'web');
      const service = must(await subject.port.create('Service', draft.service('web')));
      await lists(subject, service, pods);
      await patch(subject, 'web', { metadata: { labels: { mark: 'yes' } }, spec: { selector: { app: null } } });
      // The controller has come by since: it has made the slice of a Service that is younger than this change.
      await lists(subject, must(await subject.port.create('Service', draft.service('young'))), []);
      const { metadata } = await lists(subject, service, pods);
      expect(metadata.labels?.mark).toBeUndefined();
    },
  },
  {
    name: 'a pod that is being deleted is no ready endpoint any more, and is not counted',
    async play(subject) {
      const pods = await rolledOut(subject, 'web');
      const service = must(await subject.port.create('Service', new Draft(subject).service('web')));
      await lists(subject, service, pods);
      const [leaving] = pods;
      const { name, uid } = leaving!.metadata;
      must(await subject.human.merge('Pod', name, { metadata: { finalizers: ['example.com/wait'] } }));
      must(await subject.human.remove('Pod', name));
      await subject.until('it is listed as terminating', async () => {
        const endpoints = (await sliceOf(subject, service))?.endpoints ?? [];
        const ready = endpoints.filter((endpoint) => endpoint.ready && !endpoint.terminating);
        return ready.length === 2 && endpoints.some(({ pod, terminating, ready }) => pod === uid && terminating && !ready);
      });
      expect((await settled(subject, 'web')).status?.replicas).toBe(2);
      must(await subject.human.merge('Pod', name, { metadata: { finalizers: null } }));
      await gone(subject, 'Pod', name);
    },
  },
  {
    name: 'a slice goes with its Service, and a Service made anew has another',
    async play(subject) {
      const object = new Draft(subject).service('web');
      const first = must(await subject.port.create('Service', object));
      const { metadata } = await lists(subject, first, []);
      must(await subject.port.remove('Service', subject.namespace, 'web', first.metadata.uid));
      await gone(subject, 'EndpointSlice', metadata.name);
      const second = must(await subject.port.create('Service', object));
      expect((await lists(subject, second, [])).metadata.uid).not.toBe(metadata.uid);
    },
  },
];

export const SERVICES: readonly Case[] = [...moving, ...following];

// What people with ordinary rights, and with more than that, may try on a running App, each as they would type it; which wall stops it, and
// what becomes of it where the policies are not installed. The table is data: attacks.test.ts carries it out, docs/security.md cites it.
import type { Place } from './harness.ts';

/**
 * `edit`, `view`: the built-in roles, in the App's namespace. `author`: a role on ImmutableApps and nothing else. `admin`: cluster-admin, for
 * whom RBAC is no wall. `glass`: an administrator who broke the glass. `operator`: with the operator's own token.
 */
export type Who = 'edit' | 'view' | 'author' | 'admin' | 'glass' | 'operator';

/** An App that serves with two pods, and all that belongs to it. */
export interface Target {
  readonly place: Place;
  /** The version, and its only instance. */
  readonly one: string;
  readonly pod: string;
  readonly set: string;
  readonly uid: string;
}

export interface Deed {
  readonly kubectl: readonly string[];
  readonly input?: object;
}

/** RBAC, the API server's own validation, or one of the policies. `none`: it may be done, and its effect is that of `without`. */
export type Wall = 'RBAC' | 'API' | 'none' | (string & {});

/**
 * `replaced`: a clean instance took over without a gap. `restored`: put back, or made again; with `gap` what serves had no endpoint meanwhile,
 * for somebody took its pods and no operator is faster than that. `reported`: with this reason. `harmless`: nothing came of it. `obeyed`: who may
 * edit the App is obeyed, and without the policy nobody asks whether they could do it themselves.
 */
export type Reaction =
  | { readonly is: 'refused' }
  | { readonly is: 'replaced'; readonly gap?: true }
  | { readonly is: 'restored'; readonly gap?: true }
  | { readonly is: 'reported'; readonly reason: string }
  | { readonly is: 'harmless' }
  | { readonly is: 'obeyed' };

export interface Attack {
  readonly what: string;
  readonly as: Who;
  readonly deeds: (target: Target) => readonly Deed[];
  readonly wall: Wall;
  readonly without: Reaction;
  /** Its Service has a ladder of two rungs. */
  readonly ladder?: true;
}

const REFUSED: Reaction = { is: 'refused' };
const REPLACED: Reaction = { is: 'replaced' };
const RESTORED: Reaction = { is: 'restored' };
const GAP: Reaction = { is: 'restored', gap: true };
const HARMLESS: Reaction = { is: 'harmless' };
const OBEYED: Reaction = { is: 'obeyed' };
const reported = (reason: string): Reaction => ({ is: 'reported', reason });
const FOREIGN = reported('ForeignEndpoint');

type Line = (target: Target) => readonly string[];
const types =
  (line: Line) =>
  (target: Target): readonly Deed[] => [{ kubectl: line(target) }];
const patch = (object: (target: Target) => string, body: (target: Target) => object, ...flags: string[]) =>
  types((target) => ['patch', object(target), '--type=merge', '-p', JSON.stringify(body(target)), ...flags]);
const makes =
  (object: (target: Target) => object) =>
  (target: Target): readonly Deed[] => [{ kubectl: ['create', '-f', '-'], input: object(target) }];

const deployment = ({ one }: Target): string => `deployment/${one}`;
const replicaSet = ({ set }: Target): string => `replicaset/${set}`;
const podOf = ({ pod }: Target): string => `pod/${pod}`;
const config = ({ one }: Target): string => `configmap/${one}.httpd`;
const record = ({ one }: Target): string => `controllerrevision/${one}`;
const budget = ({ one }: Target): string => `poddisruptionbudget/${one}`;
const service = (): string => 'service/web';

const EVIL = { containers: [{ name: 'web', image: 'evil:1', ports: [{ name: 'http', containerPort: 8080 }] }] };
const labels = ({ one }: Target) => ({ 'immutableapp.io/app': 'shop', 'immutableapp.io/version': one, 'immutableapp.io/instance': one });
const instanceLabel = ({ one }: Target) => ({ 'immutableapp.io/instance': one });
const appOwner = ({ uid }: Target) => ({
  apiVersion: 'immutableapp.io/v1alpha1',
  kind: 'ImmutableApp',
  name: 'shop',
  uid,
  controller: true,
});
/** A workload whose pods would answer for the App; `wear` is what they wear. */
const workload = (apiVersion: string, kind: string, spec: (template: object) => object, wear = instanceLabel) =>
  makes((target) => {
    const own = { intruder: 'yes' };
    // A Job's pod that ends at once receives traffic for a moment only, which need not be seen.
    const annotations = { 'test.immutableapp.io/exit-code': 'none' };
    const template = { metadata: { labels: { ...own, ...wear(target) }, annotations }, spec: EVIL };
    return { apiVersion, kind, metadata: { name: 'intruder' }, spec: spec(template) };
  });
const selector = { matchLabels: { intruder: 'yes' } };
const stamp = (target: Target, switchNumber: number, instance = target.one): string =>
  JSON.stringify({ uid: target.uid, generation: 1, instance, previous: '', switchNumber });
const NOBODYS = { ownerReferences: null };
const rung = (): string => 'service/web-r1';
const OTHER = { spec: { selector: { 'immutableapp.io/instance': 'other' } } };
/** What a rung wears that lends: the number of the switch that is to come, and a share. */
const lent = (target: Target, instance: string, percent: number): object => ({
  metadata: {
    annotations: {
      'immutableapp.io/stamp': JSON.stringify({
        ...(JSON.parse(stamp(target, 2, instance)) as object),
        ...{ previous: target.one, share: { percent, at: '2026-01-01T00:00:00Z' } },
      }),
    },
  },
});

type Row = Omit<Attack, 'without' | 'ladder'> & { readonly without?: Reaction };
const onRungs = (rows: readonly Row[]): readonly Attack[] => rows.map((row) => ({ without: RESTORED, ...row, ladder: true }));

/** A rung of a ladder is a Service as any other. */
const RUNGS = onRungs([
  { what: 'a rung emptied', as: 'edit', deeds: patch(rung, () => ({ spec: { selector: null } })), wall: 'services', without: GAP },
  { what: 'a rung bent', as: 'edit', deeds: patch(rung, () => OTHER), wall: 'services', without: GAP },
  { what: 'a rung bent, with the glass broken', as: 'glass', deeds: patch(rung, () => OTHER), wall: 'none', without: GAP },
  {
    what: 'a rung applied with force',
    as: 'edit',
    deeds: () => [
      {
        kubectl: ['apply', '--server-side', '--force-conflicts', '-f', '-'],
        input: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web-r1' }, ...OTHER },
      },
    ],
    wall: 'services',
    without: reported('SelectorInGit'),
  },
  {
    what: 'a share forged for a version that is not there',
    as: 'edit',
    deeds: patch(rung, (t) => ({ ...lent(t, 'other', 50), ...OTHER })),
    wall: 'services',
    without: GAP,
  },
  { what: 'a share forged for what serves', as: 'edit', deeds: patch(rung, (t) => lent(t, t.one, 50)), wall: 'services' },
  {
    what: 'a share forged by way of the status',
    as: 'admin',
    deeds: patch(rung, (t) => lent(t, 'other', 50), '--subresource=status'),
    wall: 'services',
  },
  {
    what: 'a huge switch number on a rung',
    as: 'edit',
    deeds: patch(rung, (t) => ({ metadata: { annotations: { 'immutableapp.io/stamp': stamp(t, 9007199254740990) } } })),
    wall: 'services',
  },
  {
    what: 'the stamp of a rung taken away',
    as: 'edit',
    deeds: types(() => ['annotate', rung(), 'immutableapp.io/stamp-']),
    wall: 'services',
  },
  { what: 'the label of a rung taken away', as: 'edit', deeds: types(() => ['label', rung(), 'immutableapp.io/app-']), wall: 'services' },
  { what: 'a rung without an owner', as: 'edit', deeds: patch(rung, () => ({ metadata: NOBODYS })), wall: 'services' },
  { what: 'delete a rung', as: 'edit', deeds: types(() => ['delete', rung()]), wall: 'delete', without: GAP },
  {
    what: 'a ladder stretched to the name of a Service that somebody has',
    as: 'edit',
    deeds: () => [
      {
        kubectl: ['create', '-f', '-'],
        input: {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'web-r3' },
          spec: { selector: { app: 'neighbour' }, ports: [{ port: 80 }] },
        },
      },
      {
        kubectl: [
          'patch',
          'iapp/shop',
          '--type=json',
          '-p',
          JSON.stringify([{ op: 'add', path: '/spec/services/0/ladder/0', value: { percent: 10, seconds: 60 } }]),
        ],
      },
    ],
    wall: 'none',
    without: reported('ServiceNotOwned'),
  },
]);

export const ATTACKS: readonly Attack[] = [
  // The Deployment that serves
  {
    what: 'set image',
    as: 'edit',
    deeds: types((t) => ['set', 'image', deployment(t), 'web=evil:1']),
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'set image, as cluster-admin',
    as: 'admin',
    deeds: types((t) => ['set', 'image', deployment(t), 'web=evil:1']),
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'set image, with the glass broken',
    as: 'glass',
    deeds: types((t) => ['set', 'image', deployment(t), 'web=evil:1']),
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'set image under the operator’s field manager',
    as: 'edit',
    deeds: types((t) => ['set', 'image', deployment(t), 'web=evil:1', '--field-manager=immutableapp']),
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'rollout restart',
    as: 'edit',
    deeds: types((t) => ['rollout', 'restart', deployment(t)]),
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'rollout pause',
    as: 'edit',
    deeds: types((t) => ['rollout', 'pause', deployment(t)]),
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'set env',
    as: 'edit',
    deeds: types((t) => ['set', 'env', deployment(t), 'MODE=evil']),
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'set resources',
    as: 'edit',
    deeds: types((t) => ['set', 'resources', deployment(t), '--limits=cpu=1m']),
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'set serviceaccount',
    as: 'edit',
    deeds: types((t) => ['set', 'serviceaccount', deployment(t), 'default']),
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'another strategy',
    as: 'edit',
    deeds: patch(deployment, () => ({ spec: { strategy: { type: 'Recreate', rollingUpdate: null } } })),
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'another minReadySeconds',
    as: 'edit',
    deeds: patch(deployment, () => ({ spec: { minReadySeconds: 3600 } })),
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'another progressDeadlineSeconds',
    as: 'edit',
    deeds: patch(deployment, () => ({ spec: { progressDeadlineSeconds: 1 } })),
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'server-side apply with force',
    as: 'edit',
    deeds: (t) => [
      {
        kubectl: ['apply', '--server-side', '--force-conflicts', '-f', '-'],
        input: {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: t.one },
          spec: { template: { spec: { containers: [{ name: 'web', image: 'evil:1' }] } } },
        },
      },
    ],
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'replace',
    as: 'edit',
    deeds: (t) => {
      const { apiVersion, kind, metadata, spec } = { apiVersion: 'apps/v1', kind: 'Deployment', ...t.place.find('Deployment', t.one)! };
      return [
        {
          kubectl: ['replace', '-f', '-'],
          input: {
            apiVersion,
            kind,
            metadata: { name: metadata.name, labels: metadata.labels, ownerReferences: metadata.ownerReferences },
            spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, ...EVIL } } },
          },
        },
      ];
    },
    wall: 'freeze-deployments',
    without: REPLACED,
  },
  {
    what: 'label of the version changed',
    as: 'edit',
    deeds: types((t) => ['label', deployment(t), '--overwrite', 'immutableapp.io/version=other']),
    wall: 'freeze-deployments',
    without: RESTORED,
  },
  {
    what: 'label of the App taken away',
    as: 'edit',
    deeds: types((t) => ['label', deployment(t), 'immutableapp.io/app-']),
    wall: 'freeze-deployments',
    without: RESTORED,
  },
  {
    what: 'ownerReferences removed',
    as: 'edit',
    deeds: patch(deployment, () => ({ metadata: NOBODYS })),
    wall: 'freeze-deployments',
    without: reported('Orphaned'),
  },
  { what: 'a label of one’s own', as: 'edit', deeds: types((t) => ['label', deployment(t), 'team=x']), wall: 'none', without: HARMLESS },
  { what: 'an annotation', as: 'edit', deeds: types((t) => ['annotate', deployment(t), 'note=x']), wall: 'none', without: HARMLESS },

  // Its size and its end
  { what: 'scale to 0', as: 'edit', deeds: types((t) => ['scale', deployment(t), '--replicas=0']), wall: 'scale', without: GAP },
  {
    what: 'scale to 0, as cluster-admin',
    as: 'admin',
    deeds: types((t) => ['scale', deployment(t), '--replicas=0']),
    wall: 'scale',
    without: GAP,
  },
  {
    what: 'replicas 0 in the Deployment itself',
    as: 'edit',
    deeds: patch(deployment, () => ({ spec: { replicas: 0 } })),
    wall: 'freeze-deployments',
    without: GAP,
  },
  {
    what: 'patch of the scale subresource',
    as: 'edit',
    deeds: patch(deployment, () => ({ spec: { replicas: 0 } }), '--subresource=scale'),
    wall: 'scale',
    without: GAP,
  },
  {
    what: 'scale of the ReplicaSet',
    as: 'edit',
    deeds: types((t) => ['scale', replicaSet(t), '--replicas=0']),
    wall: 'scale',
    without: GAP,
  },
  {
    what: 'scale, with the glass broken',
    as: 'glass',
    deeds: types((t) => ['scale', deployment(t), '--replicas=3']),
    wall: 'none',
    without: RESTORED,
  },
  { what: 'delete deployment', as: 'edit', deeds: types((t) => ['delete', deployment(t), '--wait=false']), wall: 'delete', without: GAP },
  {
    what: 'delete deployment, leaving its pods',
    as: 'edit',
    deeds: types((t) => ['delete', deployment(t), '--wait=false', '--cascade=orphan']),
    wall: 'delete',
    without: RESTORED,
  },
  {
    what: 'delete all deployments',
    as: 'edit',
    deeds: types(() => ['delete', 'deployment', '--all', '--wait=false']),
    wall: 'delete',
    without: GAP,
  },
  { what: 'delete replicaset', as: 'edit', deeds: types((t) => ['delete', replicaSet(t), '--wait=false']), wall: 'delete', without: GAP },
  { what: 'delete pdb', as: 'edit', deeds: types((t) => ['delete', budget(t), '--wait=false']), wall: 'delete', without: RESTORED },
  {
    what: 'another budget',
    as: 'edit',
    deeds: patch(budget, () => ({ spec: { maxUnavailable: '100%' } })),
    wall: 'freeze-records',
    without: RESTORED,
  },

  // What runs below it
  {
    what: 'template of the ReplicaSet',
    as: 'edit',
    deeds: patch(replicaSet, () => ({ spec: { template: { spec: EVIL } } })),
    wall: 'freeze-replicasets',
    without: REPLACED,
  },
  {
    what: 'replicas of the ReplicaSet',
    as: 'edit',
    deeds: patch(replicaSet, () => ({ spec: { replicas: 0 } })),
    wall: 'freeze-replicasets',
    without: GAP,
  },
  {
    what: 'ReplicaSet without an owner',
    as: 'edit',
    deeds: patch(replicaSet, () => ({ metadata: NOBODYS })),
    wall: 'freeze-replicasets',
    without: RESTORED,
  },
  {
    what: 'set image of a pod',
    as: 'edit',
    deeds: types((t) => ['set', 'image', podOf(t), 'web=evil:1']),
    wall: 'freeze-pods',
    without: REPLACED,
  },
  {
    what: 'set image of a pod under its maker’s field manager',
    as: 'edit',
    deeds: types((t) => ['set', 'image', podOf(t), 'web=evil:1', '--field-manager=kube-controller-manager']),
    wall: 'freeze-pods',
    without: REPLACED,
  },
  {
    what: 'env of a pod',
    as: 'edit',
    deeds: (t) => [
      { kubectl: ['patch', podOf(t), '-p', '{"spec":{"containers":[{"name":"web","env":[{"name":"MODE","value":"evil"}]}]}}'] },
    ],
    wall: 'API',
    without: REFUSED,
  },
  {
    what: 'a pod that ends itself',
    as: 'edit',
    deeds: patch(podOf, () => ({ spec: { activeDeadlineSeconds: 86400 } })),
    wall: 'freeze-pods',
    without: HARMLESS,
  },
  {
    what: 'a pod taken out of the Service',
    as: 'edit',
    deeds: types((t) => ['label', podOf(t), 'immutableapp.io/instance-']),
    wall: 'freeze-pods',
    without: RESTORED,
  },
  {
    what: 'a pod without an owner',
    as: 'edit',
    deeds: patch(podOf, () => ({ metadata: NOBODYS })),
    wall: 'freeze-pods',
    without: RESTORED,
  },
  {
    what: 'labels of a pod by way of its status',
    as: 'admin',
    deeds: patch(podOf, () => ({ metadata: { labels: { 'immutableapp.io/instance': null } } }), '--subresource=status'),
    wall: 'freeze-pods',
    without: RESTORED,
  },
  { what: 'delete pod', as: 'edit', deeds: types((t) => ['delete', podOf(t), '--wait=false']), wall: 'none', without: RESTORED },
  {
    what: 'debug',
    as: 'admin',
    deeds: types((t) => ['debug', t.pod, '--image=busybox', '--container=debugger', '--attach=false', '--profile=general']),
    wall: 'none',
    without: reported('Debugged'),
  },

  // Its config and its records
  {
    what: 'edit of a ConfigMap',
    as: 'edit',
    deeds: patch(config, () => ({ data: { 'httpd.conf': 'poison' } })),
    wall: 'API',
    without: REFUSED,
  },
  { what: 'delete cm', as: 'edit', deeds: types((t) => ['delete', config(t)]), wall: 'delete', without: REPLACED },
  {
    what: 'a poisoned ConfigMap under the same name',
    as: 'edit',
    deeds: (t) => [
      { kubectl: ['delete', config(t)] },
      {
        kubectl: ['create', '-f', '-'],
        input: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: {
            name: `${t.one}.httpd`,
            labels: labels(t),
            ownerReferences: t.place.find('ConfigMap', `${t.one}.httpd`)!.metadata.ownerReferences,
          },
          data: { 'httpd.conf': 'poison' },
          immutable: true,
        },
      },
    ],
    wall: 'delete',
    without: REPLACED,
  },
  {
    what: 'a poisoned ConfigMap beside it',
    as: 'edit',
    deeds: makes((t) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${t.one}-2.httpd`, labels: labels(t) },
      data: { 'httpd.conf': 'poison' },
    })),
    wall: 'publish',
    without: HARMLESS,
  },
  {
    what: 'a ConfigMap without an owner',
    as: 'edit',
    deeds: patch(config, () => ({ metadata: NOBODYS })),
    wall: 'freeze-records',
    without: REPLACED,
  },
  { what: 'a record changed', as: 'admin', deeds: patch(record, () => ({ data: { content: 'evil' } })), wall: 'API', without: REFUSED },
  {
    what: 'a record forged, by an editor',
    as: 'edit',
    deeds: makes((t) => ({
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name: 'forged', labels: labels(t), ownerReferences: [appOwner(t)] },
      revision: 99,
      data: { fingerprint: 'v1:evil', content: {} },
    })),
    wall: 'RBAC',
    without: REFUSED,
  },
  {
    what: 'a record forged',
    as: 'admin',
    deeds: makes((t) => ({
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name: 'forged', labels: labels(t), ownerReferences: [appOwner(t)] },
      revision: 99,
      data: { fingerprint: 'v1:evil', content: {} },
    })),
    wall: 'publish',
    without: reported('RecordUnreadable'),
  },
  { what: 'a record deleted, by an editor', as: 'edit', deeds: types((t) => ['delete', record(t)]), wall: 'RBAC', without: REFUSED },
  { what: 'a record deleted', as: 'admin', deeds: types((t) => ['delete', record(t)]), wall: 'delete', without: REPLACED },
  {
    what: 'a record without an owner',
    as: 'admin',
    deeds: patch(record, () => ({ metadata: NOBODYS })),
    wall: 'freeze-records',
    without: REPLACED,
  },

  // The Service
  { what: 'selector emptied', as: 'edit', deeds: patch(service, () => ({ spec: { selector: null } })), wall: 'services', without: GAP },
  {
    what: 'selector bent',
    as: 'edit',
    deeds: patch(service, () => ({ spec: { selector: { 'immutableapp.io/instance': 'other' } } })),
    wall: 'services',
    without: GAP,
  },
  {
    what: 'selector bent, with the glass broken',
    as: 'glass',
    deeds: patch(service, () => ({ spec: { selector: { 'immutableapp.io/instance': 'other' } } })),
    wall: 'none',
    without: GAP,
  },
  {
    what: 'a key added to the selector',
    as: 'edit',
    deeds: patch(service, () => ({ spec: { selector: { intruder: 'yes' } } })),
    wall: 'services',
    without: GAP,
  },
  {
    what: 'selector applied with force',
    as: 'edit',
    deeds: () => [
      {
        kubectl: ['apply', '--server-side', '--force-conflicts', '-f', '-'],
        input: {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'web' },
          spec: { selector: { 'immutableapp.io/instance': 'other' } },
        },
      },
    ],
    wall: 'services',
    without: reported('SelectorInGit'),
  },
  {
    what: 'a stamp with a huge switch number',
    as: 'edit',
    deeds: patch(service, (t) => ({ metadata: { annotations: { 'immutableapp.io/stamp': stamp(t, 9007199254740990) } } })),
    wall: 'services',
    without: RESTORED,
  },
  {
    what: 'a forged stamp and the selector that goes with it',
    as: 'edit',
    deeds: patch(service, (t) => ({
      metadata: { annotations: { 'immutableapp.io/stamp': stamp(t, 2, 'other') } },
      spec: { selector: { 'immutableapp.io/instance': 'other' } },
    })),
    wall: 'services',
    without: GAP,
  },
  {
    what: 'the stamp taken away',
    as: 'edit',
    deeds: types(() => ['annotate', 'service/web', 'immutableapp.io/stamp-']),
    wall: 'services',
    without: RESTORED,
  },
  {
    what: 'a stamp by way of the status',
    as: 'admin',
    deeds: patch(service, (t) => ({ metadata: { annotations: { 'immutableapp.io/stamp': stamp(t, 7) } } }), '--subresource=status'),
    wall: 'services',
    without: RESTORED,
  },
  { what: 'delete service', as: 'edit', deeds: types(() => ['delete', 'service/web']), wall: 'delete', without: GAP },
  {
    what: 'a neighbour’s Service listed in one’s own App',
    as: 'edit',
    deeds: (t) => [
      {
        kubectl: ['create', '-f', '-'],
        input: {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'neighbour' },
          spec: { selector: { app: 'neighbour' }, ports: [{ port: 80 }] },
        },
      },
      {
        kubectl: [
          'patch',
          'iapp/shop',
          '--type=merge',
          '-p',
          JSON.stringify({
            spec: { services: [...(t.place.find('ImmutableApp', 'shop')!.spec.services as object[]), { name: 'neighbour' }] },
          }),
        ],
      },
    ],
    wall: 'none',
    without: reported('ServiceNotAdopted'),
  },

  ...RUNGS,

  // Strangers in the Service
  {
    what: 'a bare pod with the labels of a version',
    as: 'edit',
    deeds: makes((t) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'intruder', labels: labels(t) }, spec: EVIL })),
    wall: 'publish',
    without: FOREIGN,
  },
  {
    what: 'a pod that gets the label later',
    as: 'edit',
    deeds: (t) => [
      { kubectl: ['create', '-f', '-'], input: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'intruder' }, spec: EVIL } },
      { kubectl: ['label', 'pod/intruder', 'immutableapp.io/app=shop', `immutableapp.io/instance=${t.one}`] },
    ],
    wall: 'freeze-pods',
    without: FOREIGN,
  },
  {
    what: 'the label in the template of a Deployment',
    as: 'edit',
    deeds: workload('apps/v1', 'Deployment', (template) => ({ selector, template }), labels),
    wall: 'templates',
    without: FOREIGN,
  },
  {
    what: 'the label in the template of a StatefulSet',
    as: 'edit',
    deeds: workload('apps/v1', 'StatefulSet', (template) => ({ selector, template, serviceName: 'x' }), labels),
    wall: 'templates',
    without: FOREIGN,
  },
  {
    what: 'the label in the template of a DaemonSet',
    as: 'edit',
    deeds: workload('apps/v1', 'DaemonSet', (template) => ({ selector, template }), labels),
    wall: 'templates',
    without: FOREIGN,
  },
  {
    what: 'the label in the template of a ReplicaSet',
    as: 'edit',
    deeds: workload('apps/v1', 'ReplicaSet', (template) => ({ selector, template, replicas: 1 }), labels),
    wall: 'templates',
    without: FOREIGN,
  },
  {
    what: 'the label in the template of a ReplicationController',
    as: 'edit',
    deeds: workload('v1', 'ReplicationController', (template) => ({ selector: { intruder: 'yes' }, template, replicas: 1 }), labels),
    wall: 'templates|publish',
    without: FOREIGN,
  },
  {
    what: 'the label in the template of a Job',
    as: 'edit',
    deeds: workload('batch/v1', 'Job', (template) => ({ template: { ...template, spec: { ...EVIL, restartPolicy: 'Never' } } }), labels),
    wall: 'templates|publish',
    without: FOREIGN,
  },
  {
    what: 'the label in the template of a CronJob',
    as: 'edit',
    deeds: workload(
      'batch/v1',
      'CronJob',
      (template) => ({
        schedule: '0 0 1 1 *',
        jobTemplate: { spec: { template: { ...template, spec: { ...EVIL, restartPolicy: 'Never' } } } },
      }),
      labels,
    ),
    wall: 'templates',
    without: HARMLESS,
  },
  {
    what: 'the label patched into the template of a Deployment that is there',
    as: 'edit',
    deeds: (t) => [
      { kubectl: ['create', 'deployment', 'intruder', '--image=evil:1'] },
      {
        kubectl: [
          'patch',
          'deployment/intruder',
          '--type=merge',
          '-p',
          JSON.stringify({ spec: { template: { metadata: { labels: labels(t) } } } }),
        ],
      },
    ],
    wall: 'templates',
    without: FOREIGN,
  },
  {
    what: 'a forged EndpointSlice',
    as: 'edit',
    deeds: makes(() => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'intruder', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['198.18.0.9'] }],
      ports: [],
    })),
    wall: 'RBAC',
    without: REFUSED,
  },
  {
    what: 'the name of the next instance taken',
    as: 'edit',
    deeds: (t) => [{ kubectl: ['create', 'deployment', `${t.one}-2`, '--image=evil:1'] }],
    wall: 'none',
    without: HARMLESS,
  },

  // With rights on ImmutableApps only
  {
    what: 'new content, by who may only edit Apps',
    as: 'author',
    deeds: patch(
      () => 'iapp/shop',
      () => ({ spec: { template: { spec: EVIL } } }),
    ),
    wall: 'author',
    without: OBEYED,
  },
  {
    what: 'a new Service, by who may only edit Apps',
    as: 'author',
    deeds: patch(
      () => 'iapp/shop',
      (t) => ({
        spec: { services: [...(t.place.find('ImmutableApp', 'shop')!.spec.services as object[]), { name: 'more', ports: [{ port: 80 }] }] },
      }),
    ),
    wall: 'author',
    without: OBEYED,
  },
  {
    what: 'a Job as a gate, by who may only edit Apps',
    as: 'author',
    deeds: patch(
      () => 'iapp/shop',
      () => ({
        spec: { promotion: { before: [{ name: 'evil', job: { spec: { template: { spec: { ...EVIL, restartPolicy: 'Never' } } } } }] } },
      }),
    ),
    wall: 'author',
    without: HARMLESS,
  },
  {
    what: 'a new App, by who may only edit Apps',
    as: 'author',
    deeds: makes(() => ({
      apiVersion: 'immutableapp.io/v1alpha1',
      kind: 'ImmutableApp',
      metadata: { name: 'evil' },
      spec: { template: { spec: EVIL } },
    })),
    wall: 'author',
    without: OBEYED,
  },
  {
    what: 'a pin, by who may only edit Apps',
    as: 'author',
    deeds: types((t) => ['annotate', 'iapp/shop', `immutableapp.io/pin=${t.one} until 2099-01-01T00:00:00Z`]),
    wall: 'none',
    without: HARMLESS,
  },
  {
    what: 'a pin, a rejection and a renewal that nobody can read',
    as: 'edit',
    deeds: types((t) => [
      ...['annotate', 'iapp/shop', 'immutableapp.io/pin=for ever'],
      ...['immutableapp.io/reject=a b', `immutableapp.io/renew=${t.one}`],
    ]),
    wall: 'prompt',
    without: reported('AnnotationUnreadable'),
  },
  {
    what: 'set image, by who may only edit Apps',
    as: 'author',
    deeds: types((t) => ['set', 'image', deployment(t), 'web=evil:1']),
    wall: 'RBAC',
    without: REFUSED,
  },
  {
    what: 'a forged status',
    as: 'edit',
    deeds: patch(
      () => 'iapp/shop',
      () => ({ status: { activeInstance: 'other' } }),
      '--subresource=status',
    ),
    wall: 'RBAC',
    without: REFUSED,
  },

  // With rights to look only, and with those of others
  {
    what: 'set image, by a viewer',
    as: 'view',
    deeds: types((t) => ['set', 'image', deployment(t), 'web=evil:1']),
    wall: 'RBAC',
    without: REFUSED,
  },
  {
    what: 'scale of the App, by a viewer',
    as: 'view',
    deeds: types(() => ['scale', 'iapp/shop', '--replicas=0']),
    wall: 'RBAC',
    without: REFUSED,
  },
  {
    what: 'a pin, by a viewer',
    as: 'view',
    deeds: types((t) => ['annotate', 'iapp/shop', `immutableapp.io/pin=${t.one} until 2099-01-01T00:00:00Z`]),
    wall: 'RBAC',
    without: REFUSED,
  },
  {
    what: 'impersonation of the operator',
    as: 'edit',
    deeds: types((t) => ['scale', deployment(t), '--replicas=0', '--as=system:serviceaccount:immutableapp-system:immutableapp']),
    wall: 'RBAC',
    without: REFUSED,
  },
  {
    what: 'a token of the operator',
    as: 'edit',
    deeds: types(() => ['create', 'token', '-n', 'immutableapp-system', 'immutableapp']),
    wall: 'RBAC',
    without: REFUSED,
  },
  {
    what: 'the identities that the policies know',
    as: 'edit',
    deeds: types(() => [
      'patch',
      'configmap/immutableapp-identities',
      '-n',
      'immutableapp-system',
      '--type=merge',
      '-p',
      '{"data":{"operator":"me"}}',
    ]),
    wall: 'RBAC',
    without: REFUSED,
  },
  {
    what: 'set image, with the operator’s token',
    as: 'operator',
    deeds: types((t) => ['set', 'image', deployment(t), 'web=evil:1']),
    wall: 'RBAC',
    without: REFUSED,
  },
  {
    what: 'a Secret read, with the operator’s token',
    as: 'operator',
    deeds: types(() => ['get', 'secrets']),
    wall: 'RBAC',
    without: REFUSED,
  },
  {
    what: 'a pod deleted, with the operator’s token',
    as: 'operator',
    deeds: types((t) => ['delete', podOf(t)]),
    wall: 'RBAC',
    without: REFUSED,
  },
  {
    what: 'exec, with the operator’s token',
    as: 'operator',
    deeds: types((t) => ['exec', t.pod, '--', 'id']),
    wall: 'RBAC',
    without: REFUSED,
  },
  {
    what: 'the policies deleted, with the operator’s token',
    as: 'operator',
    deeds: types(() => ['delete', 'validatingadmissionpolicy', 'immutableapp-scale']),
    wall: 'RBAC',
    without: REFUSED,
  },
];

// Stories to be told under every kind of weather: what is there first, and what somebody does then.
import type { World } from '../world.ts';
import { NAMESPACE } from '../world.ts';
import { obj } from '../../src/model/json.ts';
import { isReady, setReady } from './actors.ts';
import { tagged } from './images.ts';
import { terminate } from './collector.ts';
import { hasEnded, IMAGES } from './jobs.ts';
import { lives } from './lives.ts';
import type { Fields, Stored } from './store.ts';

export const APP = 'shop';

export interface AppOptions {
  readonly config?: string;
  readonly image?: string;
  readonly replicas?: number;
  readonly services?: readonly Fields[];
  readonly more?: Fields;
  readonly warmSeconds?: number;
}

export const WEB: Fields = { name: 'web', ports: [{ name: 'http', port: 80, targetPort: 'http' }] };

export function shop({
  config = 'v1',
  image = 'httpd:2.4',
  replicas = 3,
  services = [WEB],
  warmSeconds = 0,
  more = {},
}: AppOptions = {}): object {
  return {
    apiVersion: 'immutableapp.io/v1alpha1',
    kind: 'ImmutableApp',
    metadata: { name: APP, namespace: NAMESPACE },
    spec: {
      replicas,
      template: {
        metadata: { labels: { team: 'shop' } },
        spec: { containers: [{ name: 'web', image, ports: [{ name: 'http', containerPort: 80 }] }] },
      },
      config: [{ name: 'httpd', data: { 'httpd.conf': config }, mountPath: '/etc/httpd' }],
      services,
      promotion: { drainSeconds: 30 },
      retention: { warm: 1, warmSeconds, versions: 10 },
      ...more,
    },
  };
}

export const setConfig = (value: string) => (draft: Stored) => {
  draft.spec!.config = [{ name: 'httpd', data: { 'httpd.conf': value }, mountPath: '/etc/httpd' }];
};
export const setSpec = (fields: Fields) => (draft: Stored) => {
  draft.spec = { ...draft.spec, ...fields };
};

/** An image that never becomes ready. */
const setBroken = (value: string) => (draft: Stored) => {
  setConfig(value)(draft);
  (draft.spec!.template as { spec: { containers: { image: string }[] } }).spec.containers[0]!.image = 'broken:1';
};

export interface Scenario {
  readonly name: string;
  /** What is there before, step by step; after each the world is left alone for `pauseMs`. */
  readonly given: readonly ((world: World) => void)[];
  /** What is told: this, and then whatever follows from it. */
  readonly when: (world: World) => void;
  readonly pauseMs?: number;
  /** Who is late sees less of it: then fewer things may be done than in calm weather, never others. */
  readonly racy?: true;
  /** What a human decided long ago is not all in facts: with status lost more is held, which moves nothing. */
  readonly recalls?: true;
  /** Something compromised stays: another process looks at it once. */
  readonly looks?: true;
  /** A source was written since it was captured, and says the same: another process reads it once. */
  readonly rereads?: true;
  /** What it tells next comes only once the version whose config says this has traffic. */
  readonly awaits?: string;
}

/** The id of the version whose config says `value`. */
export function versionOf(world: World, value: string): string {
  const found = world.store.list('ControllerRevision').find(({ data }) => JSON.stringify(data ?? null).includes(`"httpd.conf":"${value}"`));
  if (found === undefined) throw new Error(`no record of ${value}`);
  return found.metadata.labels!['immutableapp.io/version']!;
}

export const apply =
  (options: AppOptions = {}) =>
  (world: World): void => {
    world.apply('ImmutableApp', shop(options));
  };
export const edit =
  (change: (draft: Stored) => void) =>
  (world: World): void => {
    world.edit('ImmutableApp', APP, change);
  };
/** Points at the version whose config says `value`; '' takes the pointer away. */
export const pointAt =
  (value: string) =>
  (world: World): void => {
    world.edit('ImmutableApp', APP, setSpec({ activeVersion: value === '' ? '' : versionOf(world, value) }));
  };

/** Says something by annotation; '' takes it back. */
export const say = (annotation: 'pin' | 'reject' | 'renew' | 'approve' | 'waive', typed: string) => (draft: Stored) => {
  const { [`immutableapp.io/${annotation}`]: _, ...others } = draft.metadata.annotations ?? {};
  draft.metadata.annotations = typed === '' ? others : { ...others, [`immutableapp.io/${annotation}`]: typed };
};
const annotation =
  (what: 'pin' | 'reject' | 'renew' | 'approve' | 'waive', typed: (world: World) => string) =>
  (world: World): void => {
    world.edit('ImmutableApp', APP, say(what, typed(world)));
  };
/** Somebody gives it another image; without a name, the first of its kind. */
export const tamper =
  (kind: 'Deployment' | 'ReplicaSet' | 'Pod', name?: string) =>
  (world: World): void => {
    world.edit(kind, name ?? world.store.list(kind)[0]!.metadata.name, ({ spec }) => {
      const podSpec = obj(kind === 'Pod' ? spec : obj(spec!.template).spec);
      (podSpec.containers as { image: string }[])[0]!.image = 'evil:1';
    });
  };
const configOf = (world: World): Stored =>
  world.store.list('ConfigMap').find(({ metadata }) => metadata.labels?.['immutableapp.io/version'] !== undefined)!;
const PIN_MS = 600_000;
/** A pin to the version whose config says `value`, for ten minutes. */
const pin =
  (value: string) =>
  (world: World): string =>
    `${versionOf(world, value)} until ${new Date(world.time.now() + PIN_MS).toISOString()}`;

/** A ConfigMap of somebody else's that the template mounts. */
export const SITE: AppOptions = {
  more: {
    template: {
      metadata: { labels: { team: 'shop' } },
      spec: {
        containers: [{ name: 'web', image: 'httpd:2.4', ports: [{ name: 'http', containerPort: 80 }] }],
        volumes: [{ name: 'site', configMap: { name: 'site' } }],
      },
    },
  },
};
export const site =
  (says: string) =>
  (world: World): void => {
    const data = { 'site.conf': says };
    const name = 'site';
    if (world.store.get('ConfigMap', NAMESPACE, name) === undefined) {
      world.apply('ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE }, data });
    } else
      world.edit('ConfigMap', name, (draft) => {
        draft.data = data;
      });
  };

export const API: Fields = { name: 'api', ports: [{ name: 'http', port: 8080, targetPort: 'http' }] };
/** Its container listens on this number, and the Service sends there by number. */
const listening = (port: number): Fields => ({
  template: {
    metadata: { labels: { team: 'shop' } },
    spec: { containers: [{ name: 'web', image: 'httpd:2.4', ports: [{ name: 'http', containerPort: port }] }] },
  },
  services: [{ name: 'web', ports: [{ name: 'http', port: 80, targetPort: port }] }],
});
const moveTo =
  (port: number, config: string) =>
  (world: World): void => {
    edit((draft) => {
      setConfig(config)(draft);
      setSpec(listening(port))(draft);
    })(world);
  };
const PREVIEW: Fields = { name: 'next', role: 'Preview', ports: [{ name: 'http', port: 80, targetPort: 'http' }] };
export const WARM: AppOptions = { warmSeconds: 900 };
const GUARDED: AppOptions = { more: { disruption: { maxUnavailable: 1 } } };
const ALONE: AppOptions = { more: { promotion: { drainSeconds: 30, progressDeadlineSeconds: 60, overlap: 'Never' } } };
const TWO: AppOptions = { services: [WEB, API] };
/** A new version has 5 % for 20 seconds, then 25 %, then everything. */
const LADDERED: AppOptions = {
  services: [{ ...WEB, ladder: [{ percent: 5, seconds: 20 }, { percent: 25, seconds: 20 }, { percent: 100 }] }],
  more: { promotion: { drainSeconds: 30, progressDeadlineSeconds: 60 } },
};
/** Other content, and something more two seconds after a Service was moved to it. */
const updateAnd =
  (service: string, then: (world: World) => void) =>
  (world: World): void => {
    edit(setConfig('v2'))(world);
    let isTold = false;
    world.store.listen(({ actor, kind, after }) => {
      if (isTold || actor !== 'operator' || kind !== 'Service' || after?.metadata.name !== service) return;
      if (obj(after.spec?.selector)['immutableapp.io/instance'] !== versionOf(world, 'v2')) return;
      isTold = true;
      world.time.after(2_000, () => {
        then(world);
      });
    });
  };
/** All pods of v2 break, and stay so. */
const breakPods = (world: World): void => {
  const broken = versionOf(world, 'v2');
  for (const pod of world.store.list('Pod'))
    if (pod.metadata.labels?.['immutableapp.io/instance'] === broken && isReady(pod)) setReady(world.store, pod, false);
};

/** A Service that was there before us, with its owner's consent. */
export const legacyService = (world: World): void => {
  world.apply('Service', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'legacy', namespace: NAMESPACE, annotations: { 'immutableapp.io/adopt': APP } },
    spec: { selector: { team: 'shop' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  });
};
const ADOPTED: AppOptions = { services: [{ name: 'legacy' }] };
const WATCHED: AppOptions = { more: { references: { images: 'Watched' } } };
const PINNED: AppOptions = { more: { references: { images: 'Pinned' } } };
const HTTPD = 'httpd:2.4';
const TAGGED = tagged(HTTPD, 'a');
/** Its tag means other bytes by now. */
const moved =
  (then: (world: World) => void) =>
  (world: World): void => {
    tagged(HTTPD, 'b')(world);
    then(world);
  };
const loseOne = (world: World): void => {
  world.remove('Pod', world.store.list('Pod')[0]!.metadata.name);
};
const MANUAL: AppOptions = { services: [WEB, PREVIEW], more: { promotion: { mode: 'Manual', drainSeconds: 30, previewReplicas: 1 } } };

/** A gate that opens so many minutes from now, for an hour. */
export const opensIn = (world: World, minutes: number, more: Fields = {}): Fields => {
  const at = (later: number): string => new Date(world.time.now() + later * 60_000).toISOString().slice(11, 16);
  return { name: 'hours', window: { timeZone: 'UTC', from: at(minutes), to: at(minutes + 60) }, ...more };
};
/** Other content, and gates of which each is made in that moment. */
const updateWith =
  (gates: (world: World) => Fields, config = 'v2') =>
  (world: World): void => {
    edit((draft) => {
      setConfig(config)(draft);
      setSpec({ promotion: { drainSeconds: 30, ...gates(world) } })(draft);
    })(world);
  };

/** Once there is a version whose config says v2, each of these later than the one before by so much: people look, and decide. */
const LATER_MS = 8_000;
const oneByOne = (world: World, ...deeds: readonly ((world: World) => void)[]): void => {
  let isTold = false;
  world.store.listen(({ kind, before, after }) => {
    if (isTold || kind !== 'ControllerRevision' || before !== undefined || !JSON.stringify(after).includes('"httpd.conf":"v2"')) return;
    isTold = true;
    for (const [i, deed] of deeds.entries())
      world.time.after((i + 1) * LATER_MS, () => {
        deed(world);
      });
  });
};
/** A Job that fares as its image says. */
export const jobThat = (fares: keyof typeof IMAGES, more: Fields = {}): Fields => {
  const spec = { restartPolicy: 'Never', containers: [{ name: 'main', image: IMAGES[fares] }] };
  return { name: 'smoke', timeoutSeconds: 10, job: { spec: { backoffLimit: 0, template: { spec } } }, ...more };
};
export const SIGNED: Fields = { name: 'signed', approval: { count: 1 } };
const SIGNED_TWICE: Fields = { name: 'signed', approval: { count: 2 } };
/** Somebody deletes each Job as soon as `when` is so of it. */
const deleteJobs =
  (when: (job: Stored) => boolean) =>
  (world: World): void => {
    world.store.listen(({ kind, after }) => {
      if (kind !== 'Job' || after === undefined || !when(after)) return;
      world.time.after(1, () => {
        if (world.store.byUid('Job', after.metadata.uid) !== undefined) world.remove('Job', after.metadata.name);
      });
    });
  };

export const SCENARIOS = [
  { name: 'first apply', given: [], when: apply() },
  { name: 'update', given: [apply()], when: edit(setConfig('v2')) },
  { name: 'switch to warm', given: [apply(WARM), edit(setConfig('v2'))], when: pointAt('v1'), pauseMs: 120_000 },
  { name: 'cold rollback', given: [apply(), edit(setConfig('v2'))], when: pointAt('v1') },
  { name: 'release of a pointer', given: [apply(), edit(setConfig('v2')), pointAt('v1')], when: pointAt('') },
  { name: 'two Active Services, first apply', given: [], when: apply(TWO) },
  { name: 'two Active Services, update', given: [apply(TWO)], when: edit(setConfig('v2')) },
  { name: 'adopted Service, first apply', given: [legacyService], when: apply(ADOPTED) },
  { name: 'adopted Service, update', given: [legacyService, apply(ADOPTED)], when: edit(setConfig('v2')) },
  { name: 'worker, first apply', given: [], when: apply({ services: [] }) },
  { name: 'worker, update', given: [apply({ services: [] })], when: edit(setConfig('v2')) },
  { name: 'Manual with a Preview', given: [apply(MANUAL)], when: edit(setConfig('v2')) },
  { name: 'Manual, then activated', given: [apply(MANUAL), edit(setConfig('v2'))], when: pointAt('v2') },
  {
    name: 'scale during an update',
    given: [apply()],
    when: (world) => {
      edit(setConfig('v2'))(world);
      world.time.after(500, () => {
        edit(setSpec({ replicas: 5 }))(world);
      });
    },
  },
  { name: 'update through a gate before', given: [apply()], when: updateWith((world) => ({ before: [opensIn(world, 3)] })) },
  {
    name: 'a gate after the switch fails',
    given: [apply()],
    when: updateWith((world) => ({
      before: [opensIn(world, 0)],
      after: [opensIn(world, 600, { timeoutSeconds: 20 })],
    })),
  },
  {
    name: 'update through an approval',
    given: [apply()],
    when: (world) => {
      updateWith(() => ({ before: [SIGNED] }))(world);
      oneByOne(
        world,
        annotation('approve', (w) => `${versionOf(w, 'v2')} by ada`),
      );
    },
  },
  {
    name: 'an approval is taken back before the second is there, and one is for another version',
    given: [apply()],
    when: (world) => {
      updateWith(() => ({ before: [SIGNED_TWICE] }))(world);
      oneByOne(
        world,
        annotation('approve', (w) => `${versionOf(w, 'v2')} by ada`),
        annotation('approve', (w) => `${versionOf(w, 'v2')} by ada, ${versionOf(w, 'v1')} by bob`),
        annotation('approve', (w) => `${versionOf(w, 'v1')} by bob, ${versionOf(w, 'v2')} by cleo`),
      );
    },
  },
  { name: 'update through a Job', given: [apply()], when: updateWith(() => ({ before: [jobThat('passes')] })) },
  { name: 'a Job fails', given: [apply()], when: updateWith(() => ({ before: [jobThat('fails')] })) },
  {
    name: 'a Job never ends, and is waived',
    racy: true,
    given: [apply()],
    when: (world) => {
      updateWith(() => ({ before: [jobThat('hangs')] }))(world);
      oneByOne(
        world,
        annotation('waive', (w) => `${versionOf(w, 'v2')}/smoke`),
      );
    },
  },
  {
    name: 'a Job is deleted while it runs',
    racy: true,
    given: [apply()],
    when: (world) => {
      deleteJobs((job) => !hasEnded(job, 'Complete') && !hasEnded(job, 'Failed'))(world);
      updateWith(() => ({ before: [jobThat('hangs')] }))(world);
    },
  },
  {
    name: 'a Job vanishes as soon as it has completed',
    racy: true,
    given: [apply()],
    when: (world) => {
      deleteJobs((job) => hasEnded(job, 'Complete'))(world);
      updateWith(() => ({ before: [jobThat('passes')] }))(world);
    },
  },
  { name: 'a Job after the switch fails', given: [apply()], when: updateWith(() => ({ after: [jobThat('fails')] })) },
  {
    name: 'a Job is written anew while it runs',
    racy: true,
    given: [apply()],
    when: (world) => {
      updateWith(() => ({ before: [jobThat('hangs')] }))(world);
      world.time.after(5_000, () => {
        edit(setSpec({ promotion: { drainSeconds: 30, before: [jobThat('passes')] } }))(world);
      });
    },
  },
  {
    name: 'two updates while a Job runs',
    racy: true,
    given: [apply()],
    when: (world) => {
      updateWith(() => ({ before: [jobThat('hangs')] }))(world);
      world.time.after(5_000, () => {
        edit(setConfig('v3'))(world);
      });
      world.time.after(5_500, () => {
        updateWith(() => ({ before: [jobThat('passes')] }), 'v4')(world);
      });
    },
  },
  { name: 'up a ladder', given: [apply(LADDERED)], when: edit(setConfig('v2')), pauseMs: 120_000 },
  {
    name: 'newer content on a rung',
    racy: true,
    awaits: 'v2',
    given: [apply(LADDERED)],
    when: updateAnd('web-r2', edit(setConfig('v3'))),
    pauseMs: 120_000,
  },
  {
    name: 'a version breaks on a rung',
    racy: true,
    given: [apply(LADDERED)],
    when: updateAnd('web-r2', breakPods),
    pauseMs: 120_000,
  },
  {
    name: 'a rung is edited',
    racy: true,
    given: [apply(LADDERED)],
    when: updateAnd('web-r2', (world) => {
      world.edit('Service', 'web-r1', ({ spec }) => {
        spec!.selector = { 'immutableapp.io/instance': versionOf(world, 'v1') };
      });
    }),
    pauseMs: 120_000,
  },
  {
    name: 'back from a ladder',
    given: [apply({ ...LADDERED, warmSeconds: 900 }), edit(setConfig('v2'))],
    when: pointAt('v1'),
    pauseMs: 240_000,
  },
  { name: 'update with disruption budgets', given: [apply(GUARDED)], when: edit(setConfig('v2')) },
  { name: 'another disruption budget', given: [apply(GUARDED)], when: edit(setSpec({ disruption: { minAvailable: '50%' } })) },
  { name: 'scale down', given: [apply()], when: edit(setSpec({ replicas: 1 })) },
  { name: 'scale to zero', given: [apply()], when: edit(setSpec({ replicas: 0 })) },
  {
    name: 'newer content during an update',
    racy: true,
    given: [apply()],
    when: (world) => {
      edit(setConfig('v2'))(world);
      world.time.after(500, () => {
        edit(setConfig('v3'))(world);
      });
    },
  },
  {
    name: 'a version that never comes up',
    given: [apply({ more: { promotion: { drainSeconds: 30, progressDeadlineSeconds: 60 } } })],
    when: edit(setBroken('v2')),
  },
  {
    name: 'rescue: what serves collapses long after its switch, and somebody points at what is warm and has lost pods itself',
    given: [apply(WARM), edit(setConfig('v2'))],
    pauseMs: 120_000,
    racy: true,
    when: (world) => {
      const [warm, serving] = [versionOf(world, 'v1'), versionOf(world, 'v2')];
      const podsOf = (instance: string): Stored[] =>
        world.store.list('Pod').filter(({ metadata }) => metadata.labels?.['immutableapp.io/instance'] === instance);
      // One of three is left where traffic is to go, none where it goes now; all come back, too late for whoever waits for them.
      for (const pod of [...podsOf(serving), ...podsOf(warm).slice(1)]) {
        setReady(world.store, pod, false);
        world.time.after(60_000, () => {
          if (world.store.byUid('Pod', pod.metadata.uid) !== undefined) setReady(world.store, pod, true);
        });
      }
      pointAt('v1')(world);
    },
  },
  {
    name: 'a version that collapses after its switch',
    given: [apply()],
    when: (world) => {
      edit(setConfig('v2'))(world);
      world.store.listen(({ actor, kind, after }) => {
        if (actor !== 'operator' || kind !== 'Service' || after === undefined) return;
        const serving = obj(after.spec?.selector)['immutableapp.io/instance'];
        if (serving !== versionOf(world, 'v2')) return;
        world.time.after(5_000, () => {
          for (const pod of world.store.list('Pod'))
            if (pod.metadata.labels?.['immutableapp.io/instance'] === serving && isReady(pod)) setReady(world.store, pod, false);
        });
      });
    },
  },
  {
    // What was never up is known by status alone: with it lost, what does not come up is reported and left to people.
    name: 'a version that was switched to at zero never comes up when it is scaled up',
    recalls: true,
    given: [apply({ replicas: 0, more: { promotion: { drainSeconds: 30, progressDeadlineSeconds: 60 } } }), edit(setBroken('v2'))],
    when: edit(setSpec({ replicas: 3 })),
  },
  { name: 'what serves is rejected', given: [apply(WARM), edit(setConfig('v2'))], when: annotation('reject', (w) => versionOf(w, 'v2')) },
  { name: 'what serves is rejected, cold', given: [apply(), edit(setConfig('v2'))], when: annotation('reject', (w) => versionOf(w, 'v2')) },
  { name: 'a pin, and its end', given: [apply(WARM), edit(setConfig('v2'))], when: annotation('pin', pin('v1')), pauseMs: 120_000 },
  {
    name: 'what came while a pin held',
    recalls: true,
    given: [apply(WARM), annotation('pin', pin('v1'))],
    when: edit(setConfig('v2')),
    pauseMs: 120_000,
  },
  { name: 'what serves is renewed', given: [apply()], when: annotation('renew', (w) => `${versionOf(w, 'v1')}@1`) },
  {
    name: 'a rejected version is renewed',
    given: [apply(), edit(setConfig('v2')), annotation('reject', (w) => versionOf(w, 'v2'))],
    when: annotation('renew', (w) => `${versionOf(w, 'v2')}@1`),
  },
  { name: 'one at a time, update', given: [apply(ALONE)], when: edit(setConfig('v2')) },
  { name: 'one at a time, rollback', given: [apply(ALONE), edit(setConfig('v2'))], when: pointAt('v1') },
  { name: 'one at a time, a version that never comes up', given: [apply(ALONE)], when: edit(setBroken('v2')) },
  { name: 'one at a time, worker', given: [apply({ ...ALONE, services: [] })], when: edit(setConfig('v2')) },
  { name: 'one at a time, what serves is edited', given: [apply(ALONE)], when: tamper('Deployment') },
  {
    name: 'one at a time, newer content half-way',
    racy: true,
    given: [apply(ALONE)],
    when: (world) => {
      edit(setConfig('v2'))(world);
      world.time.after(5_000, () => {
        edit(setConfig('v3'))(world);
      });
    },
  },
  { name: 'another name for the same content', given: [apply({ more: { version: '1.0' } })], when: edit(setSpec({ version: '1.0.1' })) },
  { name: 'a captured ConfigMap, first apply', given: [site('a')], when: apply(SITE) },
  { name: 'a captured ConfigMap changes', given: [site('a'), apply(SITE)], when: site('b') },
  {
    name: 'a captured ConfigMap and the spec change together',
    given: [site('a'), apply(SITE)],
    when: (world) => {
      site('b')(world);
      world.time.after(1_000, () => {
        edit(setConfig('v2'))(world);
      });
    },
  },
  {
    name: 'a captured ConfigMap comes after its App',
    given: [],
    when: (world) => {
      apply(SITE)(world);
      world.time.after(1_000, () => {
        site('a')(world);
      });
    },
  },
  {
    name: 'a captured ConfigMap is touched, and changes back before it has settled',
    rereads: true,
    given: [site('a'), apply(SITE)],
    when: (world) => {
      world.edit('ConfigMap', 'site', (draft) => {
        draft.metadata.annotations = { touched: 'yes' };
      });
      site('b')(world);
      world.time.after(1_000, () => {
        site('a')(world);
      });
    },
  },
  { name: 'a captured ConfigMap never comes', given: [], when: apply(SITE) },
  {
    name: 'a captured ConfigMap is deleted, and its App rolled back to what it said once',
    given: [site('a'), apply(SITE), edit(setConfig('v2')), site('b')],
    when: (world) => {
      world.remove('ConfigMap', 'site');
      pointAt('v1')(world);
    },
  },
  { name: 'what serves is edited', given: [apply()], when: tamper('Deployment') },
  { name: 'a ReplicaSet of what serves is edited', given: [apply()], when: tamper('ReplicaSet') },
  { name: 'a pod of what serves runs another image', given: [apply()], when: tamper('Pod') },
  {
    name: 'what serves is edited while the next version comes up',
    racy: true,
    given: [apply()],
    when: (world) => {
      edit(setConfig('v2'))(world);
      world.time.after(500, () => {
        tamper('Deployment')(world);
      });
    },
  },
  { name: 'a tag moves, and what serves loses a pod', given: [TAGGED, apply(WATCHED)], looks: true, when: moved(loseOne) },
  {
    name: 'a tag moves, and what serves is scaled up',
    given: [TAGGED, apply(WATCHED)],
    looks: true,
    when: moved(edit(setSpec({ replicas: 4 }))),
  },
  { name: 'a tag moves, and what serves loses a pod, pinned', given: [TAGGED, apply(PINNED)], looks: true, when: moved(loseOne) },
  {
    name: 'a tag moves, and a version comes back whose pods are gone, pinned',
    given: [TAGGED, apply(PINNED), edit(setConfig('v2'))],
    looks: true,
    when: moved(pointAt('v1')),
  },
  { name: 'what is warm is edited', given: [apply(WARM), edit(setConfig('v2'))], pauseMs: 120_000, when: tamper('Deployment') },
  {
    name: 'what serves is edited, and is only to be reported',
    looks: true,
    given: [apply({ more: { onDrift: 'Report' } })],
    when: tamper('Deployment'),
  },
  {
    name: 'the config of what serves is deleted',
    given: [apply()],
    when: (world) => {
      world.remove('ConfigMap', configOf(world).metadata.name);
    },
  },
  {
    name: 'the config of what serves is made anew, and says something else',
    given: [apply()],
    when: (world) => {
      world.time.after(60_000, () => {
        const { metadata, ...config } = configOf(world);
        const { name, namespace, labels, ownerReferences } = metadata;
        world.remove('ConfigMap', name);
        world.apply('ConfigMap', { ...config, metadata: { name, namespace, labels, ownerReferences }, data: { 'httpd.conf': 'poison' } });
      });
    },
  },
  {
    name: 'everything is deleted but the App and its config',
    racy: true,
    given: [apply()],
    when: (world) => {
      for (const kind of ['Pod', 'Service', 'Deployment', 'ReplicaSet'] as const)
        for (const { metadata } of world.store.list(kind)) world.remove(kind, metadata.name);
    },
  },
  {
    name: 'the namespace is deleted, config first',
    racy: true,
    given: [legacyService, site('a'), apply({ ...SITE, services: [WEB, { name: 'legacy' }], warmSeconds: 900 }), edit(setConfig('v2'))],
    pauseMs: 120_000,
    when: (world) => {
      terminate(world.store, world.time, NAMESPACE, ['ConfigMap', 'Service', 'Deployment']);
    },
  },
  {
    name: 'the namespace is deleted while a version comes up, records first',
    racy: true,
    given: [apply()],
    when: (world) => {
      edit(setConfig('v2'))(world);
      world.time.after(500, () => {
        terminate(world.store, world.time, NAMESPACE, ['ControllerRevision', 'ReplicaSet', 'ConfigMap']);
      });
    },
  },
  { name: 'a port number moves with its targetPort', given: [apply({ more: listening(8079) })], when: moveTo(8080, 'v2') },
  {
    name: 'a port number moves with its targetPort, and back by a revert',
    given: [apply({ warmSeconds: 900, more: listening(8079) }), moveTo(8080, 'v2')],
    when: moveTo(8079, 'v1'),
    pauseMs: 120_000,
  },
  {
    name: 'a port number moves with its targetPort, and back by a pointer',
    given: [apply({ more: listening(8079) }), moveTo(8080, 'v2')],
    when: pointAt('v1'),
  },
  { name: 'a Service no longer listed', given: [apply(TWO)], when: edit(setSpec({ services: [WEB] })) },
  {
    name: 'delete',
    racy: true,
    given: [legacyService, apply({ services: [WEB, { name: 'legacy' }] })],
    when: (world) => {
      world.remove('ImmutableApp', APP);
    },
  },
] as const satisfies readonly Scenario[];

export const LIVES: readonly Scenario[] = lives({ app: APP, apply, edit, setConfig, versionOf, legacyService });

export const scenario = (name: (typeof SCENARIOS)[number]['name']): Scenario => SCENARIOS.find((one) => one.name === name)!;

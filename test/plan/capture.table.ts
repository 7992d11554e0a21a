// What a version captures, when spec and its ConfigMaps count as settled, and who waits for whom.
import { cold, coming, fingerprintIn, id, inlineFingerprint, NOW, up } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const NOT_YET = ['not Available ServiceMissing', 'not Ready Settling', 'Reconciling Settling'];
const UNSETTLED = ['Available Serving', 'not Ready Settling', 'Reconciling Settling'];
const WELL = ['Available Serving', 'Ready Serving'];
const MINTING = ['Available Serving', 'not Ready Minting', 'Reconciling Minting'];

/** sitea serves; site says something else since. */
const changed = (says: string, more: Partial<Given> = {}): Given => ({
  latest: 'sitea',
  versions: { sitea: up(3) },
  switches: ['sitea'],
  sources: { site: { says, read: {} } },
  trial: 'none',
  ...more,
});
const noted = (facts: Readonly<Record<string, readonly [value: string, secondsAgo: number]>>): NonNullable<Given['notes']> =>
  Object.fromEntries(Object.entries(facts).map(([fact, [value, ago]]) => [fact, { value, since: NOW - ago * 1000 }]));

/** A version of two ConfigMaps serves. */
const pair = (sources: NonNullable<Given['sources']>): Given => ({
  latest: 'pair',
  versions: { pair: up(3) },
  switches: ['pair'],
  sources,
});
const PAIRS: readonly Row[] = [
  {
    name: 'one of two ConfigMaps moved: a version needs the texts of both',
    given: pair({ site: { says: 'a' }, extra: { says: 'f' } }),
    actions: ['capture extra', 'capture site'],
    conditions: UNSETTLED,
    says: { Reconciling: 'spec or ConfigMap/extra, ConfigMap/site changed' },
    wake: 30_000,
  },
  {
    name: 'two ConfigMaps that are as they were are not read',
    given: pair({ site: { says: 'a' }, extra: { says: 'e' } }),
    since: 600,
    actions: [],
    conditions: WELL,
  },
  {
    name: 'one of two ConfigMaps was read: the other is read before anything is made of them',
    given: pair({ site: { says: 'b', read: {} }, extra: { says: 'f' } }),
    actions: ['capture extra'],
    conditions: UNSETTLED,
    wake: 30_000,
  },
  {
    name: 'all ConfigMaps that are not there are named',
    given: { latest: 'pair' },
    since: 30,
    actions: [],
    conditions: ['not Available ServiceMissing', 'not Ready ConfigMissing', 'Stalled ConfigMissing'],
    says: { Stalled: 'the template refers to ConfigMap/extra, ConfigMap/site, which is not there' },
  },
];

const SETTLING: readonly Row[] = [
  {
    name: 'a ConfigMap that the template refers to is read before anything is made of it',
    given: { latest: 'sitea', sources: { site: { says: 'a' } } },
    actions: ['capture site'],
    conditions: NOT_YET,
  },
  {
    name: 'spec and what it refers to settle together, for five seconds',
    given: { latest: 'sitea', sources: { site: { says: 'a', read: {} } } },
    since: 2,
    actions: [],
    conditions: NOT_YET,
    wake: 3_000,
    says: { Reconciling: 'spec or ConfigMap/site changed: 5 s without a change' },
    status: { versions: [] },
  },
  {
    name: 'what settled is rehearsed with its copy',
    given: { latest: 'sitea', sources: { site: { says: 'a', read: {} } } },
    since: 5,
    actions: ['rehearse sitea ×3'],
    conditions: ['not Available ServiceMissing', 'not Ready Minting', 'Reconciling Minting'],
    status: { latestVersion: 'sitea' },
  },
  {
    name: 'what settled and was accepted is recorded',
    given: { latest: 'sitea', sources: { site: { says: 'a', read: {} } }, trial: 'accepted', spec: { version: '1.0' } },
    since: 5,
    actions: ['publish record sitea #1 "1.0"'],
    conditions: ['not Available ServiceMissing', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'a version with a captured ConfigMap gets a copy of its own',
    given: {
      latest: 'sitea',
      sources: { site: { says: 'a', read: {} } },
      versions: { sitea: { configs: false } },
      services: { web: { stamp: 'none' } },
    },
    actions: ['publish ConfigMap sitea.site', 'publish Deployment sitea ×3'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'after a restart a version is started from its record, not from what its sources say by now',
    given: { latest: 'sitea', sources: { site: { says: 'a' } }, versions: { sitea: cold }, services: { web: { stamp: 'none' } } },
    actions: ['recall sitea'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'a spec change waits no longer than thirty seconds, whatever its sources do',
    given: {
      ...changed('b', { latest: 'newsiteb' }),
      notes: noted({ 'sources looked at': ['yes', 90], spec: [inlineFingerprint('newsiteb'), 30], content: ['another', 3] }),
    },
    actions: ['rehearse newsiteb ×3'],
    conditions: MINTING,
    wake: 30_000,
  },
  {
    name: 'a spec change that has not settled leaves what serves alone, and Latest is nothing yet',
    given: changed('b', { latest: 'newsiteb' }),
    actions: [],
    conditions: UNSETTLED,
    wake: 5_000,
    roles: { sitea: 'Active' },
    status: { activeVersion: 'sitea' },
  },
  {
    name: 'a new spec brings down a target of the old one at once, as any newer content does',
    given: changed('a', {
      latest: 'newsitea',
      versions: { sitea: up(3), siteb: coming(3, 1) },
      status: { latestVersion: id('siteb') },
    }),
    actions: ['retire Deployment siteb: superseded'],
    conditions: UNSETTLED,
    wake: 5_000,
  },
  {
    name: 'while paused nothing is read',
    given: changed('b', { sources: { site: { says: 'b' } }, spec: { paused: true } }),
    since: 600,
    actions: [],
    conditions: ['Available Serving', 'Ready Paused'],
  },
  {
    name: 'while paused what settled is not made',
    given: changed('b', { spec: { paused: true } }),
    since: 600,
    actions: [],
    conditions: ['Available Serving', 'not Ready Paused'],
  },
];

const SOURCES: readonly Row[] = [
  {
    name: 'a version is known by what its sources were: nothing is read',
    given: changed('a', { sources: { site: { says: 'a' } } }),
    since: 600,
    actions: [],
    conditions: WELL,
    status: { latestVersion: 'sitea' },
  },
  {
    name: 'a source that moved is read',
    given: changed('a', { versions: { sitea: { ...up(3), outdated: ['site'] } }, sources: { site: { says: 'a' } } }),
    actions: ['capture site'],
    conditions: UNSETTLED,
    wake: 30_000,
  },
  {
    name: 'a source that moved and says the same changes nothing',
    given: changed('a', {
      versions: { sitea: { ...up(3), outdated: ['site'] } },
      sources: { site: { says: 'a', read: { forgotten: true } } },
    }),
    since: 600,
    actions: [],
    conditions: WELL,
  },
  {
    name: 'a source that was read a moment ago is not read again at once',
    given: changed('a', {
      sources: { site: { says: 'b', read: { says: 'a', stale: true, ageSeconds: 0.2 } } },
      versions: { sitea: { ...up(3), outdated: ['site'] } },
    }),
    actions: [],
    conditions: UNSETTLED,
    wake: 800,
  },
  {
    name: 'a source that says something else settles first',
    given: changed('b'),
    actions: [],
    conditions: UNSETTLED,
    wake: 5_000,
    roles: { sitea: 'Active' },
    status: { latestVersion: 'sitea' },
  },
  {
    name: 'what its source says since is a new version, once settled',
    given: changed('b'),
    since: 5,
    actions: ['rehearse siteb ×3'],
    conditions: MINTING,
    wake: 25_000,
    status: { latestVersion: 'siteb' },
  },
  {
    name: 'a version that only its source made does not use up the allowance of spec edits',
    given: changed('b', { latest: 'siteb', trial: 'accepted', versions: { sitea: { ...up(3), credit: 0, ageSeconds: 10 } } }),
    since: 5,
    actions: ['publish record siteb #2'],
    conditions: MINTING,
    wake: 25_000,
  },
  {
    name: 'a pointer to what serves is followed, whatever settles',
    given: changed('b', { spec: { activeVersion: id('sitea') } }),
    since: 2,
    actions: [],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Settling'],
    wake: 3_000,
  },
  {
    name: 'a source that goes back to what it said is the old version again, once settled',
    given: changed('a', { versions: { sitea: up(3), siteb: up(3) }, switches: ['sitea', 'siteb'] }),
    since: 5,
    actions: ['switch web → sitea (switch 3, from siteb)'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 25_000,
  },
  {
    name: 'with status and memory lost a preview is still Latest',
    given: changed('b', {
      versions: { sitea: up(3), siteb: up(1) },
      spec: { promotion: { mode: 'Manual' } },
      status: 'lost',
      sources: { site: { says: 'b' } },
    }),
    actions: [],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
    wake: 30_000,
    status: { latestVersion: 'siteb' },
  },
  {
    name: 'what is captured counts into the size of a version',
    given: changed('x'.repeat(1024 * 1024)),
    since: 5,
    actions: [],
    conditions: ['Available Serving', 'not Ready ContentTooLarge', 'Stalled ContentTooLarge'],
    wake: 25_000,
    says: { Stalled: 'captured ConfigMaps' },
  },
];

const MISSING: readonly Row[] = [
  {
    name: 'a ConfigMap that is not there holds the version for half a minute',
    given: { latest: 'sitea' },
    actions: [],
    conditions: ['not Available ServiceMissing', 'not Ready ConfigMissing', 'Reconciling ConfigMissing'],
    wake: 30_000,
    says: { Reconciling: 'ConfigMap/site, which is not there' },
  },
  {
    name: 'a ConfigMap that does not turn up stalls',
    given: { latest: 'sitea' },
    since: 30,
    actions: [],
    conditions: ['not Available ServiceMissing', 'not Ready ConfigMissing', 'Stalled ConfigMissing'],
    says: { Stalled: 'create it, or mark the reference optional' },
  },
  {
    name: 'a ConfigMap that did not turn up before a restart is not waited for anew',
    given: {
      latest: 'sitea',
      status: { conditions: [{ type: 'Stalled', status: 'True', reason: 'ConfigMissing', observedGeneration: 7, message: 'so it was' }] },
    },
    actions: [],
    conditions: ['not Available ServiceMissing', 'not Ready ConfigMissing', 'Stalled ConfigMissing'],
  },
  ...(
    [
      ['of another generation', { observedGeneration: 6 }],
      ['of something else', { reason: 'InvalidTemplate' }],
      ['in another condition', { type: 'Ready', status: 'False' }],
    ] as const
  ).map(([what, more]): Row => ({
    name: `what was said before a restart ${what} says nothing of a ConfigMap that is missing`,
    given: {
      latest: 'sitea',
      status: {
        conditions: [
          { type: 'Stalled', status: 'True', reason: 'ConfigMissing', observedGeneration: 7, message: 'so it was', ...more },
          { type: 'Available', status: 'False', reason: 'ServiceMissing', observedGeneration: 7, message: 'so it was' },
        ],
      },
    },
    actions: [],
    conditions: ['not Available ServiceMissing', 'not Ready ConfigMissing', 'Reconciling ConfigMissing'],
    wake: 30_000,
  })),
  {
    name: 'a ConfigMap that is gone does no harm to what is yet to serve either',
    given: changed('', { versions: { sitea: up(3), siteb: coming(3, 1) }, status: { latestVersion: id('siteb') }, sources: {} }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 540_000,
    roles: { sitea: 'Active', siteb: 'Target' },
    status: { warnings: [{ reason: 'ConfigMissing' }] },
  },
  {
    name: 'a ConfigMap that is gone does no harm to what holds its copy: a warning',
    given: changed('', { sources: {} }),
    since: 600,
    actions: [],
    conditions: WELL,
    status: { latestVersion: 'sitea', warnings: [{ reason: 'ConfigMissing' }] },
  },
  {
    name: 'a new spec without its ConfigMap stalls, and what serves serves on',
    given: changed('', { latest: 'newsitea', sources: {} }),
    since: 600,
    actions: [],
    conditions: ['Available Serving', 'not Ready ConfigMissing', 'Stalled ConfigMissing'],
    roles: { sitea: 'Active' },
  },
  {
    name: 'an optional ConfigMap may be missing',
    given: { latest: 'open' },
    since: 5,
    actions: ['rehearse open ×3'],
    conditions: ['not Available ServiceMissing', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'a version made without an optional ConfigMap is known as such',
    given: { latest: 'open', versions: { open: up(3) }, switches: ['open'] },
    since: 600,
    actions: [],
    conditions: WELL,
  },
  {
    name: 'an optional ConfigMap that turns up is a change',
    given: { latest: 'open', versions: { open: up(3) }, switches: ['open'], sources: { site: { says: 'a' } } },
    actions: ['capture site'],
    conditions: UNSETTLED,
    wake: 30_000,
  },
];

const LIVE: readonly Row[] = [
  {
    name: 'a ConfigMap whose owner says so stays live, and is reported when the version serves',
    given: {
      latest: 'live',
      versions: { live: up(3) },
      switches: ['live'],
      sources: { site: { says: 'a', labels: { 'immutableapp.io/capture': 'false' } } },
    },
    since: 600,
    actions: [],
    conditions: WELL,
    status: { mutableReferences: ['ConfigMap/site'] },
  },
  {
    name: 'a CA bundle that somebody injects stays live',
    given: { latest: 'live', sources: { site: { says: 'a', labels: { 'trust.cert-manager.io/bundle': 'ca' } } } },
    actions: ['rehearse live ×3'],
    conditions: ['not Available ServiceMissing', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'a well-known CA bundle stays live, whether it is there or not',
    given: { latest: 'bundle' },
    actions: ['rehearse bundle ×3'],
    conditions: ['not Available ServiceMissing', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'Live captures nothing and waits for nothing',
    given: { latest: 'live', spec: { references: { configMaps: 'Live' } } },
    actions: ['rehearse live ×3'],
    conditions: ['not Available ServiceMissing', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'a Secret stays live and is reported',
    given: { latest: 'secret', versions: { secret: up(3) }, switches: ['secret'] },
    since: 600,
    actions: [],
    conditions: WELL,
    status: { mutableReferences: ['Secret/key'] },
  },
  {
    name: 'a bundle of trust is live and reported, whatever policy says of Secrets and ConfigMaps',
    given: {
      latest: 'trust',
      spec: { references: { configMaps: 'Forbid', secrets: 'Forbid' } },
      versions: { trust: up(3) },
      switches: ['trust'],
    },
    since: 600,
    actions: [],
    conditions: WELL,
    status: { mutableReferences: ['ClusterTrustBundle/roots'] },
  },
  {
    name: 'a ConfigMap of others is refused where policy forbids it',
    given: { latest: 'live', spec: { references: { configMaps: 'Forbid' } } },
    actions: [],
    conditions: ['not Available ServiceMissing', 'not Ready ReferenceForbidden', 'Stalled ReferenceForbidden'],
    says: {
      Stalled:
        'refers to ConfigMap/site, which spec.references forbids: move what ConfigMap/site says into spec.config, or set spec.references.configMaps to Capture',
    },
  },
  {
    name: 'a Secret is refused where policy forbids it, and what serves serves on',
    given: { latest: 'secret', spec: { references: { secrets: 'Forbid' } }, versions: { one: up(3) }, switches: ['one'] },
    actions: [],
    conditions: ['Available Serving', 'not Ready ReferenceForbidden', 'Stalled ReferenceForbidden'],
    wake: 30_000,
    says: {
      Stalled:
        'refers to Secret/key, which spec.references forbids: take Secret/key out of the template, or set spec.references.secrets to Live',
    },
    roles: { one: 'Active' },
  },
  {
    name: 'a policy that forbids what serves stops nothing but says so',
    given: { latest: 'secret', spec: { references: { secrets: 'Forbid' } }, versions: { secret: up(3) }, switches: ['secret'] },
    since: 600,
    actions: [],
    conditions: ['Available Serving', 'not Ready ReferenceForbidden', 'Stalled ReferenceForbidden'],
    roles: { secret: 'Active' },
  },
  {
    name: 'an image by tag is refused where policy asks for digests',
    given: { latest: 'three', spec: { references: { images: 'Digest' } } },
    actions: [],
    conditions: ['not Available ServiceMissing', 'not Ready ImageNotPinned', 'Stalled ImageNotPinned'],
    says: { Stalled: 'name nginx:1.27 by its digest' },
  },
];

const NAMES: readonly Row[] = [
  {
    name: 'a version that its source made leaves the name to the first',
    given: changed('b', { latest: 'siteb', trial: 'accepted', spec: { version: '1.0' }, versions: { sitea: { ...up(3), name: '1.0' } } }),
    since: 5,
    actions: ['publish record siteb #2'],
    conditions: MINTING,
    wake: 25_000,
  },
  {
    name: 'a version that its source made leaves the first a name that it was given later',
    given: changed('b', {
      latest: 'siteb',
      trial: 'accepted',
      spec: { version: '1.1' },
      versions: { sitea: { ...up(3), name: '1.0', alias: '1.1' } },
    }),
    since: 5,
    actions: ['publish record siteb #2'],
    conditions: MINTING,
    wake: 25_000,
  },
  {
    name: 'that a name was left to another version is a warning',
    given: changed('b', {
      spec: { version: '1.0' },
      versions: { sitea: { ...up(3), name: '1.0' }, siteb: up(3) },
      switches: ['sitea', 'siteb'],
    }),
    since: 600,
    actions: [],
    conditions: WELL,
    wake: 600_000,
    status: { warnings: [{ reason: 'NameKept' }] },
  },
  {
    name: 'a name that means another spec is not taken from it',
    given: changed('a', { latest: 'newsitea', spec: { version: '1.0' }, versions: { sitea: { ...up(3), name: '1.0' } } }),
    since: 5,
    actions: [],
    conditions: ['Available Serving', 'not Ready NameTaken', 'Stalled NameTaken'],
    wake: 25_000,
  },
  {
    name: 'a new name waits until it is sure what it names',
    given: changed('a', { spec: { version: '1.1' } }),
    since: 2,
    actions: [],
    conditions: WELL,
    wake: 3_000,
  },
  {
    name: 'a new name waits while its sources change',
    given: changed('b', { spec: { version: '1.1' }, notes: noted({ name: ['1.1', 9] }) }),
    actions: [],
    conditions: UNSETTLED,
    wake: 5_000,
  },
  {
    name: 'a new name waits for what is missing',
    given: changed('', { spec: { version: '1.1' }, sources: {}, notes: noted({ name: ['1.1', 9] }) }),
    since: 600,
    actions: [],
    conditions: WELL,
    status: { warnings: [{ reason: 'ConfigMissing' }] },
  },
  {
    name: 'a new name for what captures nothing waits for nothing',
    given: { versions: { one: { ...up(3), name: '1.0' } }, switches: ['one'], spec: { version: '1.1' } },
    actions: ['attest one.alias: spec.version calls it 1.1'],
    conditions: WELL,
    wake: 30_000,
  },
  {
    name: 'a new name for what is captured already is an alias',
    given: changed('a', { spec: { version: '1.1' } }),
    since: 5,
    actions: ['attest sitea.alias: spec.version calls it 1.1'],
    conditions: WELL,
    wake: 25_000,
  },
  {
    name: 'a new name for what is about to change is the name of what comes',
    given: changed('b', { latest: 'siteb', trial: 'accepted', spec: { version: '1.1' }, versions: { sitea: { ...up(3), name: '1.0' } } }),
    since: 5,
    actions: ['publish record siteb #2 "1.1"'],
    conditions: MINTING,
    wake: 25_000,
  },
];

const ages = (...seconds: number[]): NonNullable<Given['versions']> =>
  Object.fromEntries(
    ['sitea', 'siteb', 'sitec', 'sited']
      .slice(0, seconds.length)
      .map((name, i, all) => [name, { ...(i === all.length - 1 ? up(3) : cold), ageSeconds: seconds[i]! }]),
  );

const BOUNDS: readonly Row[] = [
  {
    name: 'a change of sources does not supersede a target before its verdict',
    given: changed('c', { versions: { sitea: up(3), siteb: coming(3, 1) }, status: { latestVersion: id('siteb') } }),
    since: 5,
    actions: [],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 25_000,
    roles: { sitea: 'Active', siteb: 'Target' },
    says: { Reconciling: 'siteb is brought up first' },
  },
  {
    name: 'nor does a source that goes back to what it said',
    given: changed('a', { versions: { sitea: up(3), siteb: coming(3, 1) }, status: { latestVersion: id('siteb') } }),
    since: 5,
    actions: [],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 25_000,
    roles: { sitea: 'Active', siteb: 'Target' },
  },
  {
    name: 'what settled last is Latest until something else has, whatever status had time to say',
    given: changed('c', {
      versions: { sitea: up(3), siteb: coming(3, 1) },
      status: { latestVersion: id('sitea') },
      notes: noted({ 'sources looked at': ['yes', 9], latest: [fingerprintIn('siteb'), 9] }),
    }),
    since: 2,
    actions: [],
    conditions: UNSETTLED,
    wake: 3_000,
    roles: { sitea: 'Active', siteb: 'Target' },
  },
  {
    name: 'after the verdict it is made',
    given: changed('c', {
      latest: 'sitec',
      versions: { sitea: up(3), siteb: { ...up(0), failed: {} } },
      status: { latestVersion: id('siteb') },
    }),
    since: 5,
    actions: ['rehearse sitec ×3', 'retire Deployment siteb: failed'],
    conditions: MINTING,
    wake: 25_000,
  },
  {
    name: 'a source that keeps changing has to be quiet for longer each time',
    given: changed('c', { versions: ages(3600, 60), switches: ['siteb'] }),
    actions: [],
    conditions: UNSETTLED,
    wake: 10_000,
  },
  {
    name: 'three versions in ten minutes that nobody asked for are a storm',
    given: changed('e', { versions: ages(3600, 500, 300, 60), switches: ['sited'] }),
    since: 20,
    actions: [],
    conditions: ['Available Serving', 'not Ready CaptureStorm', 'Reconciling CaptureStorm'],
    wake: 10_000,
    says: { Reconciling: 'ConfigMap/site keep changing: the next version waits for 40 s without a change' },
  },
  {
    name: 'versions that are ten minutes old are forgiven',
    given: changed('e', { versions: ages(3600, 1000, 900, 700), switches: ['sited'] }),
    actions: [],
    conditions: UNSETTLED,
    wake: 5_000,
  },
  {
    name: 'a source that never is quiet for five seconds is a storm after thirty',
    given: changed('b', { notes: noted({ 'sources looked at': ['yes', 90], content: ['another', 3], unsettled: ['yes', 30] }) }),
    actions: [],
    conditions: ['Available Serving', 'not Ready CaptureStorm', 'Reconciling CaptureStorm'],
    wake: 5_000,
  },
  {
    name: 'an App whose ConfigMap changed stands in line with the others',
    given: changed('b', { candidates: 10 }),
    since: 5,
    actions: [],
    conditions: ['Available Serving', 'not Ready Queued', 'Reconciling Queued'],
    wake: 5_000,
    says: { Reconciling: '10 other Apps' },
  },
  {
    name: 'who has a place in the line keeps it',
    given: changed('b', {
      latest: 'siteb',
      versions: { sitea: up(3) },
      candidates: 10,
      notes: noted({ 'sources looked at': ['yes', 9], content: [fingerprintIn('siteb'), 9], candidate: ['yes', 3] }),
    }),
    actions: ['rehearse siteb ×3'],
    conditions: MINTING,
    wake: 30_000,
  },
  {
    name: 'a spec edit stands in no line',
    given: changed('a', { latest: 'newsitea', candidates: 10 }),
    since: 5,
    actions: ['rehearse newsitea ×3'],
    conditions: MINTING,
    wake: 25_000,
  },
  {
    name: 'who edits spec all the time gets a version a minute',
    given: { latest: 'two', trial: 'accepted', versions: { one: { ...up(3), credit: 0, ageSeconds: 10 } }, switches: ['one'] },
    since: 600,
    actions: [],
    conditions: ['Available Serving', 'not Ready MintThrottled', 'Reconciling MintThrottled'],
    wake: 50_000,
    says: { Reconciling: 'more than 20 times' },
  },
  {
    name: 'after a minute there is another one',
    given: { latest: 'two', trial: 'accepted', versions: { one: { ...up(3), credit: 0, ageSeconds: 60 } }, switches: ['one'] },
    since: 600,
    actions: ['publish record two #2'],
    conditions: MINTING,
  },
];

export const CAPTURE: readonly Row[] = [...PAIRS, ...SETTLING, ...SOURCES, ...MISSING, ...LIVE, ...NAMES, ...BOUNDS];

// What people decided against does not come back because somebody edits a ConfigMap: a decision binds the template and inline config.
import { cold, id, up } from '../given.ts';
import type { Given, VersionGiven } from '../given.ts';
import type { Row } from './table.ts';

const AWAITS = ['Available Serving', 'Ready AwaitingActivation'];
const WELL = ['Available Serving', 'Ready Serving'];
const RISING = ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'];
const HOUR_AGO = '2026-03-01T11:00:00Z';

/** sitea serves, newsitea came later and was gone back from; newsiteb differs from it only in what it captured. */
const back = (decided: VersionGiven, more: Partial<Given> = {}, edited: VersionGiven = cold): Given => ({
  latest: 'newsiteb',
  versions: { sitea: up(3), newsitea: decided, newsiteb: edited },
  switches: ['sitea', 'newsitea', 'sitea'],
  sources: { site: { says: 'b', read: {} } },
  ...more,
});
const REJECTED: VersionGiven = { rejected: id('newsitea') };
const still = (name: string, given: Given, says: string, conditions: readonly string[] = AWAITS): Row => ({
  ...{ name, given, since: 600, actions: [], conditions, says: { Ready: says } },
});
const goes = (name: string, given: Given): Row => ({
  ...{ name, given, since: 600, conditions: RISING },
  actions: ['publish Deployment newsiteb ×3'],
});

export const HELD: readonly Row[] = [
  still(
    'a ConfigMap changed after its version was rejected: what comes of it is held, too',
    back(REJECTED),
    'newsiteb is newer and held, for it has the template and config of newsitea, which was rejected',
  ),
  still(
    'so it is when a pin or pointer had passed it over and has ended',
    back({ held: '1.0' }),
    `newsitea, which is held since spec.activeVersion was set to "1.0" at ${HOUR_AGO}, and only captured ConfigMaps differ`,
  ),
  still(
    'and when the pin has ended that held it',
    back({ held: '1.0 until 2026-03-01T11:30:00Z' }),
    `which is held since the pin to "1.0" was set at ${HOUR_AGO}`,
  ),
  still(
    'of what was held and then rejected the rejection counts',
    back({ held: '1.0', ...REJECTED }),
    'newsiteb is newer and held, for it has the template and config of newsitea, which was rejected',
  ),
  still(
    'of several that were decided against the last one is told',
    back(REJECTED, { versions: { sitea: up(3), newsitea: REJECTED, newsitec: { held: '1.0' }, newsiteb: cold } }),
    `it has the template and config of newsitec, which is held since spec.activeVersion was set to "1.0" at ${HOUR_AGO}`,
  ),
  still(
    'what somebody else wrote into the fact is told as it stands',
    back({ held: ' 1.0 until tomorrow' }),
    `which is held since spec.activeVersion was set to " 1.0 until tomorrow" at ${HOUR_AGO}`,
  ),
  still('and with status lost', back(REJECTED, { status: 'lost' }), 'newsitea, which was rejected'),
  still(
    'a second change of the ConfigMap is held like the first',
    {
      ...back(REJECTED),
      versions: { sitea: up(3), newsitea: { ...REJECTED, instances: [] }, newsiteb: cold, newsitec: cold },
      latest: 'newsitec',
      sources: { site: { says: 'c', read: {} } },
    },
    'newsitec is newer and held, for it has the template and config of newsitea',
  ),
  still(
    'a sibling that never served is no way around it, though it is older',
    {
      latest: 'newsitea',
      versions: { sitea: up(3), newsitea: cold, newsiteb: { rejected: id('newsiteb') } },
      switches: ['sitea', 'newsiteb', 'sitea'],
      sources: { site: { says: 'a', read: {} } },
    },
    'newsitea is newer and held, for it has the template and config of newsiteb, which was rejected',
  ),
  still(
    'under Manual it waits, and says that it is held',
    back(REJECTED, { spec: { promotion: { mode: 'Manual' } } }),
    'newsiteb is newer and held',
  ),
  {
    name: 'nothing serves, and all there is has the template of what was rejected: a person has to say so',
    given: {
      latest: 'newsiteb',
      versions: { newsitea: { rejected: id('newsitea') }, newsiteb: cold },
      sources: { site: { says: 'b', read: {} } },
      spec: { services: [] },
      services: {},
    },
    since: 600,
    actions: [],
    conditions: ['not Available NothingServes', 'not Ready HeldAlong', 'Stalled HeldAlong'],
    says: { Stalled: 'name it in spec.activeVersion to release it, or push another template' },
  },
  goes('a ConfigMap changed after its version failed: a fix of config goes forward', back({ failed: {} })),
  goes('a person renews what was rejected: what came of it since is free', back({ renewed: { nonce: '1' } })),
  goes('a person renews what is held along', back(REJECTED, {}, { renewed: { nonce: '1' } })),
  goes('a person names what is held along', back(REJECTED, { spec: { activeVersion: id('newsiteb') }, decision: id('newsiteb') })),
  {
    name: 'what was named and serves is not held along any more when the pointer is taken away',
    given: back(REJECTED, { switches: ['sitea', 'newsitea', 'sitea', 'newsiteb'], decision: '' }, up(3)),
    since: 30,
    actions: [],
    conditions: WELL,
    wake: 600_000,
  },
  {
    name: 'and the next change of its ConfigMap goes forward by itself',
    given: {
      latest: 'newsitec',
      versions: { newsitea: REJECTED, newsiteb: up(3), newsitec: cold },
      switches: ['newsitea', 'newsiteb'],
      sources: { site: { says: 'c', read: {} } },
    },
    since: 600,
    actions: ['publish Deployment newsitec ×3'],
    conditions: RISING,
  },
  {
    name: 'as long as Latest is held along with a version, that one is not forgotten',
    given: back(REJECTED, { spec: { retention: { versions: 2 } }, switches: ['sitea'] }),
    since: 600,
    actions: [],
    conditions: AWAITS,
  },
];

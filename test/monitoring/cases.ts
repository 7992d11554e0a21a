// When each alert has to fire and when it must not, as series of metrics minute by minute, in promtool's notation: `a+bxn` is a followed by n
// more, each b greater; `_xn` is n times nothing; `stale` is the end of a series.

export interface Case {
  /** What happens, in words. */
  readonly what: string;
  readonly series: Readonly<Record<string, string>>;
  /** When to look. Where the alert fires: no later than the rule's `for` and what the condition takes to come about, so that before it is silent. */
  readonly at: string;
  /** The alert's own labels, where it fires; without, it must be silent. */
  readonly fires?: Readonly<Record<string, string>>;
}

const WEB = { app_namespace: 'shop', app_name: 'web' };
const condition = (type: string, reason: string, instance = 'a'): string =>
  `immutableapp_app_condition{app_namespace="shop",app_name="web",condition="${type}",reason="${reason}",instance="${instance}"}`;
const events = (reason: string): string => `immutableapp_events_total{reason="${reason}",instance="a"}`;
const HOUR = '1+0x60';
const DUE = 'immutableapp_share_due_timestamp_seconds{app_namespace="shop",app_name="web",service="web",instance="a"}';
const LEADS = { 'immutableapp_lease_held{instance="a"}': HOUR, 'immutableapp_lease_held{instance="b"}': '0+0x60' };
const LEADS_LONG = { 'immutableapp_lease_held{instance="a"}': '1+0x300', 'immutableapp_lease_held{instance="b"}': '0+0x300' };
const calls = (code: string, instance = 'a'): string =>
  `rest_client_requests_total{code="${code}",method="GET",kind="Pod",instance="${instance}"}`;
const renewals = (le: string): string => `immutableapp_lease_renewal_seconds_bucket{le="${le}",instance="a"}`;

export const CASES: Readonly<Record<string, readonly Case[]>> = {
  ImmutableAppUnavailable: [
    {
      what: 'two replicas see that no pod is available, for three minutes',
      series: { [condition('Available', 'NoAvailablePod')]: HOUR, [condition('Available', 'NoAvailablePod', 'b')]: HOUR },
      at: '3m',
      fires: { ...WEB, reason: 'NoAvailablePod' },
    },
    { what: 'for a minute', series: { [condition('Available', 'NoAvailablePod')]: '1 1 stale' }, at: '4m' },
    { what: 'a first version comes up', series: { [condition('Available', 'NothingServes')]: HOUR }, at: '30m' },
  ],
  ImmutableAppVersionFailed: [
    {
      what: 'a version failed',
      series: { [condition('Stalled', 'VersionFailed')]: HOUR },
      at: '1m',
      fires: { ...WEB, reason: 'VersionFailed' },
    },
    { what: 'another reason', series: { [condition('Stalled', 'VersionNotFound')]: HOUR }, at: '30m' },
  ],
  ImmutableAppStalled: [
    {
      what: 'nobody corrects the pointer',
      series: { [condition('Stalled', 'VersionNotFound')]: HOUR },
      at: '11m',
      fires: { ...WEB, reason: 'VersionNotFound' },
    },
    {
      what: 'a gate asks a source that nobody defines',
      series: { [condition('Stalled', 'SourceUnknown')]: HOUR },
      at: '11m',
      fires: { ...WEB, reason: 'SourceUnknown' },
    },
    { what: 'somebody does', series: { [condition('Stalled', 'VersionNotFound')]: '1+0x8 stale' }, at: '11m' },
    {
      what: 'what has an alert of its own',
      series: { [condition('Stalled', 'VersionFailed')]: HOUR, [condition('Stalled', 'DriftLoop')]: HOUR },
      at: '1h',
    },
  ],
  ImmutableAppRolloutStuck: [
    {
      what: 'an hour, whatever it is waiting for meanwhile',
      series: { [condition('Reconciling', 'BringingUp')]: '1+0x30 stale', [condition('Reconciling', 'Draining')]: '_x31 1+0x40' },
      at: '61m',
      fires: WEB,
    },
    { what: 'less than an hour', series: { [condition('Reconciling', 'BringingUp')]: HOUR }, at: '59m' },
    { what: 'a ladder that takes its time', series: { [condition('Reconciling', 'Climbing')]: '1+0x120' }, at: '100m' },
    { what: 'one rollout after the other', series: { [condition('Reconciling', 'BringingUp')]: '1+0x30 stale _x5 1+0x40' }, at: '70m' },
  ],
  ImmutableAppLadderStands: [
    { what: 'a step is half an hour late', series: { [DUE]: '600+0x60' }, at: '41m', fires: { ...WEB, service: 'web' } },
    { what: 'less', series: { [DUE]: '600+0x60' }, at: '39m' },
    { what: 'one step after the other, each late by a bit', series: { [DUE]: '600+0x20 1500+0x20 2700+0x30' }, at: '60m' },
    { what: 'it serves', series: { [DUE]: '600+0x20 stale' }, at: '60m' },
  ],
  ImmutableAppTampered: [
    { what: 'once', series: { [events('Compromised')]: '0+0x10 1+0x60' }, at: '12m', fires: { reason: 'Compromised' } },
    {
      what: 'a foreign endpoint',
      series: { [events('ForeignEndpoint')]: '0+0x10 1+0x60' },
      at: '12m',
      fires: { reason: 'ForeignEndpoint' },
    },
    { what: 'more than an hour ago', series: { [events('Compromised')]: '0+0x10 1+0x90' }, at: '80m' },
    { what: 'ordinary events', series: { [events('Switched')]: '0+1x60', [events('Compromised')]: '3+0x60' }, at: '30m' },
  ],
  ImmutableAppStaysCompromised: [
    { what: 'a drift loop', series: { [condition('Stalled', 'DriftLoop')]: HOUR }, at: '6m', fires: { ...WEB, reason: 'DriftLoop' } },
    { what: 'a clean instance took over', series: { [condition('Stalled', 'Compromised')]: '1 1 stale' }, at: '6m' },
  ],
  ImmutableAppOperatorAbsent: [
    { what: 'gone for five minutes', series: { 'immutableapp_lease_held{instance="a"}': '1+0x2 stale' }, at: '9m', fires: {} },
    { what: 'one of two is gone', series: { ...LEADS, 'immutableapp_lease_held{instance="a"}': '1+0x2 stale' }, at: '30m' },
  ],
  ImmutableAppNoLeader: [
    {
      what: 'both stand by',
      series: { 'immutableapp_lease_held{instance="a"}': '0+0x60', 'immutableapp_lease_held{instance="b"}': '0+0x60' },
      at: '3m',
      fires: {},
    },
    { what: 'one leads', series: LEADS, at: '30m' },
    {
      what: 'a failover',
      series: { 'immutableapp_lease_held{instance="a"}': '1 stale', 'immutableapp_lease_held{instance="b"}': '0 0 1+0x30' },
      at: '3m',
    },
  ],
  ImmutableAppTwoLeaders: [
    { what: 'both lead', series: { ...LEADS, 'immutableapp_lease_held{instance="b"}': HOUR }, at: '1m', fires: {} },
    { what: 'one leads', series: LEADS, at: '30m' },
  ],
  ImmutableAppLeaseRenewalsLate: [
    {
      what: 'one in thirty is late',
      series: { [renewals('2.5')]: '0+29x60', [renewals('6')]: '0+29x60', [renewals('8')]: '0+30x60', [renewals('+Inf')]: '0+30x60' },
      at: '30m',
      fires: {},
    },
    {
      what: 'one in thirty takes six seconds, as on a busy machine',
      series: { [renewals('5')]: '0+29x60', [renewals('6')]: '0+30x60', [renewals('8')]: '0+30x60', [renewals('+Inf')]: '0+30x60' },
      at: '30m',
    },
  ],
  ImmutableAppNotEnforced: [
    { what: 'says the leader', series: { ...LEADS, 'immutableapp_enforced{instance="a"}': '0+0x60' }, at: '11m', fires: {} },
    {
      what: 'one that stands by has not asked',
      series: { ...LEADS, 'immutableapp_enforced{instance="a"}': HOUR, 'immutableapp_enforced{instance="b"}': '0+0x60' },
      at: '30m',
    },
    {
      what: 'nobody leads, so nobody asks',
      series: { 'immutableapp_lease_held{instance="b"}': '0+0x60', 'immutableapp_enforced{instance="b"}': '0+0x60' },
      at: '30m',
    },
  ],
  ImmutableAppLineHeld: [
    { what: 'forgotten', series: { ...LEADS_LONG, 'immutableapp_line_held{instance="a"}': '1+0x300' }, at: '241m', fires: {} },
    { what: 'released in time', series: { ...LEADS_LONG, 'immutableapp_line_held{instance="a"}': '1+0x200 0+0x100' }, at: '5h' },
    {
      what: 'one that stands by has not heard of its release',
      series: { ...LEADS_LONG, 'immutableapp_line_held{instance="a"}': '0+0x300', 'immutableapp_line_held{instance="b"}': '1+0x300' },
      at: '5h',
    },
  ],
  ImmutableAppCircuitOpen: [
    { what: 'open', series: { 'immutableapp_circuit_breaker_open{instance="a"}': '0 1+0x9' }, at: '1m', fires: {} },
    { what: 'closed', series: { 'immutableapp_circuit_breaker_open{instance="a"}': '1 0+0x9' }, at: '1m' },
  ],
  ImmutableAppWatchStale: [
    {
      what: 'one of two',
      series: {
        'immutableapp_watch_silent_seconds{kind="Pod",instance="a"}': '0+60x20',
        'immutableapp_watch_silent_seconds{kind="Service",instance="a"}': '5+0x20',
      },
      at: '5m',
      fires: { kind: 'Pod' },
    },
    {
      what: 'bookmarks come',
      series: { 'immutableapp_watch_silent_seconds{kind="Pod",instance="a"}': '0 60 130 60 0 60 130 60 0' },
      at: '8m',
    },
  ],
  ImmutableAppApiErrors: [
    {
      what: 'half of them',
      series: { ...LEADS, [calls('200')]: '0+60x60', [calls('500')]: '0+30x60', [calls('<error>')]: '0+30x60' },
      at: '20m',
      fires: {},
    },
    { what: 'one in a hundred', series: { ...LEADS, [calls('200')]: '0+99x60', [calls('500')]: '0+1x60' }, at: '20m' },
    {
      what: 'refusals and conflicts',
      series: { ...LEADS, [calls('200')]: '0+60x60', [calls('409')]: '0+60x60', [calls('403')]: '0+60x60' },
      at: '20m',
    },
    { what: 'of another program', series: { ...LEADS, [calls('200')]: '0+60x60', [calls('500', 'c')]: '0+600x60' }, at: '20m' },
  ],
  ImmutableAppThrottled: [
    { what: 'six a minute', series: { ...LEADS, [calls('429')]: '0+6x60' }, at: '20m', fires: {} },
    { what: 'now and then', series: { ...LEADS, [calls('429')]: '0+1x60' }, at: '20m' },
    { what: 'another program', series: { ...LEADS, [calls('429', 'c')]: '0+60x60' }, at: '20m' },
  ],
  ImmutableAppQueueNotDraining: [
    {
      what: 'the leader never catches up',
      series: { ...LEADS, 'workqueue_depth{name="immutableapp",instance="a"}': '9+1x60' },
      at: '16m',
      fires: {},
    },
    {
      what: 'it does, and the one that stands by lets its own lie',
      series: {
        ...LEADS,
        'workqueue_depth{name="immutableapp",instance="a"}': '9 9 9 9 9 9 9 9 0 9 9 9 9 9 9 9 9 9 9 9',
        'workqueue_depth{name="immutableapp",instance="b"}': '500+0x60',
      },
      at: '19m',
    },
    { what: 'a queue of another program', series: { ...LEADS, 'workqueue_depth{name="jobs",instance="a"}': '9+1x60' }, at: '30m' },
  ],
  ImmutableAppEventLoopLag: [
    { what: 'again and again', series: { ...LEADS, 'nodejs_eventloop_lag_p99_seconds{instance="a"}': '0.4+0x60' }, at: '11m', fires: {} },
    { what: 'once', series: { ...LEADS, 'nodejs_eventloop_lag_p99_seconds{instance="a"}': '0.4 0.4 0.01+0x60' }, at: '11m' },
    { what: 'another program', series: { ...LEADS, 'nodejs_eventloop_lag_p99_seconds{instance="c"}': '4+0x60' }, at: '11m' },
  ],
  ImmutableAppMemoryNearLimit: [
    {
      what: 'of the container',
      series: { 'process_resident_memory_bytes{instance="a"}': '900+0x60', 'immutableapp_memory_limit_bytes{instance="a"}': '1000+0x60' },
      at: '11m',
      fires: {},
    },
    {
      what: 'of the heap, with room in the container',
      series: {
        'process_resident_memory_bytes{instance="a"}': '500+0x60',
        'immutableapp_memory_limit_bytes{instance="a"}': '1000+0x60',
        'nodejs_heap_size_used_bytes{instance="a"}': '450+0x60',
        'immutableapp_heap_limit_bytes{instance="a"}': '500+0x60',
      },
      at: '11m',
      fires: {},
    },
    {
      what: 'room in both, and another program has none',
      series: {
        'process_resident_memory_bytes{instance="a"}': '500+0x60',
        'process_resident_memory_bytes{instance="c"}': '5000+0x60',
        'immutableapp_memory_limit_bytes{instance="a"}': '1000+0x60',
        'nodejs_heap_size_used_bytes{instance="a"}': '100+0x60',
        'immutableapp_heap_limit_bytes{instance="a"}': '500+0x60',
      },
      at: '30m',
    },
  ],
  ImmutableAppSourcesStale: [
    {
      what: 'the file is broken, and every replica reads it',
      series: { 'immutableapp_sources_stale{instance="a"}': HOUR, 'immutableapp_sources_stale{instance="b"}': HOUR },
      at: '10m',
      fires: {},
    },
    { what: 'it is mended in time', series: { 'immutableapp_sources_stale{instance="a"}': '1+0x8 0+0x50' }, at: '15m' },
  ],
  ImmutableAppNoticesDropped: [
    {
      what: 'a receiver is dead',
      series: { 'immutableapp_notices_total{receiver="chat",result="dropped",instance="a"}': '0+0x5 3+0x20' },
      at: '8m',
      fires: { receiver: 'chat' },
    },
    {
      what: 'all are taken',
      series: {
        'immutableapp_notices_total{receiver="chat",result="dropped",instance="a"}': '0+0x60',
        'immutableapp_notices_total{receiver="chat",result="sent",instance="a"}': '0+2x60',
      },
      at: '30m',
    },
  ],
  ImmutableAppOperatorBug: [
    { what: 'an App is set aside', series: { [events('Bug')]: '0+0x10 1+0x60' }, at: '12m', fires: {} },
    {
      what: 'the cache could not take an object',
      series: { 'immutableapp_sink_errors_total{kind="Pod",instance="a"}': '1+0x10' },
      at: '5m',
      fires: {},
    },
    {
      what: 'neither',
      series: {
        [events('Bug')]: '0+0x60',
        [events('Denied')]: '0+1x60',
        'immutableapp_sink_errors_total{kind="Pod",instance="a"}': '0+0x60',
      },
      at: '30m',
    },
  ],
};

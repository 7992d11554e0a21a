import { APP, coming, id, up, WEB } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const BRINGING = ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'];
const SERVES = ['Available Serving', 'Ready Serving'];
const web = (...ports: readonly object[]) => ({ ...WEB, ports });
const to = (targetPort: string | number) => ({ name: 'http', port: 80, targetPort });
const NUMBERED = web(to(8079));
const METRICS = { name: 'admin', port: 9000, targetPort: 'admin' };
/** What the API server keeps of the ports of the first version, and its fact. */
const KEPT = { web: [to(8079)] };
const LEFT = 'attest numbered.ports-1: ports of web change';
const LEAVES = 'attest one.ports-1: ports of web change';
const [NAMED_TEXT, NUMBERED_TEXT] = ['[{"name":"http","port":80,"targetPort":"http"}]', '[{"name":"http","port":80,"targetPort":8079}]'];
/** The first version was reached by number; the next one names its port, and so does spec. */
const NAMING: Given = { latest: 'one', switches: ['numbered'], spec: { services: [WEB] }, services: { web: { shapedBy: NUMBERED } } };
/** The next one serves. */
const NAMED: Given = {
  latest: 'one',
  versions: { numbered: { ...up(3), ports: KEPT }, one: up(3) },
  switches: ['numbered', 'one'],
  spec: { services: [WEB] },
};
const BACK = [LEAVES, `switch web → numbered (switch 3, from one) with ${NUMBERED_TEXT}`];
/** The first one serves again, under its own ports. */
const RETURNED: Given = {
  ...NAMED,
  spec: { services: [WEB], activeVersion: id('numbered') },
  switches: ['numbered', 'one', 'numbered'],
  services: { web: { shapedBy: NUMBERED } },
};

export const PORTS: readonly Row[] = [
  // Forward.
  {
    name: 'a number that becomes a name waits while what serves has no such name',
    given: { ...NAMING, versions: { numbered: up(3), one: coming(3, 1) } },
    since: 60,
    actions: [],
    conditions: BRINGING,
    wake: 540_000,
    status: {
      warnings: [
        {
          reason: 'PortMissing',
          message: 'Service web keeps its ports until a version with a port named "http" serves: numbered has none',
        },
      ],
    },
  },
  {
    name: 'it moves with the selector, and what it was is written down first, for the way back',
    given: { ...NAMING, versions: { numbered: up(3), one: up(3) } },
    since: 60,
    actions: [LEFT, `switch web → one (switch 2, from numbered) with ${NAMED_TEXT}`],
    conditions: BRINGING,
  },
  {
    name: 'an operator that was killed in between says it once',
    given: { ...NAMING, versions: { numbered: { ...up(3), ports: KEPT }, one: up(3) } },
    since: 60,
    actions: [`switch web → one (switch 2, from numbered) with ${NAMED_TEXT}`],
    conditions: BRINGING,
  },
  {
    name: 'what was written down and is true no more is written down anew when the version leaves, whatever the next one needs',
    given: {
      latest: 'two',
      versions: { one: { ...up(3), ports: KEPT }, two: up(3) },
      switches: ['one'],
    },
    since: 60,
    actions: ['attest one.ports-2: ports of web change', 'switch web → two (switch 2, from one)'],
    conditions: BRINGING,
  },

  // Back.
  {
    name: 'a version that collapsed: its predecessor gets its own ports back with the traffic',
    given: {
      ...NAMED,
      versions: {
        numbered: { ...up(3), ports: KEPT },
        one: { ...coming(3), failed: { reason: 'FailedBack', message: 'no pod was left' } },
      },
    },
    actions: BACK,
    conditions: ['not Available NoAvailablePod', 'not Ready VersionFailed', 'Stalled VersionFailed'],
    wake: 30_000,
  },
  {
    name: 'a version that was rejected: the same',
    given: { ...NAMED, versions: { numbered: { ...up(3), ports: KEPT }, one: { ...up(3), rejected: 'x' } } },
    actions: BACK,
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
    wake: 30_000,
  },
  {
    name: 'a version that is pointed at: the same',
    given: { ...NAMED, spec: { services: [WEB], activeVersion: id('numbered') }, decision: id('numbered') },
    actions: BACK,
    conditions: BRINGING,
    wake: 30_000,
  },
  {
    name: 'the ports go back by spec as well: what leaves is known by its own',
    given: {
      ...NAMED,
      spec: { services: [NUMBERED], activeVersion: id('numbered') },
      decision: id('numbered'),
      services: { web: { shapedBy: WEB } },
    },
    actions: BACK,
    conditions: BRINGING,
    wake: 30_000,
  },
  {
    name: 'spec and content are reverted after the change served: the number waits for the switch',
    given: {
      latest: 'numbered',
      versions: { numbered: { ...coming(3, 1), ports: KEPT }, one: up(3) },
      switches: ['numbered', 'one'],
      spec: { services: [NUMBERED] },
      services: { web: { shapedBy: WEB } },
    },
    actions: [],
    conditions: BRINGING,
    wake: 30_000,
    status: {
      warnings: [
        {
          reason: 'PortMissing',
          message:
            'Service web keeps its ports until another version serves: no container of one declares port 8079. Name it, and use the name as targetPort',
        },
      ],
    },
  },
  {
    name: 'and moves with it',
    given: {
      latest: 'numbered',
      versions: { numbered: { ...up(3), ports: KEPT }, one: up(3) },
      switches: ['numbered', 'one'],
      spec: { services: [NUMBERED] },
      services: { web: { shapedBy: WEB } },
    },
    actions: BACK,
    conditions: BRINGING,
    wake: 30_000,
  },
  {
    name: 'they are reverted before the change ever served: nothing was moved, and nothing is',
    given: {
      latest: 'numbered',
      versions: { numbered: up(3), one: { ...coming(3, 1) } },
      switches: ['numbered'],
      spec: { services: [NUMBERED] },
    },
    since: 60,
    actions: ['retire Deployment one: superseded'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
  },
  {
    name: 'without a note the way back says what people can do about it: nothing to a version that is published',
    given: {
      ...NAMED,
      versions: { numbered: up(3), one: up(3) },
      spec: { services: [WEB], activeVersion: id('numbered') },
      decision: id('numbered'),
    },
    actions: [],
    conditions: ['Available Serving', 'not Ready PortMissing', 'Stalled PortMissing'],
    says: { Stalled: 'let spec.services send it to a port that this version has' },
    wake: 30_000,
  },
  {
    name: 'a rejected version goes on serving where its predecessor lacks the port: that is said first',
    given: { ...NAMED, versions: { numbered: up(3), one: { ...up(3), rejected: 'x' } } },
    actions: [],
    conditions: ['Available Serving', 'not Ready PortMissing', 'Stalled PortMissing'],
    says: { Stalled: 'was rejected' },
    wake: 30_000,
  },
  {
    name: 'spec can be changed for it, the version that serves keeps its own port until then',
    given: {
      ...NAMED,
      versions: { numbered: up(3), one: up(3) },
      spec: { services: [NUMBERED], activeVersion: id('numbered') },
      decision: id('numbered'),
      services: { web: { shapedBy: WEB } },
    },
    actions: BACK,
    conditions: BRINGING,
    wake: 30_000,
  },

  // While it serves under them.
  {
    name: 'what serves under ports of its own is left alone, and it is said',
    given: RETURNED,
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
    wake: 600_000,
    status: {
      warnings: [
        {
          reason: 'PortMissing',
          message:
            'Service web keeps the ports that numbered served under until a version with a port named "http" serves: numbered has none',
        },
      ],
    },
  },
  {
    name: 'ports of its own that somebody edited are put back',
    given: { ...RETURNED, services: { web: { shapedBy: NUMBERED, spec: { ports: [to('http')] } } } },
    since: 60,
    actions: [`reshape web {"ports":${NUMBERED_TEXT}}`],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
    wake: 600_000,
  },
  {
    name: 'the ports of spec hold again as soon as it can serve them',
    given: { ...RETURNED, spec: { ...RETURNED.spec, services: [web({ name: 'www', port: 80, targetPort: 8079 })] } },
    since: 60,
    actions: ['reshape web {"ports":[{"name":"www","port":80,"targetPort":8079}]}'],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
    wake: 600_000,
  },
  {
    name: 'and go forward with the next switch',
    given: { ...RETURNED, spec: { services: [WEB], activeVersion: id('one') }, decision: id('one') },
    actions: [`switch web → one (switch 4, from numbered) with ${NAMED_TEXT}`],
    conditions: BRINGING,
    wake: 30_000,
  },
  {
    name: 'what serves under ports that it has no other for goes on, paused or not',
    given: { ...RETURNED, spec: { ...RETURNED.spec, paused: true } },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
    wake: 600_000,
  },

  // What waits for a switch, and what does not.
  {
    name: 'a number that what serves declares for something else waits for the version that came with it',
    given: {
      latest: 'two',
      versions: { both: up(3), two: coming(3, 1) },
      switches: ['both'],
      spec: { services: [web(to(9000))] },
      services: { web: { shapedBy: WEB } },
    },
    since: 60,
    actions: [],
    conditions: BRINGING,
    wake: 540_000,
    status: { warnings: [{ reason: 'PortMissing', message: 'Service web keeps its ports until two serves: port 80 changes with it' }] },
  },
  {
    name: 'a number becomes the name of the same port: nobody notices, so it does not wait',
    given: {
      latest: 'two',
      versions: { both: up(3), two: coming(3, 1) },
      switches: ['both'],
      spec: { services: [WEB] },
      services: { web: { shapedBy: web(to(8080)) } },
    },
    since: 60,
    actions: [`reshape web {"ports":${NAMED_TEXT}}`],
    conditions: BRINGING,
    wake: 540_000,
  },
  {
    name: 'where nothing is on its way, spec means what serves',
    given: {
      latest: 'both',
      versions: { both: up(3) },
      switches: ['both'],
      spec: { services: [web(to(9000))] },
      services: { web: { shapedBy: WEB } },
    },
    since: 60,
    actions: ['reshape web {"ports":[{"name":"http","port":80,"targetPort":9000}]}'],
    conditions: SERVES,
  },
  {
    name: 'but not a number that nobody knows anything about',
    given: {
      latest: 'mute',
      versions: { mute: up(3) },
      switches: ['mute'],
      spec: { services: [web(to(9000))] },
      services: { web: { shapedBy: NUMBERED } },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { warnings: [{ reason: 'PortMissing' }] },
  },
  {
    name: 'a version that declares no port at all is reached by number from its first switch on',
    given: {
      latest: 'mute',
      versions: { numbered: up(3), mute: up(3) },
      switches: ['numbered'],
      spec: { services: [web(to(9000))] },
      services: { web: { shapedBy: NUMBERED } },
    },
    since: 60,
    actions: [LEFT, 'switch web → mute (switch 2, from numbered) with [{"name":"http","port":80,"targetPort":9000}]'],
    conditions: BRINGING,
  },
  {
    name: 'a port that is dropped together with the container’s stays until the version without it serves',
    given: {
      latest: 'two',
      versions: { both: up(3), two: coming(3, 1) },
      switches: ['both'],
      services: { web: { shapedBy: web(...WEB.ports, METRICS) } },
    },
    since: 60,
    actions: [],
    conditions: BRINGING,
    wake: 540_000,
    status: { warnings: [{ reason: 'PortMissing', message: 'Service web keeps its ports until two serves: port 9000 changes with it' }] },
  },
  {
    name: 'a port that spec alone drops goes at once, and who served under it before is known by it',
    given: {
      latest: 'both',
      versions: { one: up(3), both: up(3) },
      switches: ['one', 'both'],
      services: { web: { shapedBy: web(...WEB.ports, METRICS) } },
      spec: { retention: { warmSeconds: 9999 } },
    },
    since: 60,
    actions: [LEAVES, `reshape web {"ports":${NAMED_TEXT}}`],
    conditions: SERVES,
    wake: 9_999_000,
  },
  {
    name: 'a port that is added is there at once, if what serves has it',
    given: {
      latest: 'two',
      versions: { both: up(3), two: coming(3, 1) },
      switches: ['both'],
      spec: { services: [web(...WEB.ports, METRICS)] },
      services: { web: { shapedBy: WEB } },
    },
    since: 60,
    actions: [`reshape web {"ports":[${NAMED_TEXT.slice(1, -1)},{"name":"admin","port":9000,"targetPort":"admin"}]}`],
    conditions: ['Available Serving', 'not Ready PortMissing', 'Stalled PortMissing'],
    wake: 540_000,
  },

  // Protocols.
  {
    name: 'a port of the right name and the wrong protocol is none',
    given: {
      latest: 'mistaken',
      versions: { dns: up(3), mistaken: up(3) },
      switches: ['dns'],
      spec: { services: [web({ name: 'dns', port: 53, targetPort: 'dns', protocol: 'UDP' })] },
    },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready PortMissing', 'Stalled PortMissing'],
    says: {
      Stalled:
        'no container of mistaken has a UDP port named "dns", which Service web of spec.services sends traffic to: name it in spec.template',
    },
  },
  {
    name: 'another protocol waits for a version that speaks it',
    given: {
      latest: 'mistaken',
      versions: { mistaken: up(3) },
      switches: ['mistaken'],
      spec: { services: [web({ name: 'dns', port: 53, targetPort: 'dns', protocol: 'UDP' })] },
      services: { web: { shapedBy: web({ name: 'dns', port: 53, targetPort: 'dns' }) } },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: {
      warnings: [
        {
          reason: 'PortMissing',
          message: 'Service web keeps its ports until a version with a UDP port named "dns" serves: mistaken has none',
        },
      ],
    },
  },

  // Several Services, and selectors that are put back.
  {
    name: 'several Services: what each had is written down in one note',
    given: {
      ...NAMING,
      versions: { numbered: up(3), one: up(3) },
      spec: { services: [WEB, { ...WEB, name: 'admin' }] },
      services: { web: { shapedBy: NUMBERED }, admin: { shapedBy: { ...NUMBERED, name: 'admin' } } },
    },
    since: 60,
    actions: [
      'attest numbered.ports-1: ports of web, admin change',
      `switch web → one (switch 2, from numbered) with ${NAMED_TEXT}`,
      `switch admin → one (switch 2, from numbered) with ${NAMED_TEXT}`,
    ],
    conditions: BRINGING,
  },
  {
    name: 'a switch that died between two Services is finished with the ports that belong to it',
    given: {
      latest: 'one',
      versions: { numbered: { ...up(3), ports: { ...KEPT, admin: [to(8079)] } }, one: up(3) },
      switches: ['numbered'],
      spec: { services: [WEB, { ...WEB, name: 'admin' }] },
      services: {
        web: { on: 'one', stamp: { switchNumber: 2, previous: 'numbered' } },
        admin: { on: 'numbered', stamp: { switchNumber: 1 }, shapedBy: { ...NUMBERED, name: 'admin' } },
      },
    },
    actions: [`repair admin → one (switch 2, from numbered) with ${NAMED_TEXT}`],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'a selector that is put back while a change of ports waits brings no ports along',
    given: {
      ...NAMING,
      versions: { numbered: up(3), one: coming(3, 1) },
      services: { web: { shapedBy: NUMBERED, selector: {}, stamp: { switchNumber: 1, instance: 'numbered', previous: '' } } },
    },
    actions: ['repair web → numbered (switch 1, from nothing), undone by somebody'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 30_000,
  },
  {
    name: 'the way back of an adopted Service asks for no port that what serves lacks as well',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one', 'two'],
      spec: { services: [{ name: 'web' }], activeVersion: id('one') },
      decision: id('one'),
      services: {
        web: {
          foreign: true,
          adopt: APP,
          on: 'two',
          selector: { app: APP, tier: 'gold' },
          spec: { ports: [{ port: 80, targetPort: 'nope' }] },
        },
      },
    },
    actions: ['switch web → one (switch 3, from two)'],
    conditions: BRINGING,
    wake: 30_000,
  },

  // Services whose ports belong to no version.
  {
    name: 'a Service that only shows gets its ports by spec, and no version is remembered by them',
    given: {
      latest: 'both',
      versions: { one: up(3), two: up(3), both: up(1) },
      switches: ['one', 'two'],
      spec: { services: [WEB, { ...web(METRICS), name: 'look', role: 'Preview' }], activeVersion: id('two') },
      services: { web: {}, look: { on: 'both', stamp: { switchNumber: 0, instance: 'both' }, shapedBy: { ...WEB, name: 'look' } } },
    },
    actions: ['reshape look {"ports":[{"name":"admin","port":9000,"targetPort":"admin"}]}'],
    conditions: ['Available Serving', 'Ready AwaitingActivation', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'what was written down of a Service that is an existing one by now stays as it was when a version leaves',
    given: {
      latest: 'two',
      versions: { one: { ...up(3), ports: KEPT }, two: up(3) },
      switches: ['one'],
      spec: { services: [{ name: 'web' }] },
      services: { web: { foreign: true, adopt: APP, on: 'one' } },
    },
    since: 60,
    actions: ['switch web → two (switch 2, from one)'],
    conditions: BRINGING,
  },
  {
    name: 'an existing Service keeps its ports through every switch: that no version changes them is nothing to wait for',
    given: {
      latest: 'two',
      versions: { one: up(3), two: coming(3, 1) },
      switches: ['one'],
      spec: { services: [{ name: 'web' }] },
      services: { web: { foreign: true, adopt: APP, on: 'one' } },
    },
    since: 60,
    actions: [],
    conditions: BRINGING,
    wake: 540_000,
    status: { warnings: [] },
  },
];

// The ports that a Service has for one version or another, and what is asked and written down of them.
import { expect, test } from '@jest/globals';
import type { FactSeen, InstanceSeen, Snapshot } from '../../src/model/observed.ts';
import { plan } from '../../src/plan/plan.ts';
import { finding } from '../../src/plan/read/finding.ts';
import { darkPorts, outdated, portsAsked, servedPorts, waiting, wishFor } from '../../src/plan/read/ports.ts';
import { REASON } from '../../src/model/vocabulary.ts';
import type { Scene } from '../../src/plan/read/scene.ts';
import { attest, lift } from '../../src/plan/read/facts.ts';
import type { Given, ServiceGiven } from '../given.ts';
import { APP, given, id, NOW, up, WEB } from '../given.ts';
import { sceneOf, stageOf } from './stage.ts';
import { lines } from './table.ts';

const to = (targetPort: string | number, more: object = {}) => ({ name: 'http', port: 80, targetPort, ...more });
const METRICS = { name: 'admin', port: 9000, targetPort: 'admin' };
const instanceIn = ({ seen }: Pick<Scene, 'seen'>, nickname: string): InstanceSeen =>
  seen.instances.find(({ name }) => name === (id(nickname) as string))!;
const targets = (ports: readonly { readonly targetPort: string | number }[]) => ports.map(({ targetPort }) => targetPort);

test('a number that no container declares is meant for Latest, and for no version that served under other ports', () => {
  const portsFor = (latest: string) => {
    const scene = sceneOf({
      latest,
      versions: { mute: { ...up(3), ports: { web: [to(8079)] } }, two: up(3) },
      switches: ['mute'],
      spec: { services: [{ ...WEB, ports: [to(9000)] }] },
    });
    return targets(wishFor(scene, scene.app.services[0]!, instanceIn(scene, 'mute')).ports);
  };
  expect(portsFor('mute')).toEqual([9000]);
  expect(portsFor('two')).toEqual([8079]);
});

test('gates are told the ports of the first Active Service: of an existing one those that it has', () => {
  const served = (services: readonly object[], seen: Readonly<Record<string, ServiceGiven>>) => {
    const scene = sceneOf({ versions: { one: up(3) }, switches: ['one'], spec: { services }, services: seen });
    return targets(servedPorts(scene, instanceIn(scene, 'one')));
  };
  const look = { name: 'look', role: 'Preview', ports: [to(8081)] };
  const existing = (targetPort: number): ServiceGiven => ({ foreign: true, adopt: APP, spec: { ports: [{ port: 80, targetPort }] } });
  expect(served([look, { ...WEB, ports: [to(8080)] }], { look: {}, web: { shapedBy: { ...WEB, ports: [to(8079)] } } })).toEqual([8080]);
  expect(served([{ name: 'web' }], { other: existing(9001), web: existing(9002) })).toEqual([9002]);
  expect(served([{ name: 'web' }], {})).toStrictEqual([]);
  expect(served([], {})).toStrictEqual([]);
  expect(served([look], { look: {} })).toStrictEqual([]);
});

test('a number waits while Latest serves and its next content is awaited, whatever that will be called', () => {
  const scene = sceneOf({
    latest: 'both',
    versions: { both: up(3) },
    switches: ['both'],
    spec: { services: [{ ...WEB, ports: [to(9000)] }] },
    services: { web: { shapedBy: WEB } },
  });
  const says = (seen: Scene) => waiting(seen, seen.app.services[0]!, seen.seen.services[0]!, instanceIn(seen, 'both'))?.message;
  expect(says(scene)).toBeUndefined();
  const held = { ...scene, capture: { ...scene.capture, hold: finding(REASON.SourceUnknown, 'ConfigMap site does not exist') } };
  expect(says(held)).toMatch(/^Service web keeps its ports until \S+ serves: port 80 changes with it$/);
  const { latest, all } = scene.versions;
  const unknown = { ...latest, id: '' as typeof latest.id };
  expect(says({ ...scene, versions: { ...scene.versions, latest: unknown, all: [unknown, ...all] } })).toBe(
    'Service web keeps its ports until the next version serves: port 80 changes with it',
  );
});

test('of an existing Service some ports may reach nobody: that is said while others work', () => {
  const dark = (ports: readonly object[], owned?: 'owned') => {
    const scene = sceneOf({
      versions: { one: up(3) },
      switches: ['one'],
      spec: { services: [owned === undefined ? { name: 'web' } : { ...WEB, ports }] },
      services: { web: owned === undefined ? { foreign: true, adopt: APP, on: 'one', spec: { ports } } : {} },
    });
    return darkPorts(scene.app.services[0]!, scene.seen.services[0]!, instanceIn(scene, 'one'));
  };
  const message = `port 9000 of Service web reaches nobody: no container of ${id('one')} has a port named "admin": let the Service send it to a port that there is, or name it in spec.template`;
  expect(dark([to('http'), METRICS])).toEqual([{ reason: 'PortMissing', message }]);
  expect(dark([METRICS])).toEqual([]);
  expect(dark([to('http'), METRICS], 'owned')).toEqual([]);
});

test('the ports that a version leaves are written down beside those of other Services, without node ports', () => {
  const facts: Given = {
    latest: 'one',
    versions: { numbered: { ...up(3), ports: { admin: [METRICS] } }, one: up(3) },
    switches: ['numbered'],
    spec: { services: [WEB] },
    services: { web: { shapedBy: { ...WEB, ports: [to(8079)] }, spec: { ports: [to(8079, { nodePort: 30_080, protocol: 'TCP' })] } } },
  };
  const { actions } = plan(given(facts), NOW);
  const services = { admin: [METRICS], web: [to(8079, { protocol: 'TCP' })] };
  expect(actions.flatMap((action) => (action.do === 'attest' ? [action.fact] : []))).toEqual([{ is: 'ports', serial: 2, services }]);
});

test('of what was written down about ports the last is kept', () => {
  const seen = given({ versions: { one: { ...up(3), ports: { web: [to(8079)] } } }, switches: ['one'] });
  const again = seen.factsSeen.map((each): FactSeen => {
    const { fact } = each;
    return fact?.is !== 'ports' ? each : { ...each, name: each.name.replace('ports-1', 'ports-2'), fact: { ...fact, serial: 2 } };
  });
  const both: Snapshot = { ...seen, factsSeen: [...seen.factsSeen, ...again] };
  expect(lines(outdated(sceneOf(seen)))).toEqual([]);
  expect(lines(outdated(sceneOf(both)))).toEqual(['retire ControllerRevision one.ports-1: ports no more: they were written down anew']);
});

test('what is asked of a candidate is every name that Services send its traffic to, and says where to mend it', () => {
  const asked = (latest: string, services: readonly object[], seen?: Given['services']) => {
    const stage = stageOf({
      latest,
      versions: { one: up(3), two: up(3) },
      switches: ['one'],
      spec: { services },
      ...(seen && { services: seen }),
    });
    return portsAsked(stage, stage.routing.services, instanceIn(stage, 'two'), instanceIn(stage, 'one'));
  };
  const ladder = [{ percent: 10, seconds: 60 }, { percent: 100 }];
  const laddered = { ...WEB, ladder };
  const look = { name: 'look', role: 'Preview', ports: [METRICS] };
  const shown = { name: 'look', role: 'Preview', ports: [to('http')] };
  const web = { name: 'http', protocol: 'TCP', asks: 'Service web of spec.services', remedy: 'name it in spec.template' };
  const way = 'let spec.services send it to a port that this version has';
  expect(asked('two', [laddered])).toEqual([web]);
  expect(asked('two', [WEB, look])).toEqual([web, { ...web, name: 'admin', asks: 'Service look of spec.services' }]);
  expect(asked('one', [laddered, shown])).toEqual([{ ...web, remedy: way }]);
  const existing: Given['services'] = { web: { foreign: true, adopt: APP, on: 'one', spec: { ports: [to('http')] } } };
  expect(asked('two', [{ name: 'web' }], existing)).toEqual([{ ...web, asks: 'Service web' }]);
  expect(asked('one', [{ name: 'web' }], existing)).toEqual([
    { ...web, asks: 'Service web', remedy: 'let Service web send it to a port that this version has' },
  ]);
  expect(asked('two', [{ name: 'web' }], {})).toEqual([]);
});

test('a fact that nobody owns is deleted as well, and none is written about a version without a record', () => {
  const fact = { is: 'held', by: 'x' } as const;
  const [one] = given({ versions: { one: { ...up(3), held: 'x' } } }).factsSeen;
  expect(lift({ ...one!, owner: undefined, fact }, 'it is over')).toMatchObject({ of: '', says: 'held', why: 'held no more: it is over' });
  const { versions } = sceneOf({ versions: { one: { ...up(3), record: 'lost' } } });
  expect(attest(versions.latest, fact, 'said')).toEqual([]);
});

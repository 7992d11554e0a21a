// Which action waits for which other one, where one of them is refused: the order that a decision may not lose.
import { describe, expect, test } from '@jest/globals';
import type { Action, Stamp } from '../../src/model/action.ts';
import { writeOf } from '../../src/model/action.ts';
import type { KubeObject } from '../../src/model/object.ts';
import type { Fact } from '../../src/model/observed.ts';
import type { Fingerprint, InstanceName, VersionId } from '../../src/model/version.ts';
import { LABEL } from '../../src/model/vocabulary.ts';
import { allowed, needs, refusedAmong, unburdened, withhold } from '../../src/plan/steps/refusal.ts';
import type { Given } from '../given.ts';
import { given, id, up } from '../given.ts';

const of = (version: string, owner = `uid of ${version}`): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Any',
  metadata: {
    name: version,
    namespace: 'shop',
    labels: { [LABEL.version]: version },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'Deployment', name: version, uid: owner, controller: true, blockOwnerDeletion: false },
    ],
  },
});
const record = (id: string) => ({ name: id, id: id as VersionId, uid: `record of ${id}`, revision: 1 });
const attest = (id: string, fact: Fact): Action => ({ do: 'attest', record: record(id), fact, why: '' });
const retire = (kind: 'ControllerRevision' | 'PodDisruptionBudget', of: string, says?: 'alias' | 'failed'): Action => ({
  do: 'retire',
  kind,
  name: 'x',
  uid: 'x',
  why: '',
  of,
  ...(says === undefined ? {} : { says }),
});
const publish = (kind: 'ConfigMap' | 'Deployment' | 'PodDisruptionBudget', version: string, owner?: string): Action => ({
  do: 'publish',
  kind,
  object: of(version, owner),
  why: '',
});
const blueprint = (id: string): Action => {
  const fingerprint = 'v1:x' as Fingerprint;
  const content = { content: '{}', fingerprint, inline: fingerprint, sources: [], versionName: '', by: '', specHash: '', credit: 1 };
  return { do: 'publish', kind: 'ControllerRevision', record: { ...record(id), ...content }, why: '' };
};
const stampOf = (instance: string): Stamp => ({
  uid: 'u',
  generation: 1,
  instance: instance as InstanceName,
  previous: '',
  switchNumber: 2,
});
const move = (instance: string, more: { role?: 'Active' | 'Preview'; repair?: boolean } = {}): Action => ({
  do: 'switch',
  service: 'web',
  resourceVersion: '1',
  selector: {},
  stamp: stampOf(instance),
  role: 'Active',
  repair: false,
  ...more,
});
const GATES: Fact = { is: 'gates', phase: 'before', instance: 'b' as InstanceName, uid: 'u', gates: [] };
const FAILED: Fact = {
  is: 'failed',
  cause: 'version',
  reason: 'CrashLoop',
  message: '',
  by: '',
  instance: 'b' as InstanceName,
  attempt: 0,
};
const RENEWED: Fact = { is: 'renewed', nonce: 'n', instances: [], reject: '' };
const HELD: Fact = { is: 'held', by: '' };
const ALIAS: Fact = { is: 'alias', name: '2.0' };
const RESTORED: Fact = { is: 'restored', from: 'a' };
const ROUTE: Fact = { is: 'route', switchNumber: 2, instance: 'b' as InstanceName, previous: 'a' as InstanceName };
const scale: Action = { do: 'scale', instance: 'b' as InstanceName, uid: 'u', from: 1, to: 2 };

describe('an action waits for an earlier one', () => {
  test.each<[string, Action, Action, boolean]>([
    ['a Service for the one before it', move('b'), move('b'), true],
    ['a Service for the word that gates have passed', move('b'), attest('b', GATES), true],
    ['but not for gates after the switch', move('b'), attest('b', { ...GATES, phase: 'after' }), false],
    ['nor for another fact', move('b'), attest('b', HELD), false],
    ['a preview for nothing', move('b', { role: 'Preview' }), move('b'), false],
    ['nothing for a preview', move('b'), move('b', { role: 'Preview' }), false],
    ['a repair for nothing', move('b', { repair: true }), move('b'), false],
    ['pods for their own config', publish('Deployment', 'b'), publish('ConfigMap', 'b'), true],
    ['not for that of others', publish('Deployment', 'b'), publish('ConfigMap', 'a'), false],
    ['nor for a Deployment', publish('Deployment', 'b'), publish('Deployment', 'b'), false],
    ['config for nothing', publish('ConfigMap', 'b'), publish('ConfigMap', 'b'), false],
    ['a budget for the old one of its Deployment', publish('PodDisruptionBudget', 'b'), retire('PodDisruptionBudget', 'uid of b'), true],
    ['not for that of another', publish('PodDisruptionBudget', 'b'), retire('PodDisruptionBudget', 'uid of a'), false],
    ['nor for what else is deleted', publish('PodDisruptionBudget', 'b'), retire('ControllerRevision', 'uid of b'), false],
    ['nor for a new one', publish('PodDisruptionBudget', 'b'), publish('PodDisruptionBudget', 'b'), false],
    ['a name for whoever gives it up', attest('b', ALIAS), retire('ControllerRevision', 'record of a', 'alias'), true],
    ['a new version, which may bring one, too', blueprint('b'), retire('ControllerRevision', 'record of a', 'alias'), true],
    ['not for another fact that goes', blueprint('b'), retire('ControllerRevision', 'record of a', 'failed'), false],
    ['a route for the word of the gates', attest('b', ROUTE), attest('b', GATES), true],
    ['not for the rest', attest('b', ROUTE), attest('b', HELD), false],
    ['that a copy is complete for what it says', attest('b', RESTORED), attest('b', HELD), true],
    ['not for what another says', attest('b', RESTORED), attest('a', HELD), false],
    ['nor for what is no fact', attest('b', RESTORED), scale, false],
    ['a renewal for facts against it', attest('b', RENEWED), retire('ControllerRevision', 'record of b', 'failed'), true],
    ['a failure for the one before it', attest('b', FAILED), retire('ControllerRevision', 'record of b', 'failed'), true],
    ['not for facts about others', attest('b', FAILED), retire('ControllerRevision', 'record of a', 'failed'), false],
    ['nor for what is no fact, too', attest('b', FAILED), retire('ControllerRevision', 'record of b'), false],
    ['what is held for nothing', attest('b', HELD), retire('ControllerRevision', 'record of b', 'failed'), false],
    ['facts that go for the renewal', retire('ControllerRevision', 'record of b', 'failed'), attest('b', RENEWED), true],
    ['not for that of another', retire('ControllerRevision', 'record of b', 'failed'), attest('a', RENEWED), false],
    ['nor for another fact', retire('ControllerRevision', 'record of b', 'failed'), attest('b', FAILED), false],
    ['a size for nothing', scale, attest('b', GATES), false],
  ])('%s', (_what, later, earlier, does) => {
    expect(needs(later, earlier)).toBe(does);
  });
});

describe('while facts of a deleted App are copied', () => {
  const rehearse: Action = {
    do: 'ask',
    question: { ask: 'dryRun', fingerprint: 'v1:x' as Fingerprint, configs: 0, object: of('shop-b') },
  };
  const recall = (id: string): Action => ({ do: 'ask', question: { ask: 'content', id: id as VersionId, record: undefined } });
  const all = [rehearse, publish('Deployment', 'shop-b'), blueprint('shop-b'), move('shop-b'), move('shop-b-2'), move('shop-bc'), scale];
  const stay = [move('shop-bc'), scale];
  test.each<[string, readonly Action[], readonly Action[]]>([
    ['of nothing, all is done', [], all],
    ['a version of which one is copied is not begun, and no traffic goes there', [attest('shop-b', HELD)], stay],
    ['nor one whose content is read for it', [recall('shop-b')], stay],
    ['others go on', [attest('shop-a', HELD), recall('shop-c')], all],
    ['what is no copy keeps nothing', [scale, rehearse], all],
  ])('%s', (_what, restoring, left) => {
    expect(withhold(restoring, all)).toEqual(left);
  });
  test('a Service that somebody moved is put back all the same', () => {
    const repair = move('shop-b', { repair: true });
    expect(withhold([attest('shop-b', HELD)], [repair])).toEqual([repair]);
  });
});

describe('of what has no owner or no label, or is deleted itself', () => {
  const bare = (kind: 'ConfigMap' | 'Deployment' | 'PodDisruptionBudget', metadata: Partial<KubeObject['metadata']>): Action => ({
    do: 'publish',
    kind,
    object: { apiVersion: 'v1', kind, metadata: { name: 'b', namespace: 'shop', ...metadata } },
    why: '',
  });
  const gone = (kind: 'ConfigMap' | 'Deployment' | 'PodDisruptionBudget', uid?: string): Action => ({
    do: 'retire',
    kind,
    name: 'b',
    uid: 'x',
    why: '',
    ...(uid === undefined ? {} : { of: uid }),
  });
  test.each<[string, Action, Action, boolean]>([
    ['a Deployment that goes waits for no config', gone('Deployment'), publish('ConfigMap', 'b'), false],
    ['pods wait for no config that goes', publish('Deployment', 'b'), gone('ConfigMap'), false],
    ['a budget that goes waits for no other', gone('PodDisruptionBudget'), gone('PodDisruptionBudget', 'uid of b'), false],
    ['config waits for none that goes', publish('ConfigMap', 'b'), gone('ConfigMap', 'uid of b'), false],
    ['a size waits for no budget', scale, gone('PodDisruptionBudget', 'uid of b'), false],
    ['a budget without owners waits for none', bare('PodDisruptionBudget', {}), gone('PodDisruptionBudget', 'uid of b'), false],
    ['nor one whose owners are none', bare('PodDisruptionBudget', { ownerReferences: [] }), gone('PodDisruptionBudget', 'uid of b'), false],
    ['nor for a new one of nobody', bare('PodDisruptionBudget', {}), bare('PodDisruptionBudget', {}), false],
    ['pods without labels wait for no config of a version', bare('Deployment', {}), publish('ConfigMap', 'b'), false],
  ])('%s', (_what, later, earlier, does) => {
    expect(needs(later, earlier)).toBe(does);
  });
});

describe('writes that were refused', () => {
  const facts: Given = { versions: { one: up(3), two: up(3) }, switches: ['one'] };
  const refusing = (...actions: readonly Action[]) => {
    const seen = given(facts);
    const finding = { reason: 'Denied', message: 'no' } as const;
    return {
      ...seen,
      refusals: new Map(actions.map((action) => [writeOf(seen.app.generation, action), { lasting: true, finding }] as const)),
    };
  };
  const shape = { spec: { ports: [] }, labels: {}, annotations: {} };
  const shaped: Action = { ...(move('shop-b') as Extract<Action, { do: 'switch' }>), shape };
  const reshape: Action = { do: 'reshape', service: 'web', resourceVersion: '1', shape };
  const instance = given(facts).instances.find(({ name }) => name === (id('one') as string))!;
  const TARGETS = {
    http: { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' },
    admin: { name: 'admin', port: 90, targetPort: 'admin', protocol: 'TCP' },
    number: { name: 'number', port: 70, targetPort: 7000, protocol: 'TCP' },
  };
  const having = (...ports: readonly (keyof typeof TARGETS)[]) => {
    const seen = refusing(shaped);
    const [web] = seen.services;
    const other = { ...web!, name: 'api', ports: [TARGETS.admin] };
    return { ...seen, services: [other, { ...web!, ports: ports.map((port) => TARGETS[port]) }] };
  };

  test('of what is not refused nothing is told', () => {
    expect(refusedAmong(refusing(shaped), [scale, reshape])).toEqual([]);
  });
  test('a second write to one Service is left to the next decision, one to another Service is not', () => {
    const other: Action = { ...reshape, service: 'api' };
    expect(allowed(refusing(), [reshape, shaped, other, scale, scale])).toEqual([reshape, other, scale, scale]);
  });
  test('a shape that goes by itself is tried as it is', () => {
    expect(unburdened(refusing(reshape), reshape, instance)).toBe(reshape);
  });
  test('so is a move that takes none along', () => {
    const plain = move('shop-b');
    expect(unburdened(refusing(plain), plain, instance)).toBe(plain);
  });
  test.each<[string, readonly (keyof typeof TARGETS)[], boolean]>([
    ['without its shape, where the target has all ports that the Service has', ['http'], true],
    ['without it, where a port is a number', ['number', 'http'], true],
    ['with it, where the target lacks one', ['http', 'admin'], false],
  ])('a move is tried %s', (_what, ports, isBare) => {
    expect(unburdened(having(...ports), shaped, instance)).toEqual(isBare ? move('shop-b') : shaped);
  });
  test('a move of a Service that is not there any more is tried without its shape', () => {
    expect(unburdened({ ...refusing(shaped), services: [] }, shaped, instance)).toEqual(move('shop-b'));
  });
});

// Which action waits for which other one, where one of them is refused: the order that a decision may not lose.
import { describe, expect, test } from '@jest/globals';
import type { Action, Stamp } from '../../src/model/action.ts';
import type { KubeObject } from '../../src/model/object.ts';
import type { Fact } from '../../src/model/observed.ts';
import type { Fingerprint, InstanceName, VersionId } from '../../src/model/version.ts';
import { LABEL } from '../../src/model/vocabulary.ts';
import { needs, withhold } from '../../src/plan/steps/refusal.ts';

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

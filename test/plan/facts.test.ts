// What is written down to outlive status, word for word: a fact that lacks a field is as good as lost.
import { expect, test } from '@jest/globals';
import type { Fact } from '../../src/model/observed.ts';
import type { Evidence } from '../../src/model/question.ts';
import type { SourceFact } from '../../src/model/source.ts';
import { digest } from '../../src/model/version.ts';
import { sourceText } from '../../src/model/app.ts';
import { plan } from '../../src/plan/plan.ts';
import { projectRevision, renderRecord } from '../../src/workloads/record.ts';
import type { Given } from '../given.ts';
import type { InstanceName } from '../../src/model/version.ts';
import { APP, cold, coming, freeze, given, id, NAMESPACE, NOW, stored, up } from '../given.ts';

const actionsOf = (facts: Given, since: number) => {
  const first = given(facts);
  return plan(freeze({ ...first, notes: plan(first, NOW - since * 1000).notes }), NOW).actions;
};
const factsOf = (facts: Given, since: number): Fact[] =>
  actionsOf(facts, since).flatMap((action) => (action.do === 'attest' ? [action.fact] : []));

const instance = (name: string): InstanceName => id(name) as string as InstanceName;
const crash: Evidence = { cause: 'version', reason: 'CrashLoop', message: 'it crashed', container: 'main', exitCode: 3 };
const quota: Evidence = { cause: 'cluster', reason: 'QuotaExceeded', message: 'exceeded quota' };
const kubectl = [{ by: 'kubectl-edit', at: 1, how: 'Update' }] as const;
const rising: Given = { latest: 'two', versions: { one: up(3), two: coming(3, 1) }, switches: ['one'] };
const failed = {
  is: 'failed',
  by: '',
  instance: instance('two'),
  attempt: 0,
  message: '1 of 3 pods were available in time; it crashed',
} as const;
const edited = { versions: { one: up(3, { edited: true, generation: 2 }) }, switches: ['one'] };
const switched = (secondsAgo: number): NonNullable<Given['status']> => ({
  observedGeneration: 6,
  decision: '',
  pinned: '',
  history: [{ switchNumber: 2, at: new Date(NOW - secondsAgo * 1000).toISOString(), from: id('one'), to: id('two'), reason: 'Automatic' }],
});

test.each<[string, Given, readonly Fact[]]>([
  ['a crash', { ...rising, evidence: { two: crash } }, [{ ...failed, ...crash, message: failed.message }]],
  [
    'a crash under a pointer',
    { ...rising, evidence: { two: crash }, spec: { activeVersion: id('two') }, decision: id('two') },
    [{ ...failed, ...crash, message: failed.message, by: id('two') }],
  ],
  [
    'what the cluster lacks, for the fourth time',
    {
      ...rising,
      versions: { one: up(3), two: { ...coming(3, 1), failed: { ...quota, attempt: 2, ageSeconds: 900 } } },
      evidence: { two: quota },
    },
    [{ ...failed, ...quota, message: '1 of 3 pods were available in time; exceeded quota', attempt: 3 }],
  ],
  [
    'the replacement of what serves',
    {
      versions: {
        one: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2, available: 1 }], renewed: { nonce: 'x', instances: ['one'] } },
      },
      switches: ['one'],
      evidence: { 'one-2': crash },
    },
    [{ ...failed, ...crash, message: failed.message, instance: instance('one-2'), replacement: true }],
  ],
  [
    'a collapse after the switch',
    {
      latest: 'two',
      versions: { one: up(3), two: coming(3) },
      switches: ['one', 'two'],
      status: switched(40),
      evidence: { two: quota },
    },
    [
      {
        ...failed,
        ...quota,
        cause: 'version',
        reason: 'FailedBack',
        message: 'no pod was left within failbackSeconds 60 of the switch; exceeded quota',
      },
    ],
  ],
  [
    'an intruder by name',
    { ...edited, comparisons: { one: { deployment: ['image', 'command'], writers: kubectl, agrees: false } } },
    [{ is: 'discarded', instance: instance('one'), message: 'image, command', by: 'kubectl-edit' }],
  ],
  [
    'an intruder who left no word of what he did',
    { ...edited, comparisons: { one: { writers: kubectl, agrees: false } } },
    [{ is: 'discarded', instance: instance('one'), message: 'its spec is not what was published', by: 'kubectl-edit' }],
  ],
  [
    'a change without a trace, twice',
    { ...edited, comparisons: { one: { deployment: ['image', 'command'], agrees: false, secondsAgo: 1, sinceSeconds: 61 } } },
    [{ is: 'discarded', instance: instance('one'), message: 'image, command' }],
  ],
  [
    'a ConfigMap that is gone',
    { versions: { one: { ...up(3), configs: false } }, switches: ['one'] },
    [{ is: 'discarded', instance: instance('one'), message: `ConfigMap ${id('one')}.httpd is gone`, configs: 1 }],
  ],
  [
    'a ConfigMap of a later ordinal that is gone',
    { versions: { one: { ...up(3, { configsAs: 3 }), configs: false, specHash: 'its own', configsAs: 3 } }, switches: ['one'] },
    [{ is: 'discarded', instance: instance('one'), message: `ConfigMap ${id('one-3')}.httpd is gone`, configs: 3 }],
  ],
  [
    'a renewal, with every instance there is and the reject it voids',
    {
      latest: 'two',
      versions: { one: up(3), two: { instances: [{ replicas: 1 }, { replicas: 1, ordinal: 2 }] } },
      switches: ['one'],
      metadata: { annotations: { 'immutableapp.io/renew': `${id('two')}@7`, 'immutableapp.io/reject': id('two') } },
    },
    [{ is: 'renewed', nonce: '7', instances: [instance('two'), instance('two-2')], reject: id('two') }],
  ],
  [
    'a reject',
    {
      latest: 'two',
      versions: { one: up(3), two: cold },
      switches: ['one'],
      metadata: { annotations: { 'immutableapp.io/reject': id('two') } },
    },
    [{ is: 'rejected', by: id('two') }],
  ],
  ['a name', { versions: { one: { ...up(3), name: '1.0' } }, switches: ['one'], spec: { version: '1.1' } }, [{ is: 'alias', name: '1.1' }]],
  [
    'a pointer that passes Latest over',
    {
      latest: 'two',
      versions: { one: { ...up(3), name: '1.0' }, two: up(3) },
      switches: ['one', 'two'],
      spec: { activeVersion: '1.0' },
      decision: '',
    },
    [{ is: 'held', by: '1.0' }],
  ],
])('%s', (_what, facts, expected) => {
  expect(factsOf(facts, 600)).toEqual(expected);
});

const sourcesOf = (facts: Given): readonly SourceFact[] =>
  actionsOf(facts, 60).flatMap((action) => {
    if (action.do !== 'publish' || action.kind !== 'ControllerRevision') return [];
    const record = projectRevision(stored(renderRecord({ namespace: NAMESPACE, name: APP, uid: 'u' }, action.record), {}));
    return record.is === 'record' ? record.sources : [];
  });
test('what a version captured: of which state, saying what; or that it was not there', () => {
  const site = { latest: 'sitea', trial: 'accepted', sources: { site: { says: 'a', read: {} } } } as const;
  expect(sourcesOf(site)).toEqual([
    { name: 'site', uid: 'uid-ConfigMap-site', resourceVersion: '4712', digest: digest(sourceText({ data: { 'site.conf': 'a' } })) },
  ]);
  expect(sourcesOf({ latest: 'open', trial: 'accepted' })).toEqual([{ name: 'site', uid: '', resourceVersion: '', digest: '' }]);
});

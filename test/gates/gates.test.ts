// Gates never pass what was not observed, never fail for lack of news, and never act.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Candidate } from '../../src/gates/gate.ts';
import { GATES, judge, READINESS } from '../../src/gates/index.ts';
import type { InstanceSeen } from '../../src/model/observed.ts';
import { REASON } from '../../src/model/vocabulary.ts';
import { given, up } from '../given.ts';

const seen = given({ versions: { one: up(3) } });
const instance = seen.instances[0]!;
const asked = (name: string, protocol = 'TCP') => ({ name, protocol, asks: 'Service web of spec.services', remedy: 'name it' });
const WHOLE: Candidate = {
  record: seen.records[0],
  configs: seen.configs,
  instance,
  called: `${instance.name} (2.0)`,
  doubt: undefined,
  verified: seen.verified,
  cleanGeneration: instance.generation,
  wanted: 3,
  targetPorts: [asked('http')],
  mismatches: [],
  settled: true,
  overdue: false,
};
const NOTHING: Candidate = {
  record: undefined,
  configs: [],
  instance: undefined,
  called: '',
  doubt: undefined,
  verified: new Map(),
  cleanGeneration: 0,
  wanted: 0,
  targetPorts: [],
  mismatches: [],
  settled: true,
  overdue: true,
};
const but = (change: Partial<InstanceSeen>): Candidate => {
  const changed = { ...instance, ...change };
  return { ...WHOLE, instance: changed, cleanGeneration: changed.generation };
};

test('what is whole passes every gate', () => {
  expect(judge(WHOLE)).toEqual({ verdict: { is: 'pass' }, gates: GATES.map(({ name }) => ({ name, verdict: { is: 'pass' } })) });
});

test.each(GATES.map(({ name, judge: ask }) => [name, ask] as const))('%s waits for what was not observed', (_name, ask) => {
  const absent = { is: 'wait', reason: REASON.NotObserved, message: 'not published yet' };
  expect(ask(NOTHING)).toEqual(absent);
  expect(ask({ ...WHOLE, instance: undefined })).toEqual(absent);
});

test('gates are known in status by these names', () => {
  expect(GATES.map(({ name }) => name)).toEqual(['integrity', 'ports', 'selector', 'readiness']);
  expect(READINESS).toBe('readiness');
});

describe('integrity', () => {
  test.each<[string, Candidate, string, string]>([
    ['no record', { ...WHOLE, record: undefined }, 'wait', REASON.NotObserved],
    ['a damaged record', { ...WHOLE, record: { ...WHOLE.record!, authentic: false } }, 'fail', REASON.Compromised],
    ['a config object that is gone', { ...WHOLE, configs: [] }, 'wait', REASON.Compromised],
    ['another config object alone', { ...WHOLE, configs: [{ ...seen.configs[0]!, name: 'other' }] }, 'wait', REASON.Compromised],
    ['a config object that was made anew', { ...WHOLE, configs: [{ ...seen.configs[0]!, uid: 'new' }] }, 'wait', REASON.Compromised],
    ['a spec that was never what was published', { ...WHOLE, cleanGeneration: 0 }, 'wait', REASON.Compromised],
    ['a spec that no longer is', { ...but({ generation: 2, observedGeneration: 2 }), cleanGeneration: 1 }, 'wait', REASON.Compromised],
    ['a doubt', { ...WHOLE, doubt: { reason: REASON.NotObserved, message: 'touched' } }, 'wait', REASON.NotObserved],
  ])('%s', (_what, candidate, is, reason) => {
    expect(judge(candidate).verdict).toMatchObject({ is, reason });
  });
  test('says which object it is about', () => {
    expect(judge({ ...WHOLE, record: { ...WHOLE.record!, authentic: false } }).verdict).toMatchObject({
      message: `record ${WHOLE.record!.name} does not hold the content of its fingerprint`,
    });
    expect(judge({ ...WHOLE, cleanGeneration: 0 }).verdict).toMatchObject({
      message: `Deployment ${instance.name} (2.0) is not what was published`,
    });
  });
  test('says which config object is gone', () => {
    expect(judge({ ...WHOLE, configs: [] }).verdict).toMatchObject({ message: `ConfigMap ${seen.configs[0]!.name} is gone` });
  });
});

describe('readiness', () => {
  test.each<[string, Partial<InstanceSeen>]>([
    ['a spec the controller has not seen', { generation: 2, observedGeneration: 1 }],
    ['another size', { replicas: 4, pods: 4, updated: 4, available: 4 }],
    ['a size that is not there yet', { replicas: 4 }],
    ['a pod of an older template', { updated: 2 }],
    ['a pod that is not available', { available: 2 }],
    ['a pod too many', { pods: 4 }],
  ])('waits for %s', (_what, change) => {
    expect(judge(but(change)).verdict).toMatchObject({ is: 'wait', reason: REASON.NotAvailable });
  });
  test('past the deadline it fails, quoting who complains', () => {
    const late = { ...but({ available: 1, complaint: 'exceeded quota' }), overdue: true, settled: false };
    expect(judge(late).verdict).toMatchObject({
      is: 'fail',
      reason: REASON.ProgressDeadlineExceeded,
      message: expect.stringContaining('1 of 3 pods'),
    });
    expect(JSON.stringify(judge(late))).toContain('exceeded quota');
  });
  test('what is up is not failed for a deadline', () => {
    expect(judge({ ...WHOLE, overdue: true, settled: false }).verdict).toMatchObject({ is: 'wait', reason: REASON.SettlingIn });
  });
});

test('ports and selectors are asked of the candidate', () => {
  expect(judge({ ...WHOLE, targetPorts: [asked('http'), asked('grpc')] }).verdict).toMatchObject({
    is: 'wait',
    reason: REASON.PortMissing,
  });
  expect(judge({ ...WHOLE, targetPorts: [asked('http', 'UDP')] }).verdict).toMatchObject({
    is: 'wait',
    message: `no container of ${instance.name} (2.0) has a UDP port named "http", which Service web of spec.services sends traffic to: name it`,
  });
  const two = but({ ports: ['metrics', 'http'].map((name) => ({ name, protocol: 'TCP', number: 8080 })) });
  expect(judge({ ...two, targetPorts: [asked('http')] }).verdict).toEqual(judge(WHOLE).verdict);
  expect(judge({ ...WHOLE, mismatches: ['why'] }).verdict).toMatchObject({ is: 'wait', reason: REASON.SelectorMismatch, message: 'why' });
});

test('one fail is a fail, one wait keeps it from passing, whatever the rest says', () => {
  const counts = fc.record({
    generation: fc.nat(2),
    observedGeneration: fc.nat(2),
    replicas: fc.nat(4),
    updated: fc.nat(4),
    available: fc.nat(4),
    pods: fc.nat(4),
    specHash: fc.constantFrom(instance.specHash, 'x', ''),
  });
  const candidates = fc.record({
    ...Object.fromEntries(Object.entries(WHOLE).map(([key, value]) => [key, fc.constant(value)])),
    instance: fc.option(
      counts.map((change) => ({ ...instance, ...change })),
      { nil: undefined },
    ),
    settled: fc.boolean(),
    overdue: fc.boolean(),
    targetPorts: fc.subarray([asked('http'), asked('grpc')]),
  }) as unknown as fc.Arbitrary<Candidate>;
  fc.assert(
    fc.property(candidates, (candidate) => {
      const { verdict, gates } = judge(candidate);
      const said = gates.map((gate) => gate.verdict.is);
      expect(verdict.is).toBe(said.includes('fail') ? 'fail' : said.includes('wait') ? 'wait' : 'pass');
      if (verdict.is === 'pass') expect(candidate.instance?.available).toBe(candidate.wanted);
    }),
  );
});

test('a config object that is gone is missed; a source that was absent from the beginning is not', () => {
  const named = instance.configs[0]!;
  const absent = named.replace(/\..*$/, '.never-there');
  expect(judge({ ...WHOLE, configs: [] }).verdict).toMatchObject({
    is: 'wait',
    reason: REASON.Compromised,
    message: `ConfigMap ${named} is gone`,
  });
  expect(judge({ ...WHOLE, instance: { ...instance, configs: [named, absent] } }).verdict).toEqual({ is: 'pass' });
});

// How long foreign pods that get traffic are tolerated: each by itself.
import { expect, test } from '@jest/globals';
import type { EndpointSeen } from '../../src/model/observed.ts';
import { plan } from '../../src/plan/plan.ts';
import { freeze, given, NOW, up } from '../given.ts';

/** One serves, and so do these pods that no instance made. */
const seenWith = (strangers: Readonly<Record<string, EndpointSeen['origin']>>) => {
  const seen = given({ versions: { one: up(3) }, switches: ['one'] });
  const foreign = Object.entries(strangers).map(([pod, origin]): EndpointSeen => ({ ready: true, pod, instance: undefined, origin }));
  return freeze({ ...seen, services: seen.services.map((service) => ({ ...service, endpoints: [...service.endpoints, ...foreign] })) });
};
const toldOf = ({ status }: ReturnType<typeof plan>): string[] =>
  [status.conditions?.find(({ type }) => type === 'Ready'), ...(status.warnings ?? [])].flatMap((each) =>
    each?.reason === 'ForeignEndpoint' ? [/pod (\S+)/.exec(each.message ?? '')?.[1] ?? ''] : [],
  );

test('a pod that has just come is tolerated, however long another one has been there', () => {
  const { notes } = plan(seenWith({ old: 'unknown' }), NOW - 60_000);
  expect(toldOf(plan(freeze({ ...seenWith({ old: 'unknown' }), notes }), NOW))).toEqual(['old']);
  expect(toldOf(plan(freeze({ ...seenWith({ fresh: 'unknown', old: 'unknown' }), notes }), NOW))).toEqual(['old']);
});

test('pods of several origins are told of, each when its time is over', () => {
  const all = seenWith({ unknown: 'unknown', elsewhere: 'elsewhere', bare: 'bare' });
  const after = (seconds: number) => toldOf(plan(freeze({ ...all, notes: plan(all, NOW - seconds * 1000).notes }), NOW));
  expect(after(0)).toEqual(['bare']);
  expect(after(1)).toEqual(['bare', 'elsewhere']);
  expect(after(10)).toEqual(['bare', 'elsewhere', 'unknown']);
});

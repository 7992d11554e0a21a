// What no row about overlap Never can say: what is in an action beside its words, and the time that one target waited while another one waits.
import { expect, test } from '@jest/globals';
import type { Action } from '../../src/model/action.ts';
import type { App } from '../../src/model/app.ts';
import { plan } from '../../src/plan/plan.ts';
import { clashing, takeTurns } from '../../src/plan/read/overlap.ts';
import { assignRoles } from '../../src/plan/steps/retention.ts';
import type { Given } from '../given.ts';
import { cold, coming, freeze, given, id, nick, NOW, up, WEB } from '../given.ts';
import { lines } from './table.ts';
import { stageOf } from './stage.ts';

const NEVER = { promotion: { overlap: 'Never' } };
const update = (versions: NonNullable<Given['versions']>, more: Partial<Given> = {}): Given => ({
  latest: 'two',
  switches: ['one'],
  spec: NEVER,
  versions,
  ...more,
});

test('what stops is known for it: it is confirmed before it loses its pods', () => {
  expect(plan(given(update({ one: up(3), two: cold })), NOW).actions).toEqual([
    { do: 'scale', instance: id('one'), uid: `uid-${id('one')}`, from: 3, to: 0, stops: true },
  ]);
});

test('nobody waits for its own pods that terminate', () => {
  const seen = given(update({ one: coming(0, 0, { leaving: 1 }), two: { ...up(0), failed: {} } }));
  const { actions, status } = plan(seen, NOW);
  expect(lines(actions)).toEqual(['scale one 0 → 3']);
  expect(status.conditions?.find(({ type }) => type === 'Ready')?.reason).toBe('VersionFailed');
});

test('what is told of a claim and of ports of the node, in full', () => {
  const ports = [80, 443].map((hostPort) => ({ name: `at-${String(hostPort)}`, containerPort: 8000 + hostPort, hostPort }));
  const containers = [{ name: 'main', image: 'x', ports }];
  const volumes = [{ name: 'a', persistentVolumeClaim: { claimName: 'store' } }];
  const { app } = given({ spec: { template: { spec: { containers, volumes } } } });
  expect(clashing(app as App)).toEqual([
    {
      reason: 'SharedVolume',
      message:
        'PersistentVolumeClaim store is mounted by two versions at a time during an update: if it is ReadWriteOnce, or only one version may write to it at a time, set spec.promotion.overlap to Never, which stops one version before the next starts',
    },
    {
      reason: 'HostPort',
      message:
        'port 80, 443 of the node is wanted by two versions at a time during an update: without nodes to spare set spec.promotion.overlap to Never, which stops one version before the next starts',
    },
  ]);
});

test('the time that one target waited for a human is not that of the next', () => {
  const waits = { ...NEVER, services: [{ ...WEB, ports: [{ name: 'x', port: 1, targetPort: 'nope' }] }] };
  const before = given(update({ one: up(0), two: up(3) }, { spec: waits }));
  const { notes } = plan(before, NOW - 600_000);
  const same = plan(freeze({ ...before, notes }), NOW);
  expect(lines(same.actions)).toEqual(['scale two 3 → 0']);
  const other = plan(given(update({ one: up(0), three: up(3) }, { latest: 'three', spec: waits, notes })), NOW);
  expect(lines(other.actions)).toEqual([]);
});

test('what drains may shrink, whoever has the turn, and may not grow', () => {
  const stage = stageOf(update({ one: up(3), two: up(3) }, { switches: ['one', 'two'] }));
  const standing = assignRoles(stage, undefined);
  expect(standing.placements.map(({ instance, role }) => [nick(instance.name), role])).toEqual([
    ['two', 'Active'],
    ['one', 'Draining'],
  ]);
  const one = stage.seen.instances.find(({ name }) => (name as string) === (id('one') as string))!;
  const to = (size: number): Action => ({ do: 'scale', instance: one.name, uid: one.uid, from: 3, to: size });
  expect(lines(takeTurns(stage, undefined, standing, [to(4), to(2)]))).toEqual(['scale one 3 → 2']);
});

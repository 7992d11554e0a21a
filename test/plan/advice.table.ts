import { expect } from '@jest/globals';
import { coming, id, up } from '../given.ts';
import type { Row } from './table.ts';

const RISING = ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'];
const SERVES = ['Available Serving', 'Ready Serving'];
const told = (...said: readonly string[]) => ({
  warnings: said.map((words) => ({ reason: 'AdmissionWarning', message: expect.stringContaining(words) })),
});
const privileged = 'would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false';
const duplicate = 'spec.template.spec.containers[1].ports[0]: duplicate port name "http" with spec.template.spec.containers[0].ports[0]';
const UPDATE = { latest: 'two', versions: { one: up(3), two: coming(3, 2) }, switches: ['one'] } as const;
const row = (name: string, given: Row['given'], status: Row['status'], conditions: readonly string[] = RISING): Row => ({
  name,
  given: { ...UPDATE, ...given },
  since: 60,
  actions: [],
  conditions,
  ...(conditions === RISING ? { wake: 540_000 } : {}),
  ...(status && { status }),
});
const exactly = (...messages: readonly string[]) => ({ warnings: messages.map((message) => ({ reason: 'AdmissionWarning', message })) });
const accepts = (words: string): string => `the API server accepts two and warns: ${words}`;
const before = (latest: string, ...said: readonly string[]) => ({
  status: { latestVersion: id(latest), warnings: said.map((message) => ({ reason: 'AdmissionWarning', message })) },
});

export const ADVICE: readonly Row[] = [
  row('what the API server warns of is told with the version', { advice: { two: [privileged, duplicate] } }, told(privileged, duplicate)),
  row('twice the same is told once, on one line', { advice: { two: [duplicate, `${duplicate.replace(' ', '\n  ')} `] } }, told(duplicate)),
  row('of another version it is not told', { advice: { one: [privileged], two: [] } }, { warnings: [] }),
  row(
    'much of it is cut',
    { advice: { two: [1, 2, 3, 4, 5, 6, 7].map((n) => `${String(n)} ${'x'.repeat(5_000)}`) } },
    {
      warnings: [...[1, 2, 3, 4, 5].map((n) => new RegExp(`warns: ${String(n)} x{509}…$`)), /and 2 more warnings$/].map((words) => ({
        reason: 'AdmissionWarning',
        message: expect.stringMatching(words),
      })),
    },
  ),
  row('another process goes on saying what the report says', { ...before('two', privileged), trial: 'none' }, told(privileged)),
  row('it is not said of the next version', before('one', privileged), { warnings: [] }),
  row('asked again, what is no longer warned of is taken back', { ...before('two', privileged), advice: { two: [] } }, { warnings: [] }),
  row(
    'it stays as long as the version is the newest',
    { latest: 'one', versions: { one: up(3) }, ...before('one', privileged), trial: 'none' },
    told(privileged),
    SERVES,
  ),
  row(
    'as many as are told at most are told without a rest',
    { advice: { two: ['a', 'b', 'c', 'd', 'e'] } },
    exactly(...['a', 'b', 'c', 'd', 'e'].map(accepts)),
  ),
  row(
    'words that just fit are not cut',
    { advice: { two: ['x'.repeat(512), 'short'] } },
    exactly(...['x'.repeat(512), 'short'].map(accepts)),
  ),
  row('words that are one too long are cut', { advice: { two: ['x'.repeat(513)] } }, exactly(accepts(`${'x'.repeat(511)}…`))),
  row(
    'another process says nothing of the version before, while it has not asked',
    { ...before('one', privileged), trial: 'none' },
    exactly(),
  ),
  row(
    'of what the report says only that is repeated, and as it stands there',
    {
      status: {
        latestVersion: id('two'),
        warnings: [
          { reason: 'PinExpired', message: 'the pin has expired' },
          { reason: 'AdmissionWarning', message: privileged },
        ],
      },
      trial: 'none',
    },
    exactly(privileged),
  ),
  row(
    'what the report says without words is repeated without words',
    { status: { latestVersion: id('two'), warnings: [{ reason: 'AdmissionWarning' }] }, trial: 'none' },
    exactly(''),
  ),
  {
    name: 'it is not told before the version is recorded',
    given: { latest: 'two', versions: { one: up(3) }, switches: ['one'], trial: 'accepted', advice: { two: [privileged] } },
    since: 60,
    actions: ['publish record two #2'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
    status: exactly(),
  },
];

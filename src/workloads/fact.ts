// Parses facts from the cluster. A fact cannot be changed, but somebody else with the right to create ControllerRevisions may have written it, or a
// newer operator. One that cannot be parsed counts as absent, and no other code sees the raw data.
import type { Obj } from '../model/json.ts';
import { list, obj, plain, text } from '../model/json.ts';
import type { GateSaid, Phase } from '../model/measure.ts';
import { PHASES } from '../model/measure.ts';
import type { Fact } from '../model/observed.ts';
import type { Evidence } from '../model/question.ts';
import type { InstanceName } from '../model/version.ts';
import type { Reason } from '../model/vocabulary.ts';
import { REASON } from '../model/vocabulary.ts';

/** No object's name is longer. */
const LONGEST_NAME = 253;
/** We write far shorter texts; longer ones would not fit into status. */
const LONGEST_MESSAGE = 4096;

type Of<K extends Fact['is']> = Extract<Fact, { is: K }>;

/** Fields that identify the subject are required and checked; others may be missing. */
const READERS: { readonly [K in Fact['is']]: (raw: Obj) => Of<K> | undefined } = {
  held: ({ by, who }) => ({ is: 'held', by: text(by), ...optional('who', who) }),
  rejected: ({ by, who }) => ({ is: 'rejected', by: text(by), ...optional('who', who) }),
  failed: (raw) =>
    isName(raw.instance)
      ? {
          is: 'failed',
          by: text(raw.by),
          instance: raw.instance,
          attempt: isSmall(raw.attempt) ? Math.max(0, raw.attempt) : 0,
          ...evidenceIn(raw),
          ...(raw.replacement === true ? { replacement: true } : {}),
          ...optional('gate', raw.gate),
        }
      : undefined,
  alias: ({ name }) => (isName(name) ? { is: 'alias', name } : undefined),
  specHash: ({ specHash }) => (isName(specHash) ? { is: 'specHash', specHash } : undefined),
  renewed: ({ nonce, instances, reject, proven }) =>
    typeof nonce === 'string'
      ? {
          is: 'renewed',
          nonce,
          instances: Array.isArray(instances) ? instances.filter(isName) : [],
          reject: text(reject),
          ...(proven === true ? { proven: true } : {}),
        }
      : undefined,
  discarded: ({ instance, message, by, configs }) =>
    isName(instance)
      ? {
          is: 'discarded',
          instance,
          message: told(message),
          ...optional('by', by),
          ...(isSmall(configs) ? { configs } : {}),
        }
      : undefined,
  route: ({ switchNumber, instance, previous }) =>
    isCount(switchNumber) && isName(instance)
      ? { is: 'route', switchNumber, instance, previous: isName(previous) ? previous : '' }
      : undefined,
  ports: ({ serial, services }) =>
    isCount(serial)
      ? { is: 'ports', serial, services: Object.fromEntries(Object.entries(obj(services)).map(([name, ports]) => [name, portsIn(ports)])) }
      : undefined,
  gates: ({ phase, instance, uid, followed, gates }) =>
    isName(instance) && isName(uid) && isPhase(phase)
      ? { is: 'gates', phase, instance, uid, ...(followed === true ? { followed: true } : {}), gates: list(gates).map(gateIn) }
      : undefined,
  images: ({ instance, containers }) =>
    isName(instance)
      ? {
          is: 'images',
          instance,
          containers: Object.fromEntries(Object.entries(obj(containers)).map(([name, digests]) => [told(name), digestsIn(digests)])),
        }
      : undefined,
  restored: ({ from }) => ({ is: 'restored', from: text(from) }),
};

const isPhase = (value: unknown): value is Phase => PHASES.some((phase) => phase === value);

/** The parsed fact; undefined if it is of a kind that we do not know. */
export function factIn(raw: unknown): Fact | undefined {
  const said = obj(plain(raw));
  const kind = text(said.is);
  return Object.hasOwn(READERS, kind) ? READERS[kind as Fact['is']](said) : undefined;
}

const REASONS: ReadonlySet<string> = new Set(Object.values(REASON));

/** A failure stays a failure, even if a newer operator gave a reason that we do not know. */
const evidenceIn = ({ cause, reason, message, container, exitCode }: Obj): Evidence => ({
  cause: cause === 'cluster' ? 'cluster' : 'version',
  reason: REASONS.has(text(reason)) ? (reason as Reason) : REASON.VersionFailed,
  message: told(message),
  ...optional('container', container),
  ...(isSmall(exitCode) && exitCode >= 0 ? { exitCode } : {}),
});

const gateIn = ({ name, digest, verdict, message, by, since, at }: Obj): GateSaid => ({
  name: told(name),
  digest: text(digest),
  verdict: verdict === 'pass' || verdict === 'fail' ? verdict : 'wait',
  message: told(message),
  ...(Array.isArray(by) ? { by: by.map(told) } : {}),
  since: isCount(since) ? since : 0,
  at: isCount(at) ? at : 0,
});

const digestsIn = (digests: unknown): string[] =>
  Array.isArray(digests)
    ? digests.filter((digest): digest is string => typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest))
    : [];

/** Only objects that can be ports of a Service. */
const portsIn = (ports: unknown): Obj[] => list(ports).filter(({ port }) => Number.isInteger(port));

/** As status can show it. */
export const told = (message: unknown): string => text(message).slice(0, LONGEST_MESSAGE).replace(/\s+/g, ' ');
export const isName = (value: unknown): value is InstanceName =>
  typeof value === 'string' && value.length <= LONGEST_NAME && /^\S+$/.test(value);
/** An int32: an exit code, an ordinal. */
const isSmall = (value: unknown): value is number => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
/** The next ones can be counted, too. */
const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 52;
const optional = <K extends string>(key: K, value: unknown): { readonly [P in K]?: string } =>
  typeof value === 'string' ? ({ [key]: told(value) } as { readonly [P in K]?: string }) : {};

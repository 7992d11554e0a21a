// What a fact is called: the name is derived from what it says, so that to create it is its own retry.
import type { Fact, RecordSeen } from './observed.ts';
import { digest } from './version.ts';

const TAIL_DIGITS = 10;
const short = (text: string): string => digest(text).slice(0, TAIL_DIGITS);

type Of<K extends Fact['is']> = Extract<Fact, { is: K }>;

/** What sets a fact apart from the others about its record. */
const TAILS: { readonly [K in Fact['is']]: (fact: Of<K>) => string } = {
  held: ({ is }) => is,
  rejected: ({ is }) => is,
  failed: ({ is }) => is,
  restored: ({ is }) => is,
  alias: ({ name }) => `alias-${short(name)}`,
  specHash: ({ specHash }) => `spec-hash-${specHash.slice(0, TAIL_DIGITS)}`,
  renewed: ({ nonce }) => `renewed-${short(nonce)}`,
  discarded: ({ instance }) => `discarded-${short(instance)}`,
  route: ({ switchNumber }) => `route-${String(switchNumber)}`,
  gates: ({ phase, uid }) => `gates-${phase}-${short(uid)}`,
  images: ({ is }) => is,
  ports: ({ serial }) => `ports-${String(serial)}`,
};

const tailOf = <K extends Fact['is']>(fact: Of<K>): string => TAILS[fact.is](fact);

export const factName = ({ name }: Pick<RecordSeen, 'name'>, fact: Fact): string => `${name}.${tailOf(fact)}`;

// Actions that record a fact about a version, or delete one.
import type { Action } from '../../model/action.ts';
import type { Fact } from '../../model/observed.ts';
import type { FactOf, Version } from './versions.ts';

export const attest = ({ record }: Version, fact: Fact, why: string): Action[] =>
  record === undefined ? [] : [{ do: 'attest', record, fact, why }];

export const lift = ({ name, uid, owner, fact }: FactOf<Fact['is']>, why: string): Action => ({
  do: 'retire',
  kind: 'ControllerRevision',
  name,
  uid,
  of: owner?.uid ?? '',
  says: fact.is,
  why: `${fact.is} no more: ${why}`,
});

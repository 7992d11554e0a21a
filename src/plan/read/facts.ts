// Actions that record a fact about a version, or delete one.
import type { Action } from '../../model/action.ts';
import type { Fact } from '../../model/observed.ts';
import { renderFact } from '../../workloads/record.ts';
import type { Scene } from './scene.ts';
import type { FactOf, Version } from './versions.ts';

export const attest = ({ app }: Pick<Scene, 'app'>, { record }: Version, fact: Fact, why: string): Action[] =>
  record === undefined ? [] : [{ do: 'attest', object: renderFact(app, record, fact), why }];

export const lift = ({ name: factSeen, uid, fact }: FactOf<Fact['is']>, why: string): Action => ({
  do: 'retire',
  kind: 'ControllerRevision',
  name: factSeen,
  uid,
  why: `${fact.is} no more: ${why}`,
});

// Facts about versions that outlive status: recorded, and taken back.
import type { Action } from '../model/action.ts';
import type { Fact } from '../model/observed.ts';
import { renderAnnex } from '../workloads/record.ts';
import type { Scene } from './scene.ts';
import type { Annex, Version } from './versions.ts';

export const attest = ({ app }: Pick<Scene, 'app'>, { record }: Version, fact: Fact, why: string): Action[] =>
  record === undefined ? [] : [{ do: 'attest', object: renderAnnex(app, record, fact), why }];

export const lift = ({ name: annex, uid, fact }: Annex<Fact['is']>, why: string): Action => ({
  do: 'retire',
  kind: 'ControllerRevision',
  name: annex,
  uid,
  why: `${fact.is} no more: ${why}`,
});

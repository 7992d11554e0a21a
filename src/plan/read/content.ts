// What a version was made of: spec says it of Latest, its record of any other, and that has to be read.
import type { Action } from '../../model/action.ts';
import type { VersionId } from '../../model/version.ts';
import { fingerprintUnder, schemeOf } from '../../model/version.ts';
import type { Scene } from './scene.ts';
import type { Version } from './versions.ts';

/** Canonical; undefined when its record has to be read first. Under nulls that stand for something else spec does not say it. */
export function contentOf({ seen, app, versions }: Scene, version: Version): string | undefined {
  const atHand = version === versions.latest && isMadeOf(version, app.content);
  return atHand ? app.content : seen.answers.content.get(version.id);
}

/** Whether this text is what a version was made of; '' is not at hand. */
const isMadeOf = ({ fingerprint }: Version, content: string): boolean =>
  content !== '' && fingerprintUnder(schemeOf(fingerprint), content) === fingerprint;

export const readContentOf = (id: VersionId, record: string): Action => ({ do: 'ask', question: { ask: 'content', id, record } });

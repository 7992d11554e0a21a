// The content of a version: Latest has it in spec; any other has it in its record, which has to be read.
import type { Action } from '../../model/action.ts';
import type { VersionId } from '../../model/version.ts';
import { fingerprintUnder, schemeOf } from '../../model/version.ts';
import type { Scene } from './scene.ts';
import type { Version } from './versions.ts';

/** Canonical content; undefined when the record has to be read first. It is not in spec if spec has nulls where the version has values. */
export function contentOf({ seen, versions, capture }: Scene, version: Version): string | undefined {
  const { text } = capture.content;
  return version === versions.latest && text !== undefined && isMadeOf(version, text) ? text : seen.answers.content.get(version.id);
}

const isMadeOf = ({ fingerprint }: Version, text: string): boolean => fingerprintUnder(schemeOf(fingerprint), text) === fingerprint;

/** From its record; without one, from the App. */
export const readContentOf = (id: VersionId, record?: string): Action => ({ do: 'ask', question: { ask: 'content', id, record } });

// Data that nobody looks at for now, as one string: a small part of the space that its objects take, and nothing in it for the garbage collector to
// follow.
import { deserialize, serialize } from 'node:v8';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Little memory, which zlib takes anew for each call; the window reaches over the dictionary and what is packed. */
const ZLIB = { level: 1, windowBits: 14, memLevel: 6 };
const MOST_DICTIONARY = 8 * 1024;

export interface Packer<T> {
  pack(value: T): string;
  unpack(packed: string): T;
}

/** For values that are much alike: the first one becomes the dictionary, and the others take what they differ by. */
export function packer<T>(): Packer<T> {
  let dictionary: Buffer | undefined;
  return {
    pack(value) {
      const bytes = serialize(value);
      dictionary ??= Buffer.from(bytes.subarray(-MOST_DICTIONARY));
      return deflateRawSync(bytes, { ...ZLIB, dictionary }).toString('latin1');
    },
    unpack: (packed) => deserialize(inflateRawSync(Buffer.from(packed, 'latin1'), { ...ZLIB, dictionary })) as T,
  };
}

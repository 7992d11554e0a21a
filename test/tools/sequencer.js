// Which test file comes first: the longest, so that no worker is left alone with it in the end. Jest knows how long a file takes only where
// it ran before; what is known of this project's own stands in seconds.json.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import Sequencer from '@jest/test-sequencer';

const SECONDS = JSON.parse(readFileSync(new URL('seconds.json', import.meta.url), 'utf8'));

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const seconds = ({ path, context }) => SECONDS[relative(context.config.rootDir, path)] ?? 0;
    return [...tests].sort((a, b) => seconds(b) - seconds(a));
  }
}

// A process of its own, started by intern.test.ts with --expose-gc: prints what an object weighs in bytes, as it came and interned.
// In a process that has done other things before, what they left behind weighs more than what is measured.
import { intern } from '../../src/shell/store/intern.ts';

const OBJECTS = 10_000;
const WORDS = Array.from({ length: 10 }, (_, i) => `one of ten words that every object says: ${i}`.padEnd(100, '.'));

/** As they come from the API server: each with copies of its own of what all say. */
const objects = (): object[] => Array.from({ length: OBJECTS }, () => JSON.parse(JSON.stringify({ words: WORDS })) as object);

function bytesOf(made: () => object[]): number {
  gc!();
  const before = process.memoryUsage().heapUsed;
  const kept = made();
  gc!();
  gc!();
  return (process.memoryUsage().heapUsed - before) / kept.length;
}

const apart = bytesOf(objects);
const interned = bytesOf(() => {
  const made = objects();
  made.forEach(intern);
  return made;
});
process.stdout.write(JSON.stringify({ apart, interned }));

// What somebody may have meant who typed something that is not there. Compares words; knows nothing of what they mean.

/** Letters that people and fonts take for one another. */
const alike = (word: string): string => word.toLowerCase().replaceAll('o', '0').replaceAll(/[il]/g, '1');

/** How many letters have to be added, taken away, replaced or swapped with their neighbour to make one word of the other. */
function distance(a: string, b: string): number {
  let [last, before] = [Array.from({ length: b.length + 1 }, (_, i) => i), [] as number[]];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : Infinity;
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1), swapped));
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}

/** Longer ones are nobody's typing error. */
const LONGEST = 100;

/** The word that is spelt most like `typed`, the first of several; undefined when none is spelt much like it. */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  if (typed === '' || typed.length > LONGEST) return undefined;
  const near = words
    .map((word) => ({ word, apart: distance(alike(typed), alike(word)) }))
    .filter(({ apart }) => apart <= Math.max(1, Math.floor(typed.length / 4)))
    .toSorted((a, b) => a.apart - b.apart);
  return near[0]?.word;
}

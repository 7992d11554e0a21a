// Finds the name that somebody may have meant when they typed one that does not exist. Compares letters only.

/** Letters that look alike or are easily confused. */
const alike = (word: string): string => word.toLowerCase().replaceAll('o', '0').replaceAll(/[il]/g, '1');

/** Edit distance: letters to add, remove, replace, or swap with a neighbour, to turn one word into the other. */
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

/** Longer words are not compared: nobody mistypes those. */
const LONGEST = 100;

/** The word closest to `typed`, the first of several; undefined when none is close. */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  if (typed === '' || typed.length > LONGEST) return undefined;
  const near = words
    .map((word) => ({ word, apart: distance(alike(typed), alike(word)) }))
    .filter(({ apart }) => apart <= Math.max(1, Math.floor(typed.length / 4)))
    .toSorted((a, b) => a.apart - b.apart);
  return near[0]?.word;
}

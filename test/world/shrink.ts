// From many things that together make something fail to the few that do (Zeller and Hildebrandt's delta debugging): leaves out halves,
// then quarters, down to single ones, for as long as it still fails.

/** The smallest part found of `items`, in their order, that still fails: leaving any single one out of it would make it pass. */
export async function shrink<T>(items: readonly T[], fails: (items: readonly T[]) => Promise<boolean>): Promise<readonly T[]> {
  let left = items;
  for (let parts = 2; left.length > 0;) {
    const size = Math.ceil(left.length / parts);
    const smaller = await firstThat(withoutEach(left, size), fails);
    if (smaller !== undefined) {
      left = smaller;
      parts = Math.max(2, parts - 1);
    } else if (size === 1) break;
    else parts = Math.min(left.length, parts * 2);
  }
  return left;
}

/** `items` without their first `size`, without the next, and so on. */
const withoutEach = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => [...items.slice(0, i * size), ...items.slice((i + 1) * size)]);

async function firstThat<T>(candidates: readonly T[], is: (candidate: T) => Promise<boolean>): Promise<T | undefined> {
  for (const candidate of candidates) if (await is(candidate)) return candidate;
  return undefined;
}

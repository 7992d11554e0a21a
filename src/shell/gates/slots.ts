// So many things at once, and of one owner no more than his part: whoever is slow holds up himself and nobody else.

export interface Slots {
  /** Resolves when a slot is this owner's; the answer gives it back. */
  take(owner: string): Promise<() => void>;
  /** Taken now. */
  taken(): number;
}

export function slotsOf(most: number, mostOfOne: number): Slots {
  /** Owners with something under way or waiting; of those who have as much, who was served last is last. */
  const held = new Map<string, { taken: number; readonly line: (() => void)[] }>();
  let taken = 0;
  const serve = (): void => {
    while (taken < most) {
      const waiting = [...held].filter(([, { line, taken: his }]) => line.length > 0 && his < mostOfOne);
      if (waiting.length === 0) return;
      const next = waiting.reduce((least, other) => (other[1].taken < least[1].taken ? other : least));
      const [owner, his] = next;
      taken++;
      his.taken++;
      held.delete(owner);
      held.set(owner, his);
      his.line.shift()!();
    }
  };
  const giveBack = (owner: string): void => {
    const his = held.get(owner)!;
    taken--;
    his.taken--;
    if (his.taken === 0 && his.line.length === 0) held.delete(owner);
    serve();
  };
  return {
    take: (owner) =>
      new Promise((resolve) => {
        const his = held.get(owner) ?? { taken: 0, line: [] };
        held.set(owner, his);
        his.line.push(() => {
          let isBack = false;
          resolve(() => {
            if (!isBack) giveBack(owner);
            isBack = true;
          });
        });
        serve();
      }),
    taken: () => taken,
  };
}

// On how many cases a property is tried: all of them in `npm test`, fewer where tests only have to notice a change (PROPERTY_RUNS).

/** Of an ordinary property. */
export const ALL = 400;
const asked = Number(process.env.PROPERTY_RUNS ?? ALL);

export const isWhole = asked >= ALL;
/** As many as asked for, of a property that is tried on so many in all. */
export const cases = (all = ALL): number => Math.ceil((all * asked) / ALL);

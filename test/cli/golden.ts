// Makes what a command printed the same in every run: what is drawn or measured is replaced, colours become words.

/** As styleText writes them; each ends with what takes it back. */
const STYLES: Readonly<Record<string, string>> = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 36: 'cyan' };

/** Ages, times, uids and names that are drawn. */
const DRAWN: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?/g, 'TIME'],
  [/(?<=@)\d{10}\b/g, 'SECONDS'],
  [/(?<=the operator works: )\S+?(?=⟧|\s|$)/g, 'HOLDER'],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UID'],
  [/\b(?<instance>[a-z]+-[a-z0-9]{10})(-\d+)?-[a-f0-9]{6,10}-[a-z0-9]{5}\b/g, '$<instance>-POD'],
  [/(?<![\w.-])(\d+[dhms])+…?(?![\w-])/g, 'AGE'],
];

export function told(printed: string, namespace: string): string {
  const styled = printed.replaceAll(/\u001b\[(\d+)m/g, (_, code: string) => (STYLES[code] === undefined ? '⟧' : `⟦${STYLES[code]} `));
  const named = styled.replaceAll(namespace, 'NS');
  const drawn = DRAWN.reduce((text, [pattern, word]) => text.replaceAll(pattern, word), named);
  // Columns are as wide as what stands in them.
  return drawn.replaceAll(/(?<=\S) {2,}/g, '  ').replaceAll(/[ \t]+$/gm, '');
}

// Reading JSON of which nothing is known: total, absent is empty.

export type Obj = Readonly<Record<string, unknown>>;
export const obj = (value: unknown): Obj => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Obj) : {});
export const list = (value: unknown): readonly Obj[] => (Array.isArray(value) ? value.map(obj) : []);
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const int = (value: unknown, absent: number): number => (typeof value === 'number' ? value : absent);

// Quantities of Kubernetes (`500m`, `1.5Gi`), added and written as people read them. Pure.

const UNITS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** undefined for what is none. */
export function quantity(text: string): number | undefined {
  const [, number = '', unit = ''] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([numkMGTP]?|[KMGTP]i)$/.exec(text) ?? [];
  const value = Number(number) * (UNITS[unit] ?? NaN);
  return number === '' || Number.isNaN(value) ? undefined : value;
}

/** So many times the sum, in the unit of the first. */
export function addQuantities(all: readonly string[], times: number): string {
  const total = all.reduce((sum, each) => sum + (quantity(each) ?? 0), 0) * times;
  const binary = all.some((each) => each.endsWith('i'));
  if (!binary) return total >= 1 || total === 0 ? String(Math.round(total * 1000) / 1000) : `${Math.round(total * 1000)}m`;
  const unit = ['Pi', 'Ti', 'Gi', 'Mi', 'Ki'].find((each) => total >= UNITS[each]!) ?? '';
  return `${Math.round((total / UNITS[unit]!) * 10) / 10}${unit}`;
}

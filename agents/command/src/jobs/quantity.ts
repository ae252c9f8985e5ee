const UNITS: Record<string, number> = {
  ...{ '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
};
const AMOUNT = /^(\d+(?:\.\d+)?)([kMGT]|[KMGT]i)?$/;

export const isAmount = (quantity: string): boolean => AMOUNT.test(quantity);

/** An amount of memory as Kubernetes writes it. */
export function bytesOf(quantity: string): number {
  const [, number = '', unit = ''] = AMOUNT.exec(quantity) ?? [];
  return Number(number) * UNITS[unit]!;
}

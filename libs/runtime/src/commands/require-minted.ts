import { isMinted, valuesAt } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';

interface Minting {
  id: string;
  data: Record<string, unknown>;
  /** Where the data holds ids of what is new. */
  mints?: readonly string[] | undefined;
}

/**
 * Ids that services derive are public functions of ids that clients choose: whoever is no service and used one first would
 * take the place of a timer, a gate or a card.
 * @throws Rejection `invalid` with the field
 */
export function requireMinted({ id, data, mints = [] }: Minting): void {
  if (!isMinted(id)) throw derived('id');
  for (const path of mints) {
    for (const [field, value] of valuesAt(data, path.split('.'))) if (!isMinted(String(value))) throw derived(field);
  }
}

const derived = (field: string) =>
  new Rejection('invalid', {
    field,
    detail: 'Mint ids as UUIDs of version 7 or 4, in lower case: those of other versions are for services.',
  });

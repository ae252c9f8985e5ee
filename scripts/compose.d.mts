import type { Installation } from '@agencyos/contracts/installation';

/** docker-compose.yml with what the table says between its marks. */
export function composeOf(text: string, installation: Installation): string;

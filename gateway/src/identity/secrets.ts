import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** 256 random bits, so a plain hash of it is as good as a slow one. */
export const newSecret = (prefix = ''): string => prefix + randomBytes(32).toString('base64url');
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();
export const sameSecret = (secret: string, expected: Buffer): boolean => timingSafeEqual(hashSecret(secret), expected);

/** argon2id with OWASP's parameters (19 MiB, 2 passes). */
export const hashPassword = (password: string): Promise<string> => hash(password.normalize('NFC'));

/** Verified when the name is unknown too, so that the answer takes as long. */
const NOBODY = hashPassword(newSecret());

export async function passwordMatches(password: string, stored: string | undefined): Promise<boolean> {
  const matches = await verify(stored ?? (await NOBODY), password.normalize('NFC'));
  return matches && stored !== undefined;
}

export interface Strength {
  /** 0…4 */
  score: number;
  words: string;
  enough: boolean;
}

/** What the server asks for. */
const MIN_LENGTH = 10;

/** Length is what counts; the rest only breaks ties. The server has the last word. */
export function passwordStrength(password: string): Strength {
  const length = [...password].length;
  if (length === 0) return { score: 0, words: `At least ${MIN_LENGTH} characters`, enough: false };
  if (length < MIN_LENGTH) return { score: 1, words: `${MIN_LENGTH - length} more to go`, enough: false };
  const distinct = new Set(password).size;
  if (distinct < 6) return { score: 1, words: 'Too much repetition', enough: false };
  if (length < 14) return { score: 2, words: 'Fair. A few words in a row are better', enough: true };
  if (length < 20 || distinct < 10) return { score: 3, words: 'Good', enough: true };
  return { score: 4, words: 'Strong', enough: true };
}

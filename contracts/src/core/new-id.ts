import { v7 } from 'uuid';

/** The id of something new, for whoever asks for it. What decides mints nothing: it derives ids, or is given them. */
export const newId = (): string => v7();

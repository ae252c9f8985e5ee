import type { Request } from 'express';

const OURS = /^\/(api|health|metrics)(\/|$)/;

/** Answered by a handler, never by a file or page of the dashboard. */
export const isOurs = ({ path }: Pick<Request, 'path'>): boolean => OURS.test(path);

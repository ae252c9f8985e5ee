const STORAGE_KEY = 'agencyos.reloaded-at';
/** A page that still fails after so short a time is not mended by another reload, ms. */
const ONCE_MS = 60_000;
/** What Chromium, Firefox and Safari say when a part of the program cannot be loaded. */
const MISSING_PART = /dynamically imported module|Importing a module script failed|module script.*MIME type/i;

export interface Page {
  now(): number;
  storage: Pick<Storage, 'getItem' | 'setItem'>;
  go(url: string): void;
}

const thisPage: Page = {
  now: () => Date.now(),
  get storage() {
    return sessionStorage;
  },
  go: (url) => location.assign(url),
};

export const isMissingPart = (error: unknown): boolean =>
  error instanceof Error && MISSING_PART.test(error.message);

/** After an upgrade the parts that this page would load later are gone; loaded anew it knows the present ones. */
export function reloadOnce(url: string, page: Page = thisPage): void {
  try {
    const before = Number(page.storage.getItem(STORAGE_KEY) ?? Number.NEGATIVE_INFINITY);
    if (page.now() - before < ONCE_MS) return;
    page.storage.setItem(STORAGE_KEY, String(page.now()));
  } catch {
    // Without storage nobody would know that it was tried: better an error than a loop.
    return;
  }
  page.go(url);
}

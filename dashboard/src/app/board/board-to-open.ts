import type { BoardSummaryRow } from '@agencyos/contracts';

/** Read by first.js, too. */
const STORAGE_KEY = 'agencyos.board';

/** The boards that people look at, the work boards first. */
export const boardsInOrder = (boards: readonly BoardSummaryRow[]): BoardSummaryRow[] =>
  boards
    .filter(({ purpose }) => purpose !== 'template')
    .sort((a, b) => purposeOrder(a) - purposeOrder(b) || a.name.localeCompare(b.name));

/** The one that was looked at last on this device, else the first. */
export function boardToOpen(boards: readonly BoardSummaryRow[]): BoardSummaryRow | undefined {
  const ordered = boardsInOrder(boards);
  const last = lastBoard();
  return ordered.find(({ boardId }) => boardId === last) ?? ordered[0];
}

export function rememberBoard(boardId: string): void {
  try {
    localStorage.setItem(STORAGE_KEY, boardId);
  } catch {
    // Without storage one begins with the first.
  }
}

function lastBoard(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

const purposeOrder = ({ purpose }: BoardSummaryRow) => (purpose === 'work' ? 0 : 1);

import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { command } from './services.mjs';

export const newCard = () => ({
  cardId: randomUUID(),
  title: 'A card of the benchmark',
  priority: 'normal',
  labels: [],
  assignees: [],
});

export async function openBoards(system, count) {
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const [boardId, columnId] = [randomUUID(), randomUUID()];
      const column = { columnId, name: 'Todo', category: 'todo', rank: 'a0', wipMode: 'warn', perLane: false };
      const key = `B${String.fromCharCode(65 + (n >> 4))}${String.fromCharCode(65 + (n & 15))}`;
      await command(system, 'kanban', 'OpenBoard', {
        boardId,
        name: 'Benchmark',
        key,
        purpose: 'work',
        columns: [column],
        laneBy: 'none',
        visibility: 'all',
      });
      return { boardId, columnId };
    }),
  );
}

export function addCard({ url, token }, { boardId, columnId }) {
  const headers = { Authorization: `Bearer ${token}`, 'Idempotency-Key': randomUUID() };
  return post(url, '/api/v1/kanban/AddCards', headers, { boardId, cards: [{ ...newCard(), columnId }] });
}

/** Bare HTTP: the client's own cost is the same for both, and small. */
export function post(url, path, headers, body) {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      url + path,
      { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } },
      (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
        response.on('end', () =>
          response.statusCode < 300 ? resolve(answer) : reject(new Error(`${response.statusCode} ${answer}`)),
        );
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

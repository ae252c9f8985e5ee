import { describe, expect, it } from '@jest/globals';
import { Client } from './client.js';
import { ViewError } from './live-view.js';

const refused = { type: '', title: 'Who asks?', status: 401, code: 'unauthenticated', detail: 'This token is not known.' };

describe('a client whose token is refused', () => {
  it('says so to whoever waits for a view', async () => {
    const answer = { ok: false, status: 401, text: async () => JSON.stringify(refused) } as Response;
    const client = new Client({ url: 'http://127.0.0.1:8400', token: 'revoked', fetch: async () => answer });
    const view = client.watch('board', 'b1');
    const error = await view.until(() => true).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ViewError);
    expect(error).toMatchObject({ code: 'unauthenticated', message: 'This token is not known.' });
    expect(view.status).toBe('failed');
    client.close();
  });
});

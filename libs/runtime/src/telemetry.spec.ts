import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTelemetry, traced, type TraceContext } from './telemetry.js';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const contextIn = (parent: TraceContext) => traced('command X', parent, { n: 1 }, async (child) => child);
const partsOf = ({ traceparent }: TraceContext) => traceparent!.split('-');

let collector: Server | undefined;
afterEach(() => {
  delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  collector?.close();
});

describe('without an exporter', () => {
  it('a trace goes on, and one begins where there is none or none that can be read', async () => {
    await startTelemetry('kanban');
    const [, trace, span] = partsOf(await contextIn({ traceparent: PARENT, tracestate: 'a=b' }));
    expect(trace).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(span).not.toBe('b7ad6b7169203331');
    // The relay publishes it as a header: a line break in one would stop everything behind it (fault 1).
    for (const tracestate of ['a=b\r\nNats-Msg-Id: 1', 'a=\0', 'a=\u00e9']) {
      expect(await contextIn({ traceparent: PARENT, tracestate })).not.toHaveProperty('tracestate');
    }
    for (const traceparent of [undefined, 'nonsense']) {
      expect((await contextIn({ traceparent })).traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    }
  });
});

describe('with an exporter', () => {
  it('spans reach the collector, in the trace of the command', async () => {
    const received: string[] = [];
    collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push(`${request.url} ${Buffer.concat(chunks).toString('latin1')}`);
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => collector!.listen(0, '127.0.0.1', resolve));
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    const stop = await startTelemetry('kanban');
    const child = await contextIn({ traceparent: PARENT });
    expect(partsOf(child)[1]).toBe('0af7651916cd43dd8448eb211c80319c');
    await expect(traced('command Y', child, {}, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    await stop();
    const all = received.join('\n');
    for (const part of ['/v1/traces', 'agencyos-kanban', 'command X', 'command Y']) expect(all).toContain(part);
  });
});

it('ends in a moment, and well, though its collector is away and a span is unsent (fault 23)', async () => {
  // Takes the connection and never answers, as one that hangs.
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const stop = await startTelemetry('kanban');
  await contextIn({});
  const late = new Promise((resolve) => setTimeout(resolve, 6_000, 'late').unref());
  expect(await Promise.race([stop(), late])).toBeUndefined();
  silent.closeAllConnections();
  silent.close();
});

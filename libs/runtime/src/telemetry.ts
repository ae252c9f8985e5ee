import { randomUUID } from 'node:crypto';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { within } from './within.js';

/** W3C trace context as it travels in command and event metadata. */
export interface TraceContext {
  traceparent?: string | undefined;
  tracestate?: string | undefined;
}

const STOP_WITHIN_MS = 1_000;

let exporting = false;

/** Spans are exported only where OTEL_EXPORTER_OTLP_ENDPOINT says so; without it trace ids are still carried along. */
export async function startTelemetry(service: string): Promise<() => Promise<void>> {
  if (!process.env['OTEL_EXPORTER_OTLP_ENDPOINT']) return async () => undefined;
  const [{ BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }, core] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/core'),
  ]);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `agencyos-${service}` }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  trace.setGlobalTracerProvider(provider);
  propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  exporting = true;
  // With its collector away it rejects after ten seconds: the last spans are not worth a stop.
  return () => within(STOP_WITHIN_MS, 'the end of telemetry', provider.shutdown()).catch(() => undefined);
}

/** Runs `work` in a span that continues `parent`; hands it the context to pass on. */
export async function traced<T>(
  name: string,
  parent: TraceContext,
  attributes: Record<string, string | number>,
  work: (child: TraceContext) => Promise<T>,
): Promise<T> {
  if (!exporting) return work(continued(parent));
  const parentContext = propagation.extract(context.active(), parent);
  return trace
    .getTracer('agencyos')
    .startActiveSpan(name, { kind: SpanKind.INTERNAL, attributes }, parentContext, async (span) => {
      const child: TraceContext = {};
      propagation.inject(trace.setSpan(parentContext, span), child);
      try {
        return await work(child);
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
        throw error;
      } finally {
        span.end();
      }
    });
}

/** What a header may hold: the relay publishes it as one. */
const TRACESTATE = /^[\x20-\x7e]+$/;
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The same trace with a span id of our own; a new trace when there is none. */
function continued({ traceparent, tracestate }: TraceContext): TraceContext {
  const span = randomHex().slice(0, 16);
  if (!traceparent || !TRACEPARENT.test(traceparent)) {
    return { traceparent: `00-${randomHex()}-${span}-00` };
  }
  return {
    traceparent: `${traceparent.slice(0, 36)}${span}${traceparent.slice(52)}`,
    ...(tracestate && TRACESTATE.test(tracestate) && { tracestate }),
  };
}

/** 32 digits, 122 bits of them random: of UUIDs the process keeps a stock, so one costs no system call. */
const randomHex = (): string => randomUUID().replaceAll('-', '');

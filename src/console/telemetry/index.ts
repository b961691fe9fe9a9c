import { ROOT_CONTEXT, type Context as TraceContext, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, MetricReader, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, NodeTracerProvider, type SpanProcessor } from "@opentelemetry/sdk-trace-node";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { loadPackage } from "../../base/packages";
import type { ConsoleEnv } from "../app";

/** Where a console reports to, and as what. */
export interface TelemetryOptions {
  /** Of which the standard variables OTEL_EXPORTER_OTLP_* are read. */
  env: Readonly<Record<string, string | undefined>>;
  /** Of Application Insights, where the stage has it. A secret, as far as Azure treats it as one. */
  connectionString?: string;
  stage: string;
  version: string;
}

/** What a console reports. */
export interface Telemetry {
  /** Measures every request and, where traces go anywhere, traces it. */
  readonly middleware: MiddlewareHandler<ConsoleEnv>;
  /** The metrics in Prometheus' text format. */
  readonly metricsText: () => Promise<string>;
  /** Sends what is left and ends. */
  readonly shutdown: () => Promise<void>;
}

/** Gives the metrics to whoever asks; it listens nowhere itself. */
class PulledReader extends MetricReader {
  protected onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** Milliseconds between two reports to Application Insights, and that the last report may take. */
const REPORT_EVERY = 60_000;
const LAST_REPORT = 5_000;

/** Seconds. Source: OpenTelemetry semantic conventions for HTTP metrics, http.server.request.duration. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Metrics for Prometheus always; traces by OTLP where the standard variables say where to; both to Application Insights. */
export function makeTelemetry(options: TelemetryOptions): Telemetry {
  const { env, connectionString, stage, version } = options;
  const resource = resourceFromAttributes({
    "service.name": "dual-registry-console",
    "service.version": version,
    "deployment.environment.name": stage,
  });
  const insights = connectionString === undefined ? undefined : insightsExporters(connectionString);
  const pulled = new PulledReader();
  const readers: MetricReader[] = [pulled];
  if (insights) {
    const { metrics: exporter } = insights;
    readers.push(new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: REPORT_EVERY }));
  }
  const meters = new MeterProvider({ resource, readers });
  const meter = meters.getMeter("console");
  const duration = meter.createHistogram("http.server.request.duration", {
    ...{ unit: "s", description: "How long requests took.", advice: { explicitBucketBoundaries: BUCKETS } },
  });
  const running = meter.createUpDownCounter("http.server.active_requests", { description: "Requests being answered." });
  meter
    .createObservableGauge("process.memory.usage", { unit: "By", description: "Memory that is resident." })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));

  const processors: SpanProcessor[] = [];
  if (hasCollector(env)) processors.push(new BatchSpanProcessor(new OTLPTraceExporter()));
  if (insights) processors.push(new BatchSpanProcessor(insights.traces));
  const tracers =
    processors.length === 0 ? undefined : new NodeTracerProvider({ resource, spanProcessors: processors });
  const tracer = tracers?.getTracer("console");

  const middleware: MiddlewareHandler<ConsoleEnv> = async (context, next) => {
    const { method } = context.req;
    const begun = performance.now();
    const span = tracer?.startSpan(method, { kind: SpanKind.SERVER }, callerOf(context.req.header("traceparent")));
    running.add(1);
    try {
      await next();
    } finally {
      running.add(-1);
      const { status } = context.res;
      // The route and never the path: names of repositories are no labels of metrics.
      const route = routePath(context, -1);
      const attributes = {
        ...{ "http.request.method": method, "http.route": route, "http.response.status_code": status },
      };
      duration.record((performance.now() - begun) / 1000, attributes);
      span?.updateName(`${method} ${route}`).setAttributes(attributes);
      if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
      span?.end();
    }
  };

  const serializer = new PrometheusSerializer();
  return {
    middleware,
    metricsText: async () => serializer.serialize((await pulled.collect()).resourceMetrics),
    shutdown: async () => {
      const ends = Promise.allSettled([meters.shutdown(), tracers?.shutdown()]);
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise((resolve) => (timer = setTimeout(resolve, LAST_REPORT)));
      await Promise.race([ends, patience]);
      clearTimeout(timer);
    },
  };
}

/** Source: OpenTelemetry specification, OTLP exporter configuration. */
const hasCollector = (env: TelemetryOptions["env"]): boolean =>
  [env["OTEL_EXPORTER_OTLP_ENDPOINT"], env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]].some(
    (value) => value !== undefined && value !== "",
  );

/** The exporter is large, and few consoles of a test have one: it is loaded where it is wanted. */
function insightsExporters(connectionString: string) {
  // Its statistics about itself would go to an address that nobody here named.
  for (const name of OWN_STATISTICS) process.env[name] = "true";
  const { AzureMonitorTraceExporter, AzureMonitorMetricExporter } = loadPackage(
    "@azure/monitor-opentelemetry-exporter",
  );
  const options = { connectionString, disableOfflineStorage: true };
  return { traces: new AzureMonitorTraceExporter(options), metrics: new AzureMonitorMetricExporter(options) };
}

/** What switches them off. Source: the exporter's Constants. */
const OWN_STATISTICS = ["APPLICATION_INSIGHTS_NO_STATSBEAT", "APPLICATIONINSIGHTS_SDKSTATS_DISABLED"] as const;

/** Who called, where a caller says so. Source: W3C Trace Context, traceparent. */
function callerOf(traceparent = ""): TraceContext {
  const found = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent);
  const [, traceId, spanId, flags = "00"] = found ?? [];
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
  });
}

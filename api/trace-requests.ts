import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
} from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import { requestScope } from '../client/request-scope.js';
import type { Api } from './api.js';

/**
 * Makes a span of every request that needs a credential, within the trace that its `traceparent` names, and lets its handler do its work
 * in it and under its request id. Without tracing, spans are nothing.
 */
export function traceRequests(app: Api): void {
  const traces = new WeakMap<FastifyRequest, Context>();
  app.addHook('onRequest', async (request) => {
    const { method, headers, id, routeOptions } = request;
    const { url: route } = routeOptions;
    // What is asked every few seconds by machines would drown what people ask.
    if (route === undefined || route === '/metrics' || routeOptions.config.scope === 'open') return;
    const attributes = { 'http.request.method': method, 'http.route': route, 'quiesce.request_id': id };
    const parent = propagation.extract(ROOT_CONTEXT, headers);
    const how = { kind: SpanKind.SERVER, attributes };
    const span = trace.getTracer('quiesce').startSpan(`${method} ${route}`, how, parent);
    traces.set(request, trace.setSpan(parent, span));
  });
  app.addHook('preHandler', (request, _reply, done) => {
    const { id: requestId } = request;
    const traced = traces.get(request) ?? ROOT_CONTEXT;
    requestScope.run({ requestId }, () => context.with(traced, done));
  });
  app.addHook('onResponse', async (request, { statusCode }) => {
    const traced = traces.get(request);
    const span = traced && trace.getSpan(traced);
    span?.setAttribute('http.response.status_code', statusCode);
    if (statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  });
}

import { context, createContextKey, trace, type Context, type Link } from '@opentelemetry/api';

const LINKS = createContextKey('quiesce: the others of a call that is made for many');

/** Where the caller stands; to be kept until a call is made for it. */
export function traceHere(): Context {
  return context.active();
}

/** Makes a call for many: it belongs to the trace of the first, and is linked to those of the others. */
export function inTraceOf<T>([first, ...others]: readonly Context[], call: () => T): T {
  if (first === undefined) return call();
  const links = others.flatMap((each) => linkTo(each));
  return context.with(links.length === 0 ? first : first.setValue(LINKS, links), call);
}

/** Those others, where a call is made. */
export function linksHere(): Link[] {
  return (context.active().getValue(LINKS) as Link[] | undefined) ?? [];
}

function linkTo(each: Context): Link[] {
  const spanContext = trace.getSpanContext(each);
  return spanContext === undefined ? [] : [{ context: spanContext }];
}

import { AsyncLocalStorage } from 'node:async_hooks';

/** The HTTP request for which the client is used: what it starts is logged under the request's id. */
export const requestScope = new AsyncLocalStorage<{ readonly requestId: string }>();

/**
 * Texts that all of Temporal's databases can keep and look for. Of a NUL, some answer with an error of their own, which looks like
 * an outage and is asked again and again.
 */
export const PLAIN_TEXT = /^[ -~\u0080-\uffff]*$/;
export const PLAIN_TEXT_FORM = 'must have no control characters';

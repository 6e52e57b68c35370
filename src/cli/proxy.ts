/** `stance proxy`: another name of `stance guard`, for whoever looks for a reverse proxy. */
export { define } from './guard.ts';

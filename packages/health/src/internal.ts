/** For our own tests. Not for users: it changes without notice. */
export { Backoff } from './restart/backoff.js'

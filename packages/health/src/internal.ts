/** For our own tests. Not for users: it changes without notice. */
export { Silence } from './heartbeat/silence.js'
export { Backoff } from './restart/backoff.js'
export { CrashLoop } from './restart/crash-loop.js'
export { inOrderAfter } from './restart/dependants.js'

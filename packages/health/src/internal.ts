/** For our own tests. Not for users: it changes without notice. */
export { Backoff } from './restart/backoff.js'
export { Growth } from './recycle/growth.js'
export { Limits } from './recycle/limits.js'
export { memoryUse } from './recycle/memory-use.js'
export { parseRecycle } from './recycle/options.js'
export { Recycles } from './recycle/recycles.js'

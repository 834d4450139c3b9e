/** What a worker needs only after it has started. Loaded beside the application, off the path of its start. */
export { answer } from './answer.js'
export { drain } from './drain/drain.js'

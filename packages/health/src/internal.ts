/** For our own tests. Not for users: it changes without notice. */
export { answer, json } from './observe/http/answer.js'
export { Endpoint } from './observe/http/endpoint.js'
export { LogFile } from './observe/log/log-file.js'
export { plain } from './observe/log/plain.js'
export { decode } from './observe/metrics/decode.js'
export { Backoff } from './restart/backoff.js'

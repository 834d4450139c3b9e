// Preloaded into every process of a test run. In a test file it makes any process warning a failure and bounds the
// file's time; elsewhere (the runner, threads) it does nothing.

import { isMainThread } from 'node:worker_threads'
import { isExpectedWarning } from './expected-warnings.js'
import { fileTimeoutMs } from './limits.js'
import { markChildrenOf } from './run-mark.js'

const script = process.argv[1] ?? ''

if (isMainThread && process.env.NODE_TEST_CONTEXT !== undefined && script.endsWith('.test.js')) {
  // The runner hands its flags down (Node 24 and later: every flag that has a default, an inspector port among them),
  // and `fork` would hand them on. A test starts processes as if it had been run with plain `node`.
  process.execArgv = []
  process.setSourceMapsEnabled(true)
  markChildrenOf(script)
  failOnWarning()
  endInTime()
}

function failOnWarning(): void {
  // Node's own listener only prints: as `(node:PID) …`, which the reporter takes for a warning of a child process.
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    const text = `${warning.name}: ${warning.message}`
    if (isExpectedWarning(text)) return
    process.stderr.write(`A process warning fails this file: ${warning.stack ?? text}\n`)
    process.once('exit', () => {
      process.exitCode = 1
    })
  })
}

/** Not left to the runner's own timeout, which bounds files on Node 20 only, and does not say what hangs. */
function endInTime(): void {
  const timer = setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ')
    process.stderr.write(`This file did not end within ${fileTimeoutMs} ms. Still open: ${open}\n`)
    process.exit(1)
  }, fileTimeoutMs)
  timer.unref()
}

// A module that is preloaded by a flag runs in the worker, before the worker's own code.
const { writeFileSync } = require('node:fs')
const { resolve } = require('node:path')
const cluster = require(process.env.CLUSTER)
const trace = require('../../trace.cjs')

if (cluster.isPrimary) {
  writeFileSync('preloaded.cjs', "globalThis.preloaded = require('node:cluster').isWorker")
  cluster.setupPrimary({ execArgv: ['--require', resolve('preloaded.cjs')] })
  cluster.fork()
} else {
  trace('preloaded', globalThis.preloaded, process.execArgv)
  process.exit()
}

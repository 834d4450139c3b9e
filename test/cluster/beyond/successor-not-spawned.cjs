// Successors that cannot be started, in one way that Node tells and one that it throws, cost the primary nothing but an event.
const cluster = require(process.env.CLUSTER)
const { mkdirSync, rmdirSync, unlinkSync, writeFileSync } = require('node:fs')
const { once } = require('node:events')
const { resolve } = require('node:path')
const trace = require('../trace.cjs')

const directory = resolve('release')

async function main() {
  const { supervise } = require('@manifold/health')
  const supervisor = supervise(cluster, { restart: { minDelayMs: 1, maxDelayMs: 1, maxRestarts: 1000 } })
  const failed = async () => (await once(supervisor, 'failed'))[0].error.code
  mkdirSync(directory)
  cluster.setupPrimary({ cwd: directory })
  const worker = cluster.fork()
  await once(worker, 'online')
  rmdirSync(directory)
  worker.process.kill('SIGKILL')
  trace('there is none', await failed())
  writeFileSync(directory, '')
  while ((await failed()) !== 'ERR_MANIFOLD_START') trace('unexpected')
  trace('it is a file', await failed())
  const respawned = once(supervisor, 'respawn')
  unlinkSync(directory)
  mkdirSync(directory)
  await respawned
  trace('succeeded', Object.keys(cluster.workers).length)
  await supervisor.stop()
  cluster.disconnect()
}

if (cluster.isPrimary) main()

// A worker that awaits something before it listens.
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import trace from '../../trace.cjs'

const { default: cluster } = await import(process.env.CLUSTER)
if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace.events(cluster, 'cluster', ['online', 'message'])
  worker.on('message', () => worker.disconnect())
} else {
  await sleep(100)
  const server = http.createServer().listen(0, () => process.send(typeof server.address().port))
}

// The events of a cluster, awaited.
import { once } from 'node:events'
import net from 'node:net'
import trace from '../../trace.cjs'

const { default: cluster } = await import(process.env.CLUSTER)
if (cluster.isPrimary) {
  const worker = cluster.fork()
  trace('online', (await once(worker, 'online')).length)
  const [listening, { port }] = await once(cluster, 'listening')
  trace('listening', listening === worker, typeof port)
  worker.send('hello')
  trace('message', await once(worker, 'message'))
  worker.disconnect()
  trace('exit', await once(worker, 'exit'))
} else {
  const server = net.createServer().listen(0)
  await once(server, 'listening')
  process.on('message', (message) => process.send(`${message} yourself`))
}

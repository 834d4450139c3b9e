// What the two chats that are ES modules do; they differ in which of their imports comes first.
import http from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'

const { serveChat }: { serveChat(io: Server): void } = createRequire(import.meta.url)('./chat.cjs')

interface Libraries {
  cluster: typeof import('node:cluster')
  sticky: typeof import('@socket.io/sticky')
  adapter: typeof import('@socket.io/cluster-adapter')
}

export function startChat({ cluster, sticky, adapter }: Libraries): void {
  if (cluster.isPrimary) {
    const httpServer = http.createServer()
    sticky.setupMaster(httpServer)
    adapter.setupPrimary()
    cluster.setupPrimary({ serialization: 'advanced' })
    httpServer.listen(Number(process.env.PORT), '127.0.0.1', () => {
      console.log(`listening on ${(httpServer.address() as AddressInfo).port}`)
    })
    cluster.on('fork', (worker) => worker.on('error', () => {}))
    for (let i = 0; i < Number(process.env.WORKERS); i++) cluster.fork()
    cluster.on('exit', (worker) => {
      console.log(`Worker ${worker.process.pid} died`)
      cluster.fork()
    })
  } else {
    const io = new Server(http.createServer(), { connectTimeout: 2000, upgradeTimeout: 2000 })
    io.adapter(adapter.createAdapter())
    sticky.setupWorker(io)
    serveChat(io)
    console.log(`Worker ${process.pid} started`)
  }
}

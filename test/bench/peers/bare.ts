import { once } from 'node:events'
import type { Server } from 'node:http'
import { pathToFileURL } from 'node:url'
import { obeyBench, peerSettings, ServingWorkers } from './protocol.js'

/** One process of bare node:http, without a master: what the machine gives to a single Node. */
const { app } = peerSettings()
const { server } = (await import(pathToFileURL(app).href)) as { server: Server }
if (!server.listening) await once(server, 'listening')
new ServingWorkers().add(process.pid)
obeyBench({ stop: async () => {} })

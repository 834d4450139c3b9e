import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { obeyBench, peerSettings, ServingWorkers } from './protocol.js'

/**
 * Processes that each listen with SO_REUSEPORT, made by hand with a plain fork: the least that can be between the
 * kernel and several Nodes. This file is their parent, and in them the first lines that run.
 */
if (process.argv[3] === 'worker') await work()
else supervise()

async function work(): Promise<void> {
  const { server } = (await import(pathToFileURL(peerSettings().app).href)) as { server: Server }
  if (!server.listening) await once(server, 'listening')
  process.send!('listening')
  process.once('disconnect', () => process.exit())
}

function supervise(): void {
  const serving = new ServingWorkers()
  const children: ChildProcess[] = []
  for (let n = peerSettings().workers; n > 0; n--) {
    const child = fork(fileURLToPath(import.meta.url), [process.argv[2]!, 'worker'], {
      env: { ...process.env, BENCH_REUSE_PORT: '1' },
    })
    child.once('message', () => serving.add(child.pid!))
    child.once('exit', () => serving.delete(child.pid!))
    children.push(child)
  }
  obeyBench({
    async stop() {
      for (const child of children) child.kill('SIGKILL')
    },
  })
}

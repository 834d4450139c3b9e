// A project of somebody who uses the packages: the files of an empty folder that only has them installed.

const type = (compilerOptions: object, files: string[]) =>
  JSON.stringify({
    compilerOptions: {
      target: 'es2022',
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      types: ['node'],
      noEmit: true,
      ...compilerOptions,
    },
    files,
  })

const imports = `import { worker } from '@manifold/core/worker'
import { type Group, Master, type MasterStatus } from '@manifold/groups'
import cluster, { type ClusterGroup, isPrimary } from '@manifold/groups/cluster'
import { supervise } from '@manifold/health'
import { type GuardianStatus, guard } from '@manifold/health/guardian'
import { exposeMetrics } from '@manifold/health/worker'
import { register } from 'prom-client'
`

/** Uses the interface as documented; the lines that must not compile prove that the types are not \`any\`. */
const program = `${imports}import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'

export async function main(): Promise<number> {
  const master = new Master({
    groups: {
      web: {
        exec: new URL('file:///srv/web.js'),
        workers: 2,
        listen: { http: 8080, v6: { port: 0, host: '::' }, local: { path: 'web.sock', mode: 0o660 } },
        policy: 'auto',
        env: { LOG_LEVEL: 'info' },
        ready: 'listening',
        readyTimeoutMs: 30_000,
        drainTimeoutMs: 30_000,
      },
      ingest: { exec: './ingest.js', workers: 2, listen: { statsd: { udp: 8125, host: '127.0.0.1' } } },
      admin: './admin.js',
    },
  })
  const health = supervise(master, {
    restart: { minDelayMs: 100, maxDelayMs: 30_000 },
    http: { port: 9100, host: '127.0.0.1' },
    log: { file: 'events.jsonl', maxBytes: 1_048_576, maxFiles: 3 },
  })
  health.on('endpointFailed', ({ error }) => console.log(error.code))
  const { contentType, body }: { contentType: string; body: string } = await health.metrics()
  console.log(contentType, body, (await health.endpoint()).type)
  // @ts-expect-error a log is a file or a stream
  supervise(master, { log: {} })
  master.on('exit', (worker, reason) => {
    const slot: number = worker.slot
    const group: string = worker.group
    const code: number = reason.type === 'exited' ? reason.code : slot
    console.log(group, code)
  })
  master.on('listening', (worker, where) => console.log(worker.pid, where.socket, where.address))
  master.handle('status', () => master.status())
  master.stopOn('SIGINT', 'SIGTERM')
  await master.start()
  await master.group('web').reload({ batch: 2, surge: false, canaryMs: 5_000, exec: './next.js' })
  await master.group('web').scale('cpus')
  const added: Group = await master.addGroup('late', { exec: './late.js', workers: 2 })
  await master.removeGroup(added.name)
  master.on('reloadAborted', ({ group, error, rolledBack }) => console.log(group, error.code, rolledBack[0]))
  // @ts-expect-error only its master stops a group
  added.stop()
  // @ts-expect-error there is no such group
  master.group('wbe')
  const status: MasterStatus = master.status()
  await master.stop()
  // @ts-expect-error there is no such policy
  new Master({ groups: { web: { exec: './web.js', policy: 'fastest' } } })
  // @ts-expect-error there is no such event
  master.on('exti', () => {})
  // @ts-expect-error a status has no such field
  status.nonsense
  return Object.values(status.groups).length
}

export async function watchOver(): Promise<GuardianStatus> {
  const guardian = await guard(new URL('file:///srv/master.js'), {
    restart: { maxRestarts: 3, policy: 'on-failure' },
    alerts: { command: ['mail', 'ops'], webhook: 'https://hooks.example.com' },
  })
  guardian.on('masterDied', ({ generation, reason }) => console.log(generation + 1, reason.type))
  guardian.on('notTold', (error) => console.log(error.code))
  await guardian.upgrade()
  // @ts-expect-error it has no such option
  await guard('master.js', { workers: 2 })
  return guardian.status()
}

export function forkSome(): ClusterGroup {
  cluster.schedulingPolicy = 'kernel'
  cluster.setupPrimary({ exec: './web.js', silent: true })
  cluster.on('exit', (gone, code, signal) => console.log(gone.id, gone.process.pid, code + 1, signal))
  cluster.on('listening', (_, { port }) => console.log(port + 1))
  const id: number = cluster.fork({ LOG_LEVEL: 'info' }).id
  const admin = cluster.group('admin', { exec: './admin.js', workers: 2, schedulingPolicy: { sticky: 'address' } })
  admin.on('fork', (worker) => console.log(worker.isDead(), id, isPrimary))
  supervise(cluster, { http: 9100 }).on('respawn', ({ group }) => console.log(group))
  // @ts-expect-error there is no such policy
  cluster.schedulingPolicy = 'fastest'
  // @ts-expect-error a group has no such option
  cluster.group('other', { exec: './other.js', worker: 2 })
  cluster.disconnect(() => console.log(cluster.master.status().pid))
  return admin
}

export async function serve(): Promise<unknown> {
  createServer().listen(worker.socket('http'))
  createSocket('udp4').bind(worker.socket('statsd'))
  worker.on('drain', ({ deadlineMs, waitUntil }) => {
    const deadline: number = deadlineMs
    waitUntil(Promise.resolve(deadline))
  })
  const [group, slot]: [string, number] = [worker.group, worker.slot]
  worker.ready()
  exposeMetrics(register)
  // @ts-expect-error that is no registry
  exposeMetrics({})
  // @ts-expect-error the name of a socket is a string
  worker.socket(1)
  return worker.call('master', 'status', { group, slot }, { timeoutMs: 500, signal: AbortSignal.timeout(500) })
}
`

const service = `import http from 'node:http'
import { Master } from '@manifold/groups'
import { supervise } from '@manifold/health'

const listen = { http: { port: 0, host: '127.0.0.1' } }
const master = new Master({
  groups: {
    esm: { exec: new URL('./web.js', import.meta.url), workers: 1, listen },
    cjs: { exec: new URL('./web.cjs', import.meta.url), workers: 1, listen },
  },
})
const health = supervise(master, { http: 0 })
await master.start()
const { groups } = master.status()
const answers = []
for (const name of ['esm', 'cjs']) answers.push(await get(groups[name].sockets.http.address.port))
const { body } = await health.metrics()
await master.stop()
console.log(JSON.stringify({ master: process.pid, answers, metrics: body.includes('answers_total{group="esm"} 1') }))

function get(port) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, agent: false }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve(JSON.parse(text))
    })
    request.once('error', reject)
  })
}
`

const answer = `const answers = new Counter({ name: 'answers_total', help: 'Answers.' })
exposeMetrics(register)
http.createServer((request, response) => {
  answers.inc()
  response.end(JSON.stringify({ group: worker.group, pid: process.pid }))
}).listen(worker.socket('http'))
`

/** A program for `node:cluster`, with a library that loads that itself. */
const forking = `if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', (text) => {
    console.log(JSON.stringify([text, nodeCluster === cluster, worker.id]))
    cluster.disconnect()
  })
} else process.send(\`\${cluster.worker.id} \${nodeCluster === cluster}\`)
`

export const consumerFiles: Record<string, string> = {
  'forking.js': `import cluster from '@manifold/groups/cluster'\nimport nodeCluster from 'node:cluster'\n${forking}`,
  'forking.cjs': `const cluster = require('@manifold/groups/cluster')\nconst nodeCluster = require('node:cluster')\n${forking}`,
  'service.js': service,
  'web.js': `import http from 'node:http'\nimport { worker } from '@manifold/core/worker'\nimport { exposeMetrics } from '@manifold/health/worker'\nimport { Counter, register } from 'prom-client'\n${answer}`,
  'web.cjs': `const http = require('node:http')\nconst { worker } = require('@manifold/core/worker')\nconst { exposeMetrics } = require('@manifold/health/worker')\nconst { Counter, register } = require('prom-client')\n${answer}`,
  'esm.ts': program,
  'commonjs.cts': program,
  'tsconfig.nodenext.json': type({ module: 'nodenext' }, ['esm.ts', 'commonjs.cts']),
  'tsconfig.bundler.json': type({ module: 'esnext', moduleResolution: 'bundler' }, ['esm.ts']),
}

import { parseArgs } from 'node:util'
import { isAlive } from '../helpers/leaks.js'
import { moment } from '../helpers/moment.js'
import { until } from '../helpers/wait.js'
import { Asking, ask } from './ask.js'
import { type Contestant, nodeVersion, selectContestants } from './contestants.js'
import { Peer } from './peer.js'
import { Pm2 } from './pm2.js'
import { progress } from './progress.js'
import { median, range, table } from './statistics.js'

/**
 * One worker of three in an endless loop, under load: when its siblings have what comes for it, when it is told what it
 * hangs in, when it is ended, and when its successor serves; with the defaults and with the shortest times. What the
 * others make of it is watched for as long as `--peers` says.
 */
const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    times: { type: 'string', default: '5' },
    rate: { type: 'string', default: '200' },
    workers: { type: 'string', default: '3' },
    only: { type: 'string', default: 'kernel,round-robin,kernel-fast,round-robin-fast' },
    /** Whom else, and for how many seconds; 0 leaves them out. */
    others: { type: 'string', default: 'cluster,pm2' },
    peers: { type: 'string', default: '40' },
  },
})
const workers = Number(values.workers)
const peersMs = 1_000 * Number(values.peers)
/** After which a hang would be of no consequence to us, or for ever. */
const OURS_MS = 20_000
const CLIENT_MS = 5_000

/** In ms since it hung; undefined for what did not happen. */
interface Observation {
  silent: number | undefined
  report: number | undefined
  term: number | undefined
  kill: number | undefined
  gone: number | undefined
  successor: number | undefined
  /** The longest wait of a connection that was opened since, and that somebody else served. */
  longest: number | undefined
  failed: number
  asked: number
}

const columns: [title: string, key: Exclude<keyof Observation, 'failed' | 'asked'>][] = [
  ['siblings have it', 'silent'],
  ['longest wait of a new connection', 'longest'],
  ['report', 'report'],
  ['SIGTERM', 'term'],
  ['SIGKILL', 'kill'],
  ['gone', 'gone'],
  ['successor serves', 'successor'],
]

const ours = selectContestants(values.only.split(','), values.node)
const otherIds = peersMs > 0 ? values.others.split(',') : []
const others = selectContestants(otherIds, values.node)
using pm2 = otherIds.includes('pm2') ? await Pm2.install() : undefined

const observations = new Map<Contestant, Observation[]>(ours.map((contestant) => [contestant, []]))
for (let time = 1; time <= Number(values.times); time++) {
  for (const [contestant, seen] of observations) {
    progress(`${time}/${values.times}: ${contestant.name}`)
    seen.push(await observe(contestant, OURS_MS))
  }
}
for (const contestant of others) {
  progress(`${values.peers} s of ${contestant.name}`)
  observations.set(contestant, [await observe(contestant, peersMs)])
}
progress()
console.log(
  `Node ${nodeVersion(values.node)}${pm2 ? `, PM2 ${pm2.version}` : ''}; ${workers} workers, ` +
    `${values.rate} new connections/s; in ms since the loop began, medians of ${values.times} (min–max)\n`,
)
console.log(table(['', ...columns.map(([title]) => title), 'failed'], [...observations].map(row)))

async function observe(contestant: Contestant, forMs: number): Promise<Observation> {
  await using peer = await Peer.start(contestant, { node: values.node, workers, app: 'counting.js' })
  const clients = new Asking(peer.port, Number(values.rate), CLIENT_MS)
  await pause(1_000)
  ask(peer.port, 0, forMs + CLIENT_MS, '/hang').catch(() => {})
  const hung = await until(() => peer.hung, { what: 'somebody to hang', intervalMs: 5 })
  const { pid, at } = hung!
  const noticed = (what: string, by = (one: number | undefined) => one === pid) => {
    const news = peer.noticed.find((one) => one.what === what && by(one.pid) && one.at >= at)
    return news && news.at - at
  }
  const successor = () => noticed('ready', (one) => one !== pid)
  const over = () => (contestant.script === 'manifold' ? successor() !== undefined : !isAlive(pid))
  await until(over, { what: 'the end of it', timeoutMs: forMs, intervalMs: 20 }).catch(() => {})
  const gone = isAlive(pid) ? undefined : (noticed('exit') ?? moment() - at)
  const { answered, failed } = await clients.end()
  // A worker that nobody ends would outlive its master.
  if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  const since = answered.filter((one) => one.openedAt >= at && one.pid !== pid)
  return {
    silent: noticed('silent'),
    report: noticed('hang'),
    term: noticed('terminating'),
    kill: noticed('killing'),
    gone,
    successor: successor(),
    longest: Math.max(...since.map(({ waitedMs }) => waitedMs)),
    failed,
    asked: answered.length + failed,
  }
}

function row([contestant, seen]: [Contestant, Observation[]]): string[] {
  const sum = (key: 'failed' | 'asked') => seen.reduce((total, one) => total + one[key], 0)
  const cells = columns.map(([, key]) => {
    const times = seen.flatMap((one) => one[key] ?? [])
    if (times.length === 0) return '–'
    return times.length === 1 ? times[0]!.toFixed(0) : `${median(times).toFixed(0)} (${range(times)})`
  })
  return [contestant.name, ...cells, `${sum('failed')} of ${sum('asked')}`]
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

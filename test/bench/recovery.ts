import { parseArgs } from 'node:util'
import { failureClasses, LoadClient, type LoadReport } from '../helpers/load-client.js'
import { Answers } from './answers.js'
import { type Contestant, nodeVersion, selectContestants } from './contestants.js'
import { Peer } from './peer.js'
import { Pm2 } from './pm2.js'
import { progress } from './progress.js'
import { median, range, table } from './statistics.js'

/**
 * From SIGKILL of a worker to full strength, seen by clients: as many processes answer as before, the dead one not
 * among them. The contestants take turns, each with a new master.
 */
const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    rounds: { type: 'string', default: '3' },
    kills: { type: 'string', default: '10' },
    rate: { type: 'string', default: '500' },
    workers: { type: 'string', default: '2' },
    /** Between two kills: by then whoever stood by has been replaced. */
    pause: { type: 'string', default: '1000' },
    only: {
      type: 'string',
      default: 'kernel,kernel-standby,round-robin,round-robin-standby,cluster,pm2',
    },
  },
})
const workers = Number(values.workers)
const kills = Number(values.kills)

interface Round {
  recoveriesMs: number[]
  report: LoadReport
}

const ids = values.only.split(',')
progress('installing PM2')
using pm2 = ids.includes('pm2') ? await Pm2.install() : undefined
const rounds = new Map<Contestant, Round[]>()
for (const contestant of selectContestants(ids, values.node)) rounds.set(contestant, [])
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const [contestant, done] of rounds) {
    progress(`round ${round}/${values.rounds}: ${contestant.name}`)
    done.push(await measure(contestant))
  }
}
progress()
console.log(
  `Node ${nodeVersion(values.node)}${pm2 ? `, PM2 ${pm2.version}` : ''}; ${workers} workers, ${values.rate} requests/s, ` +
    `half keep-alive, half close; ${values.rounds} rounds of ${kills} kills, ${values.pause} ms apart\n`,
)
console.log(
  table(
    [
      '',
      'full strength ms',
      'min–max',
      'failed per ten kills',
      'min–max',
      ...failureClasses,
      'longest wait ms',
    ],
    [...rounds].map(([contestant, done]) => row(contestant, done)),
  ),
)

async function measure(contestant: Contestant): Promise<Round> {
  await using peer = await Peer.start(contestant, { node: values.node, workers, app: 'counting.js' })
  const answers = new Answers()
  await using load = new LoadClient({
    target: { port: peer.port },
    rate: Number(values.rate),
    sources: 100,
    answered: (pid) => answers.note(pid),
  })
  if ((await answers.of(workers)) === Number.POSITIVE_INFINITY) {
    throw new Error(`${contestant.name}: not all of its workers answer`)
  }
  await pause()
  const recoveriesMs: number[] = []
  for (let count = 0; count < kills; count++) {
    const victim = answers.oldest()
    const killedAt = performance.now()
    process.kill(victim, 'SIGKILL')
    recoveriesMs.push((await answers.of(workers, [victim])) - killedAt)
    if (recoveriesMs.at(-1) === Number.POSITIVE_INFINITY) break
    await pause()
  }
  return { recoveriesMs, report: await load.stop() }
}

function row(contestant: Contestant, done: Round[]): string[] {
  const recoveries = done.flatMap(({ recoveriesMs }) => recoveriesMs)
  const failed = done.map(({ report }) => (report.failures.length * 10) / kills)
  const sum = (name: (typeof failureClasses)[number]) =>
    done.reduce((total, { report }) => total + report.counts[name], 0)
  return [
    contestant.name,
    median(recoveries).toFixed(0),
    range(recoveries),
    median(failed).toFixed(0),
    range(failed),
    ...failureClasses.map((name) => String(sum(name))),
    Math.max(...done.map(({ report }) => report.newConnectionMs.max)).toFixed(0),
  ]
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Number(values.pause)))
}

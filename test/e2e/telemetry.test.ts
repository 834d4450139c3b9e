import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { describe, it } from 'node:test'
import type { MasterStatus } from '@manifold/groups'
import type { Report } from '@manifold-examples/telemetry/store/messages'
import { isAlive, until } from './example-process.js'
import { Client, fetchText, getOnce, sendTcp, sendUdp } from './telemetry-clients.js'
import { TelemetryProcess } from './telemetry-process.js'

// What a client sees of a process that was killed with its request, and nothing else.
const CUT_OFF = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']

// What the web application says while the store is away.
const STORE_AWAY = /^STATUS 503 .*ERR_MANIFOLD_(?:CHANNEL_CLOSED|NO_WORKER)/

const SLOTS = ['web/0', 'ingest/0', 'web/1', 'ingest/1', 'store/0', 'admin/0']

async function status(telemetry: TelemetryProcess): Promise<MasterStatus> {
  return JSON.parse(await fetchText(telemetry.url('admin', '/status')))
}

async function metrics(telemetry: TelemetryProcess, query = ''): Promise<Report> {
  return JSON.parse(await fetchText(telemetry.url('web', `/metrics${query}`)))
}

/** The pid of the worker that serves in a slot such as `web/0`, unless it is vacant. */
function servingPid({ groups }: MasterStatus, slotName: string): number | undefined {
  const [group, slot] = slotName.split('/')
  const { state, worker } = groups[group!]!.slots[Number(slot)]!
  return state === 'serving' ? (worker?.pid ?? undefined) : undefined
}

describe('the telemetry example', () => {
  it('serves on four ports', async (t) => {
    await using telemetry = await TelemetryProcess.listening('--flush-ms', '100')

    await t.test('the web application', async () => {
      const { pid } = JSON.parse(await fetchText(telemetry.url('web', '/')))
      assert.ok(telemetry.workerPids.includes(pid))
      assert.equal(JSON.parse(await fetchText(telemetry.url('web', '/health'))).ok, true)
      assert.equal(JSON.parse(await fetchText(telemetry.url('web', '/sleep?ms=20'))).sleptMs, 20)
      assert.match(
        await fetchText(telemetry.url('web', '/stream?lines=3')),
        /^line 1 of 3.*\nline 2.*\nline 3.*\n$/,
      )
      assert.equal((await fetch(telemetry.url('web', '/sleep?ms=never'))).status, 400)
      assert.equal((await fetch(telemetry.url('web', '/nowhere'))).status, 404)
    })

    await t.test('StatsD over UDP', async () => {
      const udp = telemetry.address('ingest', 'udp')
      await sendUdp(udp, ...Array<string>(10).fill('udp.hits:1|c\nudp.hits:1|c|@0.5\n'), 'nonsense')
      await until('every datagram is counted', () => telemetry.counted('udp.hits') === 30 || undefined)
      await telemetry.prints(/^ingest\/\d +malformed lines: 1 \(no value 1\)$/m)
    })

    await t.test('StatsD over TCP', async () => {
      const timers = Array.from({ length: 100 }, (_, index) => `took:${index + 1}|ms`)
      const others = [
        'depth:20|g',
        'depth:+5|g',
        'depth:-3|g',
        'users:a|s',
        'users:b|s',
        'users:a|s',
        'tcp.hits:2|c',
      ]
      // The last line has no newline: the end of the connection ends it.
      await sendTcp(telemetry.address('ingest', 'tcp'), [...timers, ...others].join('\n'))
      await telemetry.prints(/^ingest\/\d +timer +took +count 100 +sum 5050 .* p50 50 +p95 95 +p99 99$/m)
      await telemetry.prints(/^ingest\/\d +gauge +depth +22$/m)
      await telemetry.prints(/^ingest\/\d +set +users +2 different$/m)
      await telemetry.prints(/^ingest\/\d +counter +tcp\.hits +2 /m)
    })

    await t.test('what the store has of them, for the web application', async () => {
      await until('both have come to the store', async () => {
        const { counters } = await metrics(telemetry)
        return counters.length === 2 || undefined
      })
      const all = await metrics(telemetry)
      assert.deepEqual(all.counters, [
        { name: 'tcp.hits', value: 2 },
        { name: 'udp.hits', value: 30 },
      ])
      assert.deepEqual(all.gauges, [{ name: 'depth', value: 22 }])
      assert.deepEqual(all.timers, [{ name: 'took', count: 100, sum: 5050, min: 1, max: 100, mean: 50.5 }])
      assert.deepEqual(all.sets, [{ name: 'users', size: 2 }])
      const one = await metrics(telemetry, '?name=depth')
      assert.deepEqual(one, { counters: [], gauges: all.gauges, timers: [], sets: [], dropped: 0 })
    })

    await t.test('the health of the master', async () => {
      const ready = await fetch(telemetry.url('\\(master\\)', '/readyz'))
      assert.deepEqual([ready.status, await ready.json()], [200, { ready: true }])
      const metrics = await fetchText(telemetry.url('\\(master\\)', '/metrics'))
      for (const group of ['web', 'ingest', 'store', 'admin'])
        assert.match(metrics, new RegExp(`^manifold_worker_up\\{group="${group}",slot="0"\\} 1$`, 'm'))
    })

    await t.test('the status, as JSON and as a page', async () => {
      const { groups } = await status(telemetry)
      assert.deepEqual(Object.keys(groups), ['web', 'ingest', 'store', 'admin'])
      const pids = SLOTS.map((slot) => servingPid({ groups } as MasterStatus, slot))
      assert.deepEqual(pids.toSorted(), telemetry.workerPids.toSorted())

      const response = await fetch(telemetry.url('admin', '/'))
      const page = await response.text()
      assert.match(response.headers.get('content-type') ?? '', /^text\/html/)
      assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/)
      for (const pid of pids) assert.ok(page.includes(String(pid)))
      assert.match(await fetchText(telemetry.url('admin', '/live')), /^<p class="sum">/)
      assert.equal((await fetch(telemetry.url('admin', '/nowhere'))).status, 404)
      assert.equal((await fetch(telemetry.url('admin', '/status'), { method: 'POST' })).status, 405)
    })
  })

  it('serves on while its workers are killed, and ends in order', async (t) => {
    await using telemetry = await TelemetryProcess.listening('--flush-ms', '100')
    const udp = telemetry.address('ingest', 'udp')
    const tcp = telemetry.address('ingest', 'tcp')

    await t.test('kills', async () => {
      const clients = [
        new Client('web, kept connection', () => fetchText(telemetry.url('web', '/sleep?ms=5'))),
        new Client('web, new connections', () => getOnce(telemetry.url('web', '/'))),
        new Client('StatsD over TCP', () => sendTcp(tcp, 'beat.tcp:1|c\n')),
        new Client('StatsD over UDP', () => sendUdp(udp, 'beat.udp:1|c')),
        new Client('metrics', () => fetchText(telemetry.url('web', '/metrics'))),
        new Client('admin', () => getOnce(telemetry.url('admin', '/status'))),
      ]
      try {
        for (const slot of SLOTS) await killAndRecover(telemetry, slot, clients)
      } finally {
        await Promise.all(clients.map((client) => client.stop()))
      }
      for (const { name, failures } of clients) {
        if (name === 'metrics') {
          const said = failures.filter((failure) => !CUT_OFF.includes(failure))
          assert.deepEqual(
            said.filter((failure) => !STORE_AWAY.test(failure)),
            [],
          )
          continue
        }
        const unexpected = failures.filter((failure) => !CUT_OFF.includes(failure))
        assert.deepEqual(unexpected, [], `${name} saw more than cut connections`)
        assert.ok(failures.length <= SLOTS.length, `${name} was cut off ${failures.length} times`)
      }
    })

    await t.test('nothing is lost after them', async () => {
      await sendUdp(udp, ...Array<string>(20).fill('after.udp:1|c'))
      for (let connection = 0; connection < 10; connection += 1) await sendTcp(tcp, 'after.tcp:1|c\n')
      await until('all is counted', () => {
        return (telemetry.counted('after.udp') === 20 && telemetry.counted('after.tcp') === 10) || undefined
      })
    })

    await t.test('Ctrl-C', async () => {
      telemetry.ctrlC()
      assert.deepEqual(await telemetry.ended(), { code: 0, signal: null })
      assert.equal(telemetry.workerPids.length, 2 * SLOTS.length)
      assert.deepEqual(telemetry.workerPids.filter(isAlive), [])
      assert.equal(telemetry.stderr, '')
      assertInOrder(telemetry.lines)
    })
  })

  it('keeps what it counted for a store that is away', async () => {
    await using telemetry = await TelemetryProcess.listening('--flush-ms', '50')
    const udp = telemetry.address('ingest', 'udp')
    await sendUdp(udp, 'before:1|c')
    await until('it has come to the store', async () => (await metrics(telemetry)).counters[0])

    const pid = servingPid(await status(telemetry), 'store/0')
    assert.ok(pid !== undefined)
    // Stopped first, so that there is no doubt which batches the store that is killed has taken.
    process.kill(pid, 'SIGSTOP')
    try {
      for (let round = 1; round <= 3; round += 1) {
        await sendUdp(udp, ...Array<string>(10).fill('away:1|c'))
        await until('it is counted', () => telemetry.counted('away') === 10 * round || undefined)
      }
    } finally {
      process.kill(pid, 'SIGKILL')
    }
    await telemetry.prints(new RegExp(`^  exit +store/0 +pid ${pid} +SIGKILL$`, 'm'))
    await until('the next store has all of it', async () => {
      const report = await metrics(telemetry).catch(() => undefined)
      return report?.counters.some(({ name, value }) => name === 'away' && value === 30) || undefined
    })
    // What the first one had taken is gone with it, and nothing came twice.
    assert.deepEqual((await metrics(telemetry)).counters, [{ name: 'away', value: 30 }])

    telemetry.ctrlC()
    assert.deepEqual(await telemetry.ended(), { code: 0, signal: null })
    assert.equal(telemetry.stderr, '')
  })

  it('flushes a last time when it is stopped, and sends its clients away', async () => {
    await using telemetry = await TelemetryProcess.listening('--flush-ms', '3600000', '--workers', '1')
    const tcp = telemetry.address('ingest', 'tcp')
    const staying = connect(tcp.port, tcp.host).resume()
    const closed = once(staying, 'close')
    await once(staying, 'connect')
    // Connections are accepted in their order, so when this one is over the worker has the other one too.
    await sendTcp(tcp, 'sent.before:7|c\n')
    staying.write('sent.last:1|c\n')
    telemetry.signal('SIGTERM')

    assert.deepEqual(await telemetry.ended(), { code: 0, signal: null })
    await closed
    assert.equal(telemetry.counted('sent.before'), 7)
    assert.equal(telemetry.counted('sent.last'), 1)
    assert.match(telemetry.lines.at(-1) ?? '', /^Stopped/)
  })

  it('says what is wrong with its flags', async () => {
    await using telemetry = new TelemetryProcess('--workers', 'many')
    assert.deepEqual(await telemetry.ended(), { code: 2, signal: null })
    assert.match(
      telemetry.stderr,
      /^telemetry: --workers must be a whole number .* but is 'many'\nTry --help\.\n$/,
    )
    assert.equal(telemetry.stdout, '')
  })

  it('says which port is taken, and leaves nothing', async () => {
    await using owner = createServer().listen(0, '127.0.0.1')
    await once(owner, 'listening')
    const { port } = owner.address() as { port: number }
    const flags = [
      '--http',
      String(port),
      '--statsd-udp',
      '0',
      '--statsd-tcp',
      '0',
      '--admin',
      '0',
      '--health',
      '0',
    ]
    await using telemetry = new TelemetryProcess(...flags, '--host', '127.0.0.1')
    assert.deepEqual(await telemetry.ended(), { code: 1, signal: null })
    assert.match(telemetry.stderr, new RegExp(`^telemetry: .*${port}`))
    assert.deepEqual(telemetry.workerPids, [])
  })

  it('explains its flags', async () => {
    await using telemetry = new TelemetryProcess('--help')
    assert.deepEqual(await telemetry.ended(), { code: 0, signal: null })
    assert.match(telemetry.stdout, /^Usage: .*--statsd-udp <port>/s)
  })
})

async function killAndRecover(telemetry: TelemetryProcess, slot: string, clients: Client[]): Promise<void> {
  const pid = servingPid(await status(telemetry), slot)
  assert.ok(pid !== undefined, `${slot} serves before it is killed`)
  process.kill(pid, 'SIGKILL')
  const atKill = clients.map(({ served }) => served)

  await telemetry.prints(new RegExp(`^  exit +${slot} +pid ${pid} +SIGKILL$`, 'm'))
  await until(`${slot} is filled again`, async () => {
    // The one who tells the status may be the one that was killed.
    const answer = await status(telemetry).catch(() => undefined)
    const successor = answer && servingPid(answer, slot)
    return successor !== undefined && successor !== pid ? successor : undefined
  })
  for (const [index, client] of clients.entries()) {
    await until(`${client.name} is served after the kill of ${slot}`, () => {
      return client.served >= atKill[index]! + 10 || undefined
    })
  }
}

/** The output of a run from its start to its end by SIGINT. */
function assertInOrder(lines: string[]): void {
  const at = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line))
  assert.match(lines[0]!, /^Starting, master pid \d+$/)
  assert.match(lines.at(-1)!, /^Stopped after \d+ s$/)

  const listening = at(/^Listening$/)
  const stopping = at(/^Stopping, on SIGINT$/)
  assert.ok(listening < at(/^Try$/) && at(/^Try$/) < stopping)
  for (const slot of SLOTS) {
    const ready = at(new RegExp(`^  ready +${slot} `))
    const draining = at(new RegExp(`^  draining +${slot} `))
    const ended = at(new RegExp(`^  exit +${slot} +pid \\d+ +code 0$`))
    assert.ok(ready > 0 && ready < listening, `${slot} is ready before it is said to listen`)
    assert.ok(draining > stopping, `${slot} drains when asked to stop`)
    assert.ok(ended > draining, `${slot} ends after it drained`)
  }
}

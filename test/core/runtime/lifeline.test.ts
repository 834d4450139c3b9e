import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import http from 'node:http'
import net, { type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { canReusePort, STANDBY } from '@manifold/core/internal'
import type { Plan, Told } from '../../fixtures/processes/mortal-master.js'
import type { Answer } from '../../fixtures/workers/serve-and-obey.js'
import { fixture, heard } from '../../helpers/fixture.js'
import { isAlive, openDescriptors } from '../../helpers/leaks.js'
import { once, until } from '../../helpers/wait.js'

interface Generation extends Told {
  readonly master: ChildProcess
  /** Our end. */
  readonly lifeline: Socket
  /** Resolves when nobody has the other end any more. */
  readonly left: Promise<unknown>
}

/** Its pipes do not close with it: workers have some of them. */
async function kill(master: ChildProcess): Promise<void> {
  if (master.exitCode !== null || master.signalCode !== null) return
  const exited = once(master, 'exit')
  master.kill('SIGKILL')
  await exited
}

/** Plays the guardian of one master. Whatever the test leaves is killed. */
async function guard(t: TestContext, plan: Partial<Plan> = {}): Promise<Generation> {
  const lifeline = 4
  const whole: Plan = { exec: 'serve-and-obey', how: 'shared', workers: 2, ...plan, lifeline }
  const master = fork(fixture('processes/mortal-master'), [JSON.stringify(whole)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
  })
  t.after(() => kill(master))
  for (const output of [master.stdout!, master.stderr!]) output.resume()
  const line = master.stdio[lifeline] as Socket
  line.resume()
  const left = new Promise((resolve) => line.once('end', resolve))
  const told = await heard<Told>(master)
  t.after(() => {
    for (const pid of told.pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    line.destroy()
  })
  return { ...told, master, lifeline: line, left }
}

async function ask(port: number, path = '/', agent?: http.Agent): Promise<Answer & { last: boolean }> {
  const request = http.get({ port, host: '127.0.0.1', path, agent: agent ?? false, timeout: 10_000 })
  const [response] = await once<[http.IncomingMessage]>(request, 'response')
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return { ...(JSON.parse(text) as Answer), last: response.headers.connection === 'close' }
}

function keeping(t: TestContext): http.Agent {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  return agent
}

/** Two connections to the same worker, both of which have been used. */
async function keepTwo(t: TestContext, port: number): Promise<{ pid: number; agents: http.Agent[] }> {
  const first = keeping(t)
  const { pid } = await ask(port, '/', first)
  for (;;) {
    const second = keeping(t)
    if ((await ask(port, '/', second)).pid === pid) return { pid, agents: [first, second] }
    second.destroy()
  }
}

/**
 * Why the worker drains to which these are connected: it begins with telling clients, so that the last answer on the
 * first connection may know no reason yet.
 */
async function drainOn(port: number, [first, second]: http.Agent[]): Promise<unknown> {
  while (!(await ask(port, '/', first)).last);
  const { pid, cause, last } = await ask(port, '/', second)
  return { pid, cause, last }
}

const gone = (pids: readonly number[]) =>
  until(() => !pids.some((pid) => isAlive(pid)), { what: `the end of ${pids}`, timeoutMs: 15_000 })

describe('workers whose master is gone, but their lifeline is not', { concurrency: 3 }, () => {
  for (const how of ['kernel', 'shared', 'asleep'] as const) {
    const skip = how === 'kernel' && !canReusePort
    test(`serve on, and drain when it ends (${how})`, { skip }, async (t) => {
      const { master, lifeline, left, pids, port } = await guard(t, { how })
      const { pid, agents } = await keepTwo(t, port)
      await kill(master)
      const servedBy = new Set<number>()
      for (let count = 0; count < 50; count++) {
        const answer = await ask(port)
        assert.equal(answer.cause, undefined)
        servedBy.add(answer.pid)
      }
      assert.ok([...servedBy].every((pid) => pids.includes(pid)))
      if (how === 'kernel') assert.equal(servedBy.size, 2)
      assert.equal((await ask(port, '/', agents[0])).pid, pid)
      lifeline.end()
      assert.deepEqual(await drainOn(port, agents), { pid, cause: 'replace', last: true })
      await left
      await gone(pids)
    })
  }

  test('are what keeps the lifeline from ending at its other end', async (t) => {
    const { master, lifeline, left, pids } = await guard(t)
    let ended = false
    left.then(() => {
      ended = true
    })
    await kill(master)
    process.kill(pids[0]!, 'SIGKILL')
    await gone([pids[0]!])
    assert.equal(ended, false)
    lifeline.end()
    await left
  })

  test('answer what goes to the master with a code, and do not fail', async (t) => {
    const { master, port } = await guard(t, { workers: 1, options: { stdio: 'pipe', hangMs: 60_000 } })
    await kill(master)
    const results: unknown[] = []
    for (const path of ['/call', '/call-group', '/retire', '/listen', '/say', '/say']) {
      results.push((await ask(port, path)).result)
    }
    const closed = 'ERR_MANIFOLD_CHANNEL_CLOSED'
    assert.deepEqual(results, [closed, closed, closed, 'EPIPE', 'said', 'said'])
    assert.equal((await ask(port)).cause, undefined)
  })

  test('do not fail of what they say before they know', async (t) => {
    for (const stdio of ['pipe', 'inherit'] as const) {
      const { port } = await guard(t, { workers: 1, options: { stdio } })
      assert.equal((await ask(port, '/kill-and-say')).result, 'said')
      assert.equal((await ask(port)).cause, undefined)
    }
  })

  test('go on with the calls for which they need no master', async (t) => {
    const { master, pids, port } = await guard(t, { workers: 4 })
    const agent = keeping(t)
    const { pid } = await ask(port, '/', agent)
    for (const slot of [0, 1]) {
      assert.equal((await ask(port, `/call-slot-${slot}`, agent)).result, pids[slot])
    }
    await kill(master)
    for (const slot of [0, 1]) {
      assert.equal((await ask(port, `/call-slot-${slot}`, agent)).result, pids[slot])
    }
    // Those to which there is no link are not asked, nor those that are gone.
    const dead = pids.slice(0, 2).find((each) => each !== pid)!
    process.kill(dead, 'SIGKILL')
    await gone([dead])
    const known = [pid, ...pids.slice(0, 2)].filter((each) => each !== dead)
    for (let count = 0; count < 8; count++) {
      const { result } = await ask(port, '/call-any', agent)
      assert.ok(known.includes(result as number), `${result}`)
    }
  })

  test('drain at SIGTERM', async (t) => {
    const { master, pids, port, left } = await guard(t)
    await kill(master)
    await ask(port)
    for (const pid of pids) process.kill(pid, 'SIGTERM')
    await left
  })

  test('let connections wait that are more than their limit', async (t) => {
    for (const how of ['shared', 'asleep'] as const) {
      const { master, port, lifeline, left } = await guard(t, { workers: 1, how, limit: 2 })
      await kill(master)
      const agents = [keeping(t), keeping(t), keeping(t)]
      await ask(port, '/', agents[0])
      await ask(port, '/', agents[1])
      let answered = false
      const third = ask(port, '/', agents[2]).finally(() => {
        answered = true
      })
      for (let count = 0; count < 20; count++) await ask(port, '/', agents[1])
      assert.equal(answered, false)
      agents[0]!.destroy()
      await third
      // And those that still wait are served at the end.
      const fourth = ask(port)
      for (let count = 0; count < 20; count++) await ask(port, '/', agents[1])
      lifeline.end()
      assert.equal((await fourth).cause, 'replace')
      for (const agent of agents) agent.destroy()
      await left
    }
  })
})

describe('workers with a lifeline end', { concurrency: 3 }, () => {
  test('when it ended before, and now their master is gone', async (t) => {
    const { master, lifeline, left, pids, port } = await guard(t)
    const { pid, agents } = await keepTwo(t, port)
    lifeline.end()
    for (let count = 0; count < 20; count++) assert.equal((await ask(port)).cause, undefined)
    await kill(master)
    assert.deepEqual(await drainOn(port, agents), { pid, cause: 'orphan', last: true })
    await left
    await gone(pids)
  })

  test('when they are not ready as their master goes', async (t) => {
    const { master, left } = await guard(t, { exec: 'half-ready', options: { ready: 'manual' } })
    await kill(master)
    await left
  })

  test('when they drain already as their master goes', async (t) => {
    const { master, pids, port, left } = await guard(t, { how: 'asleep' })
    const { pid, agents } = await keepTwo(t, port)
    for (const each of pids) process.kill(each, 'SIGTERM')
    assert.deepEqual(await drainOn(port, agents), { pid, cause: 'signal', last: true })
    await kill(master)
    await left
  })

  test('when they have closed their server, or do not wait for it, though its socket sleeps', async (t) => {
    for (const path of ['/close', '/unref']) {
      for (const alone of [false, true]) {
        const { master, pids, port } = await guard(t, { how: 'asleep', workers: 1 })
        if (alone) await kill(master)
        await ask(port, path)
        await kill(master)
        await gone(pids)
      }
    }
  })

  test('when they stand by as their master goes', async (t) => {
    const { master, left } = await guard(t, { options: { slot: STANDBY } })
    await kill(master)
    await left
  })

  test('when they close their channel themselves', async (t) => {
    const { pids, port } = await guard(t, { workers: 1 })
    await ask(port, '/disconnect')
    await gone(pids)
  })
})

/** An array with gaps, up to that number of streams. */
const streams = (length: number, gap: 'ignore' | 'pipe') => [
  ...['ignore', 'pipe', 'pipe', 'ipc'],
  ...Array.from({ length: length - 4 }, () => gap),
]

describe("a worker's own children and threads do not hold its lifeline", () => {
  for (const [what, options] of Object.entries({
    'with the usual streams': {},
    'with all streams inherited': { stdio: 'inherit' },
    'with a watchdog': { hangMs: 60_000 },
    'with many streams that are open': { stdio: streams(40, 'pipe') },
    'with many streams that are ignored': { stdio: streams(40, 'ignore') },
    'with few streams that are ignored': { stdio: streams(9, 'ignore'), hangMs: 60_000 },
    'with sixteen streams': { stdio: streams(16, 'ignore') },
    'with seventeen streams': { stdio: streams(17, 'ignore'), hangMs: 60_000 },
  } as Record<string, Plan['options']>)) {
    test(what, async (t) => {
      const { pids, port, master } = await guard(t, { workers: 1, options: { ...options } })
      const inode = openDescriptors(master.pid).find(({ fd }) => fd === 4)!.target
      const held = openDescriptors(pids[0]).filter(({ target }) => target === inode)
      assert.equal(held.length, 1)
      const { result } = await ask(port, '/children')
      const listings = result as string[][]
      assert.equal(listings.length, 3)
      for (const listing of listings) {
        assert.ok(listing.some((line) => line.includes('/proc/')))
        assert.deepEqual(
          listing.filter((line) => line.includes(inode)),
          [],
        )
      }
    })
  }
})

test('a lifeline keeps no worker alive that has nothing else to do', async (t) => {
  const { pids, master } = await guard(t, { exec: 'ready-at-once', workers: 1, options: { ready: 'online' } })
  await kill(master)
  await gone(pids)
})

test('a socket that sleeps is not accepted on while there is a master', async (t) => {
  // Here it is one worker that gets all connections.
  const { port, master } = await guard(t, { how: 'asleep', workers: 3 })
  const served = async () => {
    const pids = new Set<number>()
    for (let count = 0; count < 50; count++) pids.add((await ask(port)).pid)
    return pids.size
  }
  assert.equal(await served(), 1)
  // What it has not accepted as it dies, they do.
  process.kill(master.pid!, 'SIGSTOP')
  const client = net.connect(port, '127.0.0.1')
  await once(client, 'connect')
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const answered = once(client, 'data')
  await kill(master)
  await answered
  client.destroy()
})

import assert from 'node:assert/strict'
import net from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { inspectorArguments, type WorkerOptions } from '@manifold/core/internal'
import { said, startFixture } from './worker.js'

const portIn = (text: string | undefined) => Number(/(\d+)(?:\/|$)/.exec(text ?? '')?.[1])

describe('the port of a worker’s inspector', () => {
  test('is left alone where nobody inspects', () => {
    for (const execArgv of [[], ['--enable-source-maps'], ['--inspect-publish-uid=http'], ['--inspection']]) {
      assert.deepEqual(inspectorArguments(execArgv, 9229), [])
    }
  })

  test('is left to the system where it is 0', () => {
    for (const argument of ['--inspect=0', '--inspect=127.0.0.1:0', '--inspect-brk=0', '--inspect-port=0']) {
      assert.deepEqual(inspectorArguments([argument], 9229), [], argument)
    }
  })

  test('is the next one for each', () => {
    const forms = [
      ...['--inspect', '--inspect=9300', '--inspect=0.0.0.0:9300', '--inspect-brk', '--inspect-wait=9300'],
      ...['--inspect-port=9300', '--debug-port=9300'],
    ]
    const ports = forms.map((argument) => {
      const given = inspectorArguments(['--no-warnings', argument], 9229)
      assert.match(given[0] ?? '', /^--inspect-port=\d+$/, argument)
      return portIn(given[0])
    })
    assert.deepEqual(
      ports,
      ports.map((_, index) => ports[0]! + index),
    )
    assert.ok(ports[0]! > 9229)
  })

  test('stays a port, however many there were', () => {
    const ports = Array.from({ length: 100 }, () => portIn(inspectorArguments(['--inspect'], 65_500)[0]))
    assert.ok(ports.every((port) => port >= 1_024 && port <= 65_535))
    assert.equal(new Set(ports).size, ports.length)
  })
})

describe('two workers that are inspected do not collide', () => {
  /** Where the inspectors of two workers listen. */
  async function ports(t: TestContext, options: Partial<WorkerOptions>): Promise<number[]> {
    const workers = [0, 1].map((slot) => startFixture(t, 'report-inspector', { ...options, slot }))
    const urls = await Promise.all(workers.map((worker) => said<string>(worker)))
    return urls.map((url) => portIn(url))
  }

  test('when the system chooses their ports', async (t) => {
    const [one, other] = await ports(t, { execArgv: ['--inspect=127.0.0.1:0'] })
    assert.ok(one! > 0 && other! > 0 && one !== other, `${one} and ${other}`)
  })

  for (const [how, options] of [
    ['as options for Node', { execArgv: ['--inspect=9229'] }],
    ['in the environment', { env: { NODE_OPTIONS: '--no-warnings --inspect=9229' } }],
  ] as const) {
    test(`when they are given one port, ${how}`, async (t) => {
      const before = process.debugPort
      process.debugPort = await freeRange()
      t.after(() => {
        process.debugPort = before
      })
      const [one, other] = await ports(t, options)
      assert.equal(other! - one!, 1)
    })
  }
})

/** A port after which several are free, besides those that were given to workers before. */
async function freeRange(): Promise<number> {
  const used = portIn(inspectorArguments(['--inspect'], 10_000)[0]) - 10_000
  for (let first = 20_000 + (process.pid % 5_000); first < 32_000; first += 2) {
    const free = await Promise.all([isFree(first + used + 1), isFree(first + used + 2)])
    if (free.every(Boolean)) return first
  }
  throw new Error('no two ports in a row are free')
}

function isFree(port: number): Promise<boolean> {
  const server = net.createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

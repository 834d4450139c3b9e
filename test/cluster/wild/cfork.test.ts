import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { HttpClient, pidOf } from '../../e2e/http-client.js'
import { assertNoLeaks, isAlive, snapshot } from '../../helpers/leaks.js'
import { type Flavour, flavours, Program } from './program.js'

const WORKERS = 2

const before = snapshot()
after(() => assertNoLeaks(before))

const variants = flavours.flatMap((cluster) =>
  ['cfork.cjs', 'cfork-esm.mjs'].map((file) => ({ file, cluster })),
)

for (const { file, cluster } of variants) {
  describe(`${file} under ${cluster}`, () => {
    it('forks workers and slaves with their settings and environment, on the cluster of the program', async () => {
      await using service = await Service.start(file, cluster)
      const { program } = service
      assert.equal(program.lines.filter((line) => line === 'one cluster: true').length, 1)
      const [slave] = await program.prints(/^slave (\d+), 0, hello watched$/m)
      const forked = program.all(/^fork (\d+)$/gm)
      assert.deepEqual(forked.toSorted(), [...service.listening, slave!].toSorted())
      await program.until('all are online', () => program.all(/^online (\d+)$/gm).length === 3)

      const seen = new Map<number, string>()
      await program.until('both answer', async () => {
        const { pid, text } = await service.get('/')
        seen.set(pid, text)
        return seen.size === WORKERS
      })
      const texts = [0, 1].map((index) => `hello watched ${index}/2 --colour=green`)
      assert.deepEqual([...seen.values()].toSorted(), texts)

      await service.end()
      assert.equal(program.all(/^exit \d+ (null SIGTERM)$/gm).length, 3)
    })

    it('a worker that is killed, exits or disconnects is followed by one in its place', async () => {
      await using service = await Service.start(file, cluster)
      const { program } = service
      await program.prints(/^slave (\d+)/m)

      const victim = (await service.get('/')).pid
      process.kill(victim, 'SIGKILL')
      await service.listensAgain(3)
      await program.prints(new RegExp(`^exit ${victim} null SIGKILL$`, 'm'))

      const exited = (await service.get('/exit')).pid
      await service.listensAgain(4)
      await program.prints(new RegExp(`^exit ${exited} 3 null$`, 'm'))

      const left = (await service.get('/disconnect')).pid
      await service.listensAgain(5)
      await program.prints(new RegExp(`^disconnect ${left} true disconnected$`, 'm'))
      await program.prints(new RegExp(`^exit ${left} 0 null$`, 'm'))

      assert.deepEqual(
        service.listening.filter((pid) => isAlive(Number(pid))).length,
        WORKERS,
        'as many as before',
      )
      const places = new Set<string>()
      await program.until('each place is taken', async () => {
        places.add((await service.get('/')).text)
        return places.size === WORKERS
      })
      assert.deepEqual(
        [...places].toSorted(),
        [0, 1].map((index) => `hello watched ${index}/2 --colour=green`),
      )
      await service.end()
    })

    // The rest does not depend on how the library came to its cluster.
    if (file !== 'cfork.cjs') return

    it('at the limit of reforks it stops, and says so', async () => {
      await using service = await Service.start(file, cluster)
      const { program } = service
      for (let count = 1; count <= 3; count++) {
        await service.get('/exit')
        await service.listensAgain(WORKERS + count)
      }
      assert.deepEqual(program.all(/^reachReforkLimit$/gm), [])
      const { pid } = await service.get('/exit')
      await program.prints(/^reachReforkLimit$/m)
      await program.prints(new RegExp(`^exit ${pid} 3 null$`, 'm'))
      // Whether the exit was unexpected depends on which cfork hears of first, it or the disconnect.
      for (const end of program.all(/^unexpectedExit \d+ (.*)$/gm)) assert.equal(end, '3 null')
      assert.equal(program.all(/^fork /gm).length, WORKERS + 1 + 3)
      assert.equal(program.workers.length, WORKERS)
      await service.end()
    })
  })
}

class Service implements AsyncDisposable {
  readonly program: Program
  #port = 0

  private constructor(program: Program) {
    this.program = program
  }

  static async start(file: string, cluster: Flavour): Promise<Service> {
    const service = new Service(new Program(file, cluster, { PORT: '0' }))
    try {
      await service.listensAgain(WORKERS)
      service.#port = Number(service.program.all(/^listening \d+ on (\d+)$/gm)[0])
      return service
    } catch (error) {
      await service[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The processes that ever listened. */
  get listening(): string[] {
    return this.program.all(/^listening (\d+) on/gm)
  }

  /** Resolves when so many have ever listened. */
  async listensAgain(times: number): Promise<void> {
    await this.program.prints(/^listening \d+ on/m, times)
  }

  async get(url: string): Promise<{ pid: number; text: string }> {
    using client = await HttpClient.connect(this.#port)
    const response = await client.get(url)
    return { pid: pidOf(response), text: response.body.toString() }
  }

  /** As its own SIGTERM has it; nothing is left of it. */
  async end(): Promise<void> {
    const workers = this.program.workers.map(({ pid }) => pid)
    this.program.signal('SIGTERM')
    assert.deepEqual(await this.program.ended(), { code: 0, signal: null })
    assert.ok(!workers.some(isAlive))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]()
  }
}

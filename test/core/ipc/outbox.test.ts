import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Outbox } from '@manifold/core/internal'

/** An outbox whose messages are names; what is written and what is told of handles is noted in order. */
class Desk {
  readonly #outbox: Outbox
  readonly #written = new Map<string, (error: Error | null) => void>()
  readonly log: string[] = []
  /** Those that cannot be written. */
  readonly misfits = new Set<string>()

  constructor(pipelines = true) {
    this.#outbox = new Outbox(pipelines)
  }

  plain(...names: string[]): void {
    for (const name of names) this.#send(name, undefined)
  }

  handle(...names: string[]): void {
    for (const name of names) this.#send(name, (arrived) => this.log.push(`${name}: ${arrived}`))
  }

  confirm(arrived = true): void {
    this.#outbox.confirm(arrived)
  }

  /** A message has left this process, or never will. */
  leave(name: string, error: Error | null = null): void {
    this.#written.get(name)?.(error)
  }

  close(): void {
    this.#outbox.close()
  }

  get size(): number {
    return this.#outbox.size
  }

  /** What has happened since this was last asked. */
  get news(): string {
    return this.log.splice(0).join(', ')
  }

  #send(name: string, answered: ((arrived: boolean) => void) | undefined): void {
    const refuse = () => {
      if (this.misfits.has(name)) throw new Error(`${name} does not fit`)
    }
    this.#outbox.send({
      answered,
      check: refuse,
      write: (written) => {
        refuse()
        this.log.push(name)
        this.#written.set(name, written)
      },
    })
  }
}

describe('an outbox', () => {
  test('lets handles and messages follow on a handle that is not confirmed', () => {
    const desk = new Desk()
    desk.handle('A', 'B')
    desk.plain('c')
    assert.equal(desk.news, 'A, B, c')
    desk.confirm()
    desk.confirm()
    assert.equal(desk.news, 'A: true, B: true')
  })

  test('sends handles one by one behind a message, until one of them is confirmed', () => {
    const desk = new Desk()
    desk.plain('a')
    desk.handle('B', 'C', 'D')
    assert.equal(desk.news, 'a, B')
    desk.confirm()
    assert.equal(desk.news, 'C, D, B: true')
    desk.handle('E')
    assert.equal(desk.news, 'E')
  })

  test('does not take the word on a handle for one on the message that went after it', () => {
    const desk = new Desk()
    desk.handle('A', 'B')
    desk.plain('c')
    desk.handle('D', 'E')
    assert.equal(desk.news, 'A, B, c')
    desk.confirm()
    assert.equal(desk.news, 'A: true')
    desk.confirm()
    assert.equal(desk.news, 'D, B: true')
    desk.confirm()
    assert.equal(desk.news, 'E, D: true')
  })

  test('keeps the order: nothing overtakes what waits', () => {
    const desk = new Desk()
    desk.plain('a')
    desk.handle('B', 'C')
    desk.plain('d')
    desk.handle('E')
    assert.equal(desk.news, 'a, B')
    desk.confirm()
    assert.equal(desk.news, 'C, d, B: true')
    desk.confirm()
    assert.equal(desk.news, 'E, C: true')
  })

  test('that may not pipeline sends nothing while a handle is not confirmed', () => {
    const desk = new Desk(false)
    desk.handle('A', 'B')
    desk.plain('c', 'd')
    assert.equal(desk.news, 'A')
    desk.confirm(false)
    assert.equal(desk.news, 'B, A: false')
    desk.confirm()
    assert.equal(desk.news, 'c, d, B: true')
  })

  test('counts what has not left, whether it waits or is on its way', () => {
    const desk = new Desk()
    desk.plain('a')
    desk.handle('B', 'C')
    assert.equal(desk.size, 3)
    desk.leave('a')
    desk.leave('B')
    assert.equal(desk.size, 1)
    desk.confirm()
    desk.leave('C')
    assert.equal(desk.size, 0)
  })

  test('gives up on a handle that never left, and goes on with what waited behind it', () => {
    const desk = new Desk()
    desk.plain('a')
    desk.handle('B', 'C', 'D')
    assert.equal(desk.news, 'a, B')
    desk.leave('B', new Error('its handle was closed'))
    assert.equal(desk.news, 'C, B: false')
    desk.confirm()
    assert.equal(desk.news, 'D, C: true')
  })

  test('refuses what cannot be written, now or later, and is none the worse for it', () => {
    const desk = new Desk()
    desk.misfits.add('x').add('Y')
    assert.throws(() => desk.plain('x'), /x does not fit/)
    assert.throws(() => desk.handle('Y'), /Y does not fit/)
    desk.plain('a')
    desk.handle('B', 'C')
    assert.throws(() => desk.plain('x'), /x does not fit/)
    assert.equal(desk.size, 3)
    desk.confirm()
    desk.confirm()
    assert.equal(desk.news, 'a, B, C, B: true, C: true')
  })

  test('has lost all handles when it is closed, and hears of none later', () => {
    const desk = new Desk()
    desk.plain('a')
    desk.handle('B', 'C')
    desk.close()
    desk.close()
    desk.confirm()
    assert.equal(desk.news, 'a, B, B: false, C: false')
  })
})

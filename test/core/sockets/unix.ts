import assert from 'node:assert/strict'
import { lstatSync } from 'node:fs'
import type { TestContext } from 'node:test'
import type { SocketError } from '@manifold/core'
import { HeldSocket, parseSocket, type SocketSpec, type StreamHandle } from '@manifold/core/internal'
import type { Order, Outcome } from '../../fixtures/processes/hold-socket.js'
import { end, forkFixture, heard } from '../../helpers/fixture.js'
import { leavesNothingOpen } from './connections.js'

export async function hold(t: TestContext, option: unknown) {
  const held = await HeldSocket.hold('local', parseSocket('listen.local', option))
  t.after(() => held.close())
  return { held, handle: held.handle as StreamHandle }
}

/** Another process, which holds what it is told, and listens on it if it is told so. */
export async function otherProcess(t: TestContext) {
  const child = forkFixture(t, 'processes/hold-socket')
  assert.equal(await heard(child), 'loaded')
  return {
    hold(option: unknown, more: Omit<Order, 'option'> = {}): Promise<Outcome> {
      child.send({ option, ...more } satisfies Order)
      return heard<Outcome>(child)
    },
    /** SIGKILL: no chance to tidy up. */
    kill: () => end(child),
  }
}

/** Leaves the file of a socket behind whose owner was killed. */
export async function abandon(t: TestContext, path: string): Promise<void> {
  const owner = await otherProcess(t)
  assert.equal((await owner.hold({ path }, { listen: true })).held, true)
  await owner.kill()
  assert.ok(lstatSync(path).isSocket())
}

/** Holding must fail with that code of the system, name the socket and the path, and leave nothing open. */
export async function fails(
  spec: SocketSpec,
  address: string,
  systemCode: string,
  why: RegExp,
): Promise<void> {
  await leavesNothingOpen(() =>
    assert.rejects(HeldSocket.hold('local', spec), (error: SocketError) => {
      const { name, code, socket, address: named, systemCode: said, message } = error
      assert.deepEqual(
        { name, code, socket, named, said },
        {
          ...{ name: 'SocketError', code: 'ERR_MANIFOLD_SOCKET', socket: 'local' },
          ...{ named: address, said: systemCode },
        },
      )
      assert.ok(message.startsWith(`socket 'local' cannot use ${address}: `), message)
      assert.match(message, why)
      return true
    }),
  )
}

export const inUse = (path: string) =>
  fails(
    parseSocket('listen.local', { path }),
    path,
    'EADDRINUSE',
    /: another process uses it \(EADDRINUSE\)$/,
  )

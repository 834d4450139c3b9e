import { type ChildProcess, type Serializable, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import type { TestContext } from 'node:test'
import { type Clock, systemClock } from '@manifold/core'
import { Channel, portOf } from '@manifold/core/internal'
import type {
  PeerMessage,
  PeerRequests,
  TestMessage,
  TestRequests,
} from '../../fixtures/processes/channel-peer.js'
import { end, fixture } from '../../helpers/fixture.js'
import { once } from '../../helpers/wait.js'

export type Serialization = 'json' | 'advanced'

export interface PeerOptions {
  readonly serialization?: Serialization
  readonly clock?: Clock
  readonly maxQueued?: number
  /** Answers what the process asks when it is asked for the double of a number. */
  readonly double?: (number: number) => number | Promise<number>
  /** How many descriptors the process may have. */
  readonly descriptors?: number
}

function twice(number: number): number {
  return number * 2
}

/** A real process, and the channel to it. It is killed when the test is over. */
export class Peer {
  readonly child: ChildProcess
  readonly channel: Channel<PeerMessage, TestMessage, PeerRequests, TestRequests>
  /** All that came up in the child's 'message': what its application says. */
  readonly surfaced: unknown[] = []
  /** What it noted, and which sockets came. */
  readonly noted: string[] = []
  readonly sockets: string[] = []
  /** Emits each of these by its kind, as it comes. */
  readonly news = new EventEmitter()

  private constructor(t: TestContext, options: PeerOptions) {
    const {
      serialization = 'json',
      clock = systemClock,
      maxQueued = 1_000,
      descriptors,
      double = twice,
    } = options
    const limit = descriptors === undefined ? '' : `ulimit -n ${descriptors};`
    const script = `${limit} exec "$0" "$@"`
    this.child = spawn('sh', ['-c', script, process.execPath, fixture('processes/channel-peer')], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization,
    })
    t.after(() => end(this.child))
    this.child.on('message', (message) => this.surfaced.push(message))
    this.channel = new Channel(portOf(this.child, serialization), { clock, peer: 'the peer', maxQueued })
    // As whoever watches the process must do.
    this.child.once('close', () => this.channel.close())
    this.channel.receive(
      {
        noted: ({ text }) => {
          this.noted.push(text)
          this.news.emit('noted', text)
        },
        socketCame: ({ name, port }) => {
          this.sockets.push(name)
          this.news.emit('socketCame', name, port)
        },
      },
      { double },
    )
  }

  static async start(t: TestContext, options: PeerOptions = {}): Promise<Peer> {
    const peer = new Peer(t, options)
    await once(peer.news, 'noted', { timeoutMs: 30_000, filter: (text) => text === 'ready' })
    peer.noted.length = 0
    return peer
  }

  /** From now on it reads nothing. */
  stop(): void {
    this.child.kill('SIGSTOP')
  }

  resume(): void {
    this.child.kill('SIGCONT')
  }

  /** Resolves when it has taken in all that was sent before. */
  async caughtUp(): Promise<void> {
    await this.channel.request('echo', null, { timeoutMs: 30_000 })
  }

  /** A message past the channel, as some other library might send it. */
  sendRaw(message: Serializable): void {
    this.child.send(message)
  }
}

import type { Clock } from '../../clock.js'
import { codecOf } from '../../ipc/frames.js'
import { loopbackPort } from '../../ipc/loopback-port.js'
import { type MasterMessage, STANDBY, type WorkerBoot } from '../../ipc/protocol.js'
import { streamPort } from '../../ipc/stream-port.js'
import { type Handle, type StreamHandle, socketOn } from '../../node-internals.js'
import type { WorkerChannel } from '../runtime.js'
import { Link, type LinkEvents } from './link.js'

/** How long an introduction may take. Until then, and for as long after one that failed, the master carries calls. */
const INTRODUCTION_MS = 1_000

/** What links need of their worker. */
export interface LinkHost extends Omit<LinkEvents, 'opened'> {
  slot(): number
}

/** The links of this worker. Each is made when it is first needed, by either side, and serves both. */
export class Links {
  readonly #boot: WorkerBoot
  readonly #master: WorkerChannel
  readonly #clock: Clock
  readonly #on: LinkEvents
  readonly #slot: () => number
  /** By the id of the peer, the latest. */
  readonly #byPeer = new Map<number, Link>()
  readonly #all = new Set<Link>()
  /** Introductions that were asked for. */
  readonly #coming = new Map<number, { link: Promise<Link | undefined>; settle(link?: Link): void }>()
  /** When to try again to be introduced to a worker. */
  readonly #notBefore = new Map<number, number>()
  readonly #farewells: Promise<void>[] = []
  #leaving = false

  constructor(boot: WorkerBoot, master: WorkerChannel, clock: Clock, { slot, ...on }: LinkHost) {
    this.#boot = boot
    this.#master = master
    this.#clock = clock
    this.#slot = slot
    this.#on = { ...on, opened: (link) => this.#coming.get(link.peer.id)?.settle(link) }
  }

  /** The link to that worker, if it is there. */
  get(id: number): Link | undefined {
    const link = this.#byPeer.get(id)
    if (link?.usable) return link
    return id === this.#boot.id && !link ? this.#toItself() : undefined
  }

  /** That worker is gone, or finishes. */
  forget(id: number): void {
    this.#notBefore.delete(id)
  }

  /** Has the master introduce the two. Undefined if that does not succeed; never rejects. */
  to(id: number): Promise<Link | undefined> {
    const coming = this.#coming.get(id)
    if (coming) return coming.link
    const notBefore = this.#notBefore.get(id)
    // Peers are told once who is at the other end: who stands by would stay without a slot for them.
    if (this.#slot() === STANDBY) return Promise.resolve(undefined)
    if (!this.#master.open || (notBefore !== undefined && this.#clock.now() < notBefore))
      return Promise.resolve(undefined)
    return this.#introduce(id)
  }

  /** One end is here. The peer may finish already, or be gone. */
  arrived({ peer, serialization }: Extract<MasterMessage, { t: 'link' }>, handle: Handle | undefined): void {
    if (!handle) return
    const { maxQueued } = this.#boot
    const port = streamPort(socketOn(handle as StreamHandle), codecOf(serialization), () => this.#gone(link))
    const link = new Link(port, peer, { clock: this.#clock, maxQueued }, this.#on)
    this.#byPeer.set(peer.id, link)
    this.#all.add(link)
    link.channel.send({ t: 'hello' })
    if (this.#leaving) this.#farewells.push(link.leave())
  }

  /**
   * Tells all peers, and resolves once they ask nothing new and have their answers. To be called with the word
   * that the master introduces nobody any more.
   */
  async leave(noneNew: Promise<unknown>): Promise<void> {
    this.#leaving = true
    for (const link of this.#all) this.#farewells.push(link.leave())
    await noneNew
    await Promise.all(this.#farewells)
  }

  #introduce(id: number): Promise<Link | undefined> {
    let settle: (link?: Link) => void = () => {}
    const link = new Promise<Link | undefined>((resolve) => {
      const timer = this.#clock.after(INTRODUCTION_MS, () => settle())
      settle = (made) => {
        timer.cancel()
        this.#coming.delete(id)
        if (made) this.#notBefore.delete(id)
        else this.#notBefore.set(id, this.#clock.now() + INTRODUCTION_MS)
        resolve(made)
      }
    })
    this.#coming.set(id, { link, settle })
    // The peer may have asked for it, and not heard yet that it is there.
    if (this.#byPeer.get(id)?.opening) return link
    this.#master.request('link', { id }).then(
      (made) => {
        if (!made) this.#coming.get(id)?.settle()
      },
      () => this.#coming.get(id)?.settle(),
    )
    return link
  }

  #toItself(): Link {
    const { id, group, maxQueued, serialization } = this.#boot
    const slot = this.#slot()
    const port = loopbackPort(codecOf(serialization))
    const link = new Link(port, { group, slot, id }, { clock: this.#clock, maxQueued }, this.#on, true)
    this.#byPeer.set(id, link)
    this.#all.add(link)
    return link
  }

  #gone(link: Link): void {
    link.channel.close()
    this.#all.delete(link)
    const { id } = link.peer
    if (this.#byPeer.get(id) !== link) return
    this.#byPeer.delete(id)
    this.#coming.get(id)?.settle()
  }
}

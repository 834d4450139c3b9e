import type { Clock, Timer } from '../clock.js'
import { log } from '../debug.js'
import { ManifoldError } from '../errors.js'
import type { WireAddress } from '../ipc/protocol.js'
import type { Handle, StreamHandle } from '../node-internals.js'
import type { Deposit, GuardedMessage } from './protocol.js'

const debug = log('guard')

/** A socket that a master before this one has left. */
export interface Stored {
  readonly deposit: Deposit
  readonly handle: Handle
  /** Of the path of a Unix socket. */
  readonly lock: StreamHandle | undefined
}

/** What is said of a socket as it is deposited; the store numbers it. */
export type Deposited = Omit<Deposit, 'id'>

/** Says it to the guardian; false if there is none any more. `answered` is told whether the handle has arrived there. */
export type Tell = (
  message: GuardedMessage,
  handle?: Handle,
  answered?: (arrived: boolean) => void,
) => boolean

/** How long a guardian may take to pass on what it keeps, and to say that it has got something. */
const LOAD_MS = 10_000
const CONFIRM_MS = 1_000

/** How long what nobody has asked for is kept once the master has settled: its workers may yet listen on it. */
const KEEP_MS = 5_000

/** The copies of sockets that the guardian keeps, as its master sees them. */
export class SocketStore {
  readonly #generation: number
  readonly #tell: Tell
  readonly #clock: Clock
  /** What nobody has taken yet, by id. */
  readonly #stored = new Map<
    string,
    { deposit: Deposit; handle: Handle | undefined; lock: Handle | undefined }
  >()
  /** All ports that any master is known to have had. */
  readonly #ports = new Set<string>()
  readonly #loaded: Promise<void>
  #settleLoaded!: { resolve(): void; reject(error: Error): void }
  #deadline: Timer | undefined
  #last = 0
  /** Whether the guardian is there. */
  #guarded = true
  /** What is held stays with the guardian. */
  #stopping = false
  /** Another master serves with the same sockets. */
  #replaced = false

  constructor(generation: number, tell: Tell, clock: Clock) {
    this.#generation = generation
    this.#tell = tell
    this.#clock = clock
    this.#loaded = new Promise((resolve, reject) => {
      this.#settleLoaded = { resolve, reject }
    })
    this.#loaded.catch(() => {})
    this.#deadline = clock.after(LOAD_MS, () => {
      const text = `the guardian has not passed on its sockets within ${LOAD_MS} ms`
      this.#settleLoaded.reject(new ManifoldError('ERR_MANIFOLD_TIMEOUT', text))
    })
  }

  /** Whether there is a guardian that keeps what is deposited. */
  get guarded(): boolean {
    return this.#guarded
  }

  /** Whether whoever closes a Unix socket has to remove its file as well. */
  get leavesFiles(): boolean {
    return !this.#guarded && !this.#replaced
  }

  /** Resolves when all is here that was stored, or the guardian is gone. @throws {ManifoldError} `ERR_MANIFOLD_TIMEOUT`. */
  loaded(): Promise<void> {
    return this.#loaded
  }

  /**
   * All that is stored under that key, in the order of the lanes. It is the caller's now.
   *
   * @param isAt besides, what has that address: its port may have been left to the system when it was bound.
   */
  take(key: string, isAt: (address: WireAddress) => boolean = () => false): Stored[] {
    const found: Stored[] = []
    for (const [id, { deposit, handle, lock }] of this.#stored) {
      if (!handle || (deposit.key !== key && !isAt(deposit.address))) continue
      this.#stored.delete(id)
      this.#tell({ t: 'take', id })
      found.push({ deposit, handle, lock: lock as StreamHandle | undefined })
    }
    if (found.length > 0) debug('%d of %s are taken', found.length, key)
    return found.sort((one, other) => one.deposit.lane - other.deposit.lane)
  }

  /** Chooses the id under which a socket, and the lock of its path, are deposited. */
  nextId(): string {
    return `${this.#generation}.${++this.#last}`
  }

  /** Resolves when the guardian has it, or after a second: whoever is handed the socket before that may lose it. */
  deposit(deposit: Deposit, handle: Handle): Promise<void> {
    this.#note(deposit)
    return new Promise((resolve) => {
      const timer = this.#clock.after(CONFIRM_MS, resolve)
      const done = () => {
        timer.cancel()
        resolve()
      }
      if (!this.#guarded || !this.#tell({ t: 'deposit', deposit }, handle, done)) done()
    })
  }

  /** It is held no more. One that is closed because everything stops stays with the guardian. */
  withdraw(id: string): void {
    if (this.#guarded && !this.#stopping) this.#tell({ t: 'withdraw', id })
  }

  /** Whether that port is, or was, one of this service: whoever has it is no stranger. */
  knowsPort(type: 'tcp' | 'udp', port: number): boolean {
    return this.#ports.has(`${type}:${port}`)
  }

  /** From the guardian. */
  arrived(deposit: Deposit, handle: Handle | undefined): void {
    this.#note(deposit)
    // Out of descriptors, or everything stops.
    if (!handle) return
    if (this.#stopping) {
      handle.close()
      return
    }
    const kept = this.#stored.get(deposit.id) ?? { deposit, handle: undefined, lock: undefined }
    const part = deposit.part === 'lock' ? { lock: handle } : { deposit, handle }
    this.#stored.set(deposit.id, { ...kept, ...part })
  }

  /** From the guardian: that was all. */
  complete(): void {
    this.#deadline?.cancel()
    debug('%d sockets are stored', this.#stored.size)
    this.#settleLoaded.resolve()
  }

  /** The master has settled: what is left over is given up soon. */
  settled(): void {
    // Used until then, so that the guardian does not give it up before.
    for (const id of this.#stored.keys()) this.#tell({ t: 'take', id })
    this.#deadline?.cancel()
    this.#deadline = this.#clock.after(KEEP_MS, () => {
      for (const id of this.#stored.keys()) this.withdraw(id)
      this.#drop()
    })
  }

  /** What is closed from now on stays with the guardian. */
  stopping(replaced: boolean): void {
    this.#stopping = true
    this.#replaced = replaced
    // Nobody needs to wait for the rest.
    this.complete()
    this.#drop()
  }

  /** The guardian is gone. What nobody has asked for by now, nobody will. */
  lost(): void {
    this.#guarded = false
    this.complete()
  }

  #note({ address }: Deposit): void {
    if (address.type !== 'unix') this.#ports.add(`${address.type}:${address.port}`)
  }

  #drop(): void {
    for (const { handle, lock } of this.#stored.values()) {
      handle?.close()
      lock?.close()
    }
    this.#stored.clear()
  }
}

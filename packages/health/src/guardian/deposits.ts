import { type Deposit, fileAt, type Handle, log, removeFile } from '@manifold/core/internal'

const debug = log('guardian')

interface Kept {
  readonly deposit: Deposit
  readonly handle: Handle
}

/** One socket, with the lock of its path if it has one. */
interface Entry {
  readonly parts: Map<Deposit['part'], Kept>
  /** The generations that hold it. */
  readonly users: Set<number>
  /** The file of a Unix socket, as it was when it came. */
  file: { readonly path: string; readonly inode: number } | undefined
}

/**
 * Copies of all sockets that masters hold, so that they outlive those. A socket is given up when nobody uses it any
 * more: neither the generation that serves, alive or not, nor one of which there is a process left.
 */
export class Deposits {
  readonly #entries = new Map<string, Entry>()
  readonly #gone = new Set<number>()
  #serving = 0
  #closed = false

  get size(): number {
    return this.#entries.size
  }

  /** Everything, for the next master. */
  get all(): readonly Kept[] {
    return [...this.#entries.values()].flatMap(({ parts }) => [...parts.values()])
  }

  /** A master holds this socket. */
  add(generation: number, deposit: Deposit, handle: Handle): void {
    const entry: Entry = this.#entries.get(deposit.id) ?? {
      parts: new Map(),
      users: new Set([generation]),
      file: undefined,
    }
    if (deposit.part === 'socket') entry.file = fileOf(deposit)
    this.#entries.set(deposit.id, entry)
    // Of one that comes too late only the file matters: its master may be killed before it has removed that.
    if (this.#closed) {
      handle.close()
      return
    }
    entry.parts.get(deposit.part)?.handle.close()
    entry.parts.set(deposit.part, { deposit, handle })
    debug('generation %d left %s of %o', generation, deposit.part, deposit.address)
  }

  /** A master uses what one before it has left. */
  take(generation: number, id: string): void {
    this.#entries.get(id)?.users.add(generation)
  }

  /** A master holds it no more. */
  withdraw(generation: number, id: string): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    entry.users.delete(generation)
    this.#sweep()
  }

  /** From now on that generation serves: what it does not use is only for those before it. */
  settled(generation: number): void {
    this.#serving = generation
    this.#sweep()
  }

  /** No process of that generation is left. */
  gone(generation: number): void {
    this.#gone.add(generation)
    this.#sweep()
  }

  /** Gives all up, and takes nothing any more: who connects from now on is refused once the masters have closed, too. */
  close(): void {
    this.#closed = true
    for (const { parts } of this.#entries.values()) for (const { handle } of parts.values()) handle.close()
  }

  /** The files of Unix sockets, once nobody listens any more. After `close`. */
  unlink(): void {
    for (const entry of this.#entries.values()) unlink(entry)
    this.#entries.clear()
  }

  #sweep(): void {
    // Files are removed when all is over.
    if (this.#closed) return
    for (const [id, entry] of this.#entries) {
      const used = [...entry.users].some((user) => user === this.#serving || !this.#gone.has(user))
      if (used) continue
      debug('nobody uses %s any more', id)
      this.#entries.delete(id)
      unlink(entry)
      for (const { handle } of entry.parts.values()) handle.close()
    }
  }
}

function fileOf({ address }: Deposit): Entry['file'] {
  if (address.type !== 'unix' || address.path.startsWith('\0')) return undefined
  const inode = fileAt(address.path)
  return inode === undefined ? undefined : { path: address.path, inode }
}

/** The file, unless another has taken its place. */
function unlink({ file }: Entry): void {
  if (file) removeFile(file.path, file.inode)
}

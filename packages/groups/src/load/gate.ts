/** Where a master accepts connections of a group: it can be shut. */
export interface Door {
  /** Connections that it has let in, and that have not ended. */
  readonly connections: number
  shut(): void
  open(): void
}

/** Lets in no more connections than a group may have, through all of its doors together. */
export class Gate {
  readonly #others: () => number
  readonly #changed: () => void
  readonly #doors = new Set<Door>()
  #limit: number
  #isShut = false

  /** @param others how many connections the group has that come through no door. */
  constructor(limit: number, others: () => number, changed: () => void) {
    this.#limit = limit
    this.#others = others
    this.#changed = changed
  }

  get isShut(): boolean {
    return this.#isShut
  }

  add(door: Door): void {
    this.#doors.add(door)
  }

  remove(door: Door): void {
    this.#doors.delete(door)
    this.changed()
  }

  /** A connection was let in, or has ended. */
  changed(): void {
    let connections = this.#others()
    for (const door of this.#doors) connections += door.connections
    const shut = this.#doors.size > 0 && connections >= this.#limit
    if (shut === this.#isShut) return
    this.#isShut = shut
    for (const door of this.#doors) {
      if (shut) door.shut()
      else door.open()
    }
    this.#changed()
  }

  /** There is no limit any more. */
  lift(): void {
    this.#limit = Number.POSITIVE_INFINITY
    this.changed()
  }
}

/**
 * Rendezvous hashing: everyone who knows the numbers comes to the same one for a key, and a number that is lost moves
 * only the keys that it had. Pure, and the same in every process.
 */

/** 32-bit FNV-1a of the text, over both bytes of each of its UTF-16 units. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at++) {
    const unit = key.charCodeAt(at)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193)
  }
  return hash >>> 0
}

/**
 * How well a number suits a key of that hash, from 0 to 2³² - 1: the number that ranks highest has it. The finalizer of
 * MurmurHash3 makes the ranks of neighbouring numbers independent of each other.
 */
export function rankOf(hash: number, number: number): number {
  let mixed = hash ^ Math.imul(number + 1, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** Which of them has the key. While a slot changes hands it has two: the later one. */
export function ownerOf<M extends { readonly slot: number }>(
  key: string,
  members: Iterable<M>,
): M | undefined {
  const hash = hashOf(key)
  let owner: M | undefined
  let highest = -1
  for (const member of members) {
    const rank = rankOf(hash, member.slot)
    if (rank < highest) continue
    owner = member
    highest = rank
  }
  return owner
}

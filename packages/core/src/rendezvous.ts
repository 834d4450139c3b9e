/**
 * How strongly a key is drawn to a number, from 0 to 2 ** 32 - 1: whoever has the highest gets it. When one of them is
 * gone, only its own keys move, and each to another (rendezvous hashing, Thaler and Ravishankar 1996). The key by
 * FNV-1a, the mixture by the finalizer of MurmurHash3.
 */
export function rank(key: string, number: number): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at++) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  }
  hash ^= Math.imul(number + 1, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

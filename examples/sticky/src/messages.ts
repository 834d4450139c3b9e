/** What the processes say to each other. TypeScript checks both ends by it. */

export interface Message {
  from: string
  text: string
}

declare module '@manifold/core/worker' {
  interface Requests {
    /** Whoever gets a message from a client tells the master, which tells all workers. */
    master: { say(message: Message): void }
  }
  interface Broadcasts {
    said: Message
  }
  interface Sockets {
    http: unknown
  }
}

const MAX_NAME = 30
const MAX_TEXT = 500

/** What a client sent, if it is fit to be shown to others. */
export function parseMessage(from: unknown, text: unknown): Message | undefined {
  if (typeof from !== 'string' || from.length === 0 || from.length > MAX_NAME) return undefined
  if (typeof text !== 'string' || text.length === 0 || text.length > MAX_TEXT) return undefined
  return { from, text }
}

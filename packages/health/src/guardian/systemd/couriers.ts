import type { ChildProcess } from 'node:child_process'

/** A program that sends one datagram to a Unix socket, which Node cannot. */
export interface Courier {
  readonly command: string
  args(message: string, socket: string): readonly string[]
  /**
   * Whether the message goes to its input. Then it must be kept from ending until that has been closed: systemd finds out
   * whose message it is from the process that sent it.
   */
  readonly lingers: boolean
}

const PERL = [
  'use Socket; my $to = shift; $to =~ s/^@/\\0/;',
  'socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or exit 1;',
  'defined send($s, $ENV{MANIFOLD_NOTIFY}, 0, pack_sockaddr_un($to)) or exit 1;',
  '<STDIN>;',
].join(' ')

/** In the order in which they are tried. The first waits by itself until systemd has read the message. */
export const COURIERS: readonly Courier[] = [
  { command: 'systemd-notify', args: (message) => ['--', ...message.split('\n')], lingers: false },
  {
    command: 'socat',
    args: (_, socket) => [
      ...['-u', 'STDIN'],
      socket.startsWith('@') ? `ABSTRACT-SENDTO:${quoted(socket.slice(1))}` : `UNIX-SENDTO:${quoted(socket)}`,
    ],
    lingers: true,
  },
  { command: 'perl', args: (_, socket) => ['-e', PERL, '--', socket], lingers: true },
]

/** What means something in an address of socat is taken as it is. */
function quoted(name: string): string {
  return name.replace(/[\\:,!'"()[\]{}]/g, '\\$&')
}

const LINGER_MS = 200

interface Sending {
  readonly message: string
  readonly socket: string
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs: number
}

/** Resolves once it has been sent; rejects with why it was not, `ENOENT` if there is no such program. */
export function sendBy(courier: Courier, { message, socket, env, timeoutMs }: Sending): Promise<void> {
  const { spawn } = process.getBuiltinModule('node:child_process')
  return new Promise((resolve, reject) => {
    let child: ChildProcess
    try {
      child = spawn(courier.command, courier.args(message, socket), {
        env: { ...env, NOTIFY_SOCKET: socket, MANIFOLD_NOTIFY: message },
        stdio: [courier.lingers ? 'pipe' : 'ignore', 'ignore', 'ignore'],
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
      })
    } catch (error) {
      reject(error as Error)
      return
    }
    const { stdin } = child
    const linger = stdin && setTimeout(() => stdin.end(), LINGER_MS)
    stdin?.on('error', () => {})
    stdin?.write(message)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (linger) clearTimeout(linger)
      if (code === 0) resolve()
      else reject(new Error(`${courier.command} ended with ${signal ?? `code ${code}`}`))
    })
  })
}

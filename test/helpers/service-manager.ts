import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { end, temporaryDirectory } from './fixture.js'
import { once, until } from './wait.js'

/** Receives datagrams, and prints each as a line of hexadecimal digits. What descriptors come with it are closed. */
export const RECEIVER = `
  use Socket; $| = 1; my $at = shift; $at =~ s/^@/\\0/;
  socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; bind($s, pack_sockaddr_un($at)) or die;
  print "\\n"; while (defined recv($s, my $m, 4096, 0)) { print unpack('H*', $m), "\\n" }`

export function which(name: string): string | undefined {
  const { stdout } = spawnSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' })
  return stdout.trim() || undefined
}

/** Node cannot receive datagrams by a Unix socket. */
export const noManager = which('perl') === undefined && 'there is no perl'

/** A socket (`NOTIFY_SOCKET`) that plays the part of systemd. */
export async function serviceManager(t: TestContext, at = join(temporaryDirectory(t), 'notify')) {
  const receiver = spawn('perl', ['-e', RECEIVER, '--', at], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => end(receiver))
  let output = ''
  receiver.stdout.setEncoding('latin1').on('data', (text: string) => {
    output += text
  })
  await once(receiver.stdout, 'data')
  // A program that waits until its message has been read sends another one for that.
  const messages = () =>
    output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Buffer.from(line, 'hex').toString())
      .filter((message) => message !== 'BARRIER=1')
  /** What has been sent is read soon. */
  const received = async (count: number) => {
    await until(() => messages().length >= count, { what: () => `${count} messages: ${messages()}` })
    return messages()
  }
  return { at, messages, received }
}

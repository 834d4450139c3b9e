/** One line on the terminal that is overwritten by the next; nothing where the output is a file or a pipe. */
export function progress(text = ''): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

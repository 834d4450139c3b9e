import { generate } from 'selfsigned'

export interface Certificate {
  /** PEM. */
  key: string
  /** PEM; self-signed, so it is its own `ca` for a client that verifies. */
  cert: string
}

let made: Promise<Certificate> | undefined

/**
 * A certificate for localhost, 127.0.0.1 and ::1. It is made once per process and handed on as PEM (see
 * `certificateEnv`), never through a file: there is nothing to clean up, and no private key on the disk.
 */
export function certificate(): Promise<Certificate> {
  made ??= make()
  return made
}

/** The environment in which the HTTPS and HTTP/2 fixtures find their certificate. */
export async function certificateEnv(): Promise<{ KEY: string; CERT: string }> {
  const { key, cert } = await certificate()
  return { KEY: key, CERT: cert }
}

async function make(): Promise<Certificate> {
  const day = 24 * 60 * 60 * 1000
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec', // milliseconds to make, where RSA takes a second
    curve: 'P-256',
    algorithm: 'sha256',
    // From yesterday, so that a clock which is set back a little does not invalidate it.
    notBeforeDate: new Date(Date.now() - day),
    notAfterDate: new Date(Date.now() + day),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  })
  return { key: pems.private, cert: pems.cert }
}

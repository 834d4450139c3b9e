import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { consumerFiles } from './consumer-files.js'

export const packageNames = ['core', 'groups', 'health'] as const
export const repository = fileURLToPath(new URL('../../..', import.meta.url))

/** What `pnpm pack --json` says of a tarball. */
export interface Tarball {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

export interface Finished {
  /** The exit code, or what else ended the process. */
  readonly code: number | string | null | undefined
  readonly stdout: string
  readonly stderr: string
}

/** A folder, made for one test run, in which the packed packages are installed as anybody would install them. */
export class Consumer {
  readonly folder: string
  readonly tarballs: readonly Tarball[]

  private constructor(folder: string, tarballs: readonly Tarball[]) {
    this.folder = folder
    this.tarballs = tarballs
  }

  static async make(): Promise<Consumer> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'manifold-consumer-')))
    try {
      const tarballs: Tarball[] = []
      for (const name of packageNames) tarballs.push(await pack(name, folder))
      const consumer = new Consumer(folder, tarballs)
      await consumer.#install()
      return consumer
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Runs Node in the folder, and returns all that it printed. */
  node(...args: string[]): Promise<Finished> {
    return run(process.execPath, args, this.folder)
  }

  typeCheck(project: string): Promise<Finished> {
    return this.node(join(repository, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', project)
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true })
  }

  async #install(): Promise<void> {
    const dependencies = this.tarballs.map(({ name, filename }) => [name, `file:${filename}`])
    const manifest = {
      private: true,
      type: 'module',
      dependencies: Object.fromEntries(dependencies),
      // The packages name each other by version: those versions are these tarballs, whatever a registry has.
      overrides: Object.fromEntries(this.tarballs.map(({ name }) => [name, `$${name}`])),
    }
    await writeFile(join(this.folder, 'package.json'), JSON.stringify(manifest))
    await succeed('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], this.folder)
    // What the tarballs do not bring and a consumer has anyway.
    const nodeTypes = await realpath(join(repository, 'node_modules', '@types', 'node'))
    await mkdir(join(this.folder, 'node_modules', '@types'), { recursive: true })
    await symlink(nodeTypes, join(this.folder, 'node_modules', '@types', 'node'), 'junction')
    for (const [name, text] of Object.entries(consumerFiles)) await writeFile(join(this.folder, name), text)
  }
}

async function pack(name: string, destination: string): Promise<Tarball> {
  const { packageManager } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'))
  const pnpm = ['-y', '--package', packageManager, '--', 'pnpm', '--pm-on-fail=ignore']
  const args = [...pnpm, 'pack', '--json', '--pack-destination', destination]
  return JSON.parse((await succeed('npx', args, join(repository, 'packages', name))).stdout)
}

async function succeed(command: string, args: string[], cwd: string): Promise<Finished> {
  const result = await run(command, args, cwd)
  if (result.code !== 0) throw new Error(`${command} ${args.join(' ')}\n${result.stdout}${result.stderr}`)
  return result
}

function run(command: string, args: string[], cwd: string): Promise<Finished> {
  return new Promise((resolve) => {
    const shell = process.platform === 'win32' && command !== process.execPath // npm and npx are scripts there
    const options = { cwd, env: plainEnvironment(), shell, timeout: 60_000 }
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr })
      else resolve({ code: error.code ?? error.signal, stdout, stderr })
    }).stdin?.end()
  })
}

/** Without what `npm test` or `npx` above have set, by which an npm below would take itself for a part of them. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const ofAbove =
    /^(?:npm_(?:package|lifecycle)_.*|npm_config_(?:package|local_prefix)|npm_command|init_cwd)$/i
  const ofTests = /^NODE_(?:OPTIONS|TEST_CONTEXT|NO_WARNINGS)$/
  const inherited = Object.entries(process.env).filter(([name]) => !ofAbove.test(name) && !ofTests.test(name))
  return {
    ...Object.fromEntries(inherited),
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  }
}

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { groups } from './groups.js'
import type { Mood } from './kinds.js'

/** Where the workers of a group note what they have accepted. */
export function acceptedFile(folder: string, group: string): string {
  return path.join(folder, `${group}.accepted`)
}

/** What the next processes of a group do instead of starting. */
export function moodsOf(folder: string, group: string): string {
  return path.join(folder, `${group}.moods`)
}

/** How many reports of full heaps are kept. */
export const REPORTS = 5

export function reportsOf(folder: string, group: string): string {
  return path.join(folder, `${group}.reports`)
}

export function makePlaces(folder: string): void {
  for (const { name } of groups) {
    mkdirSync(moodsOf(folder, name))
    writeFileSync(acceptedFile(folder, name), '')
  }
}

let moods = 0

export function putMood(folder: string, group: string, mood: Mood): void {
  const name = `${String(++moods).padStart(6, '0')}.mood`
  writeFileSync(path.join(moodsOf(folder, group), name), JSON.stringify(mood))
}

/** The processes that took a mood: they were not to start as they should. */
export function moodyPids(folder: string): Set<number> {
  const files = groups.flatMap(({ name }) => readdirSync(moodsOf(folder, name)))
  return new Set(files.filter((file) => !file.endsWith('.mood')).map((file) => Number(file.split('.')[1])))
}

/** What there is in the folder that neither we nor the workers have put there, nor the system (a core). */
export function foreignFiles(folder: string): string[] {
  const places = [acceptedFile, moodsOf, reportsOf]
  const ours = groups.flatMap(({ name }) => places.map((place) => path.basename(place(folder, name))))
  const reports = groups.flatMap(({ name }) => {
    const directory = reportsOf(folder, name)
    return existsSync(directory) ? readdirSync(directory).slice(REPORTS) : []
  })
  return [...reports, ...readdirSync(folder).filter((file) => !ours.includes(file) && !/^core\b/.test(file))]
}

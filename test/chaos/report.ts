import { table } from '../bench/statistics.js'
import { failureClasses } from '../helpers/load-client.js'
import type { ChaosReport } from './run.js'

/** The ledger of a run, for people. */
export function format(report: ChaosReport): string {
  const { seed, tookMs, ledger, loads, proofs, forks, silences, violations } = report
  const requests = loads.map(({ group, report: { sent, ok, counts, newConnectionMs } }) => [
    group,
    String(sent),
    String(ok),
    ...failureClasses.map((name) => String(counts[name])),
    newConnectionMs.max.toFixed(0),
  ])
  const failed = loads.reduce((sum, { report: { failures } }) => sum + failures.length, 0)
  const proven =
    `${failed} requests failed; inside a process that died, by an answer on the connection: ${proofs.answered}, ` +
    `by its note: ${proofs.noted}, by the moment: ${proofs.moment}, with a master: ${proofs.master}, by a copy that a sibling was stuck with: ${proofs.copy}`
  const end =
    violations.length === 0
      ? `seed ${seed}: no violation`
      : `seed ${seed}: ${violations.length} VIOLATIONS\n${violations.join('\n')}`
  return [
    `seed ${seed}, ${ledger.entries.length} faults in ${(tookMs / 1_000).toFixed(0)} s`,
    `${forks} processes started, ${silences} × a worker was taken for silent\n`,
    `${ledger}\n`,
    table(['requests to', 'sent', 'ok', ...failureClasses, 'longest wait ms'], requests),
    `${proven}\n`,
    end,
  ].join('\n')
}

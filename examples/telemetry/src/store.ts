/**
 * The group `store`: one worker that knows what all ingest workers have counted, and answers whoever asks. It keeps
 * that in memory: one that is killed begins anew, with what did not reach the one before.
 */

import { worker } from '@manifold/core/worker'
import './requests.js'
import { Totals } from './store/totals.js'

const totals = new Totals()

worker.handle('add', (batch) => totals.add(batch))
worker.handle('query', (query) => totals.query(query))

// It listens on nothing by which the master could tell.
worker.ready()

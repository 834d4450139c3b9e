import { compareUnderBoth, parts } from './compare.js'

compareUnderBoth(parts.ending)

import { compareUnderBoth, parts } from './compare.js'

compareUnderBoth(parts.starting)

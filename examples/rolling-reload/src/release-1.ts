/** Release 1 of the service. */

import { serve } from './service.js'

serve('1')

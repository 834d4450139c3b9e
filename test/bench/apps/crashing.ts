/** Runs, and dies of an error soon after, again and again: the other application that somebody got wrong. */
setTimeout(() => {
  throw new Error('this application never works')
}, 50)

"""One stored sample of every version of every type: what the past looks like, for every later release."""

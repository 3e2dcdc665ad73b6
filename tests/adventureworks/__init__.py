"""A real bicycle maker's records, read where they lie: not part of Lotone, and skipped where they are absent."""

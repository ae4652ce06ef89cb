"""Training in several processes: which strategy, what each process does, and how they agree. One process needs none of
it."""

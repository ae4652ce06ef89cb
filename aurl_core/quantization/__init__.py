"""From ticks as played to steps of a musical grid, with what was lost."""

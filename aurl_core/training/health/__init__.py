"""Whether a training goes well: instability and what undoes it, when to stop, and what is said of it in the end."""

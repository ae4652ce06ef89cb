"""`python -m tasks.cli`: the same as `aurl`, for a copy of the repository that is not installed."""

from tasks.cli import main

main()

"""What a person starts in the Prefect UI or with `python -m flows.<name>`. Stages and settings are in `tasks`.

Prefect reads its settings when it is imported, so the environment is set up before any flow is.
"""

from tasks.environment import find_root, set_up

set_up(find_root())

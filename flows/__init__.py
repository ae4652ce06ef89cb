"""What a person triggers: Prefect flows over the stages of `tasks`."""

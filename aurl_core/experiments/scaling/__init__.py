"""How the loss falls with size and with music: a ladder of trainings, a curve through them, and what it foretells."""

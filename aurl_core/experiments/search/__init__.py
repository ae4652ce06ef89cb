"""Searches among settings: what is tried, how far each trial goes, and the page about it."""

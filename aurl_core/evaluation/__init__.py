"""How generated music compares with real music, as figures, plots and one page."""

"""Judging: rubrics, panels, assignments, conflicts of interest, sheets, and what a stage came to."""

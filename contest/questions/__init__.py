"""Banks of questions: writing, reviewing, importing, and what may be drawn."""

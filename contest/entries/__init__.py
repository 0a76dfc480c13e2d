"""Works handed in: models and initiatives, essays, teams of a live round; their authors and files; the intake desk."""

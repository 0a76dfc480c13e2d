"""How things are written for the eye."""

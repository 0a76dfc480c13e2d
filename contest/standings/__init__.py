"""The tables: who stands where, people and units, and how many took part."""

"""The contest platform: knowledge contests and models-and-initiatives contests."""

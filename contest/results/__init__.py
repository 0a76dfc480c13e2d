"""What is announced: frozen snapshots with a version, and what the public reads of them."""

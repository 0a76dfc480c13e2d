"""The ground that all rooms stand on: people, their units, and how people come in."""

"""The ledger: append-only, hash-chained rows that any room may write."""

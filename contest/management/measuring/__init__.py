"""What `bench`, `rehearse` and the drills share: a stack of their own, made-up entrants, and the system's own clocks."""

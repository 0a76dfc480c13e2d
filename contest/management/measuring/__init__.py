"""What `bench`, `rehearse` and the drills share: a stack of their own, made-up entrants, the system's own clocks."""

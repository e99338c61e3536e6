"""The opponent: a REST BFF written by hand for one need, the fleet, with the fastest parts that Python has and nothing else in it.

It keeps nothing between requests, has no schema, no quotas, no retries and no redaction; a vendor that fails is told as unavailable.
"""

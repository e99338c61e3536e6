"""Where the names of Smartlead's body fields are in the caller's arguments."""

from collections.abc import Mapping

_VENDOR = ("vendor", "smartlead")

WARMUP_PLACES: Mapping[str, tuple[str, ...]] = {
    "total_warmup_per_day": ("settings", "dailyTarget"),
    "daily_rampup": ("settings", "dailyIncrease"),
    "reply_rate_percentage": ("settings", "replyRateTarget"),
    "is_rampup_enabled": ("settings", "rampUp"),
    "auto_adjust_warmup": ("settings", "autoAdjust"),
}
"""Of the warm-up mutations."""

TAG_PLACES: Mapping[str, tuple[str, ...]] = {"name": ("tags",), "tag_ids": ("tags",)}
"""Of the calls that make and assign tags."""

PLACES: Mapping[str, tuple[str, ...]] = {
    "from_name": ("displayName",),
    "from_email": ("address",),
    "user_name": ("smtp", "username"),
    "username": ("address",),
    "password": ("smtp", "password"),
    "smtp_host": ("smtp", "host"),
    "smtp_port": ("smtp", "port"),
    "imap_host": ("imap", "host"),
    "imap_port": ("imap", "port"),
    "imap_username": ("imap", "username"),
    "imap_password": ("imap", "password"),
    "different_reply_to_address": ("replyTo",),
    "max_email_per_day": ("dailyLimit",),
    "time_to_wait_in_mins": ("minIntervalSeconds",),
    "custom_tracking_url": ("tracking", "domain"),
    "bcc": ("bcc",),
    "signature": ("signature",),
    "warmup_enabled": ("warmup",),
    **{name: ("warmup", place[-1]) for name, place in WARMUP_PLACES.items()},
    "token": ("oauth",),
    "access_token": ("oauth", "accessToken"),
    "refresh_token": ("oauth", "refreshToken"),
    "expiry_date": ("oauth", "expiresAt"),
    "scope": ("oauth", "scope"),
    "id_token": ("oauth", "idToken"),
    "client_id": (*_VENDOR, "clientId"),
    "type": (*_VENDOR, "type"),
    "use_whitelabel_credentials": (*_VENDOR, "useWhitelabelCredentials"),
    "is_suspended": (*_VENDOR, "isSuspended"),
    "warmup_key_id": (*_VENDOR, "warmupKeyId"),
}
"""Of creating and updating a mailbox."""

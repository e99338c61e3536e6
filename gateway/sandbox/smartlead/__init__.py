"""Smartlead imitated: an email-accounts API whose rows carry passwords and whose two reads of a mailbox differ.

Its lists lack the suspended flag; its read of one mailbox lacks campaign count, minutes between mails and tags. Passwords are base64 in
lists and plain in the read of one. What is written shows in later reads, as far as they show such a thing at all; what a write of a whole
mailbox or of warm-up leaves out goes back to its default, since no page promises that it stays. The first twelve mailboxes are one each
of the kinds in `kinds.py`; then the kinds come round again.
"""

from gateway.sandbox.smartlead.app import API_KEY, smartlead_sandbox
from gateway.sandbox.smartlead.rows import FIRST_ID

__all__ = ["API_KEY", "FIRST_ID", "smartlead_sandbox"]

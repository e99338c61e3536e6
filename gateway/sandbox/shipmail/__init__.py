"""ShipMail imitated: hosted mailboxes with folders, rules, identities and mail, to read and to write.

Shapes: the page "Mailboxes" of the vendor's API documentation (May 2026); limits, statuses and errors: its OpenAPI file of June 2026.
Two mailboxes speak later versions: the second lists full messages, the fifth pages its inbox by cursor and has folders in folders.
What no page shows (texts of errors, an unknown folder as a filter, the default order, addresses in lower case, which refusal a system
folder or a taken address gets) is invented and must not be relied upon. Keys of a body that no page and no SDK knows are refused.
The rate limit is told in headers and never enforced: `Sandbox.outages` plays a 429.
"""

from gateway.sandbox.shipmail.app import API_KEY, NARROW_API_KEY, shipmail_sandbox
from gateway.sandbox.shipmail.box import CURSOR_INBOX, FULL_ITEMS
from gateway.sandbox.shipmail.messages import LONG_INBOX
from gateway.sandbox.shipmail.rows import APP_PASSWORD

__all__ = ["API_KEY", "APP_PASSWORD", "CURSOR_INBOX", "FULL_ITEMS", "LONG_INBOX", "NARROW_API_KEY", "shipmail_sandbox"]

"""SendKit imitated: docs.sendkit.ai/api-reference, one page per call.

Where the pages are silent the sandbox is strict (unknown members, enum values and limits out of range are refused), so that a client which
sends something undocumented is found out.
"""

from gateway.sandbox.sendkit.app import PLATFORM_KEY, WORKSPACE_ID, WORKSPACE_KEY, sendkit_sandbox
from gateway.sandbox.sendkit.mailbox import object_id

__all__ = ["PLATFORM_KEY", "WORKSPACE_ID", "WORKSPACE_KEY", "object_id", "sendkit_sandbox"]

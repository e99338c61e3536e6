"""What everybody is asked for: the fleet, 23 leaf fields a mailbox, and a page of it."""

FIELDS = """
      id
      vendor
      vendorId
      address
      displayName
      provider
      status
      health { sending { state } receiving { state } }
      smtp { host port }
      imap { host port }
      sending { dailyLimit weeklyLimit sentToday remainingToday }
      warmup { state health }
      tags
      campaignCount
      createdAt
      updatedAt
"""
LEAVES = 23
FLEET_SIZE = 500
PAGE_SIZE = 20

FLEET = f"""query Fleet($filter: MailboxFilter) {{
  mailboxes(first: {FLEET_SIZE}, orderBy: {{field: ADDRESS}}, filter: $filter) {{
    nodes {{{FIELDS}    }}
    sources {{ account {{ name }} status mailboxCount asOf problem }}
  }}
}}
"""

PAGE = f"""query Page($filter: MailboxFilter, $after: String) {{
  mailboxes(first: {PAGE_SIZE}, after: $after, orderBy: {{field: DAILY_LIMIT, direction: DESC}}, filter: $filter) {{
    nodes {{{FIELDS}    }}
    pageInfo {{ hasNextPage endCursor }}
    sources {{ account {{ name }} status mailboxCount asOf problem }}
  }}
}}
"""

CURSORS = """query Cursors($filter: MailboxFilter, $after: String) {
  mailboxes(first: 500, after: $after, orderBy: {field: DAILY_LIMIT, direction: DESC}, filter: $filter) {
    edges { cursor }
    pageInfo { hasNextPage endCursor }
  }
}
"""
"""Where the pages of `PAGE` can begin: whoever pages through a fleet asks with these."""

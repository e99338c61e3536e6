"""The queries that GraphiQL's tabs open with: each runs as it stands, and shows one thing the gateway is for."""

from __future__ import annotations

from typing import Final

from gateway.web.graphiql import ExampleQuery

EXAMPLES: Final = (
    ExampleQuery(
        "The fleet: every mailbox at every vendor. `sources` says which account answered and how fresh its rows are.",
        """
query Mailboxes($first: Int!, $after: String) {
  mailboxes(
    first: $first
    after: $after
    orderBy: {field: ADDRESS}
  ) {
    totalCount
    complete
    nodes {
      id
      address
      displayName
      vendor
      account { name }
      status
      provider
      sending { dailyLimit sentToday remainingToday }
      warmup { state health }
      stale
    }
    sources {
      account { name }
      status
      mailboxCount
      asOf
      problem
      message
    }
    pageInfo { hasNextPage endCursor }
  }
}
""",
        {"first": 20},
    ),
    ExampleQuery(
        "Trouble: what is failing or suspended right now, and why, in the vendor's own words.",
        """
query Trouble($filter: MailboxFilter) {
  mailboxes(first: 50, filter: $filter) {
    totalCount
    nodes {
      address
      vendor
      status
      statusRaw
      health {
        sending { state message lastErrorAt }
        receiving { state message lastErrorAt }
      }
      siblings { address vendor status }
    }
    sources { account { name } status problem retryAt }
  }
}
""",
        {"filter": {"or": [{"status": ["ERROR", "SUSPENDED"]}, {"sending": ["FAILING"]}, {"receiving": ["FAILING"]}]}},
    ),
    ExampleQuery(
        "A dashboard in one call: counts and sums over all accounts.",
        """
query Dashboard {
  fleet {
    total
    complete
    byVendor { vendor count }
    byStatus { status count }
    byWarmupState { state count }
    dailyCapacity { value known unknown }
    sentToday { value known unknown }
    averageWarmupHealth
    conflicts { address }
  }
}
""",
    ),
    ExampleQuery(
        "Warm-up: who is warming up, and how it goes, worst first.",
        """
query Warmup {
  mailboxes(
    first: 25
    filter: {warmupState: [RUNNING]}
    orderBy: {field: WARMUP_HEALTH}
  ) {
    nodes {
      address
      vendor
      warmup {
        state
        health
        sentTotal
        spamTotal
        replyRate
      }
    }
  }
}
""",
    ),
    ExampleQuery(
        "What each vendor can and cannot do: the same list that mutations are checked against.",
        """
query Vendors {
  vendors {
    vendor
    title
    capabilities
    updatableFields
    documentationUrl
  }
}
""",
    ),
)

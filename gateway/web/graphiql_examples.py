"""What GraphiQL's tabs open with. The queries run as they stand. The rest is one journey through `gateway demo`, to be run from
left to right: a tab that needs an id says in its variables where to copy it from.
"""

from __future__ import annotations

from typing import Final

from gateway.web.graphiql import ExampleQuery

_SERVERS: Final = {
    "smtp": {
        "host": "smtp.example.com",
        "port": 465,
        "security": "TLS",
        "username": "ada@example.com",
        "password": "a password",
    },
    "imap": {
        "host": "imap.example.com",
        "port": 993,
        "security": "TLS",
        "username": "ada@example.com",
        "password": "a password",
    },
}

_READING: Final = (
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
        "When a vendor fails. The demo prints a line that breaks one: paste it into a terminal, and run this twice. `sources` says what is "
        "wrong; its mailboxes are there as they were last seen (`stale`), and all others are fresh.",
        """
query WhenAVendorFails {
  mailboxes(first: 2, orderBy: {field: ADDRESS}) {
    totalCount
    nodes { address vendor stale }
    sources {
      account { name }
      status
      problem
      message
      retryAt
      asOf
    }
  }
}
""",
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

_JOURNEY: Final = (
    ExampleQuery(
        "Step 1: create a mailbox. `warnings` says what the vendor changed about it; `operation` goes on while the vendor verifies it. "
        "Run it twice: `idempotencyKey` keeps it one mailbox.",
        """
mutation Create($input: MailboxCreateInput!) {
  mailboxCreate(input: $input) {
    mailbox { id address status }
    operation { id state message }
    userErrors { field message code }
    warnings { field message value }
  }
}
""",
        {
            "input": {
                "account": "sendkit",
                "address": "ada@example.com",
                "displayName": "Ada Lovelace",
                "dailyLimit": 60,
                **_SERVERS,
                "idempotencyKey": "journey-ada",
            }
        },
    ),
    ExampleQuery(
        "Step 2: watch it verify. Copy `operation.id` of step 1 into the variables.",
        """
subscription Watch($id: ID!) {
  operation(id: $id) {
    state
    message
    progress { done failed total }
    mailbox { address status id }
    results {
      index
      userErrors { field message code }
    }
  }
}
""",
        {"id": "operation.id of step 1"},
    ),
    ExampleQuery(
        "Step 3: one that cannot work: a host whose name ends in `.invalid` is never found. Watch it as in step 2, or look at step 4.",
        """
mutation Broken($input: MailboxCreateInput!) {
  mailboxCreate(input: $input) {
    mailbox { id address status }
    operation { id state message }
    userErrors { field message code }
  }
}
""",
        {
            "input": {
                "account": "sendkit",
                "address": "charles@example.com",
                **_SERVERS,
                "smtp": {**_SERVERS["smtp"], "host": "smtp.invalid", "username": "charles@example.com"},
                "idempotencyKey": "journey-charles",
            }
        },
    ),
    ExampleQuery(
        "Step 4: the latest operations and how they ended. No id is needed to find them again.",
        """
query Operations {
  operations(first: 5) {
    nodes {
      id
      kind
      state
      message
      createdAt
      finishedAt
      mailbox { address status }
      results {
        index
        userErrors { field message code }
        warnings { field message }
      }
    }
  }
}
""",
    ),
    ExampleQuery(
        'Step 5: change the mailbox of step 1. Then add `"replyTo": "team@example.com"`: SendKit has no such field, and says so '
        "instead of dropping it.",
        """
mutation Change($id: ID!, $input: MailboxUpdateInput!) {
  mailboxUpdate(id: $id, input: $input) {
    mailbox { address displayName tags }
    applied
    userErrors { field message code }
    warnings { field message value }
  }
}
""",
        {"id": "mailbox.id of step 1", "input": {"displayName": "Ada King", "tags": ["founders"]}},
    ),
    ExampleQuery(
        "Step 6: find a mailbox by its address, with its folders and inbox rules. ShipMail has both.",
        """
query Folders($address: String!) {
  mailboxes(filter: {address: {eq: $address}, vendor: [SHIPMAIL]}) {
    nodes {
      id
      address
      folders { id name role }
      rules {
        id
        name
        conditions { type value }
        actions { type targetRole targetFolder { name } }
      }
    }
  }
}
""",
        {"address": "ana.anand@northwind-demo.example"},
    ),
    ExampleQuery(
        "Step 7: create a folder in the mailbox of step 6.",
        """
mutation AddFolder($mailboxId: ID!, $name: String!) {
  folderCreate(mailboxId: $mailboxId, name: $name) {
    folder { id name }
    userErrors { field message code }
  }
}
""",
        {"mailboxId": "mailbox id of step 6", "name": "Invoices"},
    ),
    ExampleQuery(
        "Step 8: set a rule that moves invoices to the folder of step 7.",
        """
mutation AddRule($mailboxId: ID!, $rule: RuleInput!) {
  ruleCreate(mailboxId: $mailboxId, rule: $rule) {
    rule { id name position }
    rules { position name }
    userErrors { field message code }
  }
}
""",
        {
            "mailboxId": "mailbox id of step 6",
            "rule": {
                "name": "Invoices",
                "conditions": [{"type": "SUBJECT_CONTAINS", "value": "invoice"}],
                "actions": [{"type": "MOVE", "targetFolder": "folder.id of step 7"}, {"type": "STAR"}],
                # What has a default would do without: GraphiQL's editor underlines it where it is left out.
                "enabled": True,
                "matchMode": "ALL",
                "stop": False,
            },
        },
    ),
    ExampleQuery(
        "Step 9: delete the folder. The rule still needs it, so this is refused: read why, then set `detachRules` to true.",
        """
mutation DeleteFolder($id: ID!, $detachRules: Boolean!) {
  folderDelete(id: $id, detachRules: $detachRules) {
    deletedId
    userErrors { field message code }
    warnings { message }
  }
}
""",
        {"id": "folder.id of step 7", "detachRules": False},
    ),
    ExampleQuery(
        "Step 10: test many mailboxes at once, chosen by a filter (or by `ids`). Copy `operation.id` to step 2 to watch the progress.",
        """
mutation TestMany($input: MailboxBulkTestInput!) {
  mailboxBulkTest(input: $input) {
    operation { id state message }
    userErrors { field message code }
  }
}
""",
        {"input": {"filter": {"vendor": ["OUTREACH"]}, "checks": ["SENDING", "RECEIVING"], "errorPolicy": "CONTINUE", "dryRun": False}},
    ),
    ExampleQuery(
        "Step 11: every change to the fleet as it happens. Leave it running, and repeat step 5 in another browser window.",
        """
subscription Changes($filter: MailboxFilter) {
  mailboxChanged(filter: $filter) {
    kind
    changedFields
    mailboxId
    mailbox { address vendor status displayName tags }
  }
}
""",
        {"filter": {"vendor": ["SENDKIT", "SHIPMAIL"]}},
    ),
)

EXAMPLES: Final = (*_READING, *_JOURNEY)

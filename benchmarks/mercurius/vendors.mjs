// The five vendors, mapped as the Python BFF maps them.

const id = (account, vendorId) => Buffer.from(`[1,"Mailbox","${account}","${vendorId}"]`).toString("base64url");
const lower = (text) => (text || "").toLowerCase();
const known = (words, text) => (text ? (words[text.toLowerCase()] ?? "OTHER") : "UNKNOWN");
const whole = (value) => (value === null || value === undefined ? null : Math.trunc(Number(value)));
const remaining = (limit, sent) => (limit === null || sent === null ? null : Math.max(limit - sent, 0));
const server = (host, port) => (host === null && port === null ? null : { host, port });
const said = (value) => value ?? null;

function time(value) {
  if (typeof value !== "string") return null;
  if (value.length === 24 && value.endsWith("Z")) return value;
  const at = new Date(value);
  return /^\d+$/.test(value) || Number.isNaN(at.valueOf()) ? null : at.toISOString();
}

function percent(value) {
  const read = value === null || value === undefined ? NaN : parseFloat(value);
  return read >= 0 && read <= 100 ? read : null;
}

const outreach = {
  providers: {
    gmail: "GOOGLE", gmail_api: "GOOGLE", google_oauth2: "GOOGLE", office365_oauth2: "MICROSOFT", microsoft_hma_oauth2: "MICROSOFT",
    office_365: "MICROSOFT", exchange_online: "MICROSOFT", exchange_server: "EXCHANGE", intermedia: "INTERMEDIA", rackspace: "RACKSPACE",
    zoho: "ZOHO", sendgrid: "SENDGRID",
  },
  headers: (account) => ({
    authorization: `Bearer ${account.access_token}`, accept: "application/vnd.api+json", "content-type": "application/vnd.api+json",
  }),
  async *pages(ask) {
    let target = "/mailboxes?page%5Bsize%5D=1000&count=false";
    while (target) {
      const body = await ask(target);
      yield body.data;
      target = body.links?.next ? `/mailboxes${new URL(body.links.next).search}` : "";
    }
  },
  row({ id: vendorId, attributes: it }, account) {
    const state = (disabled, successAt, ...errors) => {
      const errorAt = errors.filter(Boolean).sort().at(-1);
      if (disabled) return "DISABLED";
      if (errorAt && (!successAt || errorAt > successAt)) return "FAILING";
      return successAt ? "OK" : "UNKNOWN";
    };
    const sending = state(it.sendDisabled, it.sendSuccessAt, it.sendErroredAt, it.sendPermanentErrorAt);
    const receiving = state(it.syncDisabled, it.syncSuccessAt, it.syncErroredAt, it.syncPermanentErrorAt);
    let status = sending === "FAILING" || receiving === "FAILING" ? "ERROR" : "ACTIVE";
    if (it.sendDisabled && it.syncDisabled) status = "SUSPENDED";
    else if (it.deleteQueuedAt || it.sendDisabled == null) status = "UNKNOWN";
    return {
      id: id(account, vendorId), vendor: "OUTREACH", vendorId: String(vendorId), address: said(it.email), displayName: null,
      provider: known(outreach.providers, it.emailProvider), status,
      health: { sending: { state: sending }, receiving: { state: receiving } },
      smtp: server(said(it.smtpHost), said(it.smtpPort)), imap: server(said(it.imapHost), said(it.imapPort)),
      sending: { dailyLimit: said(it.maxMailingsPerDay), weeklyLimit: said(it.maxMailingsPerWeek), sentToday: null, remainingToday: null },
      warmup: null, tags: null, campaignCount: null, createdAt: time(it.createdAt), updatedAt: time(it.updatedAt),
    };
  },
};

const sendkit = {
  providers: { gmail: "GOOGLE", outlook: "MICROSOFT", azure: "MICROSOFT", custom: "CUSTOM" },
  statuses: {
    active: "ACTIVE", warming_up: "ACTIVE", inactive: "PENDING", pending: "PENDING", suspended: "SUSPENDED", error: "ERROR", failed: "ERROR",
  },
  warmups: {
    not_started: "NOT_STARTED", idle: "NOT_STARTED", in_progress: "RUNNING", paused: "PAUSED", completed: "COMPLETED", stopped: "DISABLED",
    blocked: "BLOCKED",
  },
  headers: (account) => ({ "x-api-key": account.api_key }),
  async *pages(ask) {
    const first = "/v1/mailboxes?limit=100";
    let target = first;
    while (target) {
      const body = await ask(target);
      yield body.data;
      target = body.pagination.hasMore ? `${first}&cursor=${encodeURIComponent(body.pagination.nextCursor)}` : "";
    }
  },
  row(it, account) {
    const vendorId = it._id ?? it.id;
    const status = sendkit.statuses[lower(it.status)] ?? "UNKNOWN";
    let sending = it.sendingEnabled && status === "ACTIVE" ? "OK" : "UNKNOWN";
    if (it.lastError || status === "ERROR") sending = "FAILING";
    if (it.sendingEnabled === false) sending = "DISABLED";
    const [limit, sent] = [whole(it.dailySendLimit), whole(it.sentToday)];
    const place = (name) => {
      const [host, port] = [said(it[`${name}Host`]), whole(it[`${name}Port`])];
      return host === null && port === null && said(it[`${name}Secure`]) === null ? null : { host, port };
    };
    return {
      id: id(account, vendorId), vendor: "SENDKIT", vendorId, address: said(it.email), displayName: said(it.displayName),
      provider: known(sendkit.providers, it.provider), status: sending === "FAILING" && status !== "SUSPENDED" ? "ERROR" : status,
      health: { sending: { state: sending }, receiving: { state: "UNKNOWN" } }, smtp: place("smtp"), imap: place("imap"),
      sending: { dailyLimit: limit, weeklyLimit: null, sentToday: sent, remainingToday: remaining(limit, sent) },
      warmup: it.warmup ? { state: sendkit.warmups[lower(it.warmup.status)] ?? "UNKNOWN", health: null } : null,
      tags: said(it.tags), campaignCount: null, createdAt: time(it.createdAt), updatedAt: time(it.updatedAt),
    };
  },
};

const shipmail = {
  headers: (account) => ({ authorization: `Bearer ${account.api_key}` }),
  async *pages(ask) {
    const first = "/mailboxes?limit=100";
    let target = first;
    while (target) {
      const body = await ask(target);
      yield body.data;
      target = body.pagination.has_more ? `${first}&cursor=${encodeURIComponent(body.pagination.next_cursor)}` : "";
    }
  },
  row(it, account) {
    let status = it.suspended_at === null ? "ACTIVE" : "SUSPENDED";
    if (it.suspended_at === undefined || it.suspended_at === "") status = "UNKNOWN";
    return {
      id: id(account, it.id), vendor: "SHIPMAIL", vendorId: it.id, address: said(it.address), displayName: said(it.display_name),
      provider: "VENDOR_HOSTED", status, health: { sending: { state: "UNKNOWN" }, receiving: { state: "UNKNOWN" } }, smtp: null, imap: null,
      sending: { dailyLimit: null, weeklyLimit: null, sentToday: null, remainingToday: null }, warmup: null, tags: null, campaignCount: null,
      createdAt: time(it.created_at), updatedAt: time(it.updated_at),
    };
  },
};

const smartlead = {
  providers: { gmail: "GOOGLE", outlook: "MICROSOFT", smtp: "CUSTOM", zoho: "ZOHO" },
  warmups: { active: "RUNNING", inactive: "DISABLED", paused: "PAUSED", blocked: "BLOCKED" },
  headers: () => ({}),
  async *pages(ask, account) {
    let rows;
    for (let offset = 0; !rows || rows.length >= 100; offset += 100) {
      rows = await ask(`/email-accounts/?offset=${offset}&limit=100&api_key=${account.api_key}`);
      yield rows;
    }
  },
  row(it, account) {
    const state = (works) => (works == null ? "UNKNOWN" : works ? "OK" : "FAILING");
    const [sending, receiving] = [state(it.is_smtp_success), state(it.is_imap_success)];
    const [limit, sent] = [whole(it.message_per_day), whole(it.daily_sent_count)];
    let status = sending === "FAILING" || receiving === "FAILING" ? "ERROR" : "UNKNOWN";
    if (it.is_suspended) status = "SUSPENDED";
    const warmup = it.warmup_details;
    return {
      id: id(account, it.id), vendor: "SMARTLEAD", vendorId: String(it.id), address: it.from_email || null, displayName: said(it.from_name),
      provider: known(smartlead.providers, it.type), status, health: { sending: { state: sending }, receiving: { state: receiving } },
      smtp: server(it.smtp_host || null, whole(it.smtp_port)), imap: server(it.imap_host || null, whole(it.imap_port)),
      sending: { dailyLimit: limit, weeklyLimit: null, sentToday: sent, remainingToday: remaining(limit, sent) },
      warmup: warmup ? { state: smartlead.warmups[lower(warmup.status)] ?? "UNKNOWN", health: percent(warmup.warmup_reputation) } : null,
      tags: it.tags ? it.tags.map((tag) => tag.tag_name).filter(Boolean) : null, campaignCount: whole(it.campaign_count),
      createdAt: time(it.created_at), updatedAt: time(it.updated_at),
    };
  },
};

const woodpecker = {
  providers: {
    google: "GOOGLE", mailgun: "MAILGUN", custom: "CUSTOM", exchange: "EXCHANGE", office365: "MICROSOFT", office_365: "MICROSOFT",
    outlook: "MICROSOFT", microsoft: "MICROSOFT", other: "OTHER",
  },
  warmups: { running: "RUNNING", paused: "PAUSED", disabled: "DISABLED", blocked: "BLOCKED" },
  headers: (account) => ({ "x-api-key": account.api_key }),
  async *pages(ask) {
    const [senders, halves] = [new Map(), new Map()];
    for (const record of await ask("/v2/mailboxes")) (lower(record.type) === "smtp" ? senders : halves).set(record.id, record);
    const used = new Set([...senders.values()].map((record) => record.details.imap_id));
    yield [...senders.values()].map((sender) => ({ sender, half: halves.get(sender.details.imap_id) }));
    yield [...halves].filter(([each]) => !used.has(each) && !senders.has(each)).map(([, half]) => ({ half }));
  },
  row({ sender, half }, account) {
    const state = ({ error }) => {
      if (error === undefined) return "UNKNOWN";
      return !error || lower(error).startsWith("connected conditionally") ? "OK" : "FAILING";
    };
    const record = sender ?? half;
    const it = record.details;
    const sending = sender ? state(it) : "DISABLED";
    const receiving = half ? state(half.details) : "UNKNOWN";
    const healthy = (sender ? sending : receiving) === "OK" ? "ACTIVE" : "UNKNOWN";
    const [limit, sent] = [whole(it.daily_limit), whole(it.sent_today)];
    const place = (details) => ({ host: said(details.server), port: whole(details.port) });
    return {
      id: id(account, record.id), vendor: "WOODPECKER", vendorId: String(record.id), address: it.email || null, displayName: said(it.from_name),
      provider: known(woodpecker.providers, it.provider), status: sending === "FAILING" || receiving === "FAILING" ? "ERROR" : healthy,
      health: { sending: { state: sending }, receiving: { state: receiving } },
      smtp: sender ? place(it) : null, imap: half ? place(half.details) : null,
      sending: { dailyLimit: limit, weeklyLimit: null, sentToday: sent, remainingToday: remaining(limit, sent) },
      warmup: it.warmup_data ? { state: woodpecker.warmups[lower(it.warmup_data.status)] ?? "UNKNOWN", health: null } : null,
      tags: null, campaignCount: null, createdAt: null, updatedAt: null,
    };
  },
};

export const vendors = { OUTREACH: outreach, SENDKIT: sendkit, SHIPMAIL: shipmail, SMARTLEAD: smartlead, WOODPECKER: woodpecker };

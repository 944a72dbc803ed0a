// The table of all findings: filter, sort, pages, details, copies, and links that lead to what is shown.
//
// A page of rows is a real table of at most PAGE rows, so that ten thousand findings cost what a hundred do.

const PAGE = 100;

/** What a row can be sorted by, in the order of columns. */
const COLUMNS = [
  { name: "time", title: "Time (UTC)", key: (one) => one.time ?? -Infinity },
  { name: "severity", title: "Severity", key: (one) => one.severity },
  { name: "stage", title: "Stage", key: (one) => one.stage },
  { name: "client", title: "Client", key: (one) => one.client },
  { name: "request", title: "Request", key: (one) => one.before + one.telling + one.after },
  { name: "outcome", title: "Outcome", key: (one) => one.outcome },
  { name: "status", title: "Status", key: (one) => one.status ?? -1, isNumber: true },
  { name: "bytes", title: "Bytes", key: (one) => one.bytes ?? -1, isNumber: true },
];

const OUTCOME_WORDS = { success: "got it", unknown: "unclear", failure: "failed" };

/** What is asked for: an empty choice is all. */
const EVERYTHING = { q: "", severity: "", stage: "", outcome: "", incident: "", sort: "", page: "1", finding: "" };
let wanted = { ...EVERYTHING };
let shown = findings;

/** What a search is made in: everything of a finding that is text, in small letters; made once, when first needed. */
const searched = (one) => one.searched ??= [
  one.before + one.telling + one.after, one.client, one.user, one.method, one.agent, one.referer, one.host,
  one.operation, one.service, one.bucket, one.object, one.region, one.principal, one.access_key_id, one.error_code,
  `${one.path}:${one.line}`, one.id, one.incident.id, one.status ?? "",
  ...signalsOf(one).flatMap((signal) => [signal.name, signal.evidence, signal.what]),
].join("\n").toLowerCase();

const matching = () => {
  const words = wanted.q.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const is = (list, value) => wanted[list] === "" || wanted[list] === value;
  const found = findings.filter((one) =>
    is("severity", data.severities[one.severity]) && is("stage", data.stages[one.stage]) &&
    is("outcome", data.outcomes[one.outcome]) && is("incident", one.incident.anchor) &&
    words.every((word) => searched(one).includes(word)));
  const [name, direction] = wanted.sort.split("-");
  const column = COLUMNS.find((column) => column.name === name);
  if (column !== undefined) {
    const sign = direction === "down" ? -1 : 1;
    found.sort((one, other) => {
      const [a, b] = [column.key(one), column.key(other)];
      return a < b ? -sign : b < a ? sign : 0;
    });
  }
  return found;
};

/** The link to what is shown now. */
const linkOf = (what) => {
  const asked = Object.entries(what).filter(([name, value]) => value !== EVERYTHING[name]);
  return asked.length === 0 ? "#findings" : `#findings?${new URLSearchParams(asked)}`;
};

const field = (label, control, attributes = {}) => element("label", attributes, label, control);

const choice = (name, all, options) => element("select", { name, on: { change: (event) => ask({ [name]: event.target.value }) } },
  element("option", { value: "" }, all), options.map(([value, label]) => element("option", { value }, label)));

const search = element("input", { type: "search", name: "q", autocomplete: "off", spellcheck: "false" });
let pause = 0;
const askForWords = () => {
  clearTimeout(pause);
  if (search.value !== wanted.q) ask({ q: search.value });
};
search.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(askForWords, 120);
});
// Who goes on from there finds rows that stay.
search.addEventListener("change", askForWords);

const present = (list, name) => {
  const used = new Set(findings.map((one) => one[name]));
  return list.map((word, place) => [word, place]).filter(([, place]) => used.has(place)).map(([word]) => word);
};

/** How many incidents can be chosen from by name; others are reached by their links. */
const INCIDENTS_IN_CHOICE = 500;

const choices = {
  severity: choice("severity", "all", present(data.severities, "severity").reverse().map((word) => [word, word])),
  stage: choice("stage", "all", present(data.stages, "stage").map((word) => [word, word])),
  outcome: choice("outcome", "all", present(data.outcomes, "outcome").reverse().map((word) => [word, OUTCOME_WORDS[word]])),
  incident: choice("incident", "all", data.incidents.slice(0, INCIDENTS_IN_CHOICE)
    .map((incident) => [incident.anchor, `${incident.rank}. ${incident.title}`])),
};

const count = element("p", { role: "status", "aria-live": "polite" });
const pageText = element("p", { class: "note" });
const [previous, following] = [[-1, "Previous page"], [1, "Next page"]].map(([step, label]) =>
  button(label, () => {
    ask({ page: String(Number(wanted.page) + step) }, true);
    headRow.scrollIntoView({ block: "center" });
  }));
const body = element("tbody");
const heads = COLUMNS.map((column) => element("th", { scope: "col", class: `c-${column.name}${column.isNumber ? " number" : ""}` },
  button(column.title, () => ask({ sort: wanted.sort === `${column.name}-up` ? `${column.name}-down` : `${column.name}-up` }))));
const headRow = element("tr", {}, heads, element("th", { scope: "col", class: "c-more" }, element("span", { class: "said" }, "Details")));

/** Changes what is asked for; a new question begins at its first page. */
const ask = (change, keepsPage = false) => {
  wanted = { ...wanted, finding: "", ...(keepsPage ? {} : { page: "1" }), ...change };
  history.replaceState(null, "", linkOf(wanted));
  show();
};

const show = () => {
  shown = matching();
  const pages = Math.max(1, Math.ceil(shown.length / PAGE));
  const target = wanted.finding === "" ? -1 : shown.findIndex((one) => one.id === wanted.finding);
  let page = Math.min(Math.max(1, Number.parseInt(wanted.page, 10) || 1), pages);
  if (0 <= target) page = Math.floor(target / PAGE) + 1;
  wanted.page = String(page);
  if (search.value !== wanted.q) search.value = wanted.q;
  for (const [name, control] of Object.entries(choices)) control.value = wanted[name];
  COLUMNS.forEach((column, place) => {
    const [name, direction] = wanted.sort.split("-");
    const order = name === column.name ? (direction === "down" ? "descending" : "ascending") : null;
    if (order === null) heads[place].removeAttribute("aria-sort");
    else heads[place].setAttribute("aria-sort", order);
  });
  count.textContent = shown.length === findings.length ? plural(shown.length, "finding")
    : `${thousands(shown.length)} of ${plural(findings.length, "finding")}`;
  pageText.textContent = pages === 1 ? "" : `Page ${thousands(page)} of ${thousands(pages)}`;
  previous.disabled = page === 1;
  following.disabled = page === pages;
  for (const control of [previous, following]) control.hidden = pages === 1;
  const rows = shown.slice((page - 1) * PAGE, page * PAGE).flatMap((one) => rowsOf(one, one.id === wanted.finding));
  body.replaceChildren(...(rows.length === 0 ? [element("tr", {}, element("td", { colspan: COLUMNS.length + 1 }, "Nothing of that kind."))] : rows));
};

/** The row of a finding; with its details where it was asked for. */
const rowsOf = (one, isTarget) => {
  const outcome = data.outcomes[one.outcome];
  const more = button("Details", () => {
    const isOpen = more.getAttribute("aria-expanded") === "true";
    more.setAttribute("aria-expanded", String(!isOpen));
    if (isOpen) row.nextElementSibling.remove();
    else row.after(detailsOf(one));
  }, { class: "small", "aria-expanded": String(isTarget), "aria-label": `Details of line ${one.line}` });
  const row = element("tr", { class: isTarget ? "is-target" : null, "data-finding": one.id },
    element("td", { class: "time" }, second(one.time)),
    element("td", {}, severityTag(data.severities[one.severity])),
    element("td", {}, data.stages[one.stage]),
    element("td", { class: "text" }, one.client || "-"),
    element("td", { class: "request" }, requestOf(one)),
    element("td", {}, element("span", { class: `outcome ${outcome}` }, OUTCOME_WORDS[outcome])),
    element("td", { class: "number" }, one.status ?? "-"),
    element("td", { class: "number" }, one.bytes === null ? "-" : thousands(one.bytes)),
    element("td", {}, more));
  return isTarget ? [row, detailsOf(one)] : [row];
};

const severityTag = (name) => element("span", { class: `severity ${name}` }, name);

const requestOf = (one) => element("code", {}, one.method === "" ? "" : `${one.method} `, one.before,
  one.telling === "" ? "" : element("mark", {}, one.telling), one.after);

/** What writes out a source that is wrapped; nothing where it lies plain. */
const UNWRAP = new Map([["plain", ""], ["gzip", "gzip -dc"], ["bzip2", "bzip2 -dc"], ["xz", "xz -dc"], ["zstd", "zstd -dc"], ["lz4", "lz4 -dc"]]);

/** A command that prints these very bytes, for who does not take our word; none if the name of the file is no plain text. */
const commandOf = (one) => {
  const unwrap = UNWRAP.get(one.codec);
  if (unwrap === undefined || !/^[ -~]+$/.test(one.path) || /^-|\.\.\.|!/.test(one.path)) return "";
  const path = `'${one.path.replaceAll("'", "'\\''")}'`;
  const bytes = `tail -c +${one.offset + 1}`;
  return `${unwrap === "" ? `${bytes} ${path}` : `${unwrap} ${path} | ${bytes}`} | head -c ${one.length}`;
};

const detailsOf = (one) => {
  const command = commandOf(one);
  const items = [
    ["Line", element("span", { class: "text" }, `${one.path}:${one.line}`)],
    ["Bytes", `${thousands(one.offset)} to ${thousands(one.offset + one.length)} of the log, decompressed${one.record === 1 ? "" : `; record ${one.record} in them`}`],
    ["SHA-256", one.sha256],
    ["To see them", command],
    ["Caution", one.is_tainted ? "the source is damaged: these bytes may never have been written" : ""],
    ["Incident", element("a", { href: `#${one.incident.anchor}` }, one.incident.title)],
    ["Confidence", data.confidences[one.confidence]],
    ["Duration", one.duration === null ? "" : `${one.duration} s`],
    ["User", one.user], ["Host", one.host], ["Agent", one.agent], ["Referer", one.referer],
    ["Operation", one.operation], ["Service", one.service], ["Bucket", one.bucket], ["Object", one.object], ["Region", one.region],
    ["Principal", one.principal], ["Key", one.access_key_id], ["Error", one.error_code],
  ].filter(([, value]) => value !== "");
  const log = new Set(["SHA-256", "To see them", "User", "Host", "Agent", "Referer", "Operation", "Service", "Bucket", "Object", "Region", "Principal",
    "Key", "Error"]);
  return element("tr", { class: "detail" }, element("td", { colspan: COLUMNS.length + 1 },
    element("dl", {},
      items.flatMap(([name, value]) => [element("dt", {}, name), element("dd", { class: log.has(name) ? "text" : null }, value)]),
      element("dt", {}, "Signals"),
      element("dd", {}, signalsOf(one).map((signal) => element("div", {}, element("b", {}, signal.name), " saw ",
        element("q", {}, signal.evidence), `: ${signal.what}`)))),
    element("div", { class: "actions" },
      button("Copy line and request", () => copy(tabbed([one]), "one finding"), { class: "small" }),
      command === "" ? "" : button("Copy command", () => copy(command, "a command"), { class: "small" }),
      button("Copy link", () => copy(`${location.href.split("#")[0]}${linkOf({ ...EVERYTHING, finding: one.id })}`, "a link"), { class: "small" }))));
};

/** Findings as text to paste into a sheet. */
const tabbed = (list) => list.map((one) => [
  second(one.time), data.severities[one.severity], data.stages[one.stage], data.outcomes[one.outcome], one.client, one.method,
  one.before + one.telling + one.after, one.status, one.bytes, `${one.path}:${one.line}`, one.incident.id, one.id,
].map(cell).join("\t")).join("\n");

const SHEET_HEAD = ["time", "severity", "stage", "outcome", "client", "method", "target", "status", "bytes", "line", "incident", "finding"].join("\t");

/** Builds the table into its place. */
const buildFindings = () => {
  const place = document.getElementById("findings-table");
  if (findings.length === 0) {
    document.getElementById("findings").hidden = true;
    return;
  }
  const bar = element("div", { class: "filters", role: "search", "aria-label": "Filter the findings" },
    field("Search, all words", search, { class: "search" }),
    field("Severity", choices.severity), field("Stage", choices.stage), field("Outcome", choices.outcome),
    field("Incident", choices.incident),
    button("Clear", () => { ask(EVERYTHING); search.focus(); }));
  const left = data.left_out === 0 ? "" : element("p", { class: "note" },
    `${plural(data.left_out, "more finding")} would make this page too large: all are in the NDJSON report.`);
  place.replaceChildren(bar,
    element("div", { class: "pager" }, count,
      button("Copy these", () => copy(`${SHEET_HEAD}\n${tabbed(shown)}`, plural(shown.length, "finding")), { class: "small" }),
      button("Copy link", () => copy(location.href.split("#")[0] + linkOf(wanted), "a link"), { class: "small" })),
    element("div", { class: "wide", role: "region", tabindex: "0", "aria-label": "Findings" },
      element("table", { class: "findings" }, element("thead", {}, headRow), body)),
    element("div", { class: "pager" }, previous, following, pageText), left);
  show();
};


// The ground of the script: the data, elements, and words for times, numbers and sizes.
//
// Text of a log becomes text of the page by `textContent` alone. The page's policy forbids everything else.

const data = JSON.parse(document.getElementById("data").textContent);

data.incidents.forEach((incident) => { incident.title = data.texts[incident.title]; });

/** The columns of findings that hold places in the list of texts. */
const TEXTS = new Set(["id", "client", "user", "method", "before", "telling", "after", "referer", "agent", "host", "operation", "service", "bucket",
  "object", "region", "principal", "access_key_id", "error_code", "path", "codec", "sha256", "route"]);

/** Findings as objects; texts looked up, `incident` the incident itself. */
const findings = data.findings.id.map(() => ({}));
for (const [name, column] of Object.entries(data.findings)) {
  const valueOf = TEXTS.has(name) ? (value) => data.texts[value] : name === "incident" ? (value) => data.incidents[value] : (value) => value;
  column.forEach((value, place) => { findings[place][name] = valueOf(value); });
}

const byAnchor = new Map(data.incidents.map((incident) => [incident.anchor, incident]));

/** The incident that an article tells. */
const incidentOf = (article) => byAnchor.get(article.id);

/** The signals of a finding, spelt out when they are looked at. */
const signalsOf = (one) => one.signals.map(([name, role, evidence, what]) =>
  ({ name: data.texts[name], role: data.texts[role], evidence: data.texts[evidence], what: data.texts[what] }));

/** An element with attributes and children; a text among the children becomes text. */
const element = (name, attributes = {}, ...children) =>
  filled(document.createElement(name), attributes, children);

/** The same for drawings. */
const shape = (name, attributes = {}, ...children) =>
  filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

const filled = (made, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, does] of Object.entries(value)) made.addEventListener(event, does);
    } else if (value === true) {
      made.setAttribute(name, "");
    } else if (value !== undefined && value !== null && value !== false) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== ""));
  return made;
};

const button = (label, does, attributes = {}) =>
  element("button", { type: "button", ...attributes, on: { click: does } }, label);

const two = (number) => String(number).padStart(2, "0");

/** An instant in UTC, to the second: `2024-05-01 00:02:15`. */
const second = (millis) => {
  if (millis === null) return "-";
  const at = new Date(millis);
  return Number.isNaN(at.getTime()) ? "-" : at.toISOString().slice(0, 19).replace("T", " ");
};

const thousands = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A size in the largest unit of which there is at least one. */
const size = (bytes) => {
  let unit = 0;
  while (1024 <= bytes && unit < UNITS.length - 1) {
    bytes /= 1024;
    unit += 1;
  }
  return `${unit === 0 || 10 <= bytes ? Math.round(bytes) : bytes.toFixed(1)} ${UNITS[unit]}`;
};

const plural = (count, noun) => `${thousands(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Tells those who listen rather than look. */
const said = document.body.appendChild(element("p", { class: "said", role: "status", "aria-live": "polite" }));
const say = (text) => { said.textContent = text; };

/** A cell that a spreadsheet would take for a formula is made text by a mark before it. */
const cell = (text) => {
  const plain = String(text ?? "").replace(/[\t\r\n]+/g, " ");
  return /^[=+\-@＝＋－＠]/.test(plain) && plain !== "-" ? `'${plain}` : plain;
};

/** Copies a text; what the browser offers first, an old way where it does not. */
const copy = async (text, what) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.body.appendChild(element("textarea", { class: "said", "aria-hidden": "true" }));
    area.value = text;
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say(`Copied ${what}`);
};


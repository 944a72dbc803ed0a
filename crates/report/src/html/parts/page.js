// The page comes alive: its tools, the plots in their places, links that lead where they say.

const THEMES = ["system", "light", "dark"];

/** What the reader chose before, where the browser keeps such things for files. */
const remembered = () => {
  try {
    return localStorage.getItem("keytrace-theme");
  } catch {
    return null;
  }
};

const wear = (theme) => {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("keytrace-theme", theme);
  } catch {
    // Then it is chosen again next time.
  }
};

const buildTools = () => {
  const theme = element("select", { "aria-label": "Theme", on: { change: () => wear(theme.value) } },
    THEMES.map((name) => element("option", { value: name }, `${name} theme`)));
  theme.value = THEMES.includes(remembered()) ? remembered() : "system";
  wear(theme.value);
  document.getElementById("tools").replaceChildren(theme, button("Print", () => window.print()));
};

/** What the script adds to the stories: copies of what is said and of who did it, and the way to all findings. */
const buildStories = () => {
  for (const article of document.querySelectorAll("article.story")) {
    const incident = incidentOf(article);
    if (incident === undefined) continue;
    const text = () => [article.querySelector("h3").textContent, incident.id,
      article.querySelector(".lede").textContent, `${second(incident.first)} to ${second(incident.last)} UTC`].join("\n");
    article.querySelector(".tags").append(
      button("Copy", () => copy(text(), incident.id), { class: "small", "aria-label": `Copy the summary of ${incident.id}` }));
    const clients = () => [...new Set(findings.filter((one) => one.incident === incident).map((one) => cell(one.client)))];
    article.querySelector("details.actors")?.append(
      button("Copy clients", () => copy(clients().join("\n"), plural(clients().length, "client")), { class: "small", "aria-label": `Copy the clients of ${incident.id}` }));
    const all = article.querySelector("a.all");
    if (all !== null) all.hidden = false;
  }
};

/** Leads to what the address names: an incident, a finding, a question to the table. */
const follow = () => {
  // The name of an incident needs no encoding, and what is not ours to read leads nowhere.
  const name = location.hash.slice(1);
  document.querySelectorAll(".is-target").forEach((one) => one.classList.remove("is-target"));
  if (name.startsWith("findings?")) {
    const asked = new URLSearchParams(location.hash.slice("#findings?".length));
    wanted = { ...EVERYTHING };
    for (const key of Object.keys(EVERYTHING)) wanted[key] = asked.get(key) ?? EVERYTHING[key];
    show();
    const target = body.querySelector(".is-target") ?? document.getElementById("findings");
    target.scrollIntoView({ block: wanted.finding === "" ? "start" : "center" });
    return;
  }
  const target = document.getElementById(name);
  if (target?.classList.contains("story")) {
    target.classList.add("is-target");
    target.focus({ preventScroll: true });
    target.scrollIntoView();
  }
};

/** Paper has nothing to open: stories are opened for it, and closed again. What each signal saw is told once, as the reasons. */
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open]):not(.signals)")];
  opened.forEach((one) => { one.open = true; });
});
addEventListener("afterprint", () => {
  opened.forEach((one) => { one.open = false; });
});

buildTools();
buildFindings();
buildStories();
buildPlots();
addEventListener("hashchange", follow);
follow();

// The plots: the requests of the whole time, and of each incident its stages, its networks, its identifiers and the
// sizes of its answers.
//
// A plot is a function of a width, so that letters stay as large as letters; it is drawn when it comes into view and
// again when its place changes. What a plot shows is in the tables too, so none of its marks needs a keyboard.

/** How many marks of one kind stand in one lane; those at one place are one. */
const MARK = 9;

/** Traffic of a span, as steps from a base line: counts of each hour, several taken together where there is no room. */
const trafficSteps = (counts, span, x, base, height, most) => {
  const { start, step } = data.traffic;
  const bins = [];
  const width = Math.max(1, Math.ceil((x(start + step) - x(start)) < 2 ? 2 / (x(start + step) - x(start)) : 1));
  const first = Math.max(0, Math.floor((span[0] - start) / step / width) * width);
  for (let place = first; place < counts.length && start + place * step <= span[1]; place += width) {
    let sum = 0;
    for (let at = place; at < Math.min(counts.length, place + width); at += 1) sum += counts[at];
    bins.push({ from: start + place * step, to: start + (place + width) * step, rate: sum / width });
  }
  const clamp = (value) => Math.min(x(span[1]), Math.max(x(span[0]), value)).toFixed(1);
  const path = bins.map(({ from, to, rate }) => `L${clamp(x(from))} ${(base - rate / most * height).toFixed(1)}H${clamp(x(to))}`);
  if (bins.length === 0) return { path: "", most: 0 };
  return { path: `M${clamp(x(bins[0].from))} ${base}${path.join("")}V${base}Z`, most: Math.max(...bins.map((bin) => bin.rate)) };
};

/** The site's traffic behind a plot: all requests, and those that failed before them. */
const traffic = (span, x, base, height) => {
  if (!data.traffic) return [];
  const { most } = trafficSteps(data.traffic.requests, span, x, base, height, 1);
  if (most === 0) return [];
  return [["traffic", data.traffic.requests], ["failed-traffic", data.traffic.failures]].map(([name, counts]) =>
    shape("path", { class: name, d: trafficSteps(counts, span, x, base, height, most).path }));
};

/** The most requests in an hour within a span. */
const busiest = (span) => {
  if (!data.traffic) return 0;
  const { start, step, requests } = data.traffic;
  return requests.reduce((most, count, place) =>
    span[0] < start + (place + 1) * step && start + place * step <= span[1] ? Math.max(most, count) : most, 0);
};

const MARKS = { success: "got", unknown: "unclear", failure: "missed" };

/** The mark of an outcome, by its form and by its colour: a disc was got, a ring failed, a square is unclear. */
const mark = (outcome, x, y, radius, attributes = {}, ...children) => outcome === "unknown"
  ? shape("rect", { class: MARKS[outcome], x: (x - radius + 0.5).toFixed(1), y: y - radius + 0.5, width: 2 * radius - 1, height: 2 * radius - 1, ...attributes }, children)
  : shape("circle", { class: MARKS[outcome], cx: x.toFixed(1), cy: y.toFixed(1), r: radius, ...attributes }, children);

/** Marks of findings: those that would cover each other are one, as large as they are many, and lead to the first. */
const marks = (list, placeOf) => {
  const groups = new Map();
  for (const one of list) {
    const place = placeOf(one);
    if (place === null) continue;
    const key = `${one.outcome}:${Math.round(place.x / (MARK / 2))}:${Math.round(place.y)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { one, place, count: 1 });
    else group.count += 1;
  }
  // What was got is drawn last, on top.
  return [...groups.values()].sort((a, b) => a.one.outcome - b.one.outcome).map(({ one, place, count }) => {
    const others = count === 1 ? "" : ` and ${plural(count - 1, "more")}`;
    const outcome = data.outcomes[one.outcome];
    const title = shape("title", {}, `${second(one.time)} UTC, ${OUTCOME_WORDS[outcome]}${others}: ${clipped(one.before + one.telling + one.after, 120)}`);
    return mark(outcome, place.x, place.y, Math.min(8, 4 + Math.log10(count) * 1.5),
      { on: { click: () => { location.hash = linkOf({ ...EVERYTHING, finding: one.id }); } } }, title);
  });
};

const key = (outcome) => element("span", { class: "legend" },
  shape("svg", { viewBox: "0 0 11 11", "aria-hidden": "true" }, mark(outcome, 5.5, 5.5, 4)), OUTCOME_WORDS[outcome]);

const keys = (list) => ["success", "unknown", "failure"].filter((outcome) => list.some((one) => data.outcomes[one.outcome] === outcome)).map(key);

/** A span with room at both ends, within which every mark is seen whole. */
const padded = ([first, last]) => {
  const room = Math.max((last - first) * 0.06, 10 * MINUTE);
  return [first - room, last + room];
};

/** Ends of the whole time, as far as anything is known of it. */
const wholeSpan = () => {
  const ends = data.incidents.flatMap((one) => [one.first, one.last]).filter((at) => at !== null);
  if (data.traffic && 0 < data.traffic.requests.length) {
    ends.push(data.traffic.start, data.traffic.start + data.traffic.step * data.traffic.requests.length);
  }
  return ends.length === 0 ? null : [Math.min(...ends), Math.max(...ends)];
};

/** How many incidents the plot of the whole time shows. */
const LANES_MAX = 8;

/** The requests of the whole time, and above them when each incident was. */
const overviewPlot = () => {
  const span = wholeSpan();
  const lanes = data.incidents.filter((one) => one.first !== null).slice(0, LANES_MAX);
  if (span === null || lanes.length === 0) return null;
  const left = data.incidents.length - lanes.length;
  const caption = element("figcaption", {}, element("b", {}, "The incidents, and all requests behind them. "),
    data.traffic ? `Grey: requests an hour, ${thousands(busiest(span))} at most; darker, those that failed (4xx, 5xx). ` : "",
    left === 0 ? "" : `${plural(left, "more incident")} not drawn.`);
  const draw = (width) => {
    const [start, end, top] = [0, width, 4];
    const x = linear(span, [start + 2, end - 2]);
    const height = lanes.length * 20 + 56;
    const base = top + height;
    const rows = lanes.map((incident, place) => {
      const y = top + 10 + place * 20;
      const [from, to] = [x(incident.first), Math.max(x(incident.first) + 6, x(incident.last))];
      const label = `${incident.rank}. ${incident.title}`;
      const isLeft = to + 8 + label.length * LETTER < end || from < end - to;
      const room = Math.floor(((isLeft ? end - to : from) - 10) / LETTER);
      return shape("a", { href: `#${incident.anchor}`, "aria-label": label },
        shape("rect", { class: `s-${data.severities[incident.severity]}`, x: from.toFixed(1), y: y - 4, width: (to - from).toFixed(1), height: 8, rx: 2 }),
        shape("title", {}, `${label}: ${second(incident.first)} to ${second(incident.last)} UTC`),
        10 < room ? shape("text", { class: "name", x: (isLeft ? to + 6 : from - 6).toFixed(1), y: y + 4, "text-anchor": isLeft ? "start" : "end" }, clipped(label, room)) : null);
    });
    const svg = drawing(width, base + 20, "", traffic(span, x, base, height * 0.8),
      axis(timeTicks(span, Math.max(2, width / 110)), x, [start, end], top, height), rows);
    // It holds links, so it is no image but a group of them.
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", "When each incident was");
    return svg;
  };
  return { draw, caption };
};

/** The stages of an incident over the traffic of its time. */
const stagesPlot = (incident, list) => {
  if (incident.first === null) return null;
  const dated = list.filter((one) => one.time !== null);
  const span = padded([incident.first, incident.last]);
  const stages = data.stages.map((name, stage) => ({ name, stage })).filter(({ stage }) => dated.some((one) => one.stage === stage));
  const words = stages.map(({ name, stage }) => `${name} ${dated.filter((one) => one.stage === stage).length}`).join(", ");
  const caption = element("figcaption", {}, element("b", {}, "Stages over time. "), keys(dated),
    data.traffic ? `Grey: all requests of the site, ${thousands(busiest(span))} an hour at most.` : "");
  const draw = (width) => {
    const [start, end, top] = [64, width, 4];
    const x = linear(span, [start, end]);
    const height = stages.length * 28 + 12;
    const y = (one) => top + 20 + stages.findIndex(({ stage }) => stage === one.stage) * 28;
    return drawing(width, top + height + 20, `Stages over time: ${words}`,
      traffic(span, x, top + height, height * 0.85),
      axis(timeTicks(span, Math.max(2, (end - start) / 90)), x, [start, end], top, height),
      stages.map(({ name, stage }) => [
        shape("path", { class: "lane", d: `M${start} ${y({ stage })}H${end}` }),
        shape("text", { class: "name", x: 0, y: y({ stage }) + 4 }, name)]),
      marks(dated, (one) => ({ x: x(one.time), y: y(one) })));
  };
  return { draw, caption };
};

/** The network of a client, as those who assign addresses see it: /24, or /48 of IPv6. */
const networkOf = (client) => {
  const four = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}(:\d+)?$/.exec(client);
  if (four !== null) return `${four[1]}.0/24`;
  if (/^[0-9a-f:]+$/i.test(client) && 2 < client.split(":").length) {
    const [head] = client.split("::");
    const groups = head === "" ? [] : head.split(":");
    return `${[...groups, "0", "0", "0"].slice(0, 3).join(":")}::/48`;
  }
  return client === "" ? "-" : client;
};

/** How many networks have a lane of their own. */
const NETWORKS_MAX = 10;

/** Who did it from where: a lane for each network, the busiest first. */
const networksPlot = (incident, list) => {
  const dated = list.filter((one) => one.time !== null);
  const counts = new Map();
  for (const one of dated) {
    const network = networkOf(one.client);
    counts.set(network, (counts.get(network) ?? 0) + 1);
  }
  if (counts.size < 2) return null;
  const order = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([network]) => network);
  const lanes = order.slice(0, NETWORKS_MAX);
  const rest = order.length - lanes.length;
  if (0 < rest) lanes.push(`${thousands(rest)} more`);
  const span = padded([incident.first, incident.last]);
  const caption = element("figcaption", {}, element("b", {}, `By network: ${plural(order.length, "network")}. `), keys(dated),
    "Clients of one /24 (IPv6: /48) are together.");
  const draw = (width) => {
    const [start, end, top] = [Math.min(150, width * 0.35), width, 4];
    const x = linear(span, [start, end]);
    const height = lanes.length * 20 + 8;
    const y = (network) => top + 14 + 20 * (lanes.includes(network) ? lanes.indexOf(network) : lanes.length - 1);
    return drawing(width, top + height + 20, `Findings by network over time: ${lanes.join(", ")}`,
      axis(timeTicks(span, Math.max(2, (end - start) / 90)), x, [start, end], top, height),
      lanes.map((network) => [
        shape("path", { class: "lane", d: `M${start} ${y(network)}H${end}` }),
        shape("text", { class: "name log", x: 0, y: y(network) + 4 }, clipped(network, Math.floor(start / LETTER)))]),
      marks(dated, (one) => ({ x: x(one.time), y: y(networkOf(one.client)) })));
  };
  return { draw, caption };
};

/** How many fetches make a harvest worth a plot. */
const FETCHES_MIN = 8;

/** The identifiers of a harvest over time: a straight line counts up, a cloud knows what it wants. */
const identifiersPlot = (incident, list) => {
  const stage = data.stages.indexOf("harvest");
  const fetched = list.filter((one) => one.stage === stage && one.time !== null && one.telling !== "");
  if (fetched.length < FETCHES_MIN) return null;
  const digits = fetched.map((one) => /\d{1,15}(?=\D*$)/.exec(one.telling)?.[0]);
  const areNumbers = digits.every((number) => number !== undefined);
  const order = new Map([...new Set(fetched.map((one) => one.telling))].map((text, place) => [text, place + 1]));
  const values = new Map(fetched.map((one, place) => [one, areNumbers ? Number(digits[place]) : order.get(one.telling)]));
  const ends = [Math.min(...values.values()), Math.max(...values.values())];
  const span = padded([incident.first, incident.last]);
  const caption = element("figcaption", {},
    element("b", {}, areNumbers ? "Identifiers over time. " : "Different identifiers, in the order in which they came up. "), keys(fetched),
    `${plural(order.size, "identifier")} in ${plural(fetched.length, "request")}${areNumbers ? `, ${ends[0]} to ${ends[1]}` : ""}.`);
  const draw = (width) => {
    const [start, end, top, height] = [64, width, 8, 180];
    const x = linear(span, [start, end]);
    const y = linear(ends, [top + height - 6, top + 6]);
    return drawing(width, top + height + 20, `Identifiers over time: ${plural(order.size, "identifier")} in ${plural(fetched.length, "request")}`,
      axis(timeTicks(span, Math.max(2, (end - start) / 90)), x, [start, end], top, height),
      [...new Set(ends)].map((end) => shape("text", { x: start - 8, y: y(end) + 4, "text-anchor": "end" }, clipped(String(end), 9))),
      marks(fetched, (one) => ({ x: x(one.time), y: Math.round(y(values.get(one))) })));
  };
  return { draw, caption };
};

/** The sizes of what was answered, route by route: bars for everybody, marks for what the incident got. */
const sizesPlot = (incident, list) => {
  const routes = (incident.routes ?? []).map((route) => ({ ...route, found: list.filter((one) => route.findings.has(one.id) && one.bytes !== null) }))
    .filter((route) => 0 < route.found.length);
  if (routes.length === 0) return null;
  const sizes = routes.flatMap((route) => [...route.sizes.map(([floor]) => floor), ...route.found.map((one) => one.bytes)]);
  const ends = [Math.max(1, Math.min(...sizes) / 1.3), Math.max(...sizes) * 1.3];
  const caption = element("figcaption", {}, element("b", {}, "Size of the answers, by route. "),
    keys(routes.flatMap((route) => route.found)), "Grey: how often the route answers others with that size.");
  const draw = (width) => {
    const [start, end, top, lane] = [Math.min(220, width * 0.4), width, 4, 34];
    const x = logarithmic(ends, [start, end]);
    const height = routes.length * lane;
    const parts = routes.map((route, place) => {
      const base = top + (place + 1) * lane - 6;
      const most = Math.max(1, ...route.sizes.map(([, , count]) => count));
      const bars = route.sizes.map(([floor, ceiling, count]) => {
        const bar = 2 + Math.log(1 + count) / Math.log(1 + most) * (lane - 12);
        return shape("rect", { class: "usual", x: x(floor).toFixed(1), y: (base - bar).toFixed(1), width: Math.max(1, x(ceiling) - x(floor)).toFixed(1), height: bar.toFixed(1) },
          shape("title", {}, `${size(floor)}: ${plural(count, "answer")}`));
      });
      return [shape("path", { class: "lane", d: `M${start} ${base}H${end}` }), bars,
        shape("text", { class: "name log", x: 0, y: base - 8 }, clipped(route.route, Math.floor(start / LETTER) - 1), shape("title", {}, route.route)),
        marks(route.found, (one) => ({ x: x(one.bytes), y: base - 8 }))];
    });
    return drawing(width, top + height + 20, `Sizes of answers by route: ${routes.map((route) => route.route).join(", ")}`,
      axis(sizeTicks(ends, Math.max(2, (end - start) / 80)), x, [start, end], top, height), parts);
  };
  return { draw, caption };
};

/** What draws each plot that was not looked at yet: paper wants them all. */
const undrawn = new Set();
addEventListener("beforeprint", () => undrawn.forEach((draw) => draw()));

/** Puts a plot into a place: drawn when it comes into view, and anew when its width changes. */
const put = (parent, plot) => {
  if (plot === null) return;
  const canvas = element("div", { class: "canvas" });
  parent.append(element("figure", {}, canvas, plot.caption));
  let width = 0;
  const draw = () => {
    const now = Math.max(280, Math.floor(canvas.clientWidth));
    undrawn.delete(draw);
    if (now === width) return;
    width = now;
    canvas.replaceChildren(plot.draw(width));
  };
  undrawn.add(draw);
  new IntersectionObserver((entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    draw();
    new ResizeObserver(draw).observe(canvas);
  }, { rootMargin: "600px" }).observe(canvas);
};

const buildPlots = () => {
  put(document.getElementById("overview"), overviewPlot());
  const byIncident = new Map(data.incidents.map((incident) => [incident, []]));
  for (const one of findings) byIncident.get(one.incident).push(one);
  for (const article of document.querySelectorAll("article.story")) {
    const plots = article.querySelector(".plots");
    const incident = incidentOf(article);
    if (plots === null || incident === undefined) continue;
    const list = byIncident.get(incident);
    for (const plot of [stagesPlot, sizesPlot, identifiersPlot, networksPlot]) put(plots, plot(incident, list));
  }
};


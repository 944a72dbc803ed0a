// The plots: the requests of the whole time, and of each incident its stages, its networks, its identifiers and the
// sizes of its answers.
//
// A plot is a function of a width, so that letters stay as large as letters; it is drawn when it comes into view and
// again when its place changes. What a plot shows is in the tables too, so none of its marks needs a keyboard.

/** How wide a mark is: those of one kind that are nearer than half of it are one. */
const MARK = 9;

/** From how many marks on they are small. */
const CROWD = 200;

const { width: STRETCH, stretches, requests, failures } = data.traffic;

/** The first place in the lists of traffic whose stretch ends behind an instant. */
const placeAfter = (at) => {
  let [low, high] = [0, stretches.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stretches[middle] + 1) * STRETCH * SECOND <= at) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** How many requests an hour there were at most within a span, and how many in all. */
const trafficWithin = (span) => {
  let [most, sum] = [0, 0];
  for (let place = placeAfter(span[0]); place < stretches.length && stretches[place] * STRETCH * SECOND <= span[1]; place += 1) {
    most = Math.max(most, requests[place] / STRETCH * 3600);
    sum += requests[place];
  }
  return { most, sum };
};

/** Counts of a span taken together where there is no room for each: from, to, and how many an hour. */
const bins = (counts, span, x) => {
  const wide = x(STRETCH * SECOND) - x(0);
  const group = Math.max(1, Math.ceil(2 / wide));
  const found = [];
  for (let place = placeAfter(span[0]); place < stretches.length && stretches[place] * STRETCH * SECOND <= span[1]; place += 1) {
    const number = Math.floor(stretches[place] / group);
    const last = found.at(-1);
    if (last?.number === number) last.sum += counts[place];
    else found.push({ number, sum: counts[place] });
  }
  const step = group * STRETCH * SECOND;
  return found.map(({ number, sum }) => ({ from: number * step, to: (number + 1) * step, rate: sum / step * HOUR }));
};

/** The site's traffic behind a plot, in steps: all requests, and before them those that failed. */
const traffic = (span, x, base, height) => {
  const all = bins(requests, span, x);
  const most = Math.max(0, ...all.map((bin) => bin.rate));
  if (most === 0) return [];
  const clamp = (at) => Math.min(x(span[1]), Math.max(x(span[0]), x(at))).toFixed(1);
  const path = (list) => {
    let [text, end] = ["", null];
    for (const { from, to, rate } of list) {
      if (from !== end) text += `${end === null ? "" : `V${base}Z`}M${clamp(from)} ${base}`;
      text += `V${(base - rate / most * height).toFixed(1)}H${clamp(to)}`;
      end = to;
    }
    return `${text}V${base}Z`;
  };
  return [shape("path", { class: "traffic", d: path(all) }), shape("path", { class: "failed-traffic", d: path(bins(failures, span, x)) })];
};

/** What the traffic behind a plot is, in words. */
const trafficWords = (span) => {
  const { most, sum } = trafficWithin(span);
  return sum === 0 ? "" : `Grey: ${thousands(sum)} requests of the whole site, up to ${thousands(Math.round(most))} an hour; stronger: those that failed (4xx, 5xx).`;
};

const MARKS = { success: "got", unknown: "unclear", failure: "missed" };

/** The mark of an outcome, by its form and by its colour: a disc was got, a ring failed, a square is unclear. */
const mark = (outcome, x, y, radius, attributes = {}, ...children) => outcome === "unknown"
  ? shape("rect", { class: MARKS[outcome], x: (x - radius + 0.5).toFixed(1), y: y - radius + 0.5, width: 2 * radius - 1, height: 2 * radius - 1, ...attributes }, children)
  : shape("circle", { class: MARKS[outcome], cx: x.toFixed(1), cy: y.toFixed(1), r: outcome === "failure" ? radius * 0.75 : radius, ...attributes }, children);

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
  // What is rare is drawn last, on top: of a harvest the misses, of a scan what it got.
  const isCrowd = CROWD < groups.size;
  const radius = isCrowd ? 2.5 : 4;
  const often = [0, 0, 0];
  for (const one of list) often[one.outcome] += 1;
  return [...groups.values()].sort((a, b) => often[b.one.outcome] - often[a.one.outcome]).map(({ one, place, count }) => {
    const others = count === 1 ? "" : ` and ${plural(count - 1, "more")}`;
    const outcome = data.outcomes[one.outcome];
    const title = shape("title", {}, `${second(one.time)} UTC, ${OUTCOME_WORDS[outcome]}${others}: ${clipped(one.before + one.telling + one.after, 120)}`);
    return mark(outcome, place.x, place.y, Math.min(8, radius + Math.log10(count) * 1.5),
      { "stroke-opacity": isCrowd && outcome !== "failure" ? 0 : null, on: { click: () => { location.hash = linkOf({ ...EVERYTHING, finding: one.id }); } } }, title);
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

/** How small a share of the requests at either end of time is not waited for: one forged date must not stretch all. */
const FORGED = 0.0005;

/** Ends of the whole time: those of nearly all requests, and of the incidents. */
const wholeSpan = () => {
  const ends = data.incidents.flatMap((one) => [one.first, one.last]).filter((at) => at !== null);
  const total = requests.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  stretches.forEach((number, place) => {
    const before = seen;
    seen += requests[place];
    if (before <= total * FORGED && total * FORGED < seen) ends.push(number * STRETCH * SECOND);
    if (before < total * (1 - FORGED) && total * (1 - FORGED) <= seen) ends.push((number + 1) * STRETCH * SECOND);
  });
  return ends.length === 0 ? null : [Math.min(...ends), Math.max(...ends)];
};

/** How many incidents the plot of the whole time shows. */
const LANES_MAX = 8;

/** How high the traffic is below them. */
const TRAFFIC = 64;

/** The requests of the whole time, and above them when each incident was. */
const overviewPlot = () => {
  const span = wholeSpan();
  const lanes = data.incidents.filter((one) => one.first !== null).slice(0, LANES_MAX);
  if (span === null) return null;
  const left = data.incidents.length - lanes.length;
  const caption = element("figcaption", {}, element("b", {}, lanes.length === 0 ? "All requests. " : "The incidents, and all requests behind them. "),
    `${trafficWords(span)} `,
    left === 0 ? "" : `${plural(left, "more incident")} not drawn.`);
  const height = lanes.length * 20 + TRAFFIC;
  const draw = (width) => {
    const [start, end, top] = [0, width, 4];
    const x = linear(span, [start + 2, end - 2]);
    const base = top + height;
    const rows = lanes.map((incident, place) => {
      const y = top + 10 + place * 20;
      const [from, to] = [x(incident.first), Math.max(x(incident.first) + 6, x(incident.last))];
      const label = `${incident.rank}. ${incident.title}`;
      const isLeft = to + 8 + label.length * LETTER < end || from < end - to;
      const room = Math.floor(((isLeft ? end - to : from) - 10) / LETTER);
      const words = `${label}: ${second(incident.first)} to ${second(incident.last)} UTC`;
      return shape("a", { href: `#${incident.anchor}` },
        shape("rect", { class: `s-${data.severities[incident.severity]}`, x: from.toFixed(1), y: y - 4, width: (to - from).toFixed(1), height: 8, rx: 2 }),
        shape("title", {}, words),
        10 < room ? shape("text", { class: "name", x: (isLeft ? to + 6 : from - 6).toFixed(1), y: y + 4, "text-anchor": isLeft ? "start" : "end" }, clipped(label, room)) : null);
    });
    const svg = drawing(width, base + 20, "", traffic(span, x, base, TRAFFIC - 8),
      axis(timeTicks(span, Math.max(2, width / 110)), x, [start, end], top, height), rows);
    // It holds links, so it is no image but a group of them.
    if (0 < lanes.length) svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", lanes.length === 0 ? "Requests over time" : "When each incident was");
    return svg;
  };
  return { draw, caption, height: height + 28 };
};

/** The stages of an incident over the traffic of its time. */
const stagesPlot = (incident, list) => {
  if (incident.first === null) return null;
  const dated = list.filter((one) => one.time !== null);
  const span = padded([incident.first, incident.last]);
  const stages = data.stages.map((name, stage) => ({ name, stage })).filter(({ stage }) => dated.some((one) => one.stage === stage));
  const words = stages.map(({ name, stage }) => `${name} ${dated.filter((one) => one.stage === stage).length}`).join(", ");
  const caption = element("figcaption", {}, element("b", {}, "Stages over time. "), keys(dated),
    trafficWords(span));
  const height = stages.length * 28 + 12;
  const draw = (width) => {
    const [start, end, top] = [64, width, 4];
    const x = linear(span, [start, end]);
    const y = (one) => top + 20 + stages.findIndex(({ stage }) => stage === one.stage) * 28;
    return drawing(width, top + height + 20, `Stages over time: ${words}`,
      traffic(span, x, top + height, height * 0.7),
      axis(timeTicks(span, Math.max(2, (end - start) / 90)), x, [start, end], top, height),
      stages.map(({ name, stage }) => [
        shape("path", { class: "lane", d: `M${start} ${y({ stage })}H${end}` }),
        shape("text", { class: "name", x: 0, y: y({ stage }) + 4 }, name)]),
      marks(dated, (one) => ({ x: x(one.time), y: y(one) })));
  };
  return { draw, caption, height: height + 28 };
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

/** Of how many networks it is told in words what each did. */
const NAMED_MAX = 6;

/** How many networks have a lane of their own. */
const NETWORKS_MAX = 24;

/** Who did it from where: a lane for each of the busiest networks, in the order in which they came. */
const networksPlot = (incident, list) => {
  const dated = list.filter((one) => one.time !== null);
  const counts = new Map();
  for (const one of dated) {
    const network = networkOf(one.client);
    counts.set(network, (counts.get(network) ?? 0) + 1);
  }
  if (counts.size < 2) return null;
  const order = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([network]) => network);
  const busiest = new Set(order.slice(0, NETWORKS_MAX));
  const lanes = [...new Set(dated.map((one) => networkOf(one.client)))].filter((network) => busiest.has(network));
  const rest = order.length - lanes.length;
  if (0 < rest) lanes.push(`${thousands(rest)} more`);
  const stagesOf = (network) => `${network}: ${data.stages.filter((_, stage) => dated.some((one) => one.stage === stage && networkOf(one.client) === network)).join(", ")}`;
  const span = padded([incident.first, incident.last]);
  const caption = element("figcaption", {}, element("b", {}, `By network: ${plural(order.length, "network")}. `), keys(dated),
    "Clients of one /24 (IPv6: /48) are together. ", order.length <= NAMED_MAX ? `${lanes.map(stagesOf).join("; ")}.` : "");
  const height = lanes.length * 15 + 8;
  const draw = (width) => {
    const [start, end, top] = [Math.min(150, width * 0.35), width, 4];
    const x = linear(span, [start, end]);
    const y = (network) => top + 11 + 15 * (lanes.includes(network) ? lanes.indexOf(network) : lanes.length - 1);
    return drawing(width, top + height + 20, `Findings by network over time: ${lanes.join(", ")}`,
      axis(timeTicks(span, Math.max(2, (end - start) / 90)), x, [start, end], top, height),
      lanes.map((network) => [
        shape("path", { class: "lane", d: `M${start} ${y(network)}H${end}` }),
        shape("text", { class: "name log", x: 0, y: y(network) + 4 }, clipped(network, Math.floor(start / LETTER)))]),
      marks(dated, (one) => ({ x: x(one.time), y: y(networkOf(one.client)) })));
  };
  return { draw, caption, height: height + 28 };
};

/** How many fetches make a harvest worth a plot. */
const FETCHES_MIN = 8;

/** What identifies the record that was fetched: what tells in the request, or the object that a cloud names. */
const recordOf = (one) => one.telling === "" ? one.object : one.telling;

/** A number that stands alone: no part of a word, nor of a digest. */
const NUMBER = /(?<![0-9a-z])\d{1,15}(?![0-9a-z])/gi;

/** The identifiers of a harvest over time: a straight line counts up, a cloud knows what it wants. */
const identifiersPlot = (incident, list) => {
  const stage = data.stages.indexOf("harvest");
  const fetched = list.filter((one) => one.stage === stage && one.time !== null && recordOf(one) !== "");
  if (fetched.length < FETCHES_MIN) return null;
  const digits = fetched.map((one) => recordOf(one).match(NUMBER)?.at(-1));
  const order = new Map([...new Set(fetched.map(recordOf))].map((text, place) => [text, place + 1]));
  // A number that many share, a year for one, identifies none.
  const areNumbers = digits.every((number) => number !== undefined) && order.size * 0.9 <= new Set(digits).size;
  const values = new Map(fetched.map((one, place) => [one, areNumbers ? Number(digits[place]) : order.get(recordOf(one))]));
  const ends = [Math.min(...values.values()), Math.max(...values.values())];
  const times = fetched.map((one) => one.time);
  const span = padded([Math.min(...times), Math.max(...times)]);
  const caption = element("figcaption", {},
    element("b", {}, areNumbers ? "Identifiers over time. " : "Different identifiers, in the order in which they came up. "), keys(fetched),
    `${plural(order.size, "identifier")} in ${plural(fetched.length, "request")}${areNumbers ? `, ${ends[0]} to ${ends[1]}` : ""}.`);
  const height = 180;
  const draw = (width) => {
    const [start, end, top] = [64, width, 8];
    const x = linear(span, [start, end]);
    const y = linear(ends, [top + height - 6, top + 6]);
    return drawing(width, top + height + 20, `Identifiers over time: ${plural(order.size, "identifier")} in ${plural(fetched.length, "request")}`,
      axis(timeTicks(span, Math.max(2, (end - start) / 90)), x, [start, end], top, height),
      [...new Set(ends)].map((end) => shape("text", { x: start - 8, y: y(end) + 4, "text-anchor": "end" }, clipped(String(end), 9))),
      marks(fetched, (one) => ({ x: x(one.time), y: Math.round(y(values.get(one))) })));
  };
  return { draw, caption, height: height + 28 };
};

/** Where a class of sizes ends that begins there: eight of them make a doubling. */
const ceilingOf = (floor) => floor + (floor < 16 ? 1 : 2 ** (Math.floor(Math.log2(floor)) - 3));

/** The sizes of what was answered, route by route: bars for everybody, marks for what the incident got. */
const sizesPlot = (incident, list) => {
  if (incident.routes === null) return { draw: () => "", caption: element("figcaption", {}, "The sizes of its answers are not drawn: this page would be too large."), height: 0 };
  const routes = incident.routes.map(({ route, floors, answers }) => ({
    route: data.texts[route],
    sizes: floors.map((floor, place) => [floor, ceilingOf(floor), answers[place]]),
    found: list.filter((one) => one.route === data.texts[route] && one.bytes !== null),
  }))
    .filter((route) => 0 < route.found.length);
  if (routes.length === 0) return null;
  const sizes = routes.flatMap((route) => [...route.sizes.map(([floor]) => floor), ...route.found.map((one) => one.bytes)]);
  const ends = [Math.max(1, Math.min(...sizes) / 1.3), Math.max(...sizes) * 1.3];
  const caption = element("figcaption", {}, element("b", {}, "Size of the answers, by route. "),
    keys(routes.flatMap((route) => route.found)), "Grey: how often the route answers others with that size.");
  const lane = 34;
  const height = routes.length * lane;
  const draw = (width) => {
    const [start, end, top] = [Math.min(220, width * 0.4), width, 4];
    const x = logarithmic(ends, [start, end]);
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
  return { draw, caption, height: height + 28 };
};

/** What draws each plot that was not looked at yet: paper wants them all. */
const undrawn = new Set();
addEventListener("beforeprint", () => undrawn.forEach((draw) => draw()));

/** Puts a plot into a place: drawn when it comes into view, and anew when its width changes. */
const put = (parent, plot) => {
  if (plot === null) return;
  const canvas = element("div");
  // Its room is kept, so that nothing jumps when it is drawn.
  canvas.style.minHeight = `${plot.height}px`;
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


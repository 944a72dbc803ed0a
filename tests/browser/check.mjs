// What the report for a browser must do in a real one.
//
//   node check.mjs CHROMIUM FOLDER [SCREENSHOTS]
//
// FOLDER holds `plain.html` (an ordinary report), `hostile.html` and `document.html` (reports of a log and of a saved
// report that are made of attacks), `large.html` (ten thousand findings) and `empty.html` (no incident). Each claim is a line;
// the first that does not hold ends all with code 1.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [, , executablePath, folder, screenshots] = process.argv;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * How large a report of ten thousand findings may be, in bytes, and what it may take until it can be used, in milliseconds of
 * processor time: how long that is depends on what else the machine does.
 */
const LARGE_BYTES_MAX = 8 << 20;
const LARGE_MILLIS_MAX = 2000;

const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

const browser = await chromium.launch({ executablePath, args: QUIET });

/** Opens a report in a context of its own and watches it: nothing may be said, asked for or refused. */
const open = async (name, { hash = "", ...options } = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const seen = [];
  page.on("console", (message) => seen.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => seen.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => { seen.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("popup", () => seen.push("a window"));
  const address = pathToFileURL(resolve(folder, name)).href;
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== address) seen.push(`request: ${request.url().slice(0, 200)}`);
  });
  if (options.javaScriptEnabled !== false) {
    await page.addInitScript(() => {
      globalThis.refused = [];
      addEventListener("securitypolicyviolation", (event) => globalThis.refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
    });
  }
  await page.goto(address + hash, { waitUntil: "load" });
  const quiet = async () => {
    if (options.javaScriptEnabled !== false) {
      assert.deepEqual(await page.evaluate(() => globalThis.refused), [], "nothing was refused by the policy");
    }
    assert.deepEqual(seen, [], "nothing was said, asked for or opened");
  };
  return { page, context, quiet };
};

/** Milliseconds of processor time that a page's process has taken. */
const worked = async (page) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  await session.detach();
  return 1000 * metrics.find(({ name }) => name === "ProcessTime").value;
};

const claim = async (text, does) => {
  try {
    await does();
  } catch (error) {
    console.log(`not ok - ${text}\n${error.stack}`);
    await browser.close();
    process.exit(1);
  }
  console.log(`ok - ${text}`);
};

/** Faults that axe-core calls serious or worse. */
const faults = async (page) => {
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
};

const count = (page) => page.locator("#findings [role=status]").textContent();
const rows = (page) => page.locator(".findings tbody tr:not(.detail)");
const scrolled = async (page) => {
  // Plots are drawn when they are looked at: a frame lays the page out, and the next one follows what came into view.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let top = 0; top < Math.min(height, 40_000); top += 800) {
    await page.evaluate((top) => {
      scrollTo(0, top);
      return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }, top);
  }
  await page.evaluate(() => scrollTo(0, 0));
};

await claim("a report opens from disk and says what was found", async () => {
  const { page, context, quiet } = await open("plain.html");
  assert.match(await page.locator("h1").textContent(), /incidents? needs? a person now/);
  const listed = await page.locator("table.list tbody tr").count();
  assert.equal(await page.locator("article.story").count(), listed);
  assert.match(await page.locator("#read").textContent(), /records/);
  await scrolled(page);
  const loud = page.locator("article:is(.critical, .high, .medium)");
  for (let place = 0; place < await loud.count(); place += 1) {
    // However busy the machine is: it is waited for, and what never comes is named.
    const plot = loud.nth(place).locator("svg[role=img][aria-label]").first();
    await loud.nth(place).locator(".plots").scrollIntoViewIfNeeded();
    await plot.waitFor({ state: "attached", timeout: 10_000 })
      .catch(() => assert.fail(`a loud incident has a plot with words: ${place}`));
  }
  assert.ok(0 < await page.locator("#overview svg a").count());
  assert.ok(0 < await page.locator(".story path.traffic").count(), "the site's traffic is behind it");
  assert.ok(0 < await page.locator(".story rect.usual").count(), "usual sizes are beside the odd ones");
  await quiet();
  await context.close();
});

await claim("findings are filtered, sorted and paged", async () => {
  const { page, context, quiet } = await open("plain.html");
  const all = await count(page);
  await page.locator("input[type=search]").fill("latest/META-data");
  await page.waitForFunction((all) => document.querySelector("#findings [role=status]").textContent !== all, all);
  const found = await rows(page).count();
  assert.ok(0 < found);
  assert.match(page.url(), /#findings\?q=latest/);
  await page.locator("select[name=outcome]").selectOption("success");
  const got = await rows(page).allTextContents();
  assert.ok(0 < got.length && got.length < found && got.every((text) => text.includes("got it")));
  await page.getByRole("button", { name: "Clear" }).click();
  assert.equal(await count(page), all);
  const sizes = async () => (await page.locator(".findings td:nth-child(8)").allTextContents())
    .map((text) => text === "-" ? -1 : Number(text.replaceAll(",", "")));
  const head = page.locator(".findings th", { hasText: "Bytes" });
  for (const [order, sign] of [["ascending", 1], ["descending", -1]]) {
    await head.getByRole("button").click();
    assert.equal(await head.getAttribute("aria-sort"), order);
    const seen = await sizes();
    assert.ok(1 < new Set(seen).size);
    assert.deepEqual(seen, [...seen].sort((a, b) => sign * (a - b)));
  }
  await quiet();
  await context.close();
});

await claim("links lead to what they name", async () => {
  const { page, context, quiet } = await open("plain.html");
  const incident = await page.locator("article.story").nth(1).getAttribute("id");
  const finding = await page.locator("tr[data-finding]").nth(3).getAttribute("data-finding");
  await context.close();
  const there = await open("plain.html", { hash: `#${incident}` });
  assert.equal(await there.page.evaluate(() => document.activeElement.id), incident);
  const box = await there.page.locator(`[id="${incident}"]`).boundingBox();
  assert.ok(-5 < box.y && box.y < 300, `it is in view: ${box.y}`);
  await there.quiet();
  await there.context.close();
  const row = await open("plain.html", { hash: `#findings?finding=${finding}` });
  assert.equal(await row.page.locator(".findings tr.is-target").getAttribute("data-finding"), finding);
  const detail = await row.page.locator(".findings tr.detail").textContent();
  assert.match(detail, /Line.*Signals/s);
  // The command that a reader is given prints the very bytes whose digest stands beside it, on a log that is at hand.
  const command = /To see them(.*?head -c \d+)/.exec(detail)[1];
  const bytes = execFileSync("sh", ["-c", command]);
  const [, digest] = /SHA-256([0-9a-f]{64})/.exec(detail);
  assert.equal(createHash("sha256").update(bytes).digest("hex"), digest);
  await row.quiet();
  await row.context.close();
  const plot = await open("plain.html", { hash: `#${incident}` });
  await plot.page.locator(`[id="${incident}"] svg .got`).first().click({ force: true });
  await plot.page.locator(".findings tr.is-target").waitFor();
  assert.match(plot.page.url(), /#findings\?finding=/);
  await plot.quiet();
  await plot.context.close();
  const broken = await open("plain.html", { hash: "#%E0%A4%A" });
  await broken.quiet();
  await broken.context.close();
});

await claim("a keyboard is enough", async () => {
  const { page, context, quiet } = await open("plain.html");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  const reach = async (selector) => {
    for (let tabs = 0; tabs < 400; tabs += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((selector) => document.activeElement.matches(selector), selector)) return;
    }
    assert.fail(`${selector} is not reached`);
  };
  await reach("summary");
  await page.keyboard.press("Enter");
  assert.ok(await page.evaluate(() => document.activeElement.parentElement.open));
  await page.locator("input[type=search]").focus();
  await page.keyboard.type("GET");
  await reach("th button");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("th[aria-sort]").count(), 1);
  await reach("td button[aria-expanded]");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("tr.detail").count(), 1);
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("tr.detail").count(), 0);
  await quiet();
  await context.close();
});

await claim("light and dark are the system's, until the reader chooses", async () => {
  const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await open("plain.html", { colorScheme: "light" });
  const dark = await open("plain.html", { colorScheme: "dark" });
  const [white, black] = [await ground(light.page), await ground(dark.page)];
  assert.notEqual(white, black);
  await light.page.getByRole("combobox", { name: "Theme" }).selectOption("dark");
  assert.equal(await ground(light.page), black);
  for (const { context, quiet } of [light, dark]) {
    await quiet();
    await context.close();
  }
});

for (const [name, options] of [["light", { colorScheme: "light" }], ["dark", { colorScheme: "dark" }],
  ["narrow", { viewport: { width: 390, height: 800 } }]]) {
  for (const report of ["plain.html", "hostile.html", "empty.html"]) {
    await claim(`no serious fault for those who do not see or point: ${report}, ${name}`, async () => {
      const { page, context, quiet } = await open(report, options);
      await scrolled(page);
      assert.deepEqual(await faults(page), []);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(over, 0, "the page itself does not scroll sideways");
      if (screenshots) await page.screenshot({ path: join(screenshots, `${report}-${name}.png`), fullPage: true });
      await quiet();
      await context.close();
    });
  }
}

await claim("without its script it is a document", async () => {
  const { page, context, quiet } = await open("plain.html", { javaScriptEnabled: false });
  assert.match(await page.locator("h1").innerText(), /a person now/);
  assert.ok(0 < await page.locator("article.story .evidence mark").count());
  assert.match(await page.locator("#findings").innerText(), /has not run/);
  await quiet();
  await context.close();
});

await claim("it is printed light, whole and with its plots", async () => {
  const { page, context, quiet } = await open("plain.html", { colorScheme: "dark" });
  const pdf = await page.pdf({ preferCSSPageSize: true });
  assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).colorScheme), "light");
  assert.equal(await page.locator("details:not([open]):not(.signals)").count(), 0);
  assert.equal(await page.locator("figure > div:empty").count(), 0);
  assert.ok(!await page.getByRole("button").first().isVisible());
  await quiet();
  await context.close();
});

/** The only elements and attributes of the page: whatever else were there, a log had made it. */
const ELEMENTS = new Set(["html", "head", "meta", "title", "style", "body", "a", "header", "nav", "div", "main", "section", "h1", "h2",
  "h3", "h4", "p", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "br", "span", "article", "ol", "ul", "li", "details", "summary", "code",
  "mark", "b", "q", "time", "strong", "footer", "script", "button", "select", "option", "input", "label", "figure", "figcaption", "svg", "path",
  "rect", "circle", "text"]);

for (const report of ["hostile.html", "document.html"]) {
  await claim(`nothing of a log is ever markup: ${report}`, async () => {
    for (const javaScriptEnabled of [true, false]) {
      const { page, context, quiet } = await open(report, { javaScriptEnabled });
      if (javaScriptEnabled) {
        await scrolled(page);
        for (const more of await page.getByRole("button", { name: /^Details/ }).all()) await more.click();
        await page.locator("input[type=search]").fill("<script");
        await page.waitForTimeout(300);
        await page.getByRole("button", { name: "Clear" }).click();
      }
      const made = await page.locator("*").evaluateAll((all) => all.map((one) =>
        ({ name: one.localName, attributes: one.getAttributeNames(), href: one.getAttribute("href") })));
      assert.ok(100 < made.length);
      for (const { name, attributes, href } of made) {
        assert.ok(ELEMENTS.has(name), `<${name}>`);
        assert.ok(attributes.every((attribute) => !attribute.startsWith("on") && !["src", "srcdoc", "action", "formaction", "xlink:href"].includes(attribute)), `${name}: ${attributes}`);
        assert.ok(href === null || href.startsWith("#"), `${href}`);
      }
      assert.equal(made.filter(({ name }) => name === "script").length, 2);
      assert.equal(made.filter(({ name }) => name === "style").length, 1);
      const text = await page.locator("body").innerText();
      assert.ok(text.includes("<script>"), "the attack is shown");
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/);
      assert.doesNotMatch(await page.title(), /owned/);
      if (javaScriptEnabled) assert.equal(await page.evaluate(() => globalThis.owned), undefined, "nothing of it ran");
      await quiet();
      await context.close();
    }
  });
}

await claim("what is copied is no formula", async () => {
  const { page, context, quiet } = await open("hostile.html");
  await page.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { globalThis.copied = text; } } });
  });
  await page.getByRole("button", { name: "Copy these" }).click();
  const copied = await page.evaluate(() => globalThis.copied);
  const cells = copied.split("\n").flatMap((line) => line.split("\t"));
  assert.ok(cells.some((cell) => cell.startsWith("'=")), "a formula was there");
  assert.deepEqual(cells.filter((cell) => /^[=+@＝＋－＠]|^-./.test(cell)), []);
  await quiet();
  await context.close();
});

await claim("a policy forbids what the page does not need", async () => {
  const { page, context } = await open("plain.html");
  const tries = await page.evaluate(async () => {
    const outcomes = {};
    const attempt = async (name, does) => {
      try {
        await does();
        outcomes[name] = "done";
      } catch {
        outcomes[name] = "refused";
      }
    };
    await attempt("markup", () => { document.createElement("div").innerHTML = "<b>x</b>"; });
    // What is run for this test may evaluate text; what runs later may not.
    await attempt("eval", () => new Promise((done, failed) => setTimeout(() => {
      try {
        done((0, eval)("1"));
      } catch (error) {
        failed(error);
      }
    }, 0)));
    await attempt("fetch", () => fetch("https://keytrace.invalid/"));
    const script = document.createElement("script");
    await attempt("script", () => { script.textContent = "globalThis.owned = true"; });
    document.head.append(script);
    outcomes.owned = globalThis.owned;
    return outcomes;
  });
  assert.deepEqual(tries, { markup: "refused", eval: "refused", fetch: "refused", script: "refused", owned: undefined });
  await context.close();
});

await claim("ten thousand findings are small enough and soon there", async () => {
  const bytes = statSync(resolve(folder, "large.html")).size;
  assert.ok(bytes < LARGE_BYTES_MAX, `${bytes} bytes`);
  const times = [];
  for (let round = 0; round < 5; round += 1) {
    const { page, context, quiet } = await open("large.html");
    // From the first byte until all scripts had run and the page answers.
    const ready = await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0))));
    const work = await worked(page);
    const filtered = await page.evaluate(async () => {
      const start = performance.now();
      const search = document.querySelector("input[type=search]");
      search.value = "backup";
      search.dispatchEvent(new Event("input"));
      await new Promise((done) => setTimeout(done, 130));
      await new Promise((done) => requestAnimationFrame(done));
      return performance.now() - start;
    });
    assert.match(await count(page), /of 10,000 findings/);
    times.push({ ready: Math.round(ready), work: Math.round(work), filtered: Math.round(filtered) });
    await quiet();
    await context.close();
  }
  console.log(`# ${bytes} bytes; milliseconds ${JSON.stringify(times)}`);
  const best = Math.min(...times.map(({ work }) => work));
  assert.ok(best > 0 && best < LARGE_MILLIS_MAX, `${best} ms`);
});

await claim("no incident is a report too", async () => {
  const { page, context, quiet } = await open("empty.html");
  assert.equal(await page.locator("h1").textContent(), "No incident");
  assert.ok(!await page.locator("#findings").isVisible());
  await quiet();
  await context.close();
});

await browser.close();

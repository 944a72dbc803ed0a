//! The summary: what was found, in a sentence and in a list, and what was read and what was not.

use accesslog::Time;
use detect::Severity;

use super::markup::Markup;
use super::story::{self, TITLE_MAX, anchor};
use crate::document::{Document, Incident, Input, Scan};
use crate::facts::{file_name, suppressed};
use crate::show::shortened;
use crate::words::{minute, plural, second, size, thousands};

/// How many incidents are listed one by one.
const LISTED_MAX: usize = 1_000;

/// How many sources are listed one by one; as many that were not read.
const INPUTS_MAX: usize = 400;

/// How many kinds of faults of one source are listed.
const FAULT_KINDS_MAX: usize = 5;

/// What a scan came to, in a sentence.
pub(super) fn headline(document: &Document) -> String {
    let count = document.stories.len();
    let loud = document.stories.iter().filter(|story| Severity::High <= story.incident.severity).count();
    match (count, loud) {
        (0, _) => "No incident".to_owned(),
        (_, 0) => format!("{count} incident{}, none that needs a person now", plural(count)),
        (_, 1) => "1 incident needs a person now".to_owned(),
        _ => format!("{loud} incidents need a person now"),
    }
}

/// The bar at the top.
pub(super) fn top(page: &mut Markup, document: &Document) {
    page.put("<header class=\"top\">\n<nav aria-label=\"Sections\"><a href=\"#summary\">Summary</a>");
    if !document.stories.is_empty() {
        page.put("<a href=\"#incidents\">Incidents</a><a href=\"#findings\">Findings</a>");
    }
    page.put("<a href=\"#read\">What was read</a></nav>\n<div id=\"tools\"></div>\n</header>\n");
}

/// The summary, and the list of incidents, of which so many are told.
pub(super) fn overview(page: &mut Markup, document: &Document, told: usize) {
    page.put("<section id=\"summary\" aria-labelledby=\"headline\" tabindex=\"-1\">\n<h1 id=\"headline\">");
    page.say(headline(document)).put("</h1>\n");
    lede(page, document);
    completeness(page, &document.scan);
    figures(page, document);
    page.put("<div id=\"overview\"></div>\n");
    list(page, document, told);
    page.put("</section>\n");
}

fn lede(page: &mut Markup, document: &Document) {
    let looked = thousands(document.scan.totals.looked_at);
    page.put("<p class=\"lede\">");
    match document.stories.first() {
        None => {
            page.put("None of ")
                .say(looked)
                .put(" requests reaches for keys, credentials or the inside of the service.");
        }
        Some(first) => {
            page.put(if document.stories.len() == 1 { "" } else { "Read first: " });
            page.put("<a href=\"#").say(anchor(&first.incident)).put("\">").text(&first.incident.title).put("</a>.");
        }
    }
    page.put("</p>\n");
}

/// Whether all was read that was given, and if not, how much not.
fn completeness(page: &mut Markup, scan: &Scan) {
    let lost = scan.passed.iter().filter(|passed| passed.is_loss).count();
    let cut = scan.inputs.iter().filter(|input| input.cut_short.is_some()).count();
    let damaged = scan.inputs.iter().filter(|input| input.is_damaged).count();
    let mut lacks: Vec<String> = scan.stopped_by.iter().map(|by| format!("the scan was stopped by {by}")).collect();
    let mut lack = |count: u64, one: &str, many: &str| match count {
        0 => {}
        1 => lacks.push(format!("1 {one}")),
        _ => lacks.push(format!("{} {many}", thousands(count))),
    };
    lack(lost as u64, "input could not be read", "inputs could not be read");
    lack(cut as u64, "input is incomplete", "inputs are incomplete");
    lack(damaged as u64, "input is damaged", "inputs are damaged");
    lack(scan.totals.faults, "line is no record", "lines are no records");
    lack(scan.limits_reached.len() as u64, "bound was reached", "bounds were reached");
    if 0 < scan.totals.looked_at {
        lack(scan.not_run.len() as u64, "signal could not run", "signals could not run");
    }
    if lacks.is_empty() {
        page.put("<p class=\"complete\">");
        match scan.passed.len() {
            0 => page.put("Everything that was given was read."),
            1 => page.put("Every log was read; 1 other input was passed over."),
            count => {
                page.put("Every log was read; ").say(thousands(count as u64)).put(" other inputs were passed over.")
            }
        };
    } else {
        let is_loss = 0 < lost + cut + damaged || scan.stopped_by.is_some();
        let class = if is_loss { "<p class=\"complete loss\">" } else { "<p class=\"complete part\">" };
        page.put(class).put("Not everything can be said: ").say(lacks.join(", ")).put(".");
    }
    page.put(" <a href=\"#read\">What was read, and what was not</a></p>\n");
}

fn figures(page: &mut Markup, document: &Document) {
    let totals = &document.scan.totals;
    page.put("<dl class=\"figures\">\n");
    let mut figure = |name: &'static str, value: String| {
        page.put("<div><dt>").put(name).put("</dt><dd>").say(value).put("</dd></div>\n");
    };
    for severity in Severity::ALL.iter().rev() {
        let count = document.stories.iter().filter(|story| story.incident.severity == *severity).count();
        if 0 < count {
            figure(severity.name(), thousands(count as u64));
        }
    }
    figure("requests looked at", thousands(totals.looked_at));
    figure("that reach for something", thousands(totals.findings));
    figure(if totals.inputs == 1 { "source" } else { "sources" }, thousands(totals.inputs as u64));
    if let Some((first, last)) = totals.first.zip(totals.last) {
        figure("period (UTC)", format!("{} to {}", minute(first), minute(last)));
    }
    page.put("</dl>\n");
}

fn list(page: &mut Markup, document: &Document, told: usize) {
    if document.stories.is_empty() {
        return;
    }
    page.put("<h2 id=\"list-title\">Incidents</h2>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" ");
    page.put(
        "aria-labelledby=\"list-title\">\n<table class=\"list\">\n<thead><tr><th scope=\"col\" class=\"number\">#</th>",
    );
    page.put("<th scope=\"col\">Severity</th><th scope=\"col\">Confidence</th><th scope=\"col\">Incident</th><th scope=\"col\">From (UTC)</th>");
    page.put("<th scope=\"col\">To</th><th scope=\"col\" class=\"number\">Clients</th>");
    page.put(
        "<th scope=\"col\" class=\"number\">Got</th><th scope=\"col\" class=\"number\">Findings</th></tr></thead>\n",
    );
    page.put("<tbody>\n");
    for (place, story) in document.stories.iter().take(LISTED_MAX).enumerate() {
        row(page, &story.incident, place < told);
    }
    page.put("</tbody>\n</table>\n</div>\n");
    let more = document.stories.len().saturating_sub(LISTED_MAX);
    if 0 < more {
        page.put("<p class=\"note\">and ").say(thousands(more as u64)).put(" more: all are in the NDJSON report</p>\n");
    }
}

fn row(page: &mut Markup, incident: &Incident, is_told: bool) {
    page.put("<tr><td class=\"number\">").say(incident.rank).put("</td><td>");
    story::severity(page, incident.severity);
    page.put("</td><td class=\"tag\">").put(incident.confidence.name()).put("</td>\n<td><a href=\"#");
    // What is not told as a story is in the table of findings all the same.
    page.put(if is_told { "" } else { "findings?incident=" })
        .say(anchor(incident))
        .put("\">")
        .say(incident.title.shortened(TITLE_MAX));
    page.put("</a></td>\n<td class=\"time\">").say(time(incident.first_seen)).put("</td><td class=\"time\">");
    page.say(time(incident.last_seen)).put("</td>\n<td class=\"number\">").say(thousands(incident.actor_count));
    page.put("</td><td class=\"number\">").say(thousands(incident.successes)).put("</td><td class=\"number\">");
    page.say(thousands(incident.findings)).put("</td></tr>\n");
}

fn time(time: Option<Time>) -> String {
    time.map_or_else(|| "-".to_owned(), second)
}

/// What is said behind the stories of those that are not told.
pub(super) fn untold(page: &mut Markup, document: &Document, told: usize) {
    let more = document.stories.len().saturating_sub(told);
    if 0 < more {
        page.put("<p class=\"note\">").say(thousands(more as u64)).put(" more incident").put(plural(more));
        page.put(" stand in the list above and in the table of findings alone: this page would be too large.</p>\n");
    }
}

/// What was read, and what was not.
pub(super) fn read(page: &mut Markup, scan: &Scan) {
    page.put("<section id=\"read\" aria-labelledby=\"read-title\" tabindex=\"-1\">\n");
    page.put("<h2 id=\"read-title\">What was read, and what was not</h2>\n");
    window(page, scan);
    settings(page, scan);
    allowed(page, scan);
    not_read(page, scan);
    limits(page, scan);
    inputs(page, scan);
    faults(page, scan);
    page.put("</section>\n");
}

fn window(page: &mut Markup, scan: &Scan) {
    let (since, until) = (scan.window.since, scan.window.until);
    if since.is_none() && until.is_none() {
        return;
    }
    page.put("<p>Looked at requests");
    if let Some(since) = since {
        page.put(" from ").say(second(since)).put(" UTC");
    }
    if let Some(until) = until {
        page.put(" before ").say(second(until)).put(" UTC");
    }
    page.put(": ").say(thousands(scan.totals.outside)).put(" are outside");
    if 0 < scan.totals.undated {
        page.put("; ").say(thousands(scan.totals.undated)).put(" without a time were looked at");
    }
    page.put(".</p>\n");
}

fn settings(page: &mut Markup, scan: &Scan) {
    if scan.settings.is_empty() {
        return;
    }
    page.put("<h3>Options that were given</h3>\n<ul>\n");
    for setting in &scan.settings {
        page.put("<li>").say(shortened(setting.name.as_bytes(), 60)).put(": <span class=\"text\">");
        page.say(setting.value.shortened(240)).put("</span></li>\n");
    }
    page.put("</ul>\n");
}

fn allowed(page: &mut Markup, scan: &Scan) {
    if scan.suppressed.is_empty() {
        return;
    }
    page.put("<h3>Suppressed by keytrace.toml</h3>\n<ul>\n");
    for entry in &scan.suppressed {
        page.put("<li><span class=\"text\">").say(entry.reason.shortened(240)).put("</span>: ");
        page.say(suppressed(entry)).put("</li>\n");
    }
    page.put("</ul>\n");
}

fn not_read(page: &mut Markup, scan: &Scan) {
    if scan.passed.is_empty() {
        return;
    }
    let (lost, passed): (Vec<_>, Vec<_>) = scan.passed.iter().partition(|passed| passed.is_loss);
    page.put("<h3>Not read</h3>\n<ul>\n");
    for one in lost.iter().chain(&passed).take(INPUTS_MAX) {
        page.put(if one.is_loss { "<li><strong class=\"loss\">missing</strong> " } else { "<li>" });
        page.put("<span class=\"text\">").say(file_name(&one.path, 120)).put("</span>: ");
        page.say(one.because.shortened(240)).put("</li>\n");
    }
    page.put("</ul>\n");
    more(page, scan.passed.len(), INPUTS_MAX);
}

fn more(page: &mut Markup, count: usize, most: usize) {
    if most < count {
        page.put("<p class=\"note\">and ").say(thousands((count - most) as u64)).put(" more</p>\n");
    }
}

fn limits(page: &mut Markup, scan: &Scan) {
    if !scan.limits_reached.is_empty() {
        page.put("<h3>Bounds that were reached</h3>\n<ul>\n");
        for limit in &scan.limits_reached {
            page.put("<li>").say(thousands(limit.limit)).put(" ").say(&limit.name);
            if let Some(over) = limit.over {
                page.put(", ").say(thousands(over)).put(" over");
            }
            page.put(": ").say(&limit.meaning).put("</li>\n");
        }
        page.put("</ul>\n");
    }
    if !scan.not_run.is_empty() && 0 < scan.totals.looked_at {
        page.put("<h3>Signals that could not run</h3>\n<ul>\n");
        for not_run in &scan.not_run {
            page.put("<li><b>").say(&not_run.signal).put("</b>: ").say(&not_run.because).put("</li>\n");
        }
        page.put("</ul>\n");
    }
}

fn inputs(page: &mut Markup, scan: &Scan) {
    let totals = &scan.totals;
    page.put("<h3>Read</h3>\n<p>").say(thousands(totals.lines)).put(" line").put(plural(totals.lines as usize));
    page.put(", ").say(size(totals.bytes)).put(": ").say(thousands(totals.records)).put(" record");
    page.put(plural(totals.records as usize)).put(", ").say(thousands(totals.faults)).put(" fault");
    page.put(plural(totals.faults as usize)).put(", ").say(thousands(totals.blank)).put(" blank, ");
    page.say(thousands(totals.directives)).put(" directive").put(plural(totals.directives as usize)).put(".</p>\n");
    if scan.inputs.is_empty() {
        return;
    }
    page.put("<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Sources\">\n<table class=\"inputs\">\n<thead><tr>");
    page.put(
        "<th scope=\"col\">Source</th><th scope=\"col\">Format</th><th scope=\"col\" class=\"number\">Records</th>",
    );
    page.put("<th scope=\"col\" class=\"number\">Faults</th><th scope=\"col\" class=\"number\">Other lines</th>");
    page.put("<th scope=\"col\" class=\"number\">Size</th><th scope=\"col\">From (UTC)</th><th scope=\"col\">To</th>");
    page.put("</tr></thead>\n<tbody>\n");
    scan.inputs.iter().take(INPUTS_MAX).for_each(|one| input(page, one));
    page.put("</tbody>\n</table>\n</div>\n");
    more(page, scan.inputs.len(), INPUTS_MAX);
}

fn input(page: &mut Markup, input: &Input) {
    page.put("<tr><th scope=\"row\" class=\"text\">").say(file_name(&input.path, 120));
    if let Some(because) = &input.cut_short {
        page.put("<br><strong class=\"loss\">incomplete</strong> ").say(because.shortened(240));
    }
    if input.is_damaged {
        page.put("<br><strong class=\"loss\">damaged</strong> a checksum does not hold: its text may be wrong");
    }
    if let Some(alike) = &input.alike {
        page.put(if alike.is_as_long { "<br>begins as, and is as long as, " } else { "<br>begins as " });
        page.say(file_name(&alike.path, 120)).put(": lines in both count twice");
    }
    if let Some(digest) = &input.sha256 {
        page.put("<br><span class=\"note\">SHA-256 ").say(digest).put("</span>");
    }
    page.put("</th><td>").say(input.format.as_deref().unwrap_or("empty"));
    if input.codec != "plain" {
        page.put(", ").say(&input.codec);
    }
    if 0 < input.recognised.of {
        page.put("<br><span class=\"note\">").say(input.recognised.lines).put(" of ").say(input.recognised.of);
        page.put(" opening lines</span>");
    }
    for count in input.formats.iter().filter(|count| Some(&count.name) != input.format.as_ref()) {
        page.put("<br><span class=\"note\">of them ")
            .say(thousands(count.lines))
            .put(" ")
            .say(&count.name)
            .put("</span>");
    }
    page.put("</td><td class=\"number\">").say(thousands(input.records)).put("</td><td class=\"number\">");
    page.say(thousands(input.faults)).put("</td><td class=\"number\">").say(thousands(input.blank + input.directives));
    page.put("</td><td class=\"number\">").say(size(input.bytes)).put("</td><td class=\"time\">");
    page.say(time(input.first)).put("</td><td class=\"time\">").say(time(input.last)).put("</td></tr>\n");
}

fn faults(page: &mut Markup, scan: &Scan) {
    let faulty = scan.inputs.iter().filter(|input| !input.fault_kinds.is_empty());
    let mut is_first = true;
    for input in faulty.take(INPUTS_MAX) {
        page.put(if is_first { "<h3>Lines that are no records</h3>\n<ul>\n" } else { "" });
        is_first = false;
        for kind in input.fault_kinds.iter().take(FAULT_KINDS_MAX) {
            page.put("<li><span class=\"text\">").say(file_name(&input.path, 120));
            if let Some(first) = input.first_faults.iter().find(|fault| fault.expected == kind.name) {
                page.put(":").say(first.line).put("</span>, byte ").say(first.at);
            } else {
                page.put("</span>");
            }
            page.put(": expected ").say(&kind.name).put(" (").say(thousands(kind.lines)).put(" line");
            page.put(plural(kind.lines as usize)).put(")</li>\n");
        }
    }
    page.put(if is_first { "" } else { "</ul>\n" });
}

/// The last lines: what made this, and what it cannot say.
pub(super) fn foot(page: &mut Markup, scan: &Scan) {
    page.put("<footer>\n<p>Made by keytrace ").say(&scan.version).put(" from the log alone. Times are UTC. ");
    page.put("Secrets are cut, and what cannot be seen is written by its number: <code>\\x1b</code>, ");
    page.put(
        "<code>&lt;U+202E&gt;</code>. The same scan written as NDJSON (<code>-o findings.ndjson</code>) holds every ",
    );
    page.put("finding whole.</p>\n</footer>\n");
}

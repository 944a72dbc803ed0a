//! An incident as a story: what, when and by whom, what to do, by which lines, and why it is believed.

use accesslog::Time;
use detect::{Outcome, Severity};

use super::markup::Markup;
use crate::document::{Actor, Finding, Incident, Reason, Request, Story};
use crate::facts::{contents, file_name, persons, telling};
use crate::show::{instant, shortened};
use crate::untrusted::{Telling, Untrusted};
use crate::words::{plural, second, size, thousands};

/// How many requests a loud incident shows.
const EVIDENCE_MAX: usize = 24;

/// How many a quiet one shows.
const EVIDENCE_OF_QUIET_MAX: usize = 6;

/// How many routes or prefixes and months are told of what left.
const IMPACT_MAX: usize = 24;

/// How many actors are named.
const ACTORS_MAX: usize = 12;

/// How much of a text is shown, in characters.
pub(super) const TEXT_MAX: usize = 320;

/// How much of the title of an incident is shown where there are many, in characters.
pub(super) const TITLE_MAX: usize = 120;

/// How much of a telling part is shown, in characters.
pub(super) const TELLING_MAX: usize = 200;

/// The story of an incident.
pub(super) fn of(story: &Story) -> Markup {
    let mut page = Markup::default();
    let incident = &story.incident;
    let is_loud = Severity::Medium <= incident.severity;
    page.put("<article class=\"story ").put(incident.severity.name()).put("\" id=\"").say(anchor(incident));
    page.put("\" tabindex=\"-1\" aria-labelledby=\"title-");
    page.say(incident.rank).put("\">\n");
    title(&mut page, incident);
    facts(&mut page, story);
    impact(&mut page, story);
    lost(&mut page, incident);
    if is_loud {
        page.put("<div class=\"plots\"></div>\n");
        next(&mut page, incident);
        evidence(&mut page, story, EVIDENCE_MAX);
        again(&mut page, incident);
        why(&mut page, incident);
        doubts(&mut page, incident);
    } else {
        page.put("<details><summary>Evidence, reasons and what to do</summary>\n");
        evidence(&mut page, story, EVIDENCE_OF_QUIET_MAX);
        again(&mut page, incident);
        why(&mut page, incident);
        doubts(&mut page, incident);
        next(&mut page, incident);
        page.put("</details>\n");
    }
    actors(&mut page, incident);
    page.put("</article>\n");
    page
}

/// The name by which links reach an incident: its own, if that is one of ours.
pub(super) fn anchor(incident: &Incident) -> String {
    let is_plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match incident.id.strip_prefix("KT-") {
        Some(name) if is_plain(name) => incident.id.clone(),
        _ => format!("incident-{}", incident.rank),
    }
}

fn title(page: &mut Markup, incident: &Incident) {
    page.put("<header>\n<p class=\"tags\">");
    severity(page, incident.severity);
    page.put(" <span class=\"tag\">").put(incident.confidence.name()).put("</span> <a class=\"id\" href=\"#");
    page.say(anchor(incident)).put("\">").say(&incident.id).put("</a></p>\n<h3 id=\"title-").say(incident.rank);
    page.put("\">").text(&incident.title).put("</h3>\n<p class=\"lede\">").text(incident.told());
    page.put("</p>\n</header>\n");
}

/// A severity as a mark of its colour, with its name.
pub(super) fn severity(page: &mut Markup, severity: Severity) {
    page.put("<span class=\"severity ").put(severity.name()).put("\">").put(severity.name()).put("</span>");
}

fn facts(page: &mut Markup, story: &Story) {
    let incident = &story.incident;
    page.put("<dl class=\"facts\">\n<div><dt>When (UTC)</dt><dd>");
    span(page, incident.first_seen.zip(incident.last_seen));
    let got = story.findings.iter().filter(|one| one.outcome == Outcome::Success);
    if let Some(first) = got.filter_map(|one| one.request.time).min() {
        page.put("</dd></div>\n<div><dt>First got something</dt><dd>");
        time(page, Some(first));
    }
    page.put("</dd></div>\n<div><dt>Who</dt><dd>");
    let first = incident.actors.first().and_then(|actor| actor.client.as_ref());
    page.put("<span class=\"text\">").say(first.map_or("-".to_owned(), |client| client.shortened(60))).put("</span>");
    if 1 < incident.actor_count {
        page.put(" and ").say(thousands(incident.actor_count - 1)).put(" more");
    }
    page.put("</dd></div>\n<div><dt>Got</dt><dd>").say(thousands(incident.successes)).put(" of ");
    page.say(thousands(incident.findings)).put(" request").put(plural(incident.findings as usize));
    page.put("</dd></div>\n<div><dt>Stages</dt><dd>");
    let stages = incident.stages.each().into_iter().filter(|(_, count)| 0 < *count);
    let stages: Vec<String> = stages.map(|(stage, count)| format!("{} {}", stage.name(), thousands(count))).collect();
    page.say(stages.join(", ")).put("</dd></div>\n");
    if !incident.techniques.is_empty() {
        page.put("<div><dt>ATT&amp;CK</dt><dd>").say(incident.techniques.join(" ")).put("</dd></div>\n");
    }
    page.put("</dl>\n");
}

/// What left, by route or prefix and month.
fn impact(page: &mut Markup, story: &Story) {
    if story.impact.iter().all(|impact| impact.successes == 0) {
        return;
    }
    page.put("<h4>What left</h4>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"What left by ");
    page.say(&story.incident.id).put("\">\n<table class=\"impact\">\n<thead><tr><th scope=\"col\">From</th>");
    page.put("<th scope=\"col\">Month</th><th scope=\"col\" class=\"number\">Distinct objects</th>");
    page.put("<th scope=\"col\" class=\"number\">Answered</th><th scope=\"col\" class=\"number\">Unclear</th>");
    page.put("<th scope=\"col\" class=\"number\">Requests</th><th scope=\"col\" class=\"number\">Bytes</th>");
    page.put("<th scope=\"col\">First (UTC)</th><th scope=\"col\">Last</th></tr></thead>\n<tbody>\n");
    for one in story.impact.iter().take(IMPACT_MAX) {
        page.put("<tr><th scope=\"row\" class=\"text\">").say(one.place.shortened(TITLE_MAX)).put("</th><td>");
        page.say(one.period.as_deref().unwrap_or("-")).put("</td><td class=\"number\">").say(thousands(one.objects));
        if one.objects < one.objects_upper {
            page.put(" to ").say(thousands(one.objects_upper));
        }
        for count in [one.successes, one.unknown, one.requests] {
            page.put("</td><td class=\"number\">").say(thousands(count));
        }
        page.put("</td><td class=\"number\">").say(size(one.bytes)).put("</td><td class=\"time\">");
        time(page, one.first_seen);
        page.put("</td><td class=\"time\">");
        time(page, one.last_seen);
        page.put("</td></tr>\n");
    }
    page.put("</tbody>\n</table>\n</div>\n");
    let more = story.impact.len().saturating_sub(IMPACT_MAX);
    if 0 < more {
        page.put("<p class=\"note\">and ").say(thousands(more as u64)).put(" more: all are in the NDJSON report</p>\n");
    }
}

/// Of how many persons what left.
fn lost(page: &mut Markup, incident: &Incident) {
    if incident.persons.is_empty() && incident.contents.is_none() {
        return;
    }
    page.put("<h4>Persons</h4>\n<ul>\n");
    for row in &incident.persons {
        page.put("<li>").say(persons(row).shortened(TITLE_MAX)).put("</li>\n");
    }
    if let Some(of) = &incident.contents {
        page.put("<li>").say(contents(of)).put("</li>\n");
    }
    page.put("</ul>\n");
}

/// From when to when.
pub(super) fn span(page: &mut Markup, span: Option<(Time, Time)>) {
    match span {
        None => {
            page.put("at an unknown time");
        }
        Some((first, last)) if second(first) == second(last) => time(page, Some(first)),
        Some((first, last)) => {
            time(page, Some(first));
            page.put(" to ");
            time(page, Some(last));
        }
    }
}

fn time(page: &mut Markup, time: Option<Time>) {
    match time {
        None => page.put("-"),
        Some(time) => page.put("<time datetime=\"").say(instant(time)).put("\">").say(second(time)).put("</time>"),
    };
}

fn next(page: &mut Markup, incident: &Incident) {
    if incident.next.is_empty() {
        return;
    }
    page.put("<h4>What to do next</h4>\n<ol class=\"next\">\n");
    for advice in &incident.next {
        page.put("<li>").say(advice).put("</li>\n");
    }
    page.put("</ol>\n");
}

fn evidence(page: &mut Markup, story: &Story, most: usize) {
    let shown = telling(story, most);
    page.put("<h4>Evidence</h4>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Evidence of ");
    page.say(&story.incident.id).put("\">\n<table class=\"evidence\">\n<thead><tr><th scope=\"col\">Time (UTC)</th>");
    page.put("<th scope=\"col\">Client</th><th scope=\"col\">Request</th><th scope=\"col\">Reply</th>");
    page.put("<th scope=\"col\">Outcome</th><th scope=\"col\">Line in the log</th></tr></thead>\n<tbody>\n");
    for one in &shown {
        request(page, one);
    }
    page.put("</tbody>\n</table>\n</div>\n");
    let more = story.incident.findings.saturating_sub(shown.len() as u64);
    if 0 < more {
        page.put("<p class=\"note\">and ")
            .say(thousands(more))
            .put(" more. <a class=\"all\" href=\"#findings?incident=");
        page.say(anchor(&story.incident)).put("\" hidden>Show them in the table of findings</a></p>\n");
    }
}

fn request(page: &mut Markup, one: &Finding) {
    let Finding { request, source, .. } = one;
    page.put("<tr data-finding=\"").say(&one.id).put("\"><td class=\"time\">");
    time(page, request.time);
    page.put(" <br><span class=\"tag\">").put(one.stage.name()).put("</span></td>\n<td class=\"text client\">");
    page.say(request.client.as_ref().map_or("-".to_owned(), |client| client.shortened(60)))
        .put("</td>\n<td class=\"request\">");
    target(page, one);
    call(page, one);
    signals(page, one);
    page.put("</td>\n<td class=\"reply\">");
    reply(page, request);
    page.put("</td>\n<td>");
    outcome(page, one.outcome);
    page.put("</td>\n<td class=\"text place\">").say(file_name(&source.path, 36)).put(" <br>line ");
    page.say(thousands(source.line)).put(" <br><span class=\"note\">byte ").say(thousands(source.offset));
    if source.record != 1 {
        page.put("<br>record ").say(source.record);
    }
    page.put("</span>").put(if source.is_tainted { " <br><strong class=\"loss\">damaged source</strong>" } else { "" });
    page.put("</td></tr>\n");
}

fn reply(page: &mut Markup, request: &Request) {
    page.say(request.status.map_or("-".to_owned(), |status| status.to_string()));
    if let Some(bytes) = request.bytes {
        page.put(" <br>").say(thousands(bytes)).put(" B");
    }
    if let Some(duration) = request.duration {
        page.put(" <br>").say(format_args!("{duration:.3} s"));
    }
}

fn outcome(page: &mut Markup, outcome: Outcome) {
    page.put(match outcome {
        Outcome::Success => "<span class=\"outcome success\">got it</span>",
        Outcome::Unknown => "<span class=\"outcome unknown\">unclear</span>",
        Outcome::Failure => "<span class=\"outcome failure\">failed</span>",
    });
}

/// The method and the target, the telling part marked.
fn target(page: &mut Markup, one: &Finding) {
    page.put("<code>");
    if let Some(method) = &one.request.method {
        page.say(method.shortened(16)).put(" ");
    }
    let [before, telling, after] = parts(one);
    page.say(before);
    if !telling.is_empty() {
        page.put("<mark>").say(telling).put("</mark>");
    }
    page.say(after).put("</code>");
}

/// What the logs of a cloud say beside it.
fn call(page: &mut Markup, one: &Finding) {
    let Request { target, operation, service, region, principal, access_key_id, error_code, .. } = &one.request;
    // Without a target the operation stands in its place.
    let operation = operation.as_ref().filter(|_| target.is_some());
    let named = [
        ("operation", operation),
        ("service", service.as_ref()),
        ("region", region.as_ref()),
        ("principal", principal.as_ref()),
        ("key", access_key_id.as_ref()),
        ("error", error_code.as_ref()),
    ];
    let mut before = "<br><span class=\"note\">";
    for (name, value) in named {
        let Some(value) = value else { continue };
        page.put(before).put(name).put(" <b>").say(value.shortened(TITLE_MAX)).put("</b>");
        before = ", ";
    }
    page.put(if before == ", " { "</span>" } else { "" });
}

/// What was asked for: the target, or what a cloud was called for.
fn asked(one: &Finding) -> Untrusted {
    let Request { target, operation, bucket, object, .. } = &one.request;
    match (target, operation) {
        (Some(target), _) => target.clone(),
        (None, Some(operation)) => {
            let of = [bucket, object].into_iter().flatten();
            let told = of.fold(Telling::default().text(operation).own(" "), |told, part| told.own("/").text(part));
            told.finish().map(|text| text.trim_end().to_owned())
        }
        (None, None) => "-".into(),
    }
}

/// The target before its telling part, that part, and what follows; all of it first where no part tells.
pub(super) fn parts(one: &Finding) -> [String; 3] {
    let asked = asked(one);
    match one.telling.and_then(|span| asked.split(span)) {
        Some([before, telling, after]) => {
            [before.shortened(TEXT_MAX / 2), telling.shortened(TELLING_MAX), after.shortened(TEXT_MAX / 2)]
        }
        None => [asked.shortened(TEXT_MAX), String::new(), String::new()],
    }
}

fn signals(page: &mut Markup, one: &Finding) {
    if one.signals.is_empty() {
        return;
    }
    page.put("<details class=\"signals\"><summary>").say(one.signals.len()).put(" signal");
    page.put(plural(one.signals.len())).put("</summary><ul>");
    for signal in &one.signals {
        page.put("<li><b>").say(&signal.name).put("</b> saw <q>");
        page.say(signal.evidence.shortened(TEXT_MAX)).put("</q>: ");
        page.say(shortened(signal.what.as_bytes(), TEXT_MAX)).put("</li>");
    }
    page.put("</ul></details>");
}

/// How the line that tells it best is looked at again.
fn again(page: &mut Markup, incident: &Incident) {
    let Some(how) = &incident.reproduce else { return };
    match (how.command(), &how.because) {
        (Some(command), _) => page.put("<p>The line is shown again by <code>").text(command).put("</code></p>\n"),
        (None, Some(because)) => {
            page.put("<p>There is no command that shows the line again: ").say(because).put("</p>\n")
        }
        (None, None) => page,
    };
}

fn why(page: &mut Markup, incident: &Incident) {
    if incident.why.is_empty() {
        return;
    }
    page.put(
        "<h4>Why it is believed</h4>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Reasons of ",
    );
    page.say(&incident.id).put("\">\n<table class=\"why\">\n<thead><tr><th scope=\"col\">Signal</th>");
    page.put("<th scope=\"col\" class=\"number\" title=\"Each bit doubles the odds\">Bits</th>");
    page.put("<th scope=\"col\">Seen</th><th scope=\"col\">Expected otherwise</th></tr></thead>\n<tbody>\n");
    for Reason { signal, role, seen, expected, bits } in &incident.why {
        page.put("<tr><th scope=\"row\">")
            .say(signal)
            .put(" <span class=\"tag\">")
            .put(role.name())
            .put("</span></th>");
        page.put("<td class=\"number\">").say(format_args!("{bits:+}")).put("</td><td class=\"text\">");
        page.say(seen.shortened(TEXT_MAX)).put("</td><td>").say(expected.shortened(TEXT_MAX));
        page.put("</td></tr>\n");
    }
    page.put("</tbody>\n</table>\n</div>\n");
}

/// What would change the verdict, and what looks like it and is innocent.
fn doubts(page: &mut Markup, incident: &Incident) {
    if !incident.would_change.is_empty() {
        page.put("<p class=\"doubts\"><b>What would change this:</b> ")
            .text(&joined(&incident.would_change))
            .put("</p>\n");
    }
    if let Some(neighbour) = &incident.neighbour {
        page.put("<p class=\"doubts\"><b>What looks like it and is innocent:</b> ").text(neighbour).put("</p>\n");
    }
}

/// Sentences one behind the other.
fn joined(sentences: &[Untrusted]) -> Untrusted {
    let all = sentences.iter().enumerate();
    all.fold(Telling::default(), |told, (place, one)| told.own(if place == 0 { "" } else { " " }).text(one)).finish()
}

fn actors(page: &mut Markup, incident: &Incident) {
    if incident.actors.is_empty() {
        return;
    }
    page.put("<details class=\"actors\"><summary>").say(thousands(incident.actor_count)).put(" client");
    page.put(plural(incident.actor_count as usize))
        .put("</summary>\n<table>\n<thead><tr><th scope=\"col\">Client</th>");
    page.put("<th scope=\"col\" class=\"number\">Findings</th><th scope=\"col\">Agent</th></tr></thead>\n<tbody>\n");
    for Actor { client, agent, findings } in incident.actors.iter().take(ACTORS_MAX) {
        let text = |text: &Option<Untrusted>, most| text.as_ref().map_or("-".to_owned(), |text| text.shortened(most));
        page.put("<tr><th scope=\"row\" class=\"text\">").say(text(client, 60)).put("</th><td class=\"number\">");
        page.say(thousands(*findings)).put("</td><td class=\"text\">").say(text(agent, 160)).put("</td></tr>\n");
    }
    page.put("</tbody>\n</table>\n");
    let named = incident.actors.len().min(ACTORS_MAX) as u64;
    if named < incident.actor_count {
        page.put("<p class=\"note\">and ").say(thousands(incident.actor_count - named)).put(" more</p>\n");
    }
    page.put("</details>\n");
}

//! A report for a ticket or a page of notes, in Markdown.
//!
//! Text of a log stands in code spans alone, in which nothing is markup, a link, a mention or HTML. What could end a span
//! or split a cell (the backtick, the bar) is spelt by its number there, as everything is that is not seen. Our own
//! sentences may quote the log: a word of theirs that is not plain letters is put into a span as well.

use std::io;

use accesslog::Time;
use detect::{Outcome, Severity};

use crate::attack;
use crate::document::{Document, Finding, Incident, Scan, Story};
use crate::facts::{contents, losses, outcome, persons, request_line, suppressed};
use crate::render::{Look, Render};
use crate::show::Shown;
use crate::untrusted::{Telling, Untrusted};
use crate::words::{minute, plural, second, size, thousands};

/// How many findings of an incident are shown.
const EVIDENCE_MAX: usize = 50;

/// How many actors of one are named.
const ACTORS_MAX: usize = 20;

/// How many sources are listed one by one.
const INPUTS_MAX: usize = 50;

/// The form for tickets and notes.
pub(crate) struct Markdown;

impl Render for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["md", "markdown"]
    }

    fn about(&self) -> &'static str {
        "for a ticket or notes: the incidents with their evidence; no text of a log is markup"
    }

    fn render(&self, document: &Document, _: Look, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "# keytrace {}\n", prose(&document.scan.version))?;
        of_scan(&document.scan, out)?;
        overview(document, out)?;
        document.stories.iter().try_for_each(|story| of_story(story, out))
    }
}

fn of_scan(scan: &Scan, out: &mut dyn io::Write) -> io::Result<()> {
    let total = &scan.totals;
    let span = total.first.zip(total.last);
    let span = span.map_or(String::new(), |(first, last)| format!(", {} to {} UTC", minute(first), minute(last)));
    let (sources, lines) = (thousands(total.inputs as u64), thousands(total.lines));
    let (many, bytes) = (plural(total.inputs), size(total.bytes));
    writeln!(out, "Read {sources} source{many}: {lines} lines, {bytes}{span}.\n")?;
    for input in scan.inputs.iter().take(INPUTS_MAX) {
        let format = input.format.as_deref().map_or("empty".to_owned(), code);
        let (records, faults) = (thousands(input.records), thousands(input.faults));
        writeln!(out, "- {} ({format}): {records} records, {faults} faults", input.path.in_code())?;
    }
    if let more @ 1.. = scan.inputs.len().saturating_sub(INPUTS_MAX) {
        writeln!(out, "- and {} more", thousands(more as u64))?;
    }
    let lost: Vec<_> = losses(scan).collect();
    if !lost.is_empty() {
        writeln!(out, "\n**Not read, or not to its end:**\n")?;
        for (path, because) in lost {
            writeln!(out, "- {}: {}", path.in_code(), because.in_code())?;
        }
    }
    for limit in &scan.limits_reached {
        writeln!(out, "\nBound reached: {} {}: {}", thousands(limit.limit), code(&limit.name), prose(&limit.meaning))?;
    }
    for entry in &scan.suppressed {
        writeln!(out, "\nSuppressed by `keytrace.toml`: {}: {}", entry.reason.in_prose(), suppressed(entry))?;
    }
    writeln!(out)
}

fn overview(document: &Document, out: &mut dyn io::Write) -> io::Result<()> {
    let looked = thousands(document.scan.totals.looked_at);
    if document.stories.is_empty() {
        return writeln!(out, "No incident among {looked} requests.");
    }
    writeln!(out, "| incident | severity | confidence | what | first seen (UTC) | findings |")?;
    writeln!(out, "| --- | --- | --- | --- | --- | ---: |")?;
    for Story { incident, .. } in &document.stories {
        let Incident { severity, confidence, .. } = incident;
        let first = incident.first_seen.map_or("-".to_owned(), second);
        let (id, title, findings) = (code(&incident.id), incident.title.in_prose(), thousands(incident.findings));
        writeln!(out, "| {id} | {} | {} | {title} | {first} | {findings} |", severity.name(), confidence.name())?;
    }
    Ok(())
}

fn of_story(story: &Story, out: &mut dyn io::Write) -> io::Result<()> {
    let incident = &story.incident;
    writeln!(out, "\n## {}: {}\n", code(&incident.id), incident.title.in_prose())?;
    let when = |time: Option<Time>| time.map_or("an unknown time".to_owned(), second);
    let (severity, confidence) = (incident.severity.name(), incident.confidence.name());
    writeln!(out, "**{severity}**, {confidence}, {} to {} UTC\n", when(incident.first_seen), when(incident.last_seen))?;
    writeln!(out, "{}\n", incident.told().in_prose())?;
    let stages = incident.stages.each().into_iter().filter(|(_, count)| 0 < *count);
    let stages: Vec<String> = stages.map(|(stage, count)| format!("{} {}", stage.name(), thousands(count))).collect();
    writeln!(out, "- Stages: {}", stages.join(", "))?;
    let techniques: Vec<String> = incident.techniques.iter().map(|id| technique(id)).collect();
    if !techniques.is_empty() {
        writeln!(out, "- ATT&amp;CK: {}", techniques.join(", "))?;
    }
    actors(incident, out)?;
    for impact in &story.impact {
        let period = impact.period.as_deref().map_or(String::new(), |period| format!(" in {}", code(period)));
        let (successes, bytes) = (thousands(impact.successes), size(impact.bytes));
        let (least, most) = (thousands(impact.objects), thousands(impact.objects_upper));
        let objects = if least == most { least } else { format!("{least} to {most}") };
        let place = impact.place.in_code();
        writeln!(out, "- Left by {place}{period}: {successes} answers, {bytes}, {objects} different objects")?;
    }
    for row in &incident.persons {
        writeln!(out, "- Persons: {}", persons(row).in_prose())?;
    }
    if let Some(of) = &incident.contents {
        writeln!(out, "- Contents: {}", prose(&contents(of)))?;
    }
    evidence(story, out)?;
    again(incident, out)?;
    if Severity::Medium <= incident.severity {
        writeln!(out, "\n### Why\n")?;
        for reason in &incident.why {
            let (signal, seen) = (code(&reason.signal), reason.seen.in_code());
            writeln!(out, "- {signal} ({:+}): saw {seen}; expected {}", reason.bits, reason.expected.in_prose())?;
        }
        let changes = incident.would_change.iter().map(|sentence| ("What would change this", sentence));
        let neighbour = incident.neighbour.iter().map(|sentence| ("What looks like it and is innocent", sentence));
        for (number, (what, sentence)) in changes.chain(neighbour).enumerate() {
            let gap = if number == 0 { "\n" } else { "" };
            writeln!(out, "{gap}- {what}: {}", sentence.in_prose())?;
        }
        writeln!(out, "\n### What to do\n")?;
        incident.next.iter().try_for_each(|advice| writeln!(out, "- [ ] {}", prose(advice)))?;
    }
    Ok(())
}

fn actors(incident: &Incident, out: &mut dyn io::Write) -> io::Result<()> {
    for actor in incident.actors.iter().take(ACTORS_MAX) {
        let agent = actor.agent.as_ref().map_or(String::new(), |agent| format!(", {}", agent.in_code()));
        let client = actor.client.as_ref().map_or(code("-"), Untrusted::in_code);
        writeln!(out, "- By {client}: {} findings{agent}", thousands(actor.findings))?;
    }
    match incident.actor_count.saturating_sub(ACTORS_MAX as u64) {
        0 => Ok(()),
        more => writeln!(out, "- and {} more", thousands(more)),
    }
}

/// How the line that tells it best is looked at again.
fn again(incident: &Incident, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(how) = &incident.reproduce else { return Ok(()) };
    match (how.command(), &how.because) {
        // A code span would spell these otherwise, and a command that is spelt otherwise is another one.
        (Some(command), _) if command.is(|text| text.contains(['`', '|'])) => {
            writeln!(out, "\nThe line is shown again by the command in the NDJSON report")
        }
        (Some(command), _) => writeln!(out, "\nThe line is shown again by {}", command.in_code()),
        (None, Some(because)) => writeln!(out, "\nThere is no command that shows the line again: {}", prose(because)),
        (None, None) => Ok(()),
    }
}

fn evidence(story: &Story, out: &mut dyn io::Write) -> io::Result<()> {
    let (got, other): (Vec<&Finding>, Vec<&Finding>) =
        story.findings.iter().partition(|finding| finding.outcome == Outcome::Success);
    writeln!(out, "\n| where | when (UTC) | client | request | telling | status | bytes | it |")?;
    writeln!(out, "| --- | --- | --- | --- | --- | ---: | ---: | --- |")?;
    let shown: Vec<&Finding> = got.into_iter().chain(other).take(EVIDENCE_MAX).collect();
    for finding in &shown {
        let Finding { request, source, .. } = finding;
        let place = Telling::default().text(&source.path).own(":").own(source.line).finish().in_code();
        let time = request.time.map_or("-".to_owned(), second);
        let client = request.client.as_ref().map_or(code("-"), Untrusted::in_code);
        let telling = finding.signals.first().map_or(code("-"), |lead| lead.evidence.in_code());
        let status = request.status.map_or("-".to_owned(), |status| status.to_string());
        let bytes = request.bytes.map_or("-".to_owned(), thousands);
        let (line, it) = (request_line(finding).in_code(), outcome(finding.outcome));
        writeln!(out, "| {place} | {time} | {client} | {line} | {telling} | {status} | {bytes} | {it} |")?;
    }
    match story.incident.findings.saturating_sub(shown.len() as u64) {
        0 => Ok(()),
        more => writeln!(out, "\nand {} more, which the NDJSON report holds", thousands(more)),
    }
}

/// A technique by its name, with the page that tells of it.
fn technique(id: &str) -> String {
    match (attack::technique(id), attack::page(id)) {
        (Some(known), Some(page)) => format!("[{} {}]({page})", known.id, known.name),
        _ => code(id),
    }
}

/// Text of a log: a code span in which nothing can end it.
pub(crate) fn code(text: &str) -> String {
    let shown = Shown(text.as_bytes()).to_string().replace('`', "\\x60").replace('|', "\\x7c");
    if shown.is_empty() { "-".to_owned() } else { format!("`{shown}`") }
}

/// A sentence of ours. What it quotes between backticks, and every word that is more than plain letters, is a code span.
pub(crate) fn prose(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    let is_whole = pieces.len() % 2 == 1;
    let mut out = String::with_capacity(text.len());
    for (number, piece) in pieces.iter().enumerate() {
        let piece = match number % 2 {
            1 if is_whole => code(piece),
            _ => piece.split(' ').map(word).collect::<Vec<_>>().join(" "),
        };
        // Two spans side by side would be one.
        if out.ends_with('`') && piece.starts_with('`') {
            out.push(' ');
        }
        out.push_str(&piece);
    }
    out.trim().to_owned()
}

fn word(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || ".,;:'()/-%?+".contains(letter);
    let has_letter = word.contains(char::is_alphanumeric);
    let begins_list =
        word.trim_end_matches(['.', ')']).bytes().all(|byte| byte.is_ascii_digit()) && word.ends_with(['.', ')']);
    let is_link = word.contains("://") || word.to_ascii_lowercase().contains("www.") || word.contains(":/");
    let opens = word.starts_with(|letter: char| letter.is_alphanumeric() || letter == '(');
    let is_safe = word.chars().all(is_plain) && has_letter && opens && !begins_list && !is_link;
    let is_end = word.chars().all(|letter| ".,;:)".contains(letter));
    if is_end || is_safe { word.to_owned() } else { code(word) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Actor, Contents, Input, Limit, Passed, Persons, Reproduce, Source, Suppressed};
    use crate::ndjson::tests::{document, input};

    #[test]
    fn nothing_ends_a_span() {
        assert_eq!(code("a`b``|<script>\n[x](y)"), "`a\\x60b\\x60\\x60\\x7c<script>\\x0a[x](y)`");
        assert_eq!(code(""), "-");
    }

    #[test]
    fn a_word_is_plain_where_nothing_of_it_is_markup() {
        for plain in
            ["a", "7", "7.5", "a/b", "a+b", "(a)", "it's", "50%", "a-b;", "what?", ")", "...", "検索", "1a.", "a1)"]
        {
            assert_eq!(word(plain), plain);
        }
        for marked in
            ["1.", "12)", "a_b", "a*", "-a", "+1", "?x", "a://b", "WWW.x", "c:/d", "<", "-", "'", "a@b", "#", "[a](b)"]
        {
            assert_eq!(word(marked), code(marked));
        }
    }

    #[test]
    fn a_technique_that_is_known_is_named_with_its_page() {
        assert!(technique("T1190").starts_with("[T1190 "), "{}", technique("T1190"));
        assert_eq!(technique("<b>"), "`<b>`");
    }

    #[test]
    fn a_sentence_stays_one_and_what_it_quotes_is_inert() {
        let plain = "198.51.100.61 made this server fetch (AWS roles): 4 requests succeeded; 3 more failed.";
        assert_eq!(prose(plain), plain);
        assert_eq!(prose("through the parameter `src`: x"), "through the parameter `src`: x");
        assert_eq!(
            prose("see http://x.example/ <b> @me www.x.example #1 1. - **x**"),
            "see `http://x.example/` `<b>` `@me` `www.x.example` `#1` `1.` `-` `**x**`"
        );
        assert_eq!(prose("a ` <b>"), "a  `<b>`", "an odd backtick quotes nothing");
        assert_eq!(prose("`a`<b>"), "`a` `<b>`", "two spans stay two");
        assert_eq!(prose("`a` b `c`"), "`a` b `c`", "what stands between two spans is prose");
    }

    /// What a document is in Markdown.
    fn written(document: &Document) -> String {
        let mut out = Vec::new();
        Markdown.render(document, Look::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Asserts that each of these is a line of the text.
    fn has_lines(text: &str, wanted: &[&str]) {
        for line in wanted {
            assert!(text.lines().any(|own| own == *line), "{line}\namong\n{text}");
        }
    }

    #[test]
    fn a_report_says_what_it_holds_line_by_line() {
        let text = written(&document());
        has_lines(
            &text,
            &[
                "Read 0 sources: 0 lines, 0 B.",
                "| `KT-1` | high | probable | a title | 2023-11-14 22:13:20 | 1 |",
                "## `KT-1`: a title",
                "**high**, probable, 2023-11-14 22:13:20 to an unknown time UTC",
                "a summary of a name",
                "- Stages: extract 1",
                "- Left by `/api/orders/*` in `2024-05`: 7 answers, 900 B, 5 to 6 different objects",
                "| `a\\x0ab.log:3` | - | `-` | - | `\\xff` | 200 | - | got it |",
                "The line is shown again by `keytrace show 'a.log@9'`",
                "- `secret-by-name` (-3): saw `/.env`; expected no request for it",
                "- What would change this: it would be",
                "- What looks like it and is innocent: a twin",
                "- [ ] look",
            ],
        );
        assert!(text.contains("- ATT&amp;CK: [T1190 "), "{text}");
        assert!(!text.contains("and 1 more") && !text.contains("Not read"), "{text}");
    }

    #[test]
    fn nothing_is_cut_or_left_out_without_a_word() {
        let mut document = document();
        let scan = &mut document.scan;
        scan.version = "0.1".to_owned();
        (scan.totals.inputs, scan.totals.lines, scan.totals.bytes) = (52, 1_234, 2_048);
        (scan.totals.first, scan.totals.last) = (Some(Time(0)), Some(Time(60_000_000_000)));
        scan.inputs = (0..52).map(|number| Input { path: format!("{number}|.log").into(), ..input() }).collect();
        scan.inputs[1].format = None;
        scan.inputs[51].cut_short = Some("its end is `gone`".into());
        scan.passed = vec![
            Passed { path: "lost".into(), because: "no rights".into(), is_loss: true },
            Passed { path: "notes".into(), because: "no log".into(), is_loss: false },
        ];
        scan.limits_reached = vec![Limit {
            name: "routes".to_owned(),
            limit: 65_536,
            over: None,
            meaning: "some <b> are not known".to_owned(),
        }];
        scan.suppressed = vec![Suppressed {
            reason: "our [own](x) check".into(),
            findings: 3,
            incidents: 1,
            ..Suppressed::default()
        }];
        let story = &mut document.stories[0];
        let finding = story.findings[0].clone();
        story.findings = vec![Finding { outcome: Outcome::Failure, ..finding.clone() }; 50];
        story.findings.push(Finding { source: Source { line: 77, ..finding.source.clone() }, ..finding });
        let incident = &mut story.incident;
        incident.findings = 60;
        let actor =
            |number| Actor { client: Some(format!("c{number}").into()), agent: Some("a`b".into()), findings: 2 };
        incident.actors = (0..21).map(actor).collect();
        incident.actors[1] = Actor { client: None, agent: None, findings: 1 };
        incident.actor_count = 1_021;
        let items = vec!["name".into()];
        incident.persons = vec![Persons { kind: "customer".into(), items, certain: 3, at_most: 5 }];
        incident.contents =
            Some(Contents { objects: 9, whole: 4, in_part: 1, missing: 2, unread: 2, without_entry: 0, unnamed: 1 });
        let text = written(&document);
        has_lines(
            &text,
            &[
                "# keytrace 0.1",
                "Read 52 sources: 1,234 lines, 2.0 KiB, 1970-01-01 00:00 to 1970-01-01 00:01 UTC.",
                "- `0\\x7c.log` (`combined`): 1 records, 0 faults",
                "- `1\\x7c.log` (empty): 1 records, 0 faults",
                "- and 2 more",
                "- `lost`: `no rights`",
                "- `51\\x7c.log`: `its end is \\x60gone\\x60`",
                "Bound reached: 65,536 `routes`: some `<b>` are not known",
                "- By `c0`: 2 findings, `a\\x60b`",
                "- By `-`: 1 findings",
                "- and 1,001 more",
                "and 10 more, which the NDJSON report holds",
            ],
        );
        assert!(text.contains("Suppressed by `keytrace.toml`: our `[own](x)` check: "), "{text}");
        assert!(!text.contains("notes") && !text.contains("50\\x7c.log`"), "{text}");
        assert!(text.contains("- Persons: ") && text.contains("- Contents: "), "{text}");
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| `a\\x0ab.log")).collect();
        assert_eq!(rows.len(), 50);
        assert!(rows[0].starts_with("| `a\\x0ab.log:77`") && rows[0].ends_with("got it |"), "what was got is first");
    }

    #[test]
    fn what_nobody_has_to_look_at_is_told_in_short() {
        let mut document = document();
        document.scan.totals.looked_at = 5_000;
        let incident = &mut document.stories[0].incident;
        (incident.severity, incident.told, incident.first_seen) = (Severity::Low, None, None);
        incident.techniques = Vec::new();
        let text = written(&document);
        has_lines(&text, &["| `KT-1` | low | probable | a title | - | 1 |", "a `<U+202E>` summary"]);
        for absent in ["### Why", "### What to do", "ATT&amp;CK"] {
            assert!(!text.contains(absent), "{absent} in {text}");
        }
        document.stories.clear();
        assert!(written(&document).ends_with("\nNo incident among 5,000 requests.\n"));
    }

    #[test]
    fn a_command_that_a_span_would_change_is_not_shown() {
        let again = |reproduce: Option<Reproduce>| {
            let mut document = document();
            document.stories[0].incident.reproduce = reproduce;
            let text = written(&document);
            text.lines().find(|line| line.contains("line is shown") || line.contains("no command")).map(str::to_owned)
        };
        let of = |command: &str| Some(Reproduce { command: Some(command.into()), because: None });
        assert_eq!(again(of("keytrace show 'a@9'")).unwrap(), "The line is shown again by `keytrace show 'a@9'`");
        for command in ["keytrace show 'a|b@9'", "keytrace show 'a`b@9'"] {
            let elsewhere = "The line is shown again by the command in the NDJSON report";
            assert_eq!(again(of(command)).unwrap(), elsewhere);
        }
        let refused = Reproduce { command: None, because: Some("a pipe".to_owned()) };
        assert_eq!(again(Some(refused)).unwrap(), "There is no command that shows the line again: a pipe");
        assert_eq!(again(Some(Reproduce { command: None, because: None })), None);
        assert_eq!(again(of("rm -r 'a@9'")), None, "a command that is not ours");
        assert_eq!(again(None), None);
    }

    #[test]
    fn it_is_asked_for_by_its_name_or_its_files() {
        assert_eq!((Markdown.name(), Markdown.extensions()), ("markdown", &["md", "markdown"][..]));
        assert!(!Markdown.about().is_empty());
    }
}

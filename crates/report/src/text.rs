//! The report for a person at a terminal.
//!
//! What was read comes first, as nothing that follows is worth more than it; then what was not read; then the
//! incidents, the worst first. A loud one is told whole: what happened, when, by which lines, why it is believed, what
//! to do. The quiet ones are a few lines each. Every line fits the width that is asked for, and all that colour tells is
//! told by letters too: the telling part of a request stands between `>>` and `<<`.

use std::io;

use accesslog::Time;
use anstyle::{AnsiColor, Style};
use detect::{Outcome, Severity, Stage};

use crate::Untrusted;
use crate::document::{Count, Document, Finding, Incident, Input, NotRun, Scan, Story};
use crate::facts::{contents, file_name, losses, outcome, persons, suppressed, telling};
use crate::render::{Look, Render};
use crate::show::{Shown, shortened};
use crate::words::{minute, plural, second, size, thousands, wrapped};

/// How wide the report is at least, in columns.
const WIDTH_MIN: usize = 60;

/// What is indented so far stands beside a label.
const INDENT: usize = 12;

/// How wide the time line is at most, in columns.
const TIME_LINE_MAX: usize = 60;

/// How many lines of evidence a loud incident shows.
const EVIDENCE_MAX: usize = 12;

/// How many a quiet one shows.
const EVIDENCE_OF_QUIET_MAX: usize = 3;

/// How many places are shown from which something left.
const IMPACT_MAX: usize = 10;

/// How many actors are named.
const ACTORS_MAX: usize = 5;

/// How many sources are listed one by one.
const INPUTS_MAX: usize = 20;

/// The form for people.
pub(crate) struct Text;

impl Render for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["txt"]
    }

    fn about(&self) -> &'static str {
        "for a person at a terminal"
    }

    fn render(&self, document: &Document, look: Look, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page { out, look, width: look.width.max(WIDTH_MIN) };
        if look.is_summary {
            return page.summary(document);
        }
        let scan = &document.scan;
        page.line(format_args!("keytrace {}", Shown(scan.version.as_bytes())))?;
        page.blank()?;
        page.inputs(scan)?;
        page.limits(scan)?;
        page.suppressed(scan)?;
        page.stopped(scan)?;
        page.overview(document)?;
        for story in &document.stories {
            page.story(story)?;
        }
        Ok(())
    }
}

struct Page<'o> {
    out: &'o mut dyn io::Write,
    look: Look,
    /// In columns.
    width: usize,
}

impl Page<'_> {
    fn line(&mut self, text: impl std::fmt::Display) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    fn blank(&mut self) -> io::Result<()> {
        self.line("")
    }

    fn painted(&self, style: Style, text: impl std::fmt::Display) -> String {
        if self.look.has_colour { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    /// Writes prose, broken into lines behind an indent; the first line may have another.
    fn prose(&mut self, first: &str, rest: &str, text: &str) -> io::Result<()> {
        self.marked(first, rest, text, "", Style::new())
    }

    /// Writes prose in which one text is painted, where it stands on one line.
    fn marked(&mut self, first: &str, rest: &str, text: &str, mark: &str, style: Style) -> io::Result<()> {
        let room = self.width - rest.chars().count().max(first.chars().count());
        // What fits as it is stays as it is, with the blanks by which it is laid out.
        let fits = first.chars().count() + text.chars().count() <= self.width;
        let lines = if fits { vec![text.to_owned()] } else { wrapped(text, room) };
        for (number, line) in lines.iter().enumerate() {
            let indent = if number == 0 { first } else { rest };
            let line = match line.rsplit_once(mark).filter(|_| !mark.is_empty()) {
                Some((before, after)) => format!("{before}{}{after}", self.painted(style, mark)),
                None => line.clone(),
            };
            self.line(format_args!("{indent}{line}").to_string().trim_end())?;
        }
        Ok(())
    }

    /// A line for each incident, and one for what is missing.
    fn summary(&mut self, document: &Document) -> io::Result<()> {
        for Story { incident, .. } in &document.stories {
            let severity = incident.severity.name();
            let first = incident.first_seen.map_or("-".to_owned(), minute);
            let client = incident.actors.first().and_then(|actor| actor.client.as_ref());
            let client = client.map_or("-".to_owned(), |client| client.shortened(39));
            let others = match incident.actor_count.saturating_sub(1) {
                0 => String::new(),
                others => format!(" and {} more", thousands(others)),
            };
            let (id, confidence) = (shortened(incident.id.as_bytes(), 16), incident.confidence.name());
            let rest = format!(" {confidence:<9} {id}  {first}  {client}{others}: ");
            let rest = rest + &incident.title.on_terminal().to_string();
            let rest = beginning(&rest, self.width - 8);
            let severity = self.painted(severity_style(incident.severity), format_args!("{severity:<8}"));
            self.line(format_args!("{severity}{rest}"))?;
        }
        if document.stories.is_empty() {
            self.line(format_args!("no incident among {} requests", thousands(document.scan.totals.looked_at)))?;
        }
        match losses(&document.scan).count() {
            0 => Ok(()),
            lost => self.line(format_args!("incomplete: {lost} source{} could not be read to the end", plural(lost))),
        }
    }

    fn inputs(&mut self, scan: &Scan) -> io::Result<()> {
        let total = &scan.totals;
        let span = total.first.zip(total.last);
        let span = span.map_or(String::new(), |(first, last)| format!(", {} to {} UTC", minute(first), minute(last)));
        let sources = format!("{} source{}", thousands(total.inputs as u64), plural(total.inputs));
        let lines = format!("{} line{}", thousands(total.lines), plural(total.lines as usize));
        self.prose("", "  ", &format!("Read {sources}: {lines}, {}{span}", size(total.bytes)))?;
        self.window(scan)?;
        for input in scan.inputs.iter().take(INPUTS_MAX) {
            self.input(input)?;
        }
        if INPUTS_MAX < scan.inputs.len() {
            self.line(format_args!("  and {} more", thousands((scan.inputs.len() - INPUTS_MAX) as u64)))?;
        }
        self.faults(scan)?;
        self.not_read(scan)
    }

    /// Which stretch of time was looked at, if not all.
    fn window(&mut self, scan: &Scan) -> io::Result<()> {
        let (since, until) = (scan.window.since, scan.window.until);
        if since.is_none() && until.is_none() {
            return Ok(());
        }
        let since = since.map_or(String::new(), |since| format!(" from {} UTC", second(since)));
        let until = until.map_or(String::new(), |until| format!(" before {} UTC", second(until)));
        let outside = scan.totals.outside;
        let undated = match scan.totals.undated {
            0 => String::new(),
            undated => format!("; {} without a time were looked at", thousands(undated)),
        };
        let text = format!("Looked at requests{since}{until}: {} are outside{undated}", thousands(outside));
        self.prose("", "  ", &text)
    }

    fn input(&mut self, input: &Input) -> io::Result<()> {
        let format = match (&input.format, input.recognised) {
            (Some(format), share) => {
                format!("{}, {} of {} opening lines", Shown(format.as_bytes()), share.lines, share.of)
            }
            (None, _) => "empty".to_owned(),
        };
        let codec = match input.codec.as_str() {
            "plain" => String::new(),
            codec => format!(", {}", Shown(codec.as_bytes())),
        };
        let path = file_name(&input.path, 48);
        let others: Vec<String> = input
            .formats
            .iter()
            .filter(|count| Some(&count.name) != input.format.as_ref())
            .map(|count| format!("{} {}", thousands(count.lines), Shown(count.name.as_bytes())))
            .collect();
        let others = if others.is_empty() { String::new() } else { format!(" (of them {})", others.join(", ")) };
        let rest = [(input.faults, "fault"), (input.blank, "blank"), (input.directives, "directive")];
        let rest: String = rest
            .iter()
            .filter(|(count, _)| 0 < *count)
            .map(|(count, name)| {
                format!(", {} {name}{}", thousands(*count), if *name == "blank" { "" } else { plural(*count as usize) })
            })
            .collect();
        let records = format!("{} record{}", thousands(input.records), plural(input.records as usize));
        self.prose("  ", "    ", &format!("{path}  {format}{codec}: {records}{others}{rest}"))?;
        if let Some(alike) = &input.alike {
            let other = file_name(&alike.path, 48);
            let text = match alike.is_as_long {
                true => {
                    format!("has the first lines and the length of {other}: if it is a copy, its lines count twice")
                }
                false => format!("begins as {other} does: lines that stand in both count twice"),
            };
            self.prose("    ", "    ", &text)?;
        }
        match &input.cut_short {
            Some(because) => {
                let text = format!("incomplete: {}", because.on_terminal());
                self.marked("    ", "      ", &text, "incomplete:", warning())
            }
            None => Ok(()),
        }
    }

    fn faults(&mut self, scan: &Scan) -> io::Result<()> {
        let faulty: Vec<&Input> = scan.inputs.iter().filter(|input| !input.first_faults.is_empty()).collect();
        if faulty.is_empty() {
            return Ok(());
        }
        self.line("Lines that are no records (the first of each kind):")?;
        for input in faulty.iter().take(INPUTS_MAX) {
            for Count { name: expected, lines } in input.fault_kinds.iter().take(5) {
                let first = input.first_faults.iter().find(|fault| fault.expected == *expected);
                let place = first.map_or(String::new(), |first| format!(":{}, byte {}", first.line, first.at));
                let path = file_name(&input.path, 48);
                let lines = format!("{} line{}", thousands(*lines), plural(*lines as usize));
                let expected = Shown(expected.as_bytes());
                self.prose("  ", "      ", &format!("{path}{place}: expected {expected} ({lines})"))?;
            }
        }
        Ok(())
    }

    fn not_read(&mut self, scan: &Scan) -> io::Result<()> {
        if scan.passed.is_empty() {
            return Ok(());
        }
        self.line("Not read:")?;
        let (lost, passed): (Vec<_>, Vec<_>) = scan.passed.iter().partition(|passed| passed.is_loss);
        for passed in lost.iter().chain(&passed).take(INPUTS_MAX) {
            let path = passed.path.shortened(60);
            let mark = if passed.is_loss { "missing: " } else { "" };
            let text = format!("{mark}{path}: {}", passed.because.on_terminal());
            self.marked("  ", "      ", &text, mark, warning())?;
        }
        match scan.passed.len().saturating_sub(INPUTS_MAX) {
            0 => Ok(()),
            more => self.line(format_args!("  and {} more", thousands(more as u64))),
        }
    }

    fn limits(&mut self, scan: &Scan) -> io::Result<()> {
        for limit in &scan.limits_reached {
            let over = limit.over.map_or(String::new(), |over| format!(", {} over", thousands(over)));
            let (name, meaning) = (Shown(limit.name.as_bytes()), Shown(limit.meaning.as_bytes()));
            self.prose("Bound reached: ", "  ", &format!("{} {name}{over}: {meaning}", thousands(limit.limit)))?;
        }
        if !scan.not_run.is_empty() && 0 < scan.totals.looked_at {
            let name = |not_run: &NotRun| {
                format!("{} ({})", Shown(not_run.signal.as_bytes()), Shown(not_run.because.as_bytes()))
            };
            let names: Vec<String> = scan.not_run.iter().map(name).collect();
            self.prose("Could not run: ", "  ", &names.join("; "))?;
        }
        Ok(())
    }

    fn suppressed(&mut self, scan: &Scan) -> io::Result<()> {
        for entry in &scan.suppressed {
            let text = format!("{}: {}", entry.reason.shortened(160), suppressed(entry));
            self.prose("Suppressed by keytrace.toml: ", "  ", &text)?;
        }
        Ok(())
    }

    fn stopped(&mut self, scan: &Scan) -> io::Result<()> {
        let Some(signal) = &scan.stopped_by else { return Ok(()) };
        let mark = self.painted(Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold(), "partial:");
        let signal = Shown(signal.as_bytes());
        self.line(format_args!("{mark} the scan was stopped by {signal}; what follows is of what was read until then"))
    }

    fn overview(&mut self, document: &Document) -> io::Result<()> {
        self.blank()?;
        let looked = thousands(document.scan.totals.looked_at);
        if document.stories.is_empty() {
            let text = format!(
                "No incident: none of {looked} requests reaches for keys, credentials or the inside of the service."
            );
            return self.prose("", "", &text);
        }
        let counts = Severity::ALL.iter().rev().map(|severity| {
            (severity, document.stories.iter().filter(|story| story.incident.severity == *severity).count())
        });
        let counts: Vec<String> = counts
            .filter(|(_, count)| 0 < *count)
            .map(|(severity, count)| format!("{count} {}", severity.name()))
            .collect();
        let (stories, findings) = (document.stories.len(), thousands(document.scan.totals.findings));
        let share = format!("{findings} of {looked} requests");
        self.prose("", "  ", &format!("{stories} incident{}: {} ({share})", plural(stories), counts.join(", ")))
    }

    fn story(&mut self, story: &Story) -> io::Result<()> {
        self.blank()?;
        let incident = &story.incident;
        let style = severity_style(incident.severity);
        let severity = self.painted(style, incident.severity.name().to_uppercase());
        let (confidence, id) = (incident.confidence.name(), shortened(incident.id.as_bytes(), 20));
        self.line(format_args!("{}. {severity}  {confidence}  {id}", incident.rank))?;
        for line in wrapped(&incident.title.on_terminal().to_string(), self.width - 3) {
            let title = self.painted(Style::new().bold(), line);
            self.line(format_args!("   {title}"))?;
        }
        self.prose("   ", "   ", &incident.told().on_terminal().to_string())?;
        self.when(incident)?;
        if incident.severity < Severity::Medium {
            self.actors(incident)?;
            self.evidence(story, EVIDENCE_OF_QUIET_MAX)?;
            return self.again(incident);
        }
        self.time_line(story)?;
        self.actors(incident)?;
        self.evidence(story, EVIDENCE_MAX)?;
        self.again(incident)?;
        self.impact(story)?;
        self.persons(incident)?;
        self.why(incident)?;
        self.doubts(incident)?;
        self.next(incident)
    }

    fn when(&mut self, incident: &Incident) -> io::Result<()> {
        let stages = incident.stages.each().into_iter().filter(|(_, count)| 0 < *count);
        let stages: Vec<String> =
            stages.map(|(stage, count)| format!("{} {}", stage.name(), thousands(count))).collect();
        let span = match incident.first_seen.zip(incident.last_seen) {
            None => "at an unknown time".to_owned(),
            Some((first, last)) if second(first) == second(last) => format!("{} UTC", second(first)),
            Some((first, last)) => format!("{} to {} UTC", second(first), second(last)),
        };
        let techniques = if incident.techniques.is_empty() {
            String::new()
        } else {
            format!("   {}", Shown(incident.techniques.join(" ").as_bytes()))
        };
        self.prose("   ", "   ", &format!("{span}   {}{techniques}", stages.join(", ")))
    }

    /// A row for each stage: where in the incident's time its findings are, `#` where one succeeded, `x` where none did.
    fn time_line(&mut self, story: &Story) -> io::Result<()> {
        let span = story.incident.first_seen.zip(story.incident.last_seen);
        let Some((first, last)) = span.filter(|(first, last)| first < last) else { return Ok(()) };
        self.blank()?;
        let cells = TIME_LINE_MAX.min(self.width - INDENT);
        for stage in Stage::ALL {
            let of_stage = story.findings.iter().filter(|one| one.stage == stage);
            let mut row = vec!['.'; cells];
            let mut is_empty = true;
            for one in of_stage {
                let Some(time) = one.request.time else { continue };
                let since = |time: Time| i128::from(time.0) - i128::from(first.0);
                let share = since(time) * (cells as i128 - 1) / since(last).max(1);
                let cell = &mut row[share.clamp(0, cells as i128 - 1) as usize];
                *cell = if one.outcome == Outcome::Success || *cell == '#' { '#' } else { 'x' };
                is_empty = false;
            }
            if !is_empty {
                self.line(format_args!("   {:<8} {}", stage.name(), row.iter().collect::<String>()))?;
            }
        }
        let gap = cells.saturating_sub(32);
        let ends = format!("{:INDENT$}{}{:gap$}{}", "", minute(first), "", minute(last));
        let legend = "   # got it, x did not";
        match ends.chars().count() + legend.chars().count() <= self.width {
            true => self.line(format_args!("{ends}{legend}")),
            false => self.line(ends).and_then(|()| self.line(format_args!("{:INDENT$}{}", "", legend.trim_start()))),
        }
    }

    fn actors(&mut self, incident: &Incident) -> io::Result<()> {
        let mut names: Vec<String> = incident
            .actors
            .iter()
            .take(ACTORS_MAX)
            .map(|actor| {
                let client = actor.client.as_ref().map_or("-".to_owned(), |client| client.on_terminal().to_string());
                format!("{client} ({})", thousands(actor.findings))
            })
            .collect();
        if ACTORS_MAX < incident.actors.len() {
            names.push(format!("and {} more", thousands(incident.actor_count - ACTORS_MAX as u64)));
        }
        self.blank()?;
        self.prose("   by       ", "            ", &names.join(", "))?;
        if let (1, Some(agent)) = (incident.actors.len(), &incident.actors[0].agent) {
            self.line(format_args!("            {}", agent.shortened(self.width - INDENT)))?;
        }
        Ok(())
    }

    fn evidence(&mut self, story: &Story, most: usize) -> io::Result<()> {
        let shown = telling(story, most);
        for (number, one) in shown.iter().enumerate() {
            self.request(one, if number == 0 { "evidence" } else { "" })?;
        }
        match story.incident.findings.saturating_sub(shown.len() as u64) {
            0 => Ok(()),
            more => {
                let text = format!("and {} more: all are in the NDJSON report (-o findings.ndjson)", thousands(more));
                let indent = " ".repeat(INDENT);
                self.prose(&indent, &indent, &text)
            }
        }
    }

    fn request(&mut self, one: &Finding, label: &str) -> io::Result<()> {
        let Finding { request, source, .. } = one;
        let time = request.time.map_or("-".to_owned(), second);
        let client = request.client.as_ref().map_or("-".to_owned(), |client| client.shortened(39));
        let status = request.status.map_or("-".to_owned(), |status| status.to_string());
        let bytes = request.bytes.map_or("-".to_owned(), |bytes| format!("{} B", thousands(bytes)));
        let it = outcome(one.outcome);
        let rest = format!(":{}  {time}  {client}  {status}  {bytes}  {it}", source.line);
        // The end of a path tells the most, and so it is the path that gives way.
        let room = self.width.saturating_sub(INDENT + rest.chars().count()).clamp(16, 32);
        let text = file_name(&source.path, room) + &rest;
        let mark = if one.outcome == Outcome::Success { it } else { "" };
        let style = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
        self.marked(&format!("   {label:<8} "), &" ".repeat(INDENT + 2), &text, mark, style)?;
        self.line(format_args!("            {}", self.target(one)))
    }

    /// The method and the target, the telling part marked.
    fn target(&self, one: &Finding) -> String {
        let method = one.request.method.as_ref().map_or_else(String::new, |method| method.shortened(10));
        let method = if method.is_empty() { method } else { format!("{method} ") };
        let unknown = Untrusted::from("-");
        let call = one.request.operation.as_ref();
        let target = one.request.target.as_ref().or(call).unwrap_or(&unknown);
        let room = (self.width - INDENT).saturating_sub(method.chars().count() + 4);
        let mark = Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold();
        if let Some([before, telling, after]) = one.telling.and_then(|span| target.split(span)) {
            let telling = telling.shortened(room * 2 / 3);
            let left = room.saturating_sub(telling.chars().count());
            let after = after.shortened(left / 3);
            let before = before.shortened(left.saturating_sub(after.chars().count()));
            return format!("{method}{before}{}{after}", self.painted(mark, format_args!(">>{telling}<<")));
        }
        let seen = one
            .signals
            .first()
            .map_or(String::new(), |sighting| format!("   >>{}<<", sighting.evidence.shortened(room / 2)));
        let target = target.shortened(room.saturating_sub(seen.chars().count()));
        format!("{method}{target}{}", self.painted(mark, seen))
    }

    /// What left: a row for each place and month.
    fn impact(&mut self, story: &Story) -> io::Result<()> {
        if story.impact.iter().all(|impact| impact.successes == 0) {
            return Ok(());
        }
        self.blank()?;
        for (number, impact) in story.impact.iter().take(IMPACT_MAX).enumerate() {
            let label = if number == 0 { "left" } else { "" };
            let place = impact.place.shortened(36);
            let period = Shown(impact.period.as_deref().unwrap_or("-").as_bytes()).to_string();
            let upper = match impact.objects_upper.saturating_sub(impact.objects) {
                0 => String::new(),
                _ => format!(" to {}", thousands(impact.objects_upper)),
            };
            let objects = format!("{}{upper} distinct", thousands(impact.objects));
            let (answers, requests) = (thousands(impact.successes), thousands(impact.requests));
            let bytes = size(impact.bytes);
            let text = format!("{place:<36} {period}  {objects}, {bytes}, {answers} of {requests} answered");
            self.prose(&format!("   {label:<8} "), &" ".repeat(INDENT + 2), &text)?;
        }
        match story.impact.len().saturating_sub(IMPACT_MAX) {
            0 => Ok(()),
            more => self.line(format_args!("            and {more} more places: all are in the NDJSON report")),
        }
    }

    /// Of how many persons what left.
    fn persons(&mut self, incident: &Incident) -> io::Result<()> {
        for (number, row) in incident.persons.iter().enumerate() {
            let label = if number == 0 { "persons" } else { "" };
            let text = persons(row).on_terminal().to_string();
            self.prose(&format!("   {label:<8} "), &" ".repeat(INDENT + 2), &text)?;
        }
        match &incident.contents {
            Some(of) => self.prose("   contents ", &" ".repeat(INDENT + 2), &contents(of)),
            None => Ok(()),
        }
    }

    /// How the line that tells it best is looked at again.
    fn again(&mut self, incident: &Incident) -> io::Result<()> {
        let Some(how) = &incident.reproduce else { return Ok(()) };
        let head = "   again    ";
        match how.command().map(|command| command.on_terminal().to_string()) {
            // A command that is broken is another one.
            Some(command) if head.len() + command.chars().count() <= self.width => {
                self.line(format_args!("{head}{command}"))
            }
            Some(_) => {
                self.prose(head, "            ", "by a command that is longer than a line, in the NDJSON report")
            }
            None => {
                let because = how.because.as_deref().unwrap_or("the report holds no command of ours");
                self.prose(head, "            ", &format!("no command: {}", Shown(because.as_bytes())))
            }
        }
    }

    fn why(&mut self, incident: &Incident) -> io::Result<()> {
        self.blank()?;
        for (number, reason) in incident.why.iter().enumerate() {
            let label = if number == 0 { "why" } else { "" };
            let signal = shortened(reason.signal.as_bytes(), 20);
            let head = format!("   {label:<8} {signal:<18} {:+3}  ", reason.bits);
            let indent = " ".repeat(head.chars().count());
            let (seen, expected) = (reason.seen.shortened(160), reason.expected.on_terminal());
            self.prose(&head, &indent, &format!("saw {seen}; expected {expected}"))?;
        }
        Ok(())
    }

    /// What would change the verdict, and what looks like it and is innocent.
    fn doubts(&mut self, incident: &Incident) -> io::Result<()> {
        let changes = incident.would_change.iter().enumerate();
        let changes = changes.map(|(number, sentence)| (if number == 0 { "but" } else { "" }, sentence));
        let neighbour = incident.neighbour.iter().map(|sentence| ("unlike", sentence));
        for (number, (label, sentence)) in changes.chain(neighbour).enumerate() {
            if number == 0 {
                self.blank()?;
            }
            self.prose(&format!("   {label:<8} "), "            ", &sentence.on_terminal().to_string())?;
        }
        Ok(())
    }

    fn next(&mut self, incident: &Incident) -> io::Result<()> {
        self.blank()?;
        for (number, advice) in incident.next.iter().enumerate() {
            let label = if number == 0 { "next" } else { "" };
            self.prose(&format!("   {label:<8} "), "            ", &Shown(advice.as_bytes()).to_string())?;
        }
        Ok(())
    }
}

fn warning() -> Style {
    Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold()
}

fn severity_style(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Critical | Severity::High => AnsiColor::Red,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low => AnsiColor::Cyan,
        Severity::Info => AnsiColor::White,
    };
    Style::new().fg_color(Some(colour.into())).bold()
}

/// The beginning of a text, in at most `width` characters.
fn beginning(text: &str, width: usize) -> String {
    match text.chars().count() <= width {
        true => text.to_owned(),
        false => text.chars().take(width - 3).chain("...".chars()).collect(),
    }
}

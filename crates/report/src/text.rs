//! The report for a person at a terminal.
//!
//! What was read comes first, as nothing that follows is worth more than it; then what was not read; then the
//! incidents, the worst first. A loud one is told whole: what happened, when, by which lines, why it is believed, what
//! to do. The quiet ones are a few lines each. Every line fits a hundred columns, and all that colour tells is told by
//! letters too: the telling part of a request stands between `>>` and `<<`.

use std::io;

use accesslog::Time;
use anstyle::{AnsiColor, Style};
use detect::{Confidence, Incident, Judged, Outcome, Severity, Stage};

use crate::render::{Input, Look, Render, Report};
use crate::show::{Shown, instant, shortened};

/// How wide the report is, in columns.
const WIDTH: usize = 100;

/// How wide the time line is, in columns.
const TIME_LINE: usize = 60;

/// How many lines of evidence a loud incident shows.
const EVIDENCE_MAX: usize = 12;

/// How many a quiet one shows.
const EVIDENCE_OF_QUIET_MAX: usize = 3;

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

    fn render(&self, report: &Report, look: Look, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page { out, look };
        page.line(format_args!("keytrace {}", report.version))?;
        page.blank()?;
        page.inputs(report)?;
        page.limits(report)?;
        page.overview(report)?;
        for incident in &report.verdict.incidents {
            page.incident(report, incident)?;
        }
        Ok(())
    }
}

struct Page<'o> {
    out: &'o mut dyn io::Write,
    look: Look,
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
        for (number, line) in wrapped(text, WIDTH - rest.chars().count().max(first.chars().count())).iter().enumerate()
        {
            let indent = if number == 0 { first } else { rest };
            self.line(format_args!("{indent}{line}"))?;
        }
        Ok(())
    }

    fn inputs(&mut self, report: &Report) -> io::Result<()> {
        let total = report.total();
        let read: Vec<&Input> = report.read().collect();
        let span =
            total.span.map_or(String::new(), |(first, last)| format!(", {} to {} UTC", minute(first), minute(last)));
        let sources = format!("{} source{}", thousands(read.len() as u64), plural(read.len()));
        self.line(format_args!("Read {sources}: {} lines, {}{span}", thousands(total.lines), size(total.bytes)))?;
        self.window(report)?;
        for input in read.iter().take(INPUTS_MAX) {
            self.input(input)?;
        }
        if INPUTS_MAX < read.len() {
            self.line(format_args!("  and {} more", thousands((read.len() - INPUTS_MAX) as u64)))?;
        }
        self.faults(report)?;
        self.not_read(report)
    }

    /// Which stretch of time was looked at, if not all.
    fn window(&mut self, report: &Report) -> io::Result<()> {
        let (since, until) = report.window;
        if since.is_none() && until.is_none() {
            return Ok(());
        }
        let since = since.map_or(String::new(), |since| format!(" from {} UTC", second(since)));
        let until = until.map_or(String::new(), |until| format!(" before {} UTC", second(until)));
        let outside: u64 = report.inputs.iter().map(|input| input.outside).sum();
        let undated: u64 = report.inputs.iter().map(|input| input.undated).sum();
        let undated = match undated {
            0 => String::new(),
            undated => format!("; {} without a time were looked at", thousands(undated)),
        };
        let text = format!("Looked at requests{since}{until}: {} are outside{undated}", thousands(outside));
        self.prose("", "  ", &text)
    }

    fn input(&mut self, input: &Input) -> io::Result<()> {
        let census = &input.census;
        let format = match (input.format, input.recognised) {
            (Some(format), (read, tried)) => format!("{format}, {read} of {tried} opening lines"),
            (None, _) => "empty".to_owned(),
        };
        let codec = if input.codec == "plain" { String::new() } else { format!(", {}", input.codec) };
        let path = file_name(&input.path, 48);
        let others: Vec<String> = census
            .formats
            .iter()
            .filter(|(name, _)| Some(*name) != input.format)
            .map(|(name, count)| format!("{} {name}", thousands(*count)))
            .collect();
        let others = if others.is_empty() { String::new() } else { format!(" (of them {})", others.join(", ")) };
        let rest = [(census.fault_count(), "fault"), (census.blank, "blank"), (census.directives, "directive")];
        let rest: String = rest
            .iter()
            .filter(|(count, _)| 0 < *count)
            .map(|(count, name)| {
                format!(", {} {name}{}", thousands(*count), if *name == "blank" { "" } else { plural(*count as usize) })
            })
            .collect();
        self.line(format_args!("  {path}  {format}{codec}: {} records{others}{rest}", thousands(census.records)))?;
        if let Some((other, is_as_long)) = &input.alike {
            let other = file_name(other, 48);
            let text = match is_as_long {
                true => {
                    format!("has the first lines and the length of {other}: if it is a copy, its lines count twice")
                }
                false => format!("begins as {other} does: lines that stand in both count twice"),
            };
            self.prose("    ", "    ", &text)?;
        }
        match &input.cut_short {
            Some(because) => {
                let mark = self.painted(Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold(), "incomplete:");
                self.line(format_args!("    {mark} {}", Shown(because.as_bytes())))
            }
            None => Ok(()),
        }
    }

    fn faults(&mut self, report: &Report) -> io::Result<()> {
        let faulty: Vec<&Input> = report.inputs.iter().filter(|input| !input.census.first_faults.is_empty()).collect();
        if faulty.is_empty() {
            return Ok(());
        }
        self.line("Lines that are no records (the first of each kind):")?;
        for input in faulty.iter().take(INPUTS_MAX) {
            for (expected, count) in input.census.faults.iter().take(5) {
                let first = input.census.first_faults.iter().find(|fault| fault.fault.expected == *expected);
                let place = first.map_or(String::new(), |first| format!(":{}, byte {}", first.at.line, first.fault.at));
                let path = file_name(&input.path, 48);
                self.prose(
                    "  ",
                    "      ",
                    &format!(
                        "{path}{place}: expected {expected} ({} line{})",
                        thousands(*count),
                        plural(*count as usize)
                    ),
                )?;
            }
        }
        Ok(())
    }

    fn not_read(&mut self, report: &Report) -> io::Result<()> {
        if report.passed.is_empty() {
            return Ok(());
        }
        self.line("Not read:")?;
        let (lost, passed): (Vec<_>, Vec<_>) = report.passed.iter().partition(|passed| passed.is_loss);
        for passed in lost.iter().chain(&passed).take(INPUTS_MAX) {
            let path = shortened(passed.path.as_os_str().as_encoded_bytes(), 60);
            let mark = if passed.is_loss {
                self.painted(Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold(), "missing: ")
            } else {
                String::new()
            };
            self.line(format_args!("  {mark}{path}: {}", Shown(passed.because.as_bytes())))?;
        }
        match report.passed.len().saturating_sub(INPUTS_MAX) {
            0 => Ok(()),
            more => self.line(format_args!("  and {} more", thousands(more as u64))),
        }
    }

    fn limits(&mut self, report: &Report) -> io::Result<()> {
        for limit in &report.verdict.limits {
            let over = limit.over.map_or(String::new(), |over| format!(", {} over", thousands(over)));
            self.prose(
                "Bound reached: ",
                "  ",
                &format!("{} {}{over}: {}", thousands(limit.limit), limit.name, limit.meaning),
            )?;
        }
        if !report.not_run.is_empty() && 0 < report.verdict.records {
            let names: Vec<String> =
                report.not_run.iter().map(|not_run| format!("{} ({})", not_run.signal, not_run.because)).collect();
            self.prose("Could not run: ", "  ", &names.join("; "))?;
        }
        Ok(())
    }

    fn overview(&mut self, report: &Report) -> io::Result<()> {
        self.blank()?;
        let incidents = &report.verdict.incidents;
        if incidents.is_empty() {
            let looked = thousands(report.verdict.records);
            return self.prose(
                "",
                "",
                &format!(
                    "No incident: none of {looked} requests reaches for keys, credentials or the inside of the service."
                ),
            );
        }
        let counts = Severity::ALL
            .iter()
            .rev()
            .map(|severity| (severity, incidents.iter().filter(|incident| incident.severity == *severity).count()));
        let counts: Vec<String> = counts
            .filter(|(_, count)| 0 < *count)
            .map(|(severity, count)| format!("{count} {}", severity.name()))
            .collect();
        let findings: u64 = incidents.iter().map(|incident| incident.finding_count).sum();
        let share = format!("{} of {} requests", thousands(findings), thousands(report.verdict.records));
        self.line(format_args!(
            "{} incident{}: {} ({share})",
            incidents.len(),
            plural(incidents.len()),
            counts.join(", ")
        ))
    }

    fn incident(&mut self, report: &Report, incident: &Incident) -> io::Result<()> {
        self.blank()?;
        let style = severity_style(incident.severity);
        let severity = self.painted(style, incident.severity.name().to_uppercase());
        self.line(format_args!("{}. {severity}  {}  {}", incident.rank, incident.confidence.name(), incident.id))?;
        let title = self.painted(Style::new().bold(), &incident.title);
        self.line(format_args!("   {title}"))?;
        self.prose("   ", "   ", &incident.summary)?;
        self.when(incident)?;
        if incident.severity < Severity::Medium {
            self.actors(incident)?;
            return self.evidence(report, incident, EVIDENCE_OF_QUIET_MAX);
        }
        self.time_line(incident)?;
        self.actors(incident)?;
        self.evidence(report, incident, EVIDENCE_MAX)?;
        self.why(incident)?;
        self.next(incident)
    }

    fn when(&mut self, incident: &Incident) -> io::Result<()> {
        let stages = Stage::ALL.iter().zip(incident.stages).filter(|(_, count)| 0 < *count);
        let stages: Vec<String> =
            stages.map(|(stage, count)| format!("{} {}", stage.name(), thousands(count))).collect();
        let span = match incident.span {
            None => "at an unknown time".to_owned(),
            Some((first, last)) if second(first) == second(last) => format!("{} UTC", second(first)),
            Some((first, last)) => format!("{} to {} UTC", second(first), second(last)),
        };
        let techniques = if incident.techniques.is_empty() {
            String::new()
        } else {
            format!("   {}", incident.techniques.join(" "))
        };
        self.prose("   ", "   ", &format!("{span}   {}{techniques}", stages.join(", ")))
    }

    /// A row for each stage: where in the incident's time its findings are, `#` where one succeeded, `x` where none did.
    fn time_line(&mut self, incident: &Incident) -> io::Result<()> {
        let Some((first, last)) = incident.span.filter(|(first, last)| first < last) else { return Ok(()) };
        self.blank()?;
        for stage in Stage::ALL {
            let of_stage = incident.findings.iter().filter(|one| one.stage == stage);
            let mut row = vec!['.'; TIME_LINE];
            let mut is_empty = true;
            for one in of_stage {
                let Some(time) = one.finding.time else { continue };
                let since = |time: Time| i128::from(time.0) - i128::from(first.0);
                let share = since(time) * (TIME_LINE as i128 - 1) / since(last).max(1);
                let cell = &mut row[share as usize];
                *cell = if one.outcome == Outcome::Success || *cell == '#' { '#' } else { 'x' };
                is_empty = false;
            }
            if !is_empty {
                self.line(format_args!("   {:<8} {}", stage.name(), row.iter().collect::<String>()))?;
            }
        }
        let gap = TIME_LINE.saturating_sub(32);
        self.line(format_args!("            {}{:gap$}{}   # got it, x did not", minute(first), "", minute(last)))
    }

    fn actors(&mut self, incident: &Incident) -> io::Result<()> {
        let mut names: Vec<String> = incident
            .actors
            .iter()
            .take(ACTORS_MAX)
            .map(|actor| format!("{} ({})", Shown(actor.client.as_deref().unwrap_or(b"-")), thousands(actor.findings)))
            .collect();
        if ACTORS_MAX < incident.actors.len() {
            names.push(format!("and {} more", thousands(incident.actor_count - ACTORS_MAX as u64)));
        }
        self.blank()?;
        self.prose("   by       ", "            ", &names.join(", "))?;
        if let (1, Some(agent)) = (incident.actors.len(), incident.actors[0].agent.as_deref()) {
            self.line(format_args!("            {}", shortened(agent, WIDTH - 12)))?;
        }
        Ok(())
    }

    fn evidence(&mut self, report: &Report, incident: &Incident, most: usize) -> io::Result<()> {
        let shown = telling(incident, most);
        for (number, one) in shown.iter().enumerate() {
            self.request(report, one, if number == 0 { "evidence" } else { "" })?;
        }
        match incident.finding_count - shown.len() as u64 {
            0 => Ok(()),
            more => self.line(format_args!(
                "            and {} more: all are in the NDJSON report (-o findings.ndjson)",
                thousands(more)
            )),
        }
    }

    fn request(&mut self, report: &Report, one: &Judged, label: &str) -> io::Result<()> {
        let finding = &one.finding;
        let path = report.input_at(finding.at).map_or(String::new(), |input| file_name(&input.path, 32));
        let time = finding.time.map_or("-".to_owned(), second);
        let client = shortened(finding.client.as_deref().unwrap_or(b"-"), 39);
        let status = finding.status.map_or("-".to_owned(), |status| status.to_string());
        let bytes = finding.bytes.map_or("-".to_owned(), |bytes| format!("{} B", thousands(bytes)));
        let place = format!("{path}:{}", finding.at.line);
        let outcome = match one.outcome {
            Outcome::Success => self.painted(Style::new().fg_color(Some(AnsiColor::Red.into())).bold(), "got it"),
            Outcome::Unknown => "unclear".to_owned(),
            Outcome::Failure => "failed".to_owned(),
        };
        self.line(format_args!("   {label:<8} {place}  {time}  {client}  {status}  {bytes}  {outcome}"))?;
        self.line(format_args!("            {}", self.target(one)))
    }

    /// The method and the target, the telling part marked.
    fn target(&self, one: &Judged) -> String {
        let method = shortened(one.finding.method.as_deref().unwrap_or_default(), 10);
        let method = if method.is_empty() { method } else { format!("{method} ") };
        let target = one.finding.target.as_deref().unwrap_or(b"-");
        let room = (WIDTH - 12).saturating_sub(method.chars().count() + 4);
        let mark = Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold();
        match one.telling().filter(|(start, length)| start + length <= target.len()) {
            Some((start, length)) => {
                let (before, rest) = target.split_at(start);
                let (telling, after) = rest.split_at(length);
                let telling = shortened(telling, room * 2 / 3);
                let left = room.saturating_sub(telling.chars().count());
                let after = shortened(after, left / 3);
                let before = shortened(before, left.saturating_sub(after.chars().count()));
                format!("{method}{before}{}{after}", self.painted(mark, format_args!(">>{telling}<<")))
            }
            None => {
                let seen = one
                    .sightings()
                    .first()
                    .map_or(String::new(), |sighting| format!("   >>{}<<", shortened(sighting.seen, room / 2)));
                format!(
                    "{method}{}{}",
                    shortened(target, room.saturating_sub(seen.chars().count())),
                    self.painted(mark, seen)
                )
            }
        }
    }

    fn why(&mut self, incident: &Incident) -> io::Result<()> {
        self.blank()?;
        for (number, reason) in incident.why.iter().enumerate() {
            let label = if number == 0 { "why" } else { "" };
            let head = format!("   {label:<8} {:<18} {:+3}  ", reason.signal, reason.bits);
            let indent = " ".repeat(head.chars().count());
            self.prose(&head, &indent, &format!("saw {}; expected {}", shortened(&reason.seen, 160), reason.expected))?;
        }
        Ok(())
    }

    fn next(&mut self, incident: &Incident) -> io::Result<()> {
        self.blank()?;
        for (number, advice) in incident.advice.iter().enumerate() {
            let label = if number == 0 { "next" } else { "" };
            self.prose(&format!("   {label:<8} "), "            ", advice)?;
        }
        Ok(())
    }
}

/// The findings that tell a story best, by time: successes before failures, the certain before the others.
fn telling(incident: &Incident, most: usize) -> Vec<&Judged> {
    let mut places: Vec<usize> = (0..incident.findings.len()).collect();
    let worth = |place: &usize| {
        let one = &incident.findings[*place];
        (one.outcome == Outcome::Success, one.severity, one.confidence == Confidence::Confirmed)
    };
    places.sort_by_key(|place| (std::cmp::Reverse(worth(place)), *place));
    places.truncate(most);
    places.sort_unstable();
    places.into_iter().map(|place| &incident.findings[place]).collect()
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

/// Breaks text into lines of at most `width` characters, at blanks; a longer word is broken where it must be.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut room = width;
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if room < word.len() + 1 && room < width {
            lines.push(String::new());
            room = width;
        }
        while width < word.len() {
            let rest = word.split_off(width);
            lines.last_mut().expect("there is a line").extend(word);
            lines.push(String::new());
            word = rest;
        }
        let line = lines.last_mut().expect("there is a line");
        if room < width {
            line.push(' ');
        }
        room = room.saturating_sub(word.len() + usize::from(room < width));
        line.extend(word);
        if room == width {
            // An empty word: two blanks in a row are kept.
            room -= 1;
        }
    }
    lines
}

/// The end of a path, in at most `width` characters.
fn file_name(path: &std::path::Path, width: usize) -> String {
    let shown: Vec<char> = Shown(path.as_os_str().as_encoded_bytes()).to_string().chars().collect();
    match shown.len().checked_sub(width) {
        None | Some(0) => shown.into_iter().collect(),
        Some(over) => "...".chars().chain(shown.into_iter().skip(over + 3)).collect(),
    }
}

/// A time to the second, without a zone: `2024-05-01 00:02:15`.
fn second(time: Time) -> String {
    instant(Time(time.0.saturating_sub(time.0.rem_euclid(1_000_000_000)))).replace('T', " ").replace('Z', "")
}

/// A time to the minute.
fn minute(time: Time) -> String {
    second(time).chars().take(16).collect()
}

/// A number with its thousands set apart.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if 0 < place && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size in the largest binary unit of which there is at least one.
fn size(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let power = (bytes.max(1).ilog2() as usize / 10).min(units.len() - 1);
    let tenths = u128::from(bytes) * 10 / (1 << (10 * power));
    if power == 0 { format!("{bytes} B") } else { format!("{}.{} {}", tenths / 10, tenths % 10, units[power]) }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_broken_at_blanks() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("one", 7), ["one"]);
        assert_eq!(wrapped("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        for width in 4..30 {
            assert!(
                wrapped("a bb  ccc dddd eeeee ffffff ggggggg hhhhhhhh", width)
                    .iter()
                    .all(|line| line.chars().count() <= width),
                "{width}"
            );
        }
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(
            (thousands(1_234_567), thousands(12), size(1536), size(7)),
            ("1,234,567".into(), "12".into(), "1.5 KiB".into(), "7 B".into())
        );
    }
}

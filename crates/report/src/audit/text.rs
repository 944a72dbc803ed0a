//! The audit for a person at a terminal: what was read, what is wrong, what is dangerous, what cannot be known, and what
//! to do about it. Every line fits a hundred columns but those that are to be pasted, which do too.

use std::io;

use super::claims::period;
use super::{AuditReport, Blind, Gravity};
use crate::show::{Shown, shortened};
use crate::words::{plural, thousands, wrapped};

/// How wide the report is, in columns.
const WIDTH: usize = 100;

/// How many logs are listed one by one.
const INPUTS_MAX: usize = 20;

/// How many places of a kind of secret are listed.
const PLACES_MAX: usize = 5;

/// Writes the audit for people.
///
/// # Errors
///
/// What the writer says.
pub fn write_text(out: &mut dyn io::Write, report: &AuditReport) -> io::Result<()> {
    writeln!(out, "keytrace {} audit\n", report.version)?;
    for input in report.inputs.iter().take(INPUTS_MAX) {
        let path = shortened(input.path.as_os_str().as_encoded_bytes(), 60);
        writeln!(out, "{path}: {}, {} records", input.format.unwrap_or("empty"), thousands(input.census.records))?;
        writeln!(out, "  {}", period(input))?;
    }
    if INPUTS_MAX < report.inputs.len() {
        writeln!(out, "and {} more logs", report.inputs.len() - INPUTS_MAX)?;
    }
    defects(out, report)?;
    secrets(out, report)?;
    report.blind.iter().try_for_each(|blind| blindness(out, blind))?;
    if !report.advice.is_empty() {
        writeln!(out, "\nWHAT WOULD HAVE SHOWN IT")?;
    }
    for advice in &report.advice {
        let adds = if advice.adds.is_empty() { String::new() } else { format!(", adds {}", advice.adds.join(", ")) };
        paragraph(out, &format!("{}{adds}:", advice.server), "  ", "  ")?;
        advice.lines.iter().try_for_each(|line| writeln!(out, "    {line}"))?;
    }
    Ok(())
}

fn defects(out: &mut dyn io::Write, report: &AuditReport) -> io::Result<()> {
    writeln!(out, "\nWHAT IS WRONG WITH THE LOGS")?;
    if report.claims.is_empty() {
        return writeln!(out, "  nothing that shows");
    }
    for claim in &report.claims {
        let mark = match claim.gravity {
            Gravity::Serious => "!!",
            Gravity::Warning => "! ",
            Gravity::Note => "  ",
        };
        let lines: Vec<String> = claim.lines.iter().map(u64::to_string).collect();
        let at = if lines.is_empty() {
            String::new()
        } else {
            format!(" (line{} {})", plural(lines.len()), lines.join(", "))
        };
        let source = claim.source.as_deref().map_or_else(String::new, |source| format!(" {source}:"));
        paragraph(out, &format!("{}:{source} {}{at}", claim.name, claim.says), &format!("{mark} "), "   ")?;
    }
    Ok(())
}

fn secrets(out: &mut dyn io::Write, report: &AuditReport) -> io::Result<()> {
    writeln!(out, "\nSECRETS AND PERSONAL DATA IN THE LOGS")?;
    if report.secrets.is_empty() {
        writeln!(out, "  none of the kinds that are looked for")?;
    }
    let mut rest = &report.secrets[..];
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|secret| secret.kind == first.kind).count();
        let (own, further) = rest.split_at(count);
        rest = further;
        let total: u64 = own.iter().map(|secret| secret.count).sum();
        let mark = ["  ", "  ", "! ", "!!"][usize::from(first.kind.danger.min(3))];
        paragraph(out, &format!("{}, {} times", first.kind.what, thousands(total)), &format!("{mark} "), "   ")?;
        for secret in own.iter().take(PLACES_MAX) {
            let lines: Vec<String> = secret.lines.iter().map(|at| at.line.to_string()).collect();
            let source = secret.lines.first().map_or_else(String::new, |at| report.path_of(at.source));
            let about = if secret.is_counted { "" } else { "about " };
            let says = format!(
                "{}: {} times, {about}{} distinct, such as {}; {source} line{} {}",
                Shown(secret.place.as_bytes()),
                thousands(secret.count),
                thousands(secret.distinct),
                Shown(secret.sample.as_bytes()),
                plural(lines.len()),
                lines.join(", ")
            );
            paragraph(out, &says, "     ", "       ")?;
        }
        if PLACES_MAX < own.len() {
            writeln!(out, "     and at {} more places", own.len() - PLACES_MAX)?;
        }
    }
    paragraph(out, "Client addresses are personal data too, and stand in nearly every line.", "   ", "   ")
}

fn blindness(out: &mut dyn io::Write, blind: &Blind) -> io::Result<()> {
    let logs = format!("{} log{}, {} records", blind.sources, plural(blind.sources), thousands(blind.records));
    writeln!(out, "\nWHAT {} CANNOT SHOW ({logs})", blind.format)?;
    if !blind.missing.is_empty() {
        paragraph(out, &format!("in no record: {}", blind.missing.join(", ")), "   ", "     ")?;
    }
    if !blind.rare.is_empty() {
        let rare: Vec<String> =
            blind.rare.iter().map(|(name, held)| format!("{name} ({})", thousands(*held))).collect();
        paragraph(out, &format!("in fewer than half: {}", rare.join(", ")), "   ", "     ")?;
    }
    for (what, signals) in [("cannot run", &blind.not_run), ("are weak", &blind.weak)] {
        for (lack, signals) in signals {
            let says = format!("signals that {what} for want of {lack}: {}", signals.join(", "));
            paragraph(out, &says, "   ", "     ")?;
        }
    }
    if !blind.unknown.is_empty() {
        writeln!(out, "   so this cannot be known:")?;
    }
    blind.unknown.iter().try_for_each(|says| paragraph(out, says, "   - ", "     "))
}

/// Writes text over as many lines as it takes, the first after `head`, the others after `indent`.
fn paragraph(out: &mut dyn io::Write, text: &str, head: &str, indent: &str) -> io::Result<()> {
    for (number, line) in wrapped(text, WIDTH - indent.len().max(head.len())).iter().enumerate() {
        writeln!(out, "{}{line}", if number == 0 { head } else { indent })?;
    }
    Ok(())
}

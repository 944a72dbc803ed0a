//! Changes, told to a person and to a program.

use std::{fmt, io};

use detect::Severity;
use serde_json::json;

use super::{Change, Changes, Likeness};
use crate::document::{Incident, Story};
use crate::facts::pruned;
use crate::json::write_line;
use crate::render::Look;
use crate::show::{Shown, shortened};
use crate::words::{plural, second, thousands, wrapped};

/// How wide the text is at least, in columns.
const WIDTH_MIN: usize = 60;

impl Changes<'_> {
    /// Tells a person.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn write_text(&self, look: Look, out: &mut dyn io::Write) -> io::Result<()> {
        let width = look.width.max(WIDTH_MIN);
        let counts = [(self.new.len(), "new"), (self.changed.len(), "changed"), (self.gone.len(), "gone")];
        let counts: Vec<String> = counts.iter().map(|(count, name)| format!("{count} {name}")).collect();
        writeln!(out, "{}, {} as before", counts.join(", "), self.same)?;
        for (document, which) in [(self.before, "earlier"), (self.after, "later")] {
            if document.has_loss() {
                let text = format!("The {which} report is incomplete: what is missing in it may look new or gone.");
                wrapped(&text, width).iter().try_for_each(|line| writeln!(out, "{line}"))?;
            }
        }
        for story in &self.new {
            head("new", &story.incident, width, out)?;
            body(story.incident.told().on_terminal(), width, out)?;
        }
        for change in &self.changed {
            head("changed", &change.after.incident, width, out)?;
            body(told(change), width, out)?;
        }
        self.gone.iter().try_for_each(|story| head("gone", &story.incident, width, out))
    }

    /// Tells a program: a row for the whole, and one for each incident that is not as it was.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn write_ndjson(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let row = json!({
            "type": "diff",
            "new": self.new.len(),
            "changed": self.changed.len(),
            "gone": self.gone.len(),
            "same": self.same,
            "is_complete": {"before": !self.before.has_loss(), "after": !self.after.has_loss()},
        });
        write_line(out, &row)?;
        let of = |story: &Story| serde_json::to_value(&story.incident).unwrap_or_default();
        for story in &self.new {
            write_line(out, &pruned(json!({"type": "new", "incident": of(story)})))?;
        }
        for change in &self.changed {
            let row = json!({
                "type": "changed",
                "incident": of(change.after),
                "before": of(change.before),
                "by": change.by.name(),
                "new_findings": change.new_findings,
                "new_successes": change.new_successes,
            });
            write_line(out, &pruned(row))?;
        }
        self.gone.iter().try_for_each(|story| write_line(out, &pruned(json!({"type": "gone", "incident": of(story)}))))
    }
}

/// What it is, in which state, and since when.
fn head(state: &str, incident: &Incident, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let (severity, confidence) = (severity(incident.severity), incident.confidence.name());
    let id = shortened(incident.id.as_bytes(), 20);
    writeln!(out, "\n{state:<8} {severity}  {confidence}  {id}")?;
    body(incident.title.on_terminal(), width, out)?;
    let last = incident.last_seen.map_or("an unknown time".to_owned(), |time| format!("{} UTC", second(time)));
    let client = incident.actors.first().and_then(|actor| actor.client.as_ref());
    let client = client.map_or("-".to_owned(), |client| client.on_terminal().to_string());
    let more = incident.actor_count.saturating_sub(1);
    let more = if more == 0 { String::new() } else { format!(" and {} more", thousands(more)) };
    body(format!("last at {last}, by {client}{more}"), width, out)
}

fn body(text: impl fmt::Display, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
    // Once more for the words of ours: an identifier may come from a report that others wrote.
    let text = Shown(text.to_string().as_bytes()).to_string();
    wrapped(&text, width - 9).iter().try_for_each(|line| writeln!(out, "{:9}{line}", ""))
}

/// What changed.
fn told(change: &Change<'_>) -> String {
    let (was, is) = (&change.before.incident, &change.after.incident);
    let mut parts = Vec::new();
    let mut differs = |what: &str, was: String, is: String| {
        if was != is {
            parts.push(format!("{what} {was} -> {is}"));
        }
    };
    differs("severity", was.severity.name().to_owned(), is.severity.name().to_owned());
    differs("confidence", was.confidence.name().to_owned(), is.confidence.name().to_owned());
    differs("findings", thousands(was.findings), thousands(is.findings));
    differs("successes", thousands(was.successes), thousands(is.successes));
    differs("actors", thousands(was.actor_count), thousands(is.actor_count));
    if 0 < change.new_findings {
        let count = change.new_findings as usize;
        let got = thousands(change.new_successes);
        parts.push(format!("{} new finding{}, {got} of them got it", thousands(change.new_findings), plural(count)));
    }
    match change.by {
        Likeness::Identifier => {}
        Likeness::Requests => parts.push(format!("known by its requests, it was {}", was.id)),
        Likeness::Actor => parts.push(format!("known by its client and route, it was {}", was.id)),
    }
    parts.join("; ")
}

fn severity(severity: Severity) -> String {
    severity.name().to_uppercase()
}

//! Sigma rules, by which others watch for the return of what happened here: a document for each incident that mattered.
//!
//! A rule looks for the telling part of the requests, and for who sent them. A search takes `*` and `?` in a value for any
//! text, so those of a log are escaped; where a secret was cut, any text may stand. Every scalar that holds text of a log
//! is written between double quotes, in which YAML takes nothing but backslashes for more than itself.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, Write};

use accesslog::Time;
use detect::{Outcome, Severity};
use uuid::Uuid;

use crate::document::{Document, Finding, Scan, Story};
use crate::facts::{last_time, lead, signal, span};
use crate::render::{Look, Render};
use crate::show::{instant, is_unseen};
use crate::untrusted::{Telling, Untrusted};

/// How many values a selection lists.
const VALUES_MAX: usize = 50;

/// How long a telling part is at least, in characters: a shorter one stands in too much.
const TELLING_MIN: usize = 5;

/// How long a title may be, in characters.
const TITLE_MAX: usize = 200;

/// The form for whoever watches.
pub(crate) struct Sigma;

impl Render for Sigma {
    fn name(&self) -> &'static str {
        "sigma"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["sigma.yml", "sigma.yaml", "yml", "yaml"]
    }

    fn about(&self) -> &'static str {
        "Sigma rules that watch for the return of each incident from medium on, a YAML document each"
    }

    fn render(&self, document: &Document, _: Look, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "# Made by keytrace of what it found; a rule for each incident of medium severity or more.")?;
        let last = last_time(document);
        let (mut rules, trails) = (0, trails(&document.scan));
        for story in document.stories.iter().filter(|story| Severity::Medium <= story.incident.severity) {
            // A story may go from the log of a site to that of its cloud; a rule looks into one kind of log.
            for source in [Source::Web, Source::CloudTrail] {
                let selections = selections(story, source, &trails);
                if selections.is_empty() {
                    continue;
                }
                if 0 < rules {
                    writeln!(out, "---")?;
                }
                rule(story, last, source, &selections, &document.scan, out)?;
                rules += 1;
            }
        }
        if rules == 0 { writeln!(out, "# There is none.") } else { Ok(()) }
    }
}

/// Where a rule looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Web,
    CloudTrail,
}

impl Source {
    /// By the source that a finding stands in.
    fn of(finding: &Finding, trails: &Trails<'_>) -> Source {
        if trails.contains(&finding.source.path) { Source::CloudTrail } else { Source::Web }
    }
}

/// The paths of the sources that are of CloudTrail.
type Trails<'a> = HashSet<&'a Untrusted>;

fn trails(scan: &Scan) -> Trails<'_> {
    let of_cloud = scan.inputs.iter().filter(|input| input.format.as_deref() == Some("aws_cloudtrail"));
    of_cloud.map(|input| &input.path).collect()
}

/// Fields, all of which hold one of their values.
struct Selection {
    name: &'static str,
    fields: Vec<(&'static str, BTreeSet<Untrusted>)>,
}

fn selections(story: &Story, source: Source, trails: &Trails<'_>) -> Vec<Selection> {
    let of_source = || story.findings.iter().filter(|finding| Source::of(finding, trails) == source);
    let has_worked = of_source().any(|finding| finding.outcome == Outcome::Success);
    let told: Vec<&Finding> =
        of_source().filter(|finding| !has_worked || finding.outcome == Outcome::Success).collect();
    let values = |field: &dyn Fn(&Finding) -> Option<Untrusted>| {
        let all: BTreeSet<Untrusted> = told.iter().filter_map(|finding| field(finding)).collect();
        all.into_iter().take(VALUES_MAX).collect::<BTreeSet<_>>()
    };
    // Of what was cut there is too little left to be looked for.
    let own = |field: &Option<Untrusted>| {
        let is_whole = |text: &str| !matches!(text, "" | "-") && !text.contains("****");
        field.as_ref().filter(|text| text.is(is_whole)).map(|text| text.map(value))
    };
    let part = |is_query: bool| {
        values(&|finding| telling(finding).filter(|(query, _)| *query == is_query).map(|(_, part)| part.map(value)))
    };
    let clients = values(&|finding| own(&finding.request.client));
    let all = match source {
        Source::Web => vec![
            ("selection_client", vec![("c-ip", clients)]),
            ("selection_path", vec![("cs-uri-stem|contains", part(false))]),
            ("selection_query", vec![("cs-uri-query|contains", part(true))]),
        ],
        Source::CloudTrail => vec![
            ("selection_client", vec![("sourceIPAddress", clients)]),
            (
                "selection_key",
                vec![("userIdentity.accessKeyId", values(&|finding| own(&finding.request.access_key_id)))],
            ),
            (
                "selection_call",
                vec![
                    ("eventName", values(&|finding| own(&finding.request.operation))),
                    ("userIdentity.arn|contains", values(&|finding| own(&finding.request.principal))),
                ],
            ),
        ],
    };
    let whole = |fields: &[(&str, BTreeSet<Untrusted>)]| fields.iter().all(|(_, values)| !values.is_empty());
    all.into_iter().filter(|(_, fields)| whole(fields)).map(|(name, fields)| Selection { name, fields }).collect()
}

/// The telling part of a request's target, and whether it stands in the query.
fn telling(finding: &Finding) -> Option<(bool, Untrusted)> {
    let target = finding.request.target.as_ref()?;
    let long = |part: &str| TELLING_MIN <= part.chars().count();
    let told = finding.telling.and_then(|span| target.split(span));
    if let Some([before, telling, _]) = told.filter(|[_, telling, _]| telling.is(long)) {
        let is_query = before.is(|text| text.contains('?')) || telling.is(|text| text.starts_with('?'));
        return Some((is_query, telling));
    }
    let (path, _) = target.split_query();
    path.is(long).then_some((false, path))
}

/// Text of a log as a value to search for.
fn value(text: &str) -> String {
    let escaped = |part: &str| part.replace('\\', "\\\\").replace('*', "\\*").replace('?', "\\?");
    text.split("****").map(escaped).collect::<Vec<_>>().join("*")
}

fn rule(
    story: &Story,
    last: Time,
    source: Source,
    selections: &[Selection],
    scan: &Scan,
    out: &mut dyn Write,
) -> io::Result<()> {
    let incident = &story.incident;
    let own = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"keytrace");
    let id = Uuid::new_v5(&own, format!("sigma {source:?} {}", incident.id).as_bytes());
    let title = Telling::default().text(&incident.title).own(format_args!(" ({})", incident.id)).finish();
    let title = title.map(|title| title.chars().take(TITLE_MAX).collect());
    writeln!(out, "title: {}", title.in_yaml())?;
    writeln!(out, "id: {id}\nstatus: experimental")?;
    writeln!(
        out,
        "description: {}",
        Telling::default().own("Watches for the return of: ").text(&incident.summary).finish().in_yaml()
    )?;
    writeln!(out, "author: {}", quoted(&format!("keytrace {}", scan.version)))?;
    let date: String = instant(span(incident, last).1).chars().take(10).collect();
    writeln!(out, "date: {date}")?;
    let techniques = incident.techniques.iter().filter(|id| crate::attack::page(id).is_some());
    let tags: Vec<String> = techniques.map(|id| format!("  - attack.{}", id.to_ascii_lowercase())).collect();
    if !tags.is_empty() {
        writeln!(out, "tags:\n{}", tags.join("\n"))?;
    }
    match source {
        Source::Web => writeln!(out, "logsource:\n  category: webserver")?,
        Source::CloudTrail => writeln!(out, "logsource:\n  product: aws\n  service: cloudtrail")?,
    }
    writeln!(out, "detection:")?;
    for Selection { name, fields } in selections {
        writeln!(out, "  {name}:")?;
        for (field, values) in fields {
            writeln!(out, "    {field}:")?;
            values.iter().try_for_each(|value| writeln!(out, "      - {}", value.in_yaml()))?;
        }
    }
    writeln!(out, "  condition: 1 of selection_*")?;
    writeln!(out, "falsepositives:")?;
    let signals: BTreeSet<&str> = story.findings.iter().filter_map(lead).map(|lead| lead.name.as_str()).collect();
    let twins: BTreeSet<&str> = signals.into_iter().filter_map(signal).map(detect::Signal::twin).collect();
    for twin in twins.into_iter().chain(["Others behind the same address"]) {
        writeln!(out, "  - {}", quoted(twin))?;
    }
    writeln!(out, "level: {}", level(incident.severity))
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "informational",
        other => other.name(),
    }
}

/// A scalar between double quotes (YAML 1.2.2, section 7.3.1), on one line, with nothing in it that is not seen.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            _ if !is_unseen(letter) && !matches!(u32::from(letter) & 0xffff, 0xfffe | 0xffff) => out.push(letter),
            _ => out.push_str(&match u32::from(letter) {
                point @ ..=0xff => format!("\\x{point:02x}"),
                point @ ..=0xffff => format!("\\u{point:04x}"),
                point => format!("\\U{point:08x}"),
            }),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_scalar() {
        assert_eq!(quoted("a\"\n- b: \\ \u{202e}\u{e0041}検"), "\"a\\\"\\x0a- b: \\\\ \\u202e\\U000e0041検\"");
    }

    #[test]
    fn what_a_search_takes_for_any_text_is_escaped_and_what_was_cut_may_be_any() {
        assert_eq!(value("/a?b=*&c=\\d"), "/a\\?b=\\*&c=\\\\d");
        assert_eq!(value("?key=AKIA****&x"), "\\?key=AKIA*&x");
    }
}

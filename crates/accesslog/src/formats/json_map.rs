//! JSON lines whose keys a person names: `--json-map target=http.request.uri`.
//!
//! A path leads from the top of an object to a value: keys with points between, items of an array by their number in
//! brackets (`a[0].b`), and a back-slash before a point, a bracket or a back-slash that is part of a key. Keys are
//! compared as they stand in the text. A field may be named more than once: the first path that has a value gives it.

use std::fmt;
use std::sync::Arc;

use super::nginx_json::without_port;
use crate::json::{Field, Found, Kind, Lookup, Meaning};
use crate::{Escape, Fault, Format, Record};

/// A format of JSON lines, from pairs of a field's name and the path to its value.
///
/// # Errors
///
/// The first pair that is wrong, and why.
pub fn json_map(pairs: &[(String, String)]) -> Result<Arc<dyn Format>, JsonMapError> {
    let mut root = Node::default();
    let mut has_request = false;
    for (number, (name, path)) in pairs.iter().enumerate() {
        let wrong = |because: String| JsonMapError { pair: format!("{name}={path}"), because };
        let (_, field) = FIELDS.iter().find(|(known, _)| known == name).ok_or_else(|| wrong(unknown()))?;
        if PAIRS_MAX <= number {
            return Err(wrong(format!("there are more than {PAIRS_MAX} pairs")));
        }
        let steps = steps(path.as_bytes()).map_err(|because| wrong(because.to_owned()))?;
        if DEPTH_MAX < steps.len() {
            return Err(wrong(format!("a path has more than {DEPTH_MAX} steps")));
        }
        let node = steps.into_iter().fold(&mut root, Node::step);
        if node.field.is_some() {
            return Err(wrong("the path is taken by a pair before".to_owned()));
        }
        node.field = Some((*field, number as u8));
        has_request |= REQUEST.contains(field);
    }
    match pairs.last() {
        _ if has_request => Ok(Arc::new(JsonMap { root })),
        Some((name, path)) => Err(JsonMapError {
            pair: format!("{name}={path}"),
            because: "no pair up to this one names a request: method, target, request or operation".to_owned(),
        }),
        None => Err(JsonMapError { pair: String::new(), because: "there are no pairs".to_owned() }),
    }
}

/// Why pairs make no format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonMapError {
    /// The pair that is wrong, as it was given.
    pub pair: String,
    /// What is wrong with it.
    pub because: String,
}

impl fmt::Display for JsonMapError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}`: {}", self.pair, self.because)
    }
}

impl std::error::Error for JsonMapError {}

/// How many pairs there may be: their number is their rank.
const PAIRS_MAX: usize = 99;

/// How many steps a path may have.
const DEPTH_MAX: usize = 32;

/// The fields by the names that a person gives them.
const FIELDS: &[(&str, Field)] = &[
    ("time", Field::TIME),
    ("client", Field::CLIENT),
    ("user", Field::USER),
    ("request", Field::REQUEST),
    ("method", Field::METHOD),
    ("target", Field::TARGET),
    ("query", Field::QUERY),
    ("protocol", Field::PROTOCOL),
    ("status", Field::STATUS),
    ("bytes", Field::BYTES),
    ("referer", Field::REFERER),
    ("agent", Field::AGENT),
    ("host", Field::HOST),
    ("duration", Field::SECONDS),
    ("duration_ms", Field::MILLISECONDS),
    ("duration_us", Field::MICROSECONDS),
    ("duration_ns", Field::NANOSECONDS),
    ("forwarded", Field::FORWARDED),
    ("request_id", Field::REQUEST_ID),
    ("scheme", Field::SCHEME),
    ("port", Field::PORT),
    ("request_bytes", Field::REQUEST_BYTES),
    ("upstream", Field::UPSTREAM),
    ("tls_version", Field::TLS_VERSION),
    ("tls_cipher", Field::TLS_CIPHER),
    ("operation", Field::OPERATION),
    ("bucket", Field::BUCKET),
    ("key", Field::KEY),
    ("error", Field::ERROR),
    ("service", Field::SERVICE),
    ("region", Field::REGION),
    ("principal", Field::PRINCIPAL),
    ("access_key_id", Field::ACCESS_KEY_ID),
];

/// The fields without which there is no request.
const REQUEST: [Field; 4] = [Field::METHOD, Field::TARGET, Field::REQUEST, Field::OPERATION];

fn unknown() -> String {
    let names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
    format!("there is no such field; there are {}", names.join(", "))
}

/// One step of a path.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Key(Box<[u8]>),
    Item(usize),
}

/// The steps of a path.
fn steps(path: &[u8]) -> Result<Vec<Step>, &'static str> {
    let mut steps = Vec::new();
    let mut rest = path;
    loop {
        // A path may begin with an item only where its top were an array, which a record is not.
        let (key, behind) = key(rest)?;
        steps.push(Step::Key(key));
        rest = behind;
        while let [b'[', inner @ ..] = rest {
            let close = memchr::memchr(b']', inner).ok_or("a bracket is not closed")?;
            let number = crate::grammar::whole_number(&inner[..close]).ok_or("a bracket holds no number")?;
            steps.push(Step::Item(usize::try_from(number).map_err(|_| "a bracket holds no number")?));
            rest = &inner[close + 1..];
        }
        match rest {
            [] => return Ok(steps),
            [b'.', behind @ ..] => rest = behind,
            _ => return Err("behind a bracket there is a point, a bracket, or the end"),
        }
    }
}

/// A key, its escapes undone, and what follows it.
fn key(text: &[u8]) -> Result<(Box<[u8]>, &[u8]), &'static str> {
    let mut key = Vec::new();
    let mut rest = text;
    loop {
        rest = match rest {
            [b'\\', byte @ (b'.' | b'[' | b']' | b'\\'), behind @ ..] => {
                key.push(*byte);
                behind
            }
            [b'\\', ..] => return Err("a back-slash stands before a point, a bracket or a back-slash"),
            [] | [b'.' | b'[', ..] if key.is_empty() => return Err("a key is empty"),
            [] | [b'.' | b'[', ..] => return Ok((key.into_boxed_slice(), rest)),
            [byte, behind @ ..] => {
                key.push(*byte);
                behind
            }
        };
    }
}

/// What a step leads to.
#[derive(Default)]
struct Node {
    field: Option<(Field, u8)>,
    members: Vec<(Box<[u8]>, Node)>,
    items: Vec<(usize, Node)>,
}

impl Node {
    /// The node that the step leads to, made if there is none.
    fn step(&mut self, step: Step) -> &mut Node {
        match step {
            Step::Key(key) => child(&mut self.members, key),
            Step::Item(number) => child(&mut self.items, number),
        }
    }

    fn meaning(&self) -> Meaning<&Node> {
        let is_leaf = self.members.is_empty() && self.items.is_empty();
        Meaning { field: self.field, inner: if is_leaf { None } else { Some(self) } }
    }
}

fn child<K: PartialEq>(children: &mut Vec<(K, Node)>, key: K) -> &mut Node {
    let at = children.iter().position(|(known, _)| *known == key).unwrap_or(children.len());
    if at == children.len() {
        children.push((key, Node::default()));
    }
    &mut children[at].1
}

impl Lookup for &Node {
    const KNOWS_ITEMS: bool = true;

    fn member(self, key: &[u8]) -> Option<Meaning<Self>> {
        self.members.iter().find(|(known, _)| **known == *key).map(|(_, node)| node.meaning())
    }

    fn item(self, number: usize) -> Option<Meaning<Self>> {
        self.items.iter().find(|(known, _)| *known == number).map(|(_, node)| node.meaning())
    }
}

/// Paths to values of JSON objects, as a person writes them.
pub struct JsonPaths {
    root: Node,
}

impl JsonPaths {
    /// The paths, by their places; no two may be the same.
    ///
    /// # Errors
    ///
    /// What is wrong with the first that is.
    pub fn new(paths: &[&str]) -> Result<JsonPaths, String> {
        let mut root = Node::default();
        for (number, path) in paths.iter().enumerate().take(PAIRS_MAX + 1) {
            let steps = steps(path.as_bytes())?;
            if DEPTH_MAX < steps.len() || PAIRS_MAX <= number {
                return Err(format!("there are more than {PAIRS_MAX} paths, or a path of more than {DEPTH_MAX} steps"));
            }
            let node = steps.into_iter().fold(&mut root, Node::step);
            if node.field.is_some() {
                return Err(format!("the path `{path}` is there twice"));
            }
            node.field = Some((Field::MARK, number as u8));
        }
        Ok(JsonPaths { root })
    }

    /// Shows the values of a line, one object, by the places of their paths: strings with their escapes undone, numbers as
    /// they stand; `null`, arrays and objects are no values.
    ///
    /// # Errors
    ///
    /// Where the line is no object of JSON.
    pub fn find(&self, line: &[u8], take: &mut dyn FnMut(usize, &[u8])) -> Result<(), Fault> {
        crate::json::values(line, &self.root, &mut |number, raw| match raw.kind {
            Kind::String => take(usize::from(number), &Escape::Json.undo(raw.text)),
            Kind::Bare if raw.text != b"null" => take(usize::from(number), raw.text),
            _ => {}
        })
    }
}

/// JSON lines with the keys that a person named.
struct JsonMap {
    root: Node,
}

impl Format for JsonMap {
    fn name(&self) -> &'static str {
        "json_map"
    }

    fn about(&self) -> &'static str {
        "JSON lines with the keys given by `--json-map`"
    }

    fn example(&self) -> &'static str {
        r#"{"when":"2024-05-01T00:02:15Z","http":{"verb":"GET","address":"/a"},"code":200}"#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let mut found = Found::nothing_of(line);
        found.read(&self.root)?;
        if REQUEST.into_iter().any(|field| found.has(field)) {
            let mut record = found.record();
            without_port(&mut record);
            Ok(Some(record))
        } else {
            Err(Fault { at: 0, expected: "a value at a path that was named for the request" })
        }
    }

    fn is_recognised(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(pairs: &[(&str, &str)]) -> Result<Arc<dyn Format>, JsonMapError> {
        let pairs: Vec<_> = pairs.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned())).collect();
        json_map(&pairs)
    }

    fn because(pairs: &[(&str, &str)]) -> String {
        made(pairs).err().unwrap().to_string()
    }

    #[test]
    fn paths_lead_through_objects_and_arrays() {
        let format = made(&[
            ("target", "http.request[1].uri"),
            ("method", r"http.verb\.sent"),
            ("time", "when"),
            ("client", "peers[0]"),
            ("client", "peer"),
        ])
        .unwrap();
        let line = br#"{"http":{"request":[{"uri":"/no"},{"uri":"/a"}],"verb.sent":"GET"},"when":"2024-05-01T00:02:15Z","peer":"192.0.2.8","peers":["192.0.2.7"]}"#;
        let record = format.parse(line).unwrap().unwrap();
        assert_eq!((record.target, record.method), (Some(&b"/a"[..]), Some(&b"GET"[..])));
        assert_eq!(record.client, Some(&b"192.0.2.7"[..]), "the first pair that has a value");
        assert!(record.time.is_some());
        let line = br#"{"http":{"request":[],"verb.sent":"GET"},"peer":"192.0.2.8"}"#;
        assert_eq!(format.parse(line).unwrap().unwrap().client, Some(&b"192.0.2.8"[..]));
        assert!(format.parse(br#"{"http":{"request":[{"uri":"/no"}]}}"#).is_err());
    }

    #[test]
    fn the_error_names_the_pair() {
        assert!(because(&[("path", "a")]).starts_with("`path=a`: there is no such field; there are time, client"));
        assert_eq!(because(&[("target", "a..b")]), "`target=a..b`: a key is empty");
        assert_eq!(because(&[("target", "a[x]")]), "`target=a[x]`: a bracket holds no number");
        assert_eq!(because(&[("target", "a[1")]), "`target=a[1`: a bracket is not closed");
        assert_eq!(
            because(&[("target", "a[1]b")]),
            "`target=a[1]b`: behind a bracket there is a point, a bracket, or the end"
        );
        assert_eq!(
            because(&[("target", r"a\b")]),
            r"`target=a\b`: a back-slash stands before a point, a bracket or a back-slash"
        );
        assert_eq!(because(&[("target", "a"), ("host", "a")]), "`host=a`: the path is taken by a pair before");
        assert!(because(&[("status", "a")]).contains("names a request"));
        assert_eq!(because(&[]), "``: there are no pairs");
    }
}

//! Which requests give out which data of whom, as the service's owner says it.
//!
//! A log does not tell whose address `/api/orders/77` holds; its owner can. Each rule names the requests it is about, by
//! the path or by bucket and key, says where the identifier of the subject stands in them, and which items such an
//! object holds. Of the rules that match a request the first one holds. Identifiers of two rules are of one person
//! only where both rules say that they are of one kind: order 17 is not customer 17.

use accesslog::{Cloud, Record};

use crate::decode;
use crate::hash::{self, join};
use crate::pattern::Pattern;
use crate::request::{param_name, target_of};
use crate::target::Target;

/// How many different items a data map may name: each has its bit in a set.
pub const ITEMS_MAX: usize = u64::BITS as usize;

/// How much of a path or key is looked at, in bytes.
const PATH_BYTES_MAX: usize = 4_096;

/// How often a key is encoded at most: S3 writes it encoded twice.
const KEY_LAYERS_MAX: usize = 2;

/// Which requests give out which data of whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataMap {
    /// The items that the rules name (name, address, e-mail); at most [`ITEMS_MAX`].
    pub items: Vec<String>,
    /// The rules; the first that matches holds.
    pub rules: Vec<DataRule>,
    /// The rules that say how objects are read that hold many persons; the first that matches holds.
    pub contents: Vec<ContentRule>,
}

/// How objects are read that hold many persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentRule {
    /// The objects it is about: `bucket/key`, or a path of a web service with its leading slash.
    pub pattern: Pattern,
    /// Where the identifier of the subject stands.
    pub form: ContentForm,
    /// What kind of identifier that is, as in a [`DataRule`].
    pub kind: Option<String>,
    /// The items that every row holds, by their bits.
    pub items: u64,
    /// The items that a row holds where a column or field of that name is not empty.
    pub held: Vec<(u64, String)>,
}

/// Where the identifier of the subject stands in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentForm {
    /// In the column of that name in a table's header.
    Column(String),
    /// At that path in each JSON line.
    Field(String),
    /// In the requests of an access log, where the map's rules find it.
    Log,
}

/// One rule of a data map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataRule {
    /// A name for what such objects are, `shipment`.
    pub class: Option<String>,
    /// What the pattern is matched with.
    pub place: DataPlace,
    /// The requests it is about.
    pub pattern: Pattern,
    /// The parameter that holds the subject's identifier, in lower case, where the pattern does not hold it.
    pub parameter: Option<String>,
    /// What kind of identifier that is, `customer`; rules of one kind speak of the same persons.
    pub kind: Option<String>,
    /// The items that such an object holds: a bit for each, by its place among the map's items.
    pub items: u64,
}

/// What the pattern of a rule is matched with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataPlace {
    /// The path of the request, percent-encoding undone.
    Route,
    /// `bucket/key` of a storage service, percent-encoding undone.
    Object,
}

/// Whose data a request asks for, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The rule, by its place.
    pub rule: usize,
    /// The subject: equal for equal identifiers of one kind.
    pub subject: u64,
    /// The items, by their bits.
    pub items: u64,
}

impl DataMap {
    /// Whose data a request asks for; none if no rule is about it, or it does not say whose.
    pub fn find(&self, record: &Record<'_>) -> Option<Held> {
        if self.rules.is_empty() {
            return None;
        }
        let target = target_of(record);
        let target = Target::new(&target);
        let path = undone(target.path, 1);
        let object = record.cloud.and_then(|cloud| object(record, &cloud));
        self.rules.iter().enumerate().find_map(|(place, rule)| {
            let text = match rule.place {
                DataPlace::Route => &path,
                DataPlace::Object => object.as_ref()?,
            };
            let found = rule.pattern.find(&text[..text.len().min(PATH_BYTES_MAX)])?;
            let identifier = match &rule.parameter {
                Some(name) => {
                    let param = target.params().find(|param| *param_name(param.name) == *name.as_bytes())?;
                    undone(param.value, 1)
                }
                None => found.to_vec(),
            };
            if identifier.is_empty() {
                return None;
            }
            Some(Held { rule: place, subject: join(self.kind(place), hash::hash(&identifier)), items: rule.items })
        })
    }

    /// The rule that says how an object of that name is read, by its place.
    pub(crate) fn content_of(&self, name: &[u8]) -> Option<usize> {
        let name = &name[..name.len().min(PATH_BYTES_MAX)];
        self.contents.iter().position(|rule| rule.pattern.find(name).is_some())
    }

    /// The kind of the identifiers of a rule; those of contents come behind the others.
    pub(crate) fn kind_name(&self, rule: usize) -> Option<&String> {
        match rule.checked_sub(self.rules.len()) {
            None => self.rules[rule].kind.as_ref(),
            Some(content) => self.contents.get(content)?.kind.as_ref(),
        }
    }

    /// What tells identifiers of a rule from those of others.
    pub(crate) fn kind(&self, rule: usize) -> u64 {
        match self.kind_name(rule) {
            Some(kind) => join(1, hash::hash(kind.as_bytes())),
            None => join(2, rule as u64),
        }
    }
}

/// The name of the object that a request asks for, `bucket/key` or a path, and whether a query may have made it less.
pub(crate) fn name_of(record: &Record<'_>) -> Option<(Vec<u8>, bool)> {
    if let Some(cloud) = record.cloud {
        return object(record, &cloud).map(|name| (name, false));
    }
    let text = target_of(record);
    let target = Target::new(&text);
    let path = undone(target.path, 1);
    path.starts_with(b"/").then(|| (path, target.params().next().is_some()))
}

/// `bucket/key` of a record, if it names both.
fn object(record: &Record<'_>, cloud: &Cloud<'_>) -> Option<Vec<u8>> {
    let (bucket, key) = (record.escape.undo(cloud.bucket?), record.escape.undo(cloud.key?));
    Some([&*bucket, b"/", &undone(&key, KEY_LAYERS_MAX)].concat())
}

/// A text with so many layers of percent-encoding undone, if it has as many.
pub(crate) fn undone(text: &[u8], layers_max: usize) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..layers_max {
        match decode::percent(&text) {
            Some(shorter) => text = shorter,
            None => break,
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(place: DataPlace, pattern: &str, parameter: Option<&str>, kind: Option<&str>, items: u64) -> DataRule {
        DataRule {
            class: None,
            place,
            pattern: Pattern::parse(pattern).unwrap(),
            parameter: parameter.map(str::to_owned),
            kind: kind.map(str::to_owned),
            items,
        }
    }

    fn map() -> DataMap {
        DataMap {
            items: ["name", "address", "photo"].map(str::to_owned).to_vec(),
            rules: vec![
                rule(DataPlace::Route, "/api/customers/{subject}", None, Some("customer"), 0b011),
                rule(DataPlace::Route, "/api/shipments", Some("customer"), Some("customer"), 0b010),
                rule(DataPlace::Route, "/api/orders/{subject}", None, None, 0b010),
                rule(DataPlace::Object, "uploads/photos/{subject}/**", None, Some("customer"), 0b100),
            ],
            contents: Vec::new(),
        }
    }

    fn held(target: &str) -> Option<Held> {
        map().find(&Record { target: Some(target.as_bytes()), ..Record::default() })
    }

    #[test]
    fn one_person_is_one_wherever_the_identifier_stands() {
        let by_path = held("/api/customers/17").unwrap();
        let by_param = held("/api/shipments?page=2&Customer=1%37").unwrap();
        assert_eq!((by_path.subject, by_path.items), (by_param.subject, 0b011));
        assert_eq!((by_param.rule, by_param.items), (1, 0b010));
        let cloud = Cloud { bucket: Some(b"uploads"), key: Some(b"photos%252F17%252Fa.jpg"), ..Cloud::default() };
        let photo = map().find(&Record { cloud: Some(cloud), ..Record::default() }).unwrap();
        assert_eq!((photo.subject, photo.items), (by_path.subject, 0b100));
    }

    #[test]
    fn an_order_is_no_customer_and_nobody_is_nobody() {
        assert_ne!(held("/api/orders/17").unwrap().subject, held("/api/customers/17").unwrap().subject);
        assert_eq!(held("/api/shipments"), None, "it does not say whose");
        assert_eq!(held("/api/shipments?customer="), None);
        assert_eq!(held("/other"), None);
    }
}

//! A request as the signals see it: its parts, told apart and each read in every way.
//!
//! This is made only for the few requests that the prefilter wants looked at closely, so it may cost
//! microseconds and memory where the others cost none.

use std::borrow::Cow;

use accesslog::Record;
use serde::{Deserialize, Serialize};

use crate::catalog::{ParamKind, param_kind};
use crate::decode::{self, Reading};
use crate::hash::{self, join};
use crate::names::{self, Name, Place};
use crate::route::{Route, route_of};
use crate::target::Target;
use crate::vocabulary::VOCABULARY;

/// How many parameters of a request are looked at.
const PARAMS_MAX: usize = 64;

/// For how many parts there is room at first.
const PARTS_USUAL: usize = 4;

/// Which part of a request a text is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Field {
    /// The path of the target.
    Path,
    /// A parameter of the query.
    Param,
    /// Scheme and authority of a target in absolute form.
    Origin,
    /// A request line that is none.
    Line,
    /// The host that was asked for.
    Host,
    /// The referer.
    Referer,
    /// The agent.
    Agent,
    /// The user.
    User,
}

impl Field {
    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Field::Path => "path",
            Field::Param => "query",
            Field::Origin => "target",
            Field::Line => "request line",
            Field::Host => "host",
            Field::Referer => "referer",
            Field::Agent => "agent",
            Field::User => "user",
        }
    }

    /// Whether the part is of the request-target, not of a header.
    pub(crate) fn is_target(self) -> bool {
        matches!(self, Field::Path | Field::Param | Field::Origin | Field::Line)
    }
}

/// A part of a request.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) field: Field,
    /// The name of a parameter, decoded and in lower case; empty for other parts.
    pub(crate) name: Vec<u8>,
    /// What the name of a parameter tells.
    pub(crate) kind: Option<ParamKind>,
    /// Where the part stands in the target: its offset and length in bytes, as written.
    pub(crate) span: (u32, u32),
    /// Every way to read it, the plain one first.
    pub(crate) readings: Vec<Reading>,
}

/// A request in its parts.
#[derive(Clone, Debug)]
pub struct Request<'r> {
    pub(crate) record: &'r Record<'r>,
    pub(crate) route: Route,
    pub(crate) parts: Vec<Part>,
    /// The files that the parts name.
    pub(crate) names: Vec<Name>,
    /// The hosts that the parts name.
    pub(crate) places: Vec<Place>,
    /// Whether the request has a user and is to a storage service: its owner's programs make such.
    pub(crate) is_own_storage: bool,
}

/// Which parts of a request beside its target are worth a look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Others {
    pub(crate) host: bool,
    pub(crate) referer: bool,
    pub(crate) agent: bool,
    pub(crate) user: bool,
}

impl Others {
    pub(crate) fn any(self) -> bool {
        self.host || self.referer || self.agent || self.user
    }
}

impl<'r> Request<'r> {
    /// Takes a request apart. `target` is the record's target with the log's own escapes undone.
    pub(crate) fn new(record: &'r Record<'r>, target: &[u8], others: Others) -> Request<'r> {
        Request::on(route_of(&Target::new(target)), record, target, others)
    }

    /// The same, where the route of the target is known.
    pub(crate) fn on(route: Route, record: &'r Record<'r>, target: &[u8], others: Others) -> Request<'r> {
        let split = Target::new(target);
        let mut parts = Vec::with_capacity(PARTS_USUAL);
        if record.target.is_none() {
            parts.push(part(Field::Line, b"", target, 0));
        } else {
            let span = |piece: &[u8]| piece.as_ptr() as usize - target.as_ptr() as usize;
            if let Some(origin) = split.origin {
                parts.push(part(Field::Origin, b"", origin, span(origin)));
            }
            parts.push(part(Field::Path, b"", split.path, span(split.path)));
            for param in split.params().take(PARAMS_MAX) {
                parts.push(part(Field::Param, param.name, param.value, span(param.value)));
                // What stands in the place of a name, but is none, is a value.
                if param_name(param.name).iter().any(|byte| matches!(byte, b'/' | b'\\' | b'$' | b'{')) {
                    parts.push(part(Field::Param, b"", param.name, span(param.name)));
                }
            }
        }
        let mut other = |is: bool, field: Field, value: Option<&[u8]>| {
            if let (true, Some(value)) = (is, value) {
                parts.push(part(field, b"", &record.escape.undo(value), 0));
            }
        };
        other(others.host, Field::Host, record.host);
        other(others.referer, Field::Referer, record.referer);
        other(others.agent, Field::Agent, record.agent);
        other(others.user, Field::User, record.user);
        let is_own_storage = record.cloud.is_some() && record.user.is_some();
        Request { record, route, names: names::names(&parts), places: names::places(&parts), parts, is_own_storage }
    }

    /// A request of which nothing but the path is looked at, or the line where it has none: the signals see nothing else in it.
    pub(crate) fn of_path(route: Route, record: &'r Record<'r>, target: &[u8]) -> Request<'r> {
        let one = match record.target {
            None => part(Field::Line, b"", target, 0),
            Some(_) => {
                let path = Target::new(target).path;
                part(Field::Path, b"", path, path.as_ptr() as usize - target.as_ptr() as usize)
            }
        };
        let is_own_storage = record.cloud.is_some() && record.user.is_some();
        Request { record, route, parts: vec![one], names: Vec::new(), places: Vec::new(), is_own_storage }
    }

    /// The key of a parameter on this route.
    pub(crate) fn param_key(&self, part: &Part) -> u64 {
        param_key(self.route, &part.name)
    }
}

/// The key of a parameter of a route, by its name in lower case.
pub(crate) fn param_key(route: Route, name: &[u8]) -> u64 {
    join(route.key, hash::hash(name))
}

/// The name of a parameter as it is compared: decoded, in lower case.
pub(crate) fn param_name(name: &[u8]) -> Cow<'_, [u8]> {
    let is_plain = name.iter().all(|byte| *byte != b'%' && !byte.is_ascii_uppercase());
    if is_plain {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(decode::percent(name).unwrap_or_else(|| name.to_vec()).to_ascii_lowercase())
    }
}

fn part(field: Field, name: &[u8], value: &[u8], offset: usize) -> Part {
    let name = param_name(name).into_owned();
    let kind = param_kind(&name);
    let mut readings = decode::readings(value);
    // A rule for a parameter knows it by its name, too.
    let mut named = Vec::new();
    if field == Field::Param {
        named.reserve(name.len() + 1 + value.len());
        named.extend_from_slice(&name);
        named.push(b'=');
    }
    let name_bytes = named.len();
    for reading in &mut readings {
        let text = match field {
            Field::Param => {
                named.truncate(name_bytes);
                named.extend_from_slice(&reading.folded);
                &named
            }
            _ => &reading.folded,
        };
        let holds_paths = field != Field::Param || names::may_name_file(kind, &reading.folded);
        reading.words = VOCABULARY.words(text, name_bytes, holds_paths);
    }
    Part { field, kind, span: (offset as u32, value.len() as u32), readings, name }
}

/// The target of a record as the server saw it, its query with it, or its request line where that has no target.
pub(crate) fn target_of<'r>(record: &Record<'r>) -> Cow<'r, [u8]> {
    let Some(text) = record.target.or(record.request) else { return Cow::Borrowed(b"") };
    let text = record.escape.undo(text);
    match record.query.filter(|query| !query.is_empty() && !text.contains(&b'?')) {
        Some(query) => Cow::Owned([&text, &b"?"[..], &record.escape.undo(query)].concat()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_know_where_they_stand() {
        let record = Record { target: Some(b"/a/b?url=x%41&y"), ..Record::default() };
        let request = Request::new(&record, b"/a/b?url=x%41&y", Others::default());
        let spans: Vec<(Field, &[u8], (u32, u32))> =
            request.parts.iter().map(|part| (part.field, &part.name[..], part.span)).collect();
        assert_eq!(
            spans,
            [(Field::Path, &b""[..], (0, 4)), (Field::Param, b"url", (9, 4)), (Field::Param, b"", (14, 1))]
        );
        assert_eq!(request.parts[1].readings.last().unwrap().text, b"xA");
    }

    #[test]
    fn a_query_that_is_logged_apart_is_part_of_the_target() {
        let record = Record { target: Some(b"/a"), query: Some(b"b=1"), ..Record::default() };
        assert_eq!(&*target_of(&record), b"/a?b=1");
        let record = Record { target: Some(b"/a?b=1"), query: Some(b"b=1"), ..Record::default() };
        assert_eq!(&*target_of(&record), b"/a?b=1");
    }

    #[test]
    fn a_request_line_that_is_none_is_one_part() {
        let record = Record { request: Some(br"\x16\x03${env:X}"), ..Record::default() };
        let request = Request::new(&record, br"\x16\x03${env:X}", Others::default());
        assert_eq!((request.parts.len(), request.parts[0].field), (1, Field::Line));
    }
}

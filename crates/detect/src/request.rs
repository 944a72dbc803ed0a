//! A request as the signals see it: its parts, told apart and each read in every way.
//!
//! This is made only for the few requests that the prefilter wants looked at closely, so it may cost
//! microseconds and memory where the others cost none.

use std::borrow::Cow;

use accesslog::Record;
use serde::{Deserialize, Serialize};

use crate::decode;
use crate::hash::{self, join};
use crate::names::{self, Name, Place};
use crate::parts::{Contents, Part};
use crate::route::{Route, route_of};
use crate::target::Target;

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
        Request::on(route_of(&Target::new(target)), record, target, others, &mut Contents::default())
    }

    /// The same, where the route of the target is known, and what some parts are read as.
    pub(crate) fn on(
        route: Route,
        record: &'r Record<'r>,
        target: &[u8],
        others: Others,
        read: &mut Contents,
    ) -> Request<'r> {
        let split = Target::new(target);
        let mut parts = Vec::with_capacity(PARTS_USUAL);
        let mut part = |field: Field, name: &[u8], value: &[u8], at: usize| {
            parts.push(Part { field, span: (at as u32, value.len() as u32), content: read.of(field, name, value) });
        };
        if record.target.is_none() {
            part(Field::Line, b"", target, 0);
        } else {
            let place = |piece: &[u8]| place_in(target, piece);
            if let Some(origin) = split.origin {
                part(Field::Origin, b"", origin, place(origin));
            }
            part(Field::Path, b"", split.path, place(split.path));
            for param in split.params().take(PARAMS_MAX) {
                part(Field::Param, param.name, param.value, place(param.value));
                // What stands in the place of a name, but is none, is a value.
                if param_name(param.name).iter().any(|byte| matches!(byte, b'/' | b'\\' | b'$' | b'{')) {
                    part(Field::Param, b"", param.name, place(param.name));
                }
            }
        }
        let mut other = |is: bool, field: Field, value: Option<&[u8]>| {
            if let (true, Some(value)) = (is, value) {
                part(field, b"", &record.escape.undo(value), 0);
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
        let (field, text) = match record.target {
            None => (Field::Line, target),
            Some(_) => (Field::Path, Target::new(target).path),
        };
        let span = (place_in(target, text) as u32, text.len() as u32);
        let one = Part { field, span, content: Contents::default().of(field, b"", text) };
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

/// Where in a target a piece of it stands.
fn place_in(target: &[u8], piece: &[u8]) -> usize {
    piece.as_ptr() as usize - target.as_ptr() as usize
}

/// The target of a record as it is written there, without the query that stands apart from it.
pub(crate) fn target_as_written<'r>(record: &Record<'r>) -> &'r [u8] {
    record.target.or(record.request).unwrap_or_default()
}

/// The target of a record as the server saw it, its query with it, or its request line where that has no target.
pub(crate) fn target_of<'r>(record: &Record<'r>) -> Cow<'r, [u8]> {
    // A query alone is no target.
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

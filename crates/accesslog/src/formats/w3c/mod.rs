//! Logs of columns that a header names: the W3C extended format and its kin.
//!
//! The W3C draft "Extended Log File Format" (WD-logfile-960323) lets a file say in `#Fields:` which columns it has,
//! and lets it say so again, otherwise, in its middle: IIS does at every restart. So a file is read by the names, never
//! by the place; and how a line is read depends on the directives before it, which [`Format::after`] hands on:
//!
//! * `#Fields:` names the columns. An export as CSV has a header row in its place.
//! * `#Date:` gives the date of the lines behind it that have a clock and no date. A clock that is more than an hour
//!   before that of the directive is of the next day. An hour, since lines are stamped when a request begins and
//!   written when it ends, so that the first may be a little older than the directive.
//! * `#GMT-Offset:` gives the zone of the dates. Without it they are in UTC, as IIS has them.
//!
//! Who wrote the file is a [`Dialect`]: how values are divided, what an empty one means, in which unit a time is. A
//! file that has lost its header, or a line that does not fit it, is read by the columns that its writer has by default,
//! where every value fits them.

mod cells;
mod columns;
mod dialects;
mod reader;
mod tables;

use std::sync::Arc;

use crate::field::Sink;
use crate::grammar::offset;
use crate::{Fault, Format, Record};

use columns::{Column, columns};
use dialects::{Dialect, Header, NAMES_MIN};
use reader::Start;

/// IIS, in the W3C format.
pub(crate) static IIS_W3C: Columnar = Columnar { dialect: &dialects::IIS, state: NOTHING };
/// IIS with the extension Advanced Logging.
pub(crate) static IIS_ADVANCED: Columnar = Columnar { dialect: &dialects::IIS_ADVANCED, state: NOTHING };
/// Citrix NetScaler.
pub(crate) static NETSCALER: Columnar = Columnar { dialect: &dialects::NETSCALER, state: NOTHING };
/// Oracle Web Cache.
pub(crate) static ORACLE_WEBCACHE: Columnar = Columnar { dialect: &dialects::ORACLE_WEBCACHE, state: NOTHING };
/// Shoutcast.
pub(crate) static SHOUTCAST: Columnar = Columnar { dialect: &dialects::SHOUTCAST, state: NOTHING };
/// Imperva Incapsula.
pub(crate) static INCAPSULA: Columnar = Columnar { dialect: &dialects::INCAPSULA, state: NOTHING };
/// Exchange's proxy.
pub(crate) static EXCHANGE_HTTP_PROXY: Columnar = Columnar { dialect: &dialects::EXCHANGE_HTTP_PROXY, state: NOTHING };
/// CloudFront.
pub(crate) static AWS_CLOUDFRONT: Columnar = Columnar { dialect: &dialects::CLOUDFRONT, state: NOTHING };
/// CloudFront, exported as a table.
pub(crate) static AWS_CLOUDFRONT_EXPORT: Columnar = Columnar { dialect: &dialects::CLOUDFRONT_EXPORT, state: NOTHING };
/// Google Cloud Storage.
pub(crate) static GCS_USAGE: Columnar = Columnar { dialect: &dialects::GCS, state: NOTHING };

/// A dialect, and what the directives of a file have said so far.
#[derive(Debug)]
pub(crate) struct Columnar {
    dialect: &'static Dialect,
    state: State,
}

/// What the directives of a file have said so far.
#[derive(Clone, Debug)]
pub(super) struct State {
    columns: Columns,
    start: Option<Start>,
    zone_seconds: i64,
}

/// What is known of the columns.
#[derive(Clone, Debug)]
enum Columns {
    /// Nothing: they are those that the writer has by default.
    Untold,
    /// They are these.
    Told(Arc<[Column]>),
    /// They are those of another writer.
    Foreign,
}

/// Zeek.
pub(crate) static ZEEK_HTTP: Columnar = Columnar { dialect: &dialects::ZEEK, state: NOTHING };

/// Tables that stores of logs export.
pub(crate) static CSV_TABLE: Columnar = Columnar { dialect: &tables::TABLE, state: NOTHING };

/// What is known before the first directive.
const NOTHING: State = State { columns: Columns::Untold, start: None, zone_seconds: 0 };

/// The format of lines whose columns are these: directives (`#Fields: date time c-ip …`, `#Date: …`), one a line, or
/// the header row of an export (`"time_micros","c_ip",…`).
///
/// Whose dialect it is follows from the columns that only that one has; otherwise it is that of IIS.
///
/// # Errors
///
/// The fault says where in the text the columns were expected. A layout of a server's configuration
/// (`$remote_addr $status`, `%h %s`) names no columns, nor does the name of a format.
///
/// ```
/// let format = accesslog::w3c_fields("#Fields: date time c-ip cs-method cs-uri-stem sc-status").unwrap();
/// let record = format.parse(b"2024-05-01 00:02:15 192.0.2.7 GET /a 200").unwrap().unwrap();
/// assert_eq!(record.status, Some(200));
/// assert!(accesslog::w3c_fields("$remote_addr $status").is_err());
/// ```
pub fn w3c_fields(text: &str) -> Result<Arc<dyn Format>, Fault> {
    let said = text.lines().rev().find_map(|line| directive(line, "Fields").or_else(|| zeek_fields(line)));
    let (header, names) = match said {
        Some(names) => (Header::Directive, names),
        None => match text.lines().rev().find(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            Some(names) if names.contains(',') => (Header::Row, names),
            Some(names) => (Header::Directive, names),
            None => return Err(Fault { at: 0, expected: "`#Fields:` and the names of the columns" }),
        },
    };
    let mut columns = columns(names);
    let mut dialect = dialects::of(&columns, header);
    let known = |columns: &[Column]| columns.iter().filter(|column| column.is_known()).count();
    // A table of nobody's in particular, unless all of its names are such as logs of columns have.
    if header == Header::Row
        && dialect.is_none()
        && let Some(table) = tables::table(names).filter(|table| known(&columns) < known(table))
    {
        (columns, dialect) = (table, Some(&tables::TABLE));
    }
    let are_names = columns.iter().any(Column::is_of_request)
        && (said.is_some() || NAMES_MIN <= columns.len() && columns.iter().all(Column::is_plain));
    if !are_names {
        let at = offset(text.as_bytes(), names.as_bytes());
        return Err(Fault { at, expected: "names of columns, such as c-ip and cs-uri-stem" });
    }
    let dialect = dialect.unwrap_or(match header {
        Header::Directive => &dialects::IIS,
        Header::Row | Header::Chosen => &dialects::CLOUDFRONT_EXPORT,
    });
    let mut state = State { columns: Columns::Told(columns.into()), ..NOTHING };
    for line in text.lines() {
        state.take_directive(line);
    }
    Ok(Arc::new(Columnar { dialect, state }))
}

impl State {
    /// Takes in what a directive says, but for the columns; whether it says something.
    fn take_directive(&mut self, line: &str) -> bool {
        if let Some(start) = directive(line, "Date").or_else(|| directive(line, "Start-Date")).and_then(Start::read) {
            self.start = Some(start);
            return true;
        }
        let zone = directive(line, "GMT-Offset").and_then(|zone| crate::time::zone(zone.as_bytes()));
        self.zone_seconds = zone.unwrap_or(self.zone_seconds);
        zone.is_some()
    }

    /// What is known behind a line of that dialect; `None` where the line says nothing.
    fn after(&self, dialect: &'static Dialect, line: &[u8]) -> Option<State> {
        let mut state = self.clone();
        let named = match dialect.header {
            Header::Row | Header::Chosen => dialects::header_row(dialect, line)?,
            Header::Directive => {
                let line = std::str::from_utf8(line).ok()?;
                let named = match dialect.name == dialects::ZEEK.name {
                    true => zeek_fields(line),
                    false => directive(line, "Fields"),
                };
                match named {
                    Some(names) => columns(names),
                    None => return state.take_directive(line).then_some(state),
                }
            }
        };
        // What has the columns of one writer alone is that one's.
        let header = if dialect.header == Header::Chosen { Header::Row } else { dialect.header };
        state.columns = match dialects::of(&named, header) {
            // A table of other things in the same file, such as what is stored, says nothing of the requests.
            _ if !named.iter().any(Column::is_of_request) => Columns::Untold,
            Some(writer) if writer.name != dialect.name => Columns::Foreign,
            None if dialect.name == dialects::ZEEK.name => Columns::Foreign,
            _ => Columns::Told(named.into()),
        };
        Some(state)
    }
}

/// The value of a directive of that name, `#Name: value`, if the line is one.
fn directive<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (head, rest) = line.strip_prefix('\u{FEFF}').unwrap_or(line).strip_prefix('#')?.split_at_checked(name.len())?;
    let value = rest.strip_prefix(':').filter(|_| head.eq_ignore_ascii_case(name))?;
    Some(value.trim())
}

/// The names that Zeek's header gives: `#fields`, and a tab before each.
fn zeek_fields(line: &str) -> Option<&str> {
    line.strip_prefix("#fields\t")
}

impl Format for Columnar {
    fn name(&self) -> &'static str {
        self.dialect.name
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.dialect.aliases
    }

    fn about(&self) -> &'static str {
        self.dialect.about
    }

    fn example(&self) -> &'static str {
        self.dialect.example
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        reader::parse(self.dialect, &self.state, line)
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        reader::further(self.dialect, &self.state, line, record, sink);
    }

    fn directive_mark(&self) -> Option<&'static [u8]> {
        // A header row may begin with any name: every line is looked at.
        Some(match self.dialect.header {
            Header::Directive => b"#",
            Header::Row | Header::Chosen => b"",
        })
    }

    fn after(&self, line: &[u8]) -> Option<Arc<dyn Format>> {
        let state = self.state.after(self.dialect, line)?;
        Some(Arc::new(Columnar { dialect: self.dialect, state }))
    }
}

#[cfg(test)]
mod tests;

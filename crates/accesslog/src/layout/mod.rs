//! Layouts: text that a server wrote by a format string, read back by the same string.
//!
//! A layout is a row of literals and fields. A field ends where what *follows* it fits: the literal behind it, then the
//! fields behind that as long as they end by themselves (a number, a time stamp), [`LOOK_AHEAD_FIELDS`] at most. So
//! `$http_x_forwarded_for` without quotes, a user with blanks and brackets, or a request line that holds quotes are
//! decided by their neighbours. Nothing is tried twice from the same place: a line costs a time that grows with its
//! length times that look-ahead, whatever a client puts into it.
//!
//! Servers' own notations are turned into layouts beside this file, one file each; the formats that are layouts with a
//! name are in `formats/`. A record that a layout gives borrows from its line, and reading allocates nothing.

mod apache;
mod beginning;
mod config;
mod envoy;
mod error;
mod field;
mod gunicorn;
mod haproxy;
mod laid;
mod literal;
mod moment;
mod nginx;
mod notation;
mod squid;
mod syntax;
mod walk;

use std::sync::Arc;

use crate::address::without_port;
use crate::grammar::fault;
use crate::{Escape, Fault, Format, Ordinary, Record, Sink};

pub use config::{ConfigFormat, config_formats};
pub use error::LayoutError;
use field::{Field, Kind};
use field::{Filling, Meaning};
pub(crate) use field::{address_and_port, without_brackets};
pub(crate) use laid::{Divider, Laid, Plan};
use literal::Literal;
pub(crate) use moment::Moment;
pub(crate) use notation::Dialect;
pub use notation::{log_format, log_format_of};
use syntax::Syntax;
use walk::without_blanks_behind;

/// How many fields behind a place are looked at to see whether a value ends there.
const LOOK_AHEAD_FIELDS: usize = 4;

/// A compiled layout.
#[derive(Debug)]
pub(crate) struct Layout {
    dialect: Dialect,
    escape: Escape,
    /// What stands before the first field.
    prefix: Literal,
    steps: Box<[Step]>,
    /// The number of the agent's step, where the layout begins as the combined format does.
    agent: Option<usize>,
    /// Whether no field is the client's address: the first of the forwarding clients is the client then, if there are any.
    is_clientless: bool,
    tail: Tail,
}

/// A field, and the literal behind it.
#[derive(Debug)]
struct Step {
    field: Field,
    /// What the field is of the record: nothing where another field of the layout is better.
    meaning: Meaning,
    after: Literal,
    /// The byte that the next field begins with, where nothing stands between.
    next_starts: Option<u8>,
    /// Whether double quotes stand around it, in which the writer escapes.
    is_quoted: bool,
}

/// What may stand behind the last field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Blanks.
    Nothing,
    /// Further fields that the layout does not know, behind a blank.
    Anything,
}

/// One piece of a layout, with its place in the string that describes it.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    at: usize,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Literal(Vec<u8>),
    Field(Field),
}

impl Piece {
    pub(crate) fn literal(at: usize, text: impl Into<Vec<u8>>) -> Piece {
        Piece { at, what: What::Literal(text.into()) }
    }

    pub(crate) fn field(at: usize, field: Field) -> Piece {
        Piece { at, what: What::Field(field) }
    }
}

impl Layout {
    /// The layout of these pieces.
    ///
    /// # Errors
    ///
    /// Where there is no field, or one follows another so that nobody could tell them apart.
    pub(crate) fn of(dialect: Dialect, escape: Escape, pieces: Vec<Piece>) -> Result<Layout, LayoutError> {
        let mut prefix = Vec::new();
        let mut fields: Vec<(usize, Field, Vec<u8>)> = Vec::new();
        for Piece { at, what } in pieces {
            match (what, fields.last_mut()) {
                (What::Field(field), _) => fields.push((at, field, Vec::new())),
                (What::Literal(text), Some((_, _, after))) => after.extend(text),
                (What::Literal(text), None) => prefix.extend(text),
            }
        }
        let Some((_, _, last)) = fields.last_mut() else {
            return Err(LayoutError { at: 0, expected: "at least one field" });
        };
        // Blanks at the end of a line are worth nothing.
        last.truncate(last.len() - last.iter().rev().take_while(|byte| **byte == b' ').count());
        let meanings = meanings(&fields);
        hush_rivals(&mut fields, &meanings);
        let mut steps: Vec<Step> = Vec::with_capacity(fields.len());
        for ((at, mut field, after), meaning) in fields.into_iter().zip(meanings) {
            let before = steps.last().map_or(&prefix[..], |step| step.after.text());
            let is_quoted = before.last() == Some(&b'"') && after.first() == Some(&b'"');
            if is_quoted && matches!(field.syntax, Syntax::Word | Syntax::List) {
                field.syntax = Syntax::Text;
            }
            if let Some(previous) = steps.last_mut().filter(|previous| previous.after.text().is_empty()) {
                previous.next_starts = field.starts;
                if !previous.field.syntax.is_closed() && field.starts.is_none() && !field.syntax.is_closed() {
                    return Err(LayoutError {
                        at,
                        expected: "something between two fields that could not be told apart",
                    });
                }
            }
            steps.push(Step { field, meaning, after: Literal::new(&after), next_starts: None, is_quoted });
        }
        name_units(&mut steps);
        let prefix = Literal::new(&prefix);
        let agent = beginning::agent_of(escape, &prefix, &steps);
        let is_client = |step: &Step| matches!(step.meaning, Meaning::Client | Meaning::ClientAndPort);
        let is_clientless = !steps.iter().any(is_client);
        Ok(Layout { dialect, escape, prefix, steps: steps.into(), agent, is_clientless, tail: Tail::Nothing })
    }

    /// The same, with another tail.
    pub(crate) fn with_tail(self, tail: Tail) -> Layout {
        Layout { tail, ..self }
    }

    /// Reads a line.
    ///
    /// # Errors
    ///
    /// The fault says where the line stops fitting.
    #[cfg(test)]
    fn read<'a>(&self, line: &'a [u8]) -> Result<Record<'a>, Fault> {
        self.read_head(line).map(|(record, _)| record)
    }

    /// Reads a line: the record, and what stands behind the layout where its tail may be anything.
    #[inline]
    pub(crate) fn read_head<'a>(&self, line: &'a [u8]) -> Result<(Record<'a>, &'a [u8]), Fault> {
        let mut record = Record::default();
        match self.fill::<false>(line, &mut record) {
            Ok(rest) => Ok((record, rest)),
            Err(fault) => self.read_loosely(line).ok_or(fault),
        }
    }

    /// Reads a line whose blanks are more than the layout has.
    #[cold]
    fn read_loosely<'a>(&self, line: &'a [u8]) -> Option<(Record<'a>, &'a [u8])> {
        let mut record = Record::default();
        let rest = self.fill::<true>(line, &mut record).ok()?;
        Some((record, rest))
    }

    #[inline]
    fn fill<'a, const LOOSE: bool>(&self, line: &'a [u8], record: &mut Record<'a>) -> Result<&'a [u8], Fault> {
        let text = without_blanks_behind(line);
        let begun = if LOOSE { None } else { self.begin(text, record) };
        let mut filling = Filling::of(record);
        let leaves_empty = self.escape == Escape::Json;
        let take = |step: &Step, value: &'a [u8]| {
            // Such writers leave empty what they have no value for.
            let is_left_out = leaves_empty && value.is_empty() && step.meaning != Meaning::Request;
            is_left_out || filling.take(step.meaning, &step.field.syntax, value)
        };
        let rest = match begun {
            Some((at, rest)) => self.walk_on::<LOOSE>(text, (at, rest), take),
            None => self.walk::<LOOSE>(text, take),
        }?;
        filling.record.escape = self.escape;
        filling.settle();
        if self.is_clientless {
            record.client = record.forwarded.and_then(|list| first_of(list));
        }
        Ok(rest)
    }

    /// Whether all that stands before the request fits at the beginning of a line.
    fn begins(&self, line: &[u8]) -> bool {
        let text = without_blanks_behind(line);
        let is_request = |step: &Step| matches!(step.meaning, Meaning::Request | Meaning::Method | Meaning::Target);
        let before = self.steps.iter().take_while(|step| !is_request(step)).count();
        let (mut taken, mut taken_loosely) = (0, 0);
        // How the walk ends is of no interest.
        let _ = self.walk::<false>(text, |step, _| {
            taken += usize::from(!is_request(step));
            !is_request(step)
        });
        let _ = self.walk::<true>(text, |step, _| {
            taken_loosely += usize::from(!is_request(step));
            !is_request(step)
        });
        0 < before && before <= taken.max(taken_loosely)
    }

    /// Tells the further fields of a line.
    pub(crate) fn tell<'a>(&'a self, line: &'a [u8], sink: Sink<'_, 'a>) {
        let text = without_blanks_behind(line);
        let mut values: Vec<(&'a Step, &'a [u8])> = Vec::new();
        let mut collect = |step: &'a Step, value: &'a [u8]| {
            values.push((step, value));
            true
        };
        if self.walk::<false>(text, &mut collect).is_err() {
            values.clear();
            let mut collect = |step: &'a Step, value: &'a [u8]| {
                values.push((step, value));
                true
            };
            // A line is told only where it was read, and then one of the two ways reads it.
            let _ = self.walk::<true>(text, &mut collect);
        }
        for (step, value) in values {
            let is_left_out = self.escape == Escape::Json && value.is_empty();
            step.field.tell(if is_left_out { b"-" } else { value }, sink);
        }
    }
}

/// The first of the forwarding clients.
fn first_of(list: &[u8]) -> Option<&[u8]> {
    let first = list.split(|byte| *byte == b',').next()?.trim_ascii();
    Some(without_port(first)).filter(|first| !first.is_empty())
}

/// What each field is of the record: of those that mean the same, one.
fn meanings(fields: &[(usize, Field, Vec<u8>)]) -> Vec<Meaning> {
    let has = |meaning| fields.iter().any(|(_, field, _)| field.meaning == meaning);
    let rival = |meaning| match meaning {
        Meaning::Milliseconds | Meaning::Microseconds => Meaning::Seconds,
        Meaning::TotalBytes => Meaning::Bytes,
        Meaning::ClientAndPort => Meaning::Client,
        other => other,
    };
    let best = |at: usize, meaning: Meaning| {
        let rank = |(_, field, _): &(usize, Field, Vec<u8>)| {
            let is_rival = rival(field.meaning) == rival(meaning);
            is_rival.then_some((field.rank, u8::from(field.meaning == Meaning::TotalBytes)))
        };
        let lowest = fields.iter().filter_map(rank).min();
        fields.iter().position(|field| rank(field) == lowest && lowest.is_some()) == Some(at)
    };
    let meaning_at = |at: usize| match fields[at].1.meaning {
        Meaning::TimePart if has(Meaning::Time) => Meaning::Other,
        Meaning::TimePart => Meaning::TimePart,
        // A whole request line says all that its parts say.
        Meaning::Method | Meaning::Target | Meaning::Query | Meaning::Protocol if has(Meaning::Request) => {
            Meaning::Other
        }
        meaning if best(at, meaning) => meaning,
        _ => Meaning::Other,
    };
    (0..fields.len()).map(meaning_at).collect()
}

/// Takes from each field that another is better than the names that the better one is told under.
fn hush_rivals(fields: &mut [(usize, Field, Vec<u8>)], meanings: &[Meaning]) {
    for at in 0..fields.len() {
        if fields[at].1.meaning != meanings[at] {
            let meaning = fields[at].1.meaning;
            let better =
                fields.iter().zip(meanings).find(|((_, field, _), kept)| field.meaning == meaning && **kept == meaning);
            if let Some(((_, better, _), _)) = better {
                let better = better.clone();
                fields[at].1.hush(&better);
            }
        }
    }
}

/// A number with its unit written behind it is of that unit, whatever the directive means by itself (Tomcat's `%Dms`).
fn name_units(steps: &mut [Step]) {
    for step in steps.iter_mut() {
        if step.meaning != Meaning::Other
            && step.field.is_told_as("request_time_us")
            && step.after.text().starts_with(b"ms")
        {
            let told =
                Field::new(Meaning::Milliseconds, step.field.syntax.clone()).told("request_time_ms", Kind::Integer);
            step.field = told;
            if step.meaning == Meaning::Microseconds {
                step.meaning = Meaning::Milliseconds;
            }
        }
    }
}

impl Format for Layout {
    fn name(&self) -> &'static str {
        self.dialect.name()
    }

    fn about(&self) -> &'static str {
        self.dialect.about()
    }

    fn example(&self) -> &'static str {
        self.dialect.example()
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        // Filled where the caller takes it: it is large to be moved.
        let mut read = Ok(Some(Record::default()));
        if let Ok(Some(record)) = &mut read
            && let Err(fault) = self.fill::<false>(line, record)
        {
            read = self.read_loosely(line).map(|(record, _)| Some(record)).ok_or(fault);
        }
        read
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        self.tell(line, sink);
    }

    fn is_recognised(&self) -> bool {
        false
    }

    fn ordinary(&self) -> Option<Ordinary> {
        (self.agent? + 1 == self.steps.len()).then_some(Ordinary::Combined)
    }

    fn begins_with_client(&self) -> bool {
        self.agent.is_some()
    }
}

/// Several layouts of one server, of its versions or as its users have them: the first that fits reads a line.
pub(crate) struct Layouts(Vec<Layout>);

impl Layouts {
    /// Layouts from strings that this crate holds itself.
    ///
    /// Invariant: the strings are layouts; a test lets every format of the list compile its own.
    pub(crate) fn of(dialect: Dialect, texts: impl IntoIterator<Item = impl AsRef<str>>) -> Layouts {
        let compile = |text: &str| {
            let mut layout = dialect.compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            // A format of the list says itself who its client is.
            layout.is_clientless = false;
            // The names in the string are this crate's affair.
            layout.steps.iter_mut().for_each(|step| step.field.forget_own_name());
            layout
        };
        Layouts(texts.into_iter().map(|text| compile(text.as_ref())).collect())
    }

    /// These, and then others.
    pub(crate) fn and(self, others: Layouts) -> Layouts {
        Layouts(self.0.into_iter().chain(others.0).collect())
    }

    /// The same, each with another tail.
    pub(crate) fn with_tail(self, tail: Tail) -> Layouts {
        Layouts(self.0.into_iter().map(|layout| layout.with_tail(tail)).collect())
    }

    /// Whether a line begins as one of them does, up to its request.
    fn begin(&self, line: &[u8]) -> bool {
        self.0.iter().any(|layout| layout.begins(line))
    }

    /// Reads a line by the first layout that fits and whose record is mended; gives that layout as well, and what stands
    /// behind it. Of many faults the one that stands furthest to the right is given.
    fn read<'s, 'a>(&'s self, line: &'a [u8], mend: Mend) -> Result<(&'s Layout, Record<'a>, &'a [u8]), Fault> {
        let mut furthest = fault(line, line, "a line of one of the layouts");
        for layout in &self.0 {
            let mended = layout.read_head(line).and_then(|(mut record, rest)| match mend(&mut record, rest) {
                Ok(()) => Ok((layout, record, rest)),
                Err(expected) => Err(Fault { at: 0, expected }),
            });
            match mended {
                Ok(read) => return Ok(read),
                Err(fault) if furthest.at <= fault.at => furthest = fault,
                Err(_) => {}
            }
        }
        Err(furthest)
    }
}

/// What mends a record that a layout gave, the rest of the line at hand, or says what was expected instead.
pub(crate) type Mend = for<'a> fn(&mut Record<'a>, &'a [u8]) -> Result<(), &'static str>;

/// A format of the list under another roof, for those who want what they make.
pub(crate) fn borrowed(format: &'static dyn Format) -> Arc<dyn Format> {
    struct Borrowed(&'static dyn Format);
    impl Format for Borrowed {
        fn name(&self) -> &'static str {
            self.0.name()
        }
        fn about(&self) -> &'static str {
            self.0.about()
        }
        fn example(&self) -> &'static str {
            self.0.example()
        }
        fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
            self.0.parse(line)
        }
        fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
            self.0.further(line, record, sink);
        }
        fn is_recognised(&self) -> bool {
            false
        }
        fn directive_mark(&self) -> Option<&'static [u8]> {
            self.0.directive_mark()
        }
        fn after(&self, line: &[u8]) -> Option<Arc<dyn Format>> {
            self.0.after(line)
        }
    }
    Arc::new(Borrowed(format))
}

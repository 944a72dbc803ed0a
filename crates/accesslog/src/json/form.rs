//! A format of JSON lines, as data: its names, its keys, and what makes a line one of it.

use crate::field::Sink;
use crate::{Fault, Format, Record, Value};

use super::scanner::items;
use super::{Field, Found, Keys};

/// A format of JSON lines.
pub(crate) struct Form {
    /// The name by which users call it.
    pub(crate) name: &'static str,
    /// Other names.
    pub(crate) aliases: &'static [&'static str],
    /// What it is, in one line.
    pub(crate) about: &'static str,
    /// A line of it.
    pub(crate) example: &'static str,
    /// What every line of it holds: one without that is refused before it is read. Empty where there is no such text.
    pub(crate) holds: &'static [u8],
    /// What its keys mean.
    pub(crate) keys: &'static Keys,
    /// What is missing for the line to be one of it, if something is.
    pub(crate) missing: fn(&Found<'_>) -> Option<&'static str>,
    /// What the fields alone do not say of the record.
    pub(crate) finish: for<'a> fn(&Found<'a>, &mut Record<'a>),
    /// The further fields that stand in the line as they are told.
    pub(crate) further: &'static [Further],
    /// The further fields that must be made.
    pub(crate) more: for<'a> fn(&Found<'a>, &Record<'a>, Sink<'_, 'a>),
}

/// A further field: its name, where its value is, and as what it is told.
pub(crate) struct Further(pub(crate) &'static str, pub(crate) Field, pub(crate) As);

/// As what a value is told.
#[derive(Clone, Copy)]
pub(crate) enum As {
    Text,
    Integer,
    Decimal,
    Time,
    List,
}

impl Form {
    /// Nothing to finish.
    pub(crate) const AS_FOUND: for<'a> fn(&Found<'a>, &mut Record<'a>) = |_, _| {};
    /// Nothing more to tell.
    pub(crate) const NO_MORE: for<'a> fn(&Found<'a>, &Record<'a>, Sink<'_, 'a>) = |_, _, _| {};
}

impl Form {
    /// The record, filled where the caller takes it: it is large to be moved.
    fn made_of<'a>(&self, found: &Found<'a>) -> Result<Option<Record<'a>>, Fault> {
        let mut made = Ok(Some(Record::default()));
        if let Ok(Some(record)) = &mut made {
            found.fill(record);
            (self.finish)(found, record);
        }
        made
    }
}

impl Format for Form {
    fn name(&self) -> &'static str {
        self.name
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn example(&self) -> &'static str {
        self.example
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        Fault::unless_held(line, self.holds)?;
        let mut found = Found::nothing_of(line);
        found.read(self.keys)?;
        if let Some(expected) = (self.missing)(&found) {
            return Err(Fault { at: 0, expected });
        }
        self.made_of(&found)
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        let Ok(found) = Found::of(line, self.keys) else { return };
        Further::tell(self.further, &found, sink);
        (self.more)(&found, record, sink);
    }
}

impl Further {
    /// Tells those of a list that the line has.
    pub(crate) fn tell<'a>(list: &'a [Further], found: &Found<'a>, sink: Sink<'_, 'a>) {
        for further in list {
            if let Some(value) = further.value(found) {
                sink(further.0, value);
            }
        }
    }

    /// The value, absent where the key is there without one; `None` where the key is not there.
    fn value<'a>(&self, found: &Found<'a>) -> Option<Value<'a>> {
        let Further(_, field, told) = *self;
        if found.is_empty(field) {
            return Some(Value::Absent);
        }
        let text = || found.get(field);
        Some(match told {
            As::Text => Value::Text(text()?),
            As::Integer => Value::integer(text()?),
            As::Decimal => Value::decimal(text()?),
            As::Time => Value::Time(found.time(field)?),
            As::List => Value::List(items(found.raw(field)?.text).map(|item| item.text).collect()),
        })
    }
}

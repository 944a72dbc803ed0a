//! The joint between a line and a record.
//!
//! A [`Format`] reads one line. Which one a file is written in is not asked of anybody:
//! [`recognise`](crate::recognise) lets every format try the file's opening lines and takes the one that reads most
//! of them. After that each line is read by that format, and a line that it refuses is offered to the others before
//! it is counted as a fault: logs change their format when a server is upgraded, in the middle of a file.

use std::fmt;
use std::ops::BitOr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::field::Sink;
use crate::ordinary::Ordinary;
use crate::{Fault, Record};

/// A format of access logs.
pub trait Format: Send + Sync {
    /// The name by which users call it, `combined`.
    fn name(&self) -> &'static str;

    /// Other names by which it goes.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    /// What it is and who writes it, in one line.
    fn about(&self) -> &'static str;

    /// A line of it.
    fn example(&self) -> &'static str;

    /// Reads one line, its end taken off; `Ok(None)` for a line that speaks of the log itself.
    ///
    /// # Errors
    ///
    /// The [`Fault`] says where the line stops fitting and what was expected there.
    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault>;

    /// How ordinary lines of it are read faster, if there is a way.
    fn ordinary(&self) -> Option<Ordinary> {
        None
    }

    /// Whether the client of a line that begins with a word and two dashes (`192.0.2.7 - - [`) is that word, if it is a record.
    fn begins_with_client(&self) -> bool {
        false
    }

    /// Tells the further fields of a line that [`parse`](Format::parse) gave this record for, those of the record
    /// left out.
    fn further<'a>(&'a self, _line: &'a [u8], _record: &Record<'a>, _sink: Sink<'_, 'a>) {}

    /// Whether files are recognised as this format by their lines. Not where its lines are too plain for that: it
    /// must then be named by a person.
    fn is_recognised(&self) -> bool {
        true
    }

    /// What lines begin with that may change how the lines after them are read; `None` where no line does.
    fn directive_mark(&self) -> Option<&'static [u8]> {
        None
    }

    /// The format of the lines behind this one, which begins with the [`directive_mark`](Format::directive_mark);
    /// `None` where it changes nothing.
    fn after(&self, _line: &[u8]) -> Option<Arc<dyn Format>> {
        None
    }
}

/// A set of the fields a record can hold.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fields(u32);

impl Fields {
    /// The time.
    pub const TIME: Fields = Fields(1);
    /// The client.
    pub const CLIENT: Fields = Fields(1 << 1);
    /// The user or principal.
    pub const USER: Fields = Fields(1 << 2);
    /// The request target.
    pub const TARGET: Fields = Fields(1 << 3);
    /// The status.
    pub const STATUS: Fields = Fields(1 << 4);
    /// The size of the reply.
    pub const BYTES: Fields = Fields(1 << 5);
    /// The referer.
    pub const REFERER: Fields = Fields(1 << 6);
    /// The agent.
    pub const AGENT: Fields = Fields(1 << 7);
    /// The host that was asked for.
    pub const HOST: Fields = Fields(1 << 8);
    /// The duration.
    pub const DURATION: Fields = Fields(1 << 9);
    /// The list of forwarding clients.
    pub const FORWARDED: Fields = Fields(1 << 10);
    /// The bucket, key and operation of a storage service.
    pub const CLOUD: Fields = Fields(1 << 11);

    const NAMES: [(Fields, &'static str); 12] = [
        (Fields::TIME, "time"),
        (Fields::CLIENT, "client"),
        (Fields::USER, "user"),
        (Fields::TARGET, "target"),
        (Fields::STATUS, "status"),
        (Fields::BYTES, "bytes"),
        (Fields::REFERER, "referer"),
        (Fields::AGENT, "agent"),
        (Fields::HOST, "host"),
        (Fields::DURATION, "duration"),
        (Fields::FORWARDED, "forwarded"),
        (Fields::CLOUD, "cloud"),
    ];

    /// The fields that a record holds.
    pub fn of(record: &Record<'_>) -> Fields {
        let held = |is: bool, field: Fields| if is { field } else { Fields::default() };
        held(record.time.is_some(), Fields::TIME)
            | held(record.client.is_some(), Fields::CLIENT)
            | held(record.user.is_some(), Fields::USER)
            | held(record.target.is_some(), Fields::TARGET)
            | held(record.status.is_some(), Fields::STATUS)
            | held(record.bytes.is_some(), Fields::BYTES)
            | held(record.referer.is_some(), Fields::REFERER)
            | held(record.agent.is_some(), Fields::AGENT)
            | held(record.host.is_some(), Fields::HOST)
            | held(record.duration.is_some(), Fields::DURATION)
            | held(record.forwarded.is_some(), Fields::FORWARDED)
            | held(record.cloud.is_some(), Fields::CLOUD)
    }

    /// Whether all of `other` are among these.
    pub fn contains(self, other: Fields) -> bool {
        self.0 & other.0 == other.0
    }

    /// These without those of `other`.
    pub fn without(self, other: Fields) -> Fields {
        Fields(self.0 & !other.0)
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of these fields.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Fields::NAMES.into_iter().filter(move |(field, _)| self.contains(*field)).map(|(_, name)| name)
    }
}

impl BitOr for Fields {
    type Output = Fields;

    fn bitor(self, other: Fields) -> Fields {
        Fields(self.0 | other.0)
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.names()).finish()
    }
}

//! Formats that are layouts with a name.
//!
//! Most text that servers log is this: one string, or the strings of a server's versions. A format says them, and what
//! is to be mended of a record when the line is read; the layouts are compiled when the first line is.

use std::sync::OnceLock;

use super::{Layouts, Mend};
use crate::grammar::ONE_WAY;
use crate::{Fault, Format, Record, Sink};

/// A format of the list that consists of layouts.
pub(crate) struct Laid {
    plan: Plan,
    compiled: OnceLock<Layouts>,
}

/// What such a format is.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) about: &'static str,
    pub(crate) example: &'static str,
    /// Whether files are recognised by such lines.
    pub(crate) is_recognised: bool,
    /// The layouts, the most exact first.
    pub(crate) layouts: fn() -> Layouts,
    /// Mends a record that a layout gave, the rest of the line at hand; refuses one that is none.
    pub(crate) mend: Mend,
    /// What every line of it holds: one without that is refused before any layout is tried. Empty where there is no such text.
    pub(crate) holds: &'static [u8],
    /// What the writer divides by and does not escape.
    pub(crate) divider: Option<Divider>,
    /// Judges what was read of a line, or why nothing was: a line may be no record, or be read in two ways.
    pub(crate) judge: for<'a> fn(&'a [u8], Read<'a>) -> Read<'a>,
    /// Tells what stands in the rest of the line.
    pub(crate) tell_rest: for<'a> fn(&'a [u8], Sink<'_, 'a>),
}

/// What is read of a line.
pub(crate) type Read<'a> = Result<Option<Record<'a>>, Fault>;

/// A byte by which a writer divides, and which a client may write as well.
#[derive(Clone, Copy)]
pub(crate) struct Divider {
    byte: u8,
    /// How often it stands in a line of each layout, the fewest first.
    counts: &'static [usize],
    /// Whether a line may be read in which it stands more often.
    may_be_more: bool,
}

impl Divider {
    /// One that a line of the layouts has so many times and no more: where it stands more often a client wrote it, and the line
    /// may be read in two ways.
    pub(crate) const fn counted(byte: u8, counts: &'static [usize]) -> Divider {
        Divider { byte, counts, may_be_more: false }
    }

    /// One that may stand more often in a line that is read: what follows it tells which are the writer's.
    pub(crate) const fn told_apart(byte: u8, counts: &'static [usize]) -> Divider {
        Divider { byte, counts, may_be_more: true }
    }

    /// Whether a line that a layout reads has it as often as that has.
    fn fits(self, line: &[u8]) -> bool {
        self.may_be_more || self.counts.contains(&memchr::memchr_iter(self.byte, line).count())
    }

    /// Whether a client wrote some of those in a line.
    fn is_written(self, line: &[u8]) -> bool {
        self.counts.first().is_some_and(|fewest| *fewest < memchr::memchr_iter(self.byte, line).count())
    }
}

impl Plan {
    /// A plan with nothing in it, for the others to begin with.
    pub(crate) const EMPTY: Plan = Plan {
        name: "",
        aliases: &[],
        about: "",
        example: "",
        is_recognised: true,
        layouts: || Layouts(Vec::new()),
        mend: |_, _| Ok(()),
        holds: b"",
        divider: None,
        judge: |_, read| read,
        tell_rest: |_, _| {},
    };
}

impl Laid {
    /// The format of a plan.
    pub(crate) const fn new(plan: Plan) -> Laid {
        Laid { plan, compiled: OnceLock::new() }
    }

    fn layouts(&self) -> &Layouts {
        self.compiled.get_or_init(self.plan.layouts)
    }

    /// What its layouts and its divider make of a line.
    fn read<'a>(&self, line: &'a [u8]) -> Read<'a> {
        Fault::unless_held(line, self.plan.holds)?;
        let read = self.layouts().read(line, self.plan.mend);
        let Some(divider) = self.plan.divider else { return read.map(|(_, record, _)| Some(record)) };
        match read {
            Ok((_, record, _)) if divider.fits(line) => Ok(Some(record)),
            // A line that begins as this server's do is no other's, whatever a client made of the rest of it.
            Err(fault) if !divider.is_written(line) || !self.layouts().begin(line) => Err(fault),
            _ => Err(Fault { at: 0, expected: ONE_WAY }),
        }
    }
}

impl Format for Laid {
    fn name(&self) -> &'static str {
        self.plan.name
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.plan.aliases
    }

    fn about(&self) -> &'static str {
        self.plan.about
    }

    fn example(&self) -> &'static str {
        self.plan.example
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Read<'a> {
        (self.plan.judge)(line, self.read(line))
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        if let Ok((layout, _, rest)) = self.layouts().read(line, self.plan.mend) {
            layout.tell(line, sink);
            (self.plan.tell_rest)(rest, sink);
        }
    }

    fn is_recognised(&self) -> bool {
        self.plan.is_recognised
    }
}

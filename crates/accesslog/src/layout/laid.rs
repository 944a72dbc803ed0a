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
    /// A byte that the writer does not escape and divides by, and how often it stands in a line of each layout: where it stands
    /// in it more often a client wrote it, and the line may be read in two ways.
    pub(crate) divider: Option<(u8, &'static [usize])>,
    /// Tells what stands in the rest of the line.
    pub(crate) tell_rest: for<'a> fn(&'a [u8], Sink<'_, 'a>),
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
        divider: None,
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

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let (_, record, _) = self.layouts().read(line, self.plan.mend)?;
        match self.plan.divider {
            Some((byte, counts)) if !counts.contains(&memchr::memchr_iter(byte, line).count()) => {
                Err(Fault { at: 0, expected: ONE_WAY })
            }
            _ => Ok(Some(record)),
        }
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

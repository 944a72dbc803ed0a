//! What collectors put around a line: the prefix of a syslog daemon, the JSON object of a container engine.
//!
//! The line inside is what the server wrote, and is read by its own format. Where the wrapping keeps it whole it is
//! a slice; where the wrapping escapes it (a JSON string), it is undone into a buffer that the reader lends.

use crate::Time;
use crate::syslog::syslog_prefix;

/// What stands around each line of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrapping {
    /// Nothing.
    #[default]
    Bare,
    /// The prefix of a syslog daemon, old or new, or of journald's short forms.
    Syslog,
}

/// A line out of its wrapping.
#[derive(Clone, Copy, Debug)]
pub struct Unwrapped<'a> {
    /// The line as its server wrote it.
    pub text: &'a [u8],
    /// When the wrapping says that it was written.
    pub time: Option<Time>,
}

impl Wrapping {
    /// All wrappings, in the order in which they are tried.
    pub const ALL: &'static [Wrapping] = &[Wrapping::Bare, Wrapping::Syslog];

    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Wrapping::Bare => "bare",
            Wrapping::Syslog => "syslog",
        }
    }

    /// Takes a line out of its wrapping; `None` where it is not wrapped so. `scratch` is used where bytes must be
    /// undone.
    pub fn unwrap<'a>(self, line: &'a [u8], _scratch: &'a mut Vec<u8>) -> Option<Unwrapped<'a>> {
        match self {
            Wrapping::Bare => Some(Unwrapped { text: line, time: None }),
            Wrapping::Syslog => {
                let (prefix, text) = syslog_prefix(line)?;
                Some(Unwrapped { text, time: prefix.time })
            }
        }
    }
}

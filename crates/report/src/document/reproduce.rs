//! How a line is looked at again.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Untrusted;
use crate::shell;

/// A command for a shell that shows the line that tells an incident best, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reproduce {
    /// The command. The name of a file stands in it.
    pub command: Option<Untrusted>,
    /// Why there is none.
    pub because: Option<String>,
}

impl Reproduce {
    /// Of the line of a file that begins at a byte.
    pub(super) fn of(path: &Path, offset: u64) -> Reproduce {
        match shell::show(path, offset) {
            Ok(command) => Reproduce { command: Some(command.into()), because: None },
            Err(because) => Reproduce::refused(because),
        }
    }

    pub(crate) fn refused(because: &str) -> Reproduce {
        Reproduce { command: None, because: Some(because.to_owned()) }
    }

    /// The command, if it is one of ours whoever wrote the report.
    pub(crate) fn command(&self) -> Option<&Untrusted> {
        self.command.as_ref().filter(|command| command.is(shell::is_show))
    }
}

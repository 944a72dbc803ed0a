//! Backups, dumps and leftovers.

use super::files;
use crate::catalog::Kind;
use crate::request::Request;
use crate::signal::{Evidence, Role, Signal};

/// A copy that nobody meant to publish.
pub(crate) struct BackupFile;

impl Signal for BackupFile {
    fn name(&self) -> &'static str {
        "backup-file"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1552.001")
    }

    fn about(&self) -> &'static str {
        "Asks for a copy that nobody meant to publish: a dump of a database or of memory, an archive of the site, what an editor left behind."
    }

    fn twin(&self) -> &'static str {
        "A download that the site offers: many clients get it."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        files::look(Kind::Backup, request, out);
    }
}

//! Logs on the web.

use super::files;
use crate::catalog::Kind;
use crate::request::Request;
use crate::signal::{Evidence, Role, Signal};

/// A log on the web.
pub(crate) struct LogFile;

impl Signal for LogFile {
    fn name(&self) -> &'static str {
        "log-file"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1552.001")
    }

    fn about(&self) -> &'static str {
        "Asks for a log that lies on the web: addresses, session ids and passwords of others stand in logs."
    }

    fn twin(&self) -> &'static str {
        "A project that publishes its build logs: many clients get them."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        files::look(Kind::Log, request, out);
    }
}

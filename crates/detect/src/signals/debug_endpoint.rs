//! Debug and management endpoints, memory dumps.

use super::files;
use crate::catalog::Kind;
use crate::request::Request;
use crate::signal::{Evidence, Role, Signal};

/// A page by which a service shows its inside.
pub(crate) struct DebugEndpoint;

impl Signal for DebugEndpoint {
    fn name(&self) -> &'static str {
        "debug-endpoint"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1190")
    }

    fn about(&self) -> &'static str {
        "Asks for a page by which a service shows its inside: memory, environment, configuration, requests of others."
    }

    fn twin(&self) -> &'static str {
        "Monitoring asks for figures and health, from a few addresses, for months, at a steady pace."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        files::look(Kind::Debug, request, out);
    }
}

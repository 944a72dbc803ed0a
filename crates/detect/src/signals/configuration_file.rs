//! Configuration files.

use super::files;
use crate::catalog::Kind;
use crate::request::Request;
use crate::signal::{Evidence, Role, Signal};

/// A file that configures a service or a build.
pub(crate) struct ConfigurationFile;

impl Signal for ConfigurationFile {
    fn name(&self) -> &'static str {
        "configuration-file"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1552.001")
    }

    fn about(&self) -> &'static str {
        "Asks for a file that configures a service or a build, in which hosts and passwords often stand."
    }

    fn twin(&self) -> &'static str {
        "Settings that a page gives to every browser: many clients get them."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        files::look(Kind::Configuration, request, out);
    }
}

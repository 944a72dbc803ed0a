//! Files of credentials, by their path or through a parameter.

use super::files;
use crate::catalog::Kind;
use crate::request::Request;
use crate::signal::{Evidence, Role, Signal};

/// A file that holds credentials by what it is.
pub(crate) struct CredentialFile;

impl Signal for CredentialFile {
    fn name(&self) -> &'static str {
        "credential-file"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1552.001")
    }

    fn about(&self) -> &'static str {
        "Asks for a file that holds credentials: keys of a cloud, environment files, passwords of tools."
    }

    fn twin(&self) -> &'static str {
        "A single-page application answers every path with its one page: the reply then has the size that unrelated paths have."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        files::look(Kind::Credential, request, out);
    }
}

//! Repositories published with a site.

use super::files;
use crate::catalog::Kind;
use crate::request::Request;
use crate::signal::{Evidence, Role, Signal};

/// The insides of version control.
pub(crate) struct Repository;

impl Signal for Repository {
    fn name(&self) -> &'static str {
        "repository"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1213.003")
    }

    fn about(&self) -> &'static str {
        "Asks for the insides of a repository that was published with the site: its whole history, and the passwords in it."
    }

    fn twin(&self) -> &'static str {
        "A host of repositories serves them on purpose, to many clients."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        files::look(Kind::Repository, request, out);
    }
}

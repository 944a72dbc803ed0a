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

#[cfg(test)]
mod tests {
    use accesslog::Record;

    use super::*;
    use crate::request::Others;
    use crate::signal::Way;

    #[test]
    fn a_switch_chooses_more_of_an_answer_and_a_page_is_a_document() {
        let way = |target: &str| {
            let record = Record { target: Some(target.as_bytes()), ..Record::default() };
            let request = Request::new(&record, target.as_bytes(), Others::default());
            let mut out = Vec::new();
            DebugEndpoint.look(&request, &mut out);
            out.first().map(|evidence| evidence.way)
        };
        assert!(matches!(way("/forms/12/status?debug=1"), Some(Way::Select)));
        assert!(matches!(way("/forms/12/status?page=phpinfo"), Some(Way::Document)));
        assert!(matches!(way("/debug.php"), Some(Way::Document)));
        assert!(way("/forms/12/status?depth=1").is_none());
    }
}

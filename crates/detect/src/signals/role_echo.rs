//! A role that is named after a reply of its length.
//!
//! A metadata service lists the roles of its machine, and hands out the keys of one whose name is asked for. Who
//! names a role just after a reply of as many bytes as its name has read that reply: proof that the list was given
//! out, though no body is in the log.

use hashbrown::HashMap;

use crate::finding::Finding;
use crate::outcome::{Case, RoleEcho as Echo};
use crate::profile::is_answer;
use crate::signal::{Aim, Evidence, Role, Signal, Weight};

/// How many bytes may stand around a name in a list: quotes, a line feed.
const WRAPPER_BYTES_MAX: u64 = 2;

/// How long the shortest name is that proves something, in bytes.
const ROLE_BYTES_MIN: usize = 3;

/// A role's name that was learned from a reply.
pub(crate) struct RoleEcho;

impl Signal for RoleEcho {
    fn name(&self) -> &'static str {
        "role-echo"
    }

    fn role(&self) -> Role {
        Role::Outcome
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1552.005")
    }

    fn about(&self) -> &'static str {
        "A later request names a role whose name is as long as the reply to the list of roles was: the list was read."
    }

    fn twin(&self) -> &'static str {
        "A guessed name of a role: its length would have to be the reply's by chance."
    }

    fn needs(&self) -> accesslog::Fields {
        accesslog::Fields::BYTES
    }

    fn weigh(&self, case: &Case<'_>) -> Option<Weight> {
        case.answer()?;
        if !matches!(case.evidence.aim, Aim::Metadata { .. }) {
            return None;
        }
        let echo = case.ground.role_echo(case.finding.place)?;
        let role = echo.role.escape_ascii();
        let seen = format!("the role {role} ({} bytes) is named after a list of {} bytes", echo.role.len(), echo.bytes);
        Some(Weight {
            bits: 12,
            seen,
            expected: "a name of any other length, if the list had not been read".to_owned(),
        })
    }
}

/// The findings that list a role which a later one names, and those that name it, by their place.
pub(crate) fn echoed_roles(findings: &[Finding]) -> HashMap<usize, Echo> {
    let mut lists: HashMap<u64, Vec<&Finding>> = HashMap::new();
    for finding in findings.iter().filter(|finding| finding.status.is_some_and(is_answer)) {
        if let Some(evidence) = list_of(finding) {
            lists.entry(finding.param_key(evidence)).or_default().push(finding);
        }
    }
    let mut out = HashMap::new();
    for finding in findings {
        let Some((evidence, role)) = role_of(finding) else { continue };
        let listed =
            lists.get(&finding.param_key(evidence)).into_iter().flatten().filter(|list| is_echo(list, finding, role));
        let Some(list) = listed.min_by_key(|list| (list.time, list.at)) else { continue };
        let echo = Echo { role: role.into(), listed: list.time, bytes: list.bytes.unwrap_or(0) };
        out.insert(list.place, echo.clone());
        out.insert(finding.place, echo);
    }
    out
}

fn is_echo(list: &Finding, named: &Finding, role: &[u8]) -> bool {
    let length = role.len() as u64;
    let is_later = (list.time, list.at) < (named.time, named.at);
    is_later
        && ROLE_BYTES_MIN <= role.len()
        && list.bytes.is_some_and(|bytes| length <= bytes && bytes <= length + WRAPPER_BYTES_MAX)
}

fn list_of(finding: &Finding) -> Option<&Evidence> {
    finding.evidence.iter().find(|evidence| crate::outcome::is_list(evidence))
}

fn role_of(finding: &Finding) -> Option<(&Evidence, &[u8])> {
    finding.evidence.iter().find_map(|evidence| match &evidence.aim {
        Aim::Metadata { role: Some(role), .. } => Some((evidence, &role[..])),
        _ => None,
    })
}

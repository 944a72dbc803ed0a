//! What a program says it is.
//!
//! A tool is the first product of an agent, its version set aside: two releases of one library are one tool. Whether
//! people type into it, and whether it is made for attacks, is known of a few; a name proves nothing, as it is chosen
//! by whoever calls, but a thief seldom takes care, and the tool that differs from all the others of a role is telling
//! whatever its name.

use crate::hash;

/// What a tool is, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    /// The hash of its name.
    pub(crate) key: u64,
    /// Whether it is a command line, console or browser of storage: something that a person sits at.
    pub(crate) is_for_hands: bool,
    /// Whether it, or the system beneath it, is made for attacks.
    pub(crate) is_for_attacks: bool,
}

const FOR_HANDS: [&[u8]; 12] = [
    b"aws-cli",
    b"s3browser",
    b"s3 browser",
    b"cyberduck",
    b"rclone",
    b"s3cmd",
    b"winscp",
    b"mountain duck",
    b"mozilla",
    b"aws-sdk-console",
    b"cloudberry",
    b"awsconsole",
];

const FOR_ATTACKS: [&[u8]; 11] = [
    b"kali",
    b"parrot",
    b"pentoo",
    b"blackarch",
    b"pacu",
    b"trufflehog",
    b"scoutsuite",
    b"cloudfox",
    b"cloudsploit",
    b"stratus-red-team",
    b"enumerate-iam",
];

impl Tool {
    pub(crate) fn of(agent: Option<&[u8]>) -> Tool {
        let lower = agent.unwrap_or_default().to_ascii_lowercase();
        // Consoles stand in brackets: `[S3Console/0.4, ...]`.
        let text = lower.strip_prefix(b"[").unwrap_or(&lower);
        let end = text.iter().position(|byte| matches!(byte, b'/' | b' ' | b',')).unwrap_or(text.len());
        let is_in = |names: &[&[u8]], text: &[u8]| names.iter().any(|name| memchr::memmem::find(text, name).is_some());
        Tool {
            key: hash::hash(&text[..end]),
            is_for_hands: FOR_HANDS.iter().any(|name| text.starts_with(name)) || text.starts_with(b"s3console"),
            is_for_attacks: is_in(&FOR_ATTACKS, text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_releases_are_one_tool() {
        let key = |agent: &str| Tool::of(Some(agent.as_bytes())).key;
        assert_eq!(key("aws-sdk-php/3.304.2 ua/2.0"), key("aws-sdk-php/3.310.0"));
        assert_ne!(key("aws-cli/2.15.38"), key("aws-sdk-php/3.304.2"));
        assert!(Tool::of(Some(b"aws-cli/2.15 exe/x86_64.kali.2024")).is_for_attacks);
        assert!(Tool::of(Some(b"[S3Console/0.4, aws-internal/3]")).is_for_hands);
        assert!(!Tool::of(Some(b"Boto3/1.34")).is_for_hands);
    }
}

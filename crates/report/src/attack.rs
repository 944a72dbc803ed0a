//! Names of techniques: MITRE ATT&CK identifiers, as forms for other programs spell them out.
//!
//! A signal names a technique by its identifier alone, which is what stays when ATT&CK is revised; names and tactics are
//! looked up here, where they are shown. What is not in the table is shown by its identifier.

/// A technique of MITRE ATT&CK (Enterprise).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Technique {
    /// Its identifier: `T1552.005`.
    pub(crate) id: &'static str,
    /// Its name; of a sub-technique its own alone.
    pub(crate) name: &'static str,
    /// The tactic it serves here: identifier and name.
    pub(crate) tactic: (&'static str, &'static str),
}

const ACCESS: (&str, &str) = ("TA0001", "Initial Access");
const CREDENTIALS: (&str, &str) = ("TA0006", "Credential Access");
const DISCOVERY: (&str, &str) = ("TA0007", "Discovery");
const COLLECTION: (&str, &str) = ("TA0009", "Collection");
// What was called Defense Evasion keeps its identifier by that name.
const STEALTH: (&str, &str) = ("TA0005", "Stealth");

/// The techniques that signals name, and those next to them, sorted.
const TECHNIQUES: &[Technique] = &[
    Technique { id: "T1027", name: "Obfuscated Files or Information", tactic: STEALTH },
    Technique { id: "T1036", name: "Masquerading", tactic: STEALTH },
    Technique { id: "T1078.004", name: "Cloud Accounts", tactic: ACCESS },
    Technique { id: "T1083", name: "File and Directory Discovery", tactic: DISCOVERY },
    Technique { id: "T1098.001", name: "Additional Cloud Credentials", tactic: ("TA0003", "Persistence") },
    Technique { id: "T1119", name: "Automated Collection", tactic: COLLECTION },
    Technique { id: "T1190", name: "Exploit Public-Facing Application", tactic: ACCESS },
    Technique { id: "T1213", name: "Data from Information Repositories", tactic: COLLECTION },
    Technique { id: "T1213.003", name: "Code Repositories", tactic: COLLECTION },
    Technique { id: "T1526", name: "Cloud Service Discovery", tactic: DISCOVERY },
    Technique { id: "T1528", name: "Steal Application Access Token", tactic: CREDENTIALS },
    Technique { id: "T1530", name: "Data from Cloud Storage", tactic: COLLECTION },
    Technique { id: "T1535", name: "Unused/Unsupported Cloud Regions", tactic: STEALTH },
    Technique { id: "T1550.001", name: "Application Access Token", tactic: ("TA0008", "Lateral Movement") },
    Technique { id: "T1552", name: "Unsecured Credentials", tactic: CREDENTIALS },
    Technique { id: "T1552.001", name: "Credentials In Files", tactic: CREDENTIALS },
    Technique { id: "T1552.005", name: "Cloud Instance Metadata API", tactic: CREDENTIALS },
    Technique { id: "T1580", name: "Cloud Infrastructure Discovery", tactic: DISCOVERY },
    Technique { id: "T1619", name: "Cloud Storage Object Discovery", tactic: DISCOVERY },
];

/// What the table says of an identifier.
pub(crate) fn technique(id: &str) -> Option<&'static Technique> {
    TECHNIQUES.binary_search_by(|technique| technique.id.cmp(id)).ok().map(|place| &TECHNIQUES[place])
}

/// The page that tells of a technique; `None` for what is no identifier.
pub(crate) fn page(id: &str) -> Option<String> {
    let digits = id.strip_prefix('T')?;
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !digits.is_empty();
    is_plain.then(|| format!("https://attack.mitre.org/techniques/{}/", id.replace('.', "/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_technique_of_a_signal_has_its_name() {
        assert!(TECHNIQUES.is_sorted_by_key(|technique| technique.id));
        for id in detect::SIGNALS.iter().filter_map(|signal| signal.technique()) {
            assert!(technique(id).is_some() && page(id).is_some(), "{id}");
        }
        assert!(technique("T0").is_none() && page("T1/../../x").is_none() && page("T").is_none());
        assert_eq!(page("T1552.005").as_deref(), Some("https://attack.mitre.org/techniques/T1552/005/"));
    }
}
